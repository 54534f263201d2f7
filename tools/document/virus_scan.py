"""The virus scanner that sees a document's bytes before any parser does: a command, or clamd."""

from __future__ import annotations

import asyncio
import os
import shlex
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol
from urllib.parse import urlsplit

from tools.document.errors import Infected, NotScanned

TIME_LIMIT: Final = timedelta(seconds=30)
_CLAMD: Final = "clamd://"
_CLAMD_PORT: Final = 3310
_PIECE: Final = 128 * 1024
_CLEAN, _INFECTED = 0, 1
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "HOME")


class Scanner(Protocol):
    """Judges bytes."""

    @property
    def time_limit(self) -> timedelta:
        """How long one scan may take; then there is no verdict."""
        ...

    async def scan(self, content: bytes, *, name: str) -> None:
        """Return where `content` is clean. Raises `Infected`, or `NotScanned` where there is no verdict."""
        ...


class ScannerUnusable(ValueError):
    """The setting names no scanner: neither a command nor an address of clamd."""


def scanner_of(setting: str, *, time_limit: timedelta = TIME_LIMIT) -> Scanner:
    """The scanner that `setting` names. Raises `ScannerUnusable`.

    `clamd://host:port` or `clamd:///path/of/the/socket`; anything else is a command, run without a shell, that gets
    the document on standard input and ends with 0 for clean and 1 for infected.
    """
    if setting.startswith(_CLAMD):
        return Clamd(address=_address(setting), time_limit=time_limit)
    try:
        command = shlex.split(setting)
    except ValueError as error:
        raise ScannerUnusable(f"the command cannot be taken apart: {error}") from None
    if not command:
        raise ScannerUnusable("write a command, or clamd://host:port")
    return ScanCommand(command=tuple(command), time_limit=time_limit)


def _address(setting: str) -> str | tuple[str, int]:
    try:
        parts = urlsplit(setting)
        port = parts.port or _CLAMD_PORT
    except ValueError as error:
        raise ScannerUnusable(f"{setting!r} is no address: {error}") from None
    if parts.hostname:
        return parts.hostname, port
    if parts.path.startswith("/") and parts.path != "/":
        return parts.path
    raise ScannerUnusable(f"{setting!r} names neither a host nor a socket")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanCommand:
    """A program that gets the document on standard input."""

    command: Sequence[str]
    time_limit: timedelta = TIME_LIMIT

    async def scan(self, content: bytes, *, name: str) -> None:
        """See `Scanner.scan`; every exit code but 0 and 1 is no verdict."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env={key: os.environ[key] for key in _PASSED_ON if key in os.environ},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise NotScanned(f"{name!r} was not scanned: {self.command[0]!r} cannot be started ({error})") from None
        try:
            async with asyncio.timeout(self.time_limit.total_seconds()):
                await process.communicate(content)
        except TimeoutError:
            raise NotScanned(f"{name!r} was not scanned: the scanner took longer than {self.time_limit}") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode == _INFECTED:
            raise Infected(f"{name!r}: the virus scanner found something in it")
        if process.returncode != _CLEAN:
            raise NotScanned(f"{name!r} was not scanned: the scanner ended with code {process.returncode}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clamd:
    """A running clamd, spoken to by its command INSTREAM; `address` is host and port, or the path of its socket."""

    address: str | tuple[str, int]
    time_limit: timedelta = TIME_LIMIT

    async def scan(self, content: bytes, *, name: str) -> None:
        """See `Scanner.scan`; every answer but OK and FOUND is no verdict."""
        try:
            async with asyncio.timeout(self.time_limit.total_seconds()):
                answer = await self._instream(content)
        except (OSError, TimeoutError, EOFError, asyncio.LimitOverrunError) as error:
            why = str(error) or type(error).__name__
            raise NotScanned(f"{name!r} was not scanned: clamd cannot be asked ({why})") from None
        said = answer.rstrip(b"\0\n").decode("utf-8", "replace").removeprefix("stream: ")
        if said.endswith(" FOUND"):
            raise Infected(f"{name!r}: the virus scanner found {said.removesuffix(' FOUND')}")
        if said != "OK":
            raise NotScanned(f"{name!r} was not scanned: clamd said {said[:80]!r}")

    async def _instream(self, content: bytes) -> bytes:
        if isinstance(self.address, str):
            reader, writer = await asyncio.open_unix_connection(self.address)
        else:
            reader, writer = await asyncio.open_connection(*self.address)
        try:
            await self._send(writer, content)
            return await reader.readuntil(b"\0")
        finally:
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, content: bytes) -> None:
        """The document in pieces, each with its length before it; a piece of length zero ends it."""
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(content), _PIECE):
                piece = content[start : start + _PIECE]
                writer.write(struct.pack(">I", len(piece)) + piece)
                await writer.drain()
            writer.write(struct.pack(">I", 0))
            await writer.drain()
        except ConnectionError:
            # clamd closes as soon as it has an answer, such as "size limit exceeded"; what it said is still to be read.
            return
