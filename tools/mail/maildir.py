"""A mailbox that is a Maildir: a mail server delivers over SMTP into it, and Interlock needs to listen to nobody.

Delivery into `new` is one rename, so a mail there is whole. Taken mails go to `cur` as seen, refused ones to the
folder `.Refused`, where every mail program shows them.
"""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tools.connector import Health, Standing
from tools.errors import Permanent, Transient
from tools.mail.mailbox import MailRef

NEW, CUR, TMP = "new", "cur", "tmp"
REFUSED = ".Refused"
SEEN = ":2,S"
VALIDITY = "maildir"
"""Names in a Maildir are never used again, so references in it are always valid."""
HEAD_BYTES = 256 * 1024
TARGET = "maildir"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaildirMailbox:
    """The Maildir in `path`."""

    path: Path

    async def waiting(self, *, limit: int) -> Sequence[MailRef]:
        return await asyncio.to_thread(self._waiting, limit)

    async def fetch(self, ref: MailRef) -> bytes | None:
        return await asyncio.to_thread(self._read, ref, None)

    async def fetch_head(self, ref: MailRef) -> bytes | None:
        content = await asyncio.to_thread(self._read, ref, HEAD_BYTES)
        return content if content is None else head_of(content)

    async def put_away(self, ref: MailRef, *, refused: bool) -> None:
        await asyncio.to_thread(self._put_away, ref, refused)

    async def check(self) -> Health:
        started = time.monotonic()
        try:
            await self.waiting(limit=1)
            refused = await asyncio.to_thread(self._refused)
        except (Permanent, Transient) as error:
            remedy = "make the Maildir (new, cur, tmp) and let the user of this process write in it"
            return Health(standing=Standing.DOWN, problem=error.message, remedy=remedy)
        problem = f"{refused} refused mails wait in {self.path / REFUSED}" if refused else ""
        return Health(
            standing=Standing.DEGRADED if refused else Standing.OK,
            problem=problem,
            remedy="look at them, answer their senders, then delete them" if refused else "",
            seconds=time.monotonic() - started,
            details={"refused": refused},
        )

    async def aclose(self) -> None:
        return

    def _waiting(self, limit: int) -> list[MailRef]:
        found: list[MailRef] = []
        try:
            for entry in os.scandir(self.path / NEW):
                known = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(known.st_mode) and not entry.name.startswith("."):
                    received = datetime.fromtimestamp(known.st_mtime, UTC)
                    found.append(
                        MailRef(validity=VALIDITY, uid=entry.name, size_bytes=known.st_size, received_at=received)
                    )
            writable = all(os.access(self.path / name, os.W_OK) for name in (NEW, CUR))
        except OSError as error:
            raise _failure(error, self.path) from error
        if not writable:
            raise Permanent(f"mails in {self.path} cannot be moved: it is read only", tool=TARGET, code="read_only")
        return sorted(found, key=lambda ref: (ref.received_at, ref.uid))[:limit]

    def _read(self, ref: MailRef, size: int | None) -> bytes | None:
        try:
            descriptor = os.open(self.path / NEW / ref.uid, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                return file.read() if size is None else file.read(size)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failure(error, self.path) from error

    def _put_away(self, ref: MailRef, refused: bool) -> None:
        target = self.path / REFUSED / CUR if refused else self.path / CUR
        try:
            for name in (NEW, CUR, TMP) if refused else ():
                (self.path / REFUSED / name).mkdir(parents=True, exist_ok=True)
            (self.path / NEW / ref.uid).rename(target / (ref.uid.partition(":")[0] + ("" if refused else SEEN)))
        except FileNotFoundError:
            return
        except OSError as error:
            raise _failure(error, self.path) from error

    def _refused(self) -> int:
        folder = self.path / REFUSED
        return sum(1 for name in (NEW, CUR) if (folder / name).is_dir() for _ in (folder / name).iterdir())


def head_of(content: bytes) -> bytes:
    """The headers of a mail, with the empty line behind them."""
    ends = [at + len(mark) for mark in (b"\r\n\r\n", b"\n\n") if (at := content.find(mark)) >= 0]
    return content[: min(ends)] if ends else content


def _failure(error: OSError, path: Path) -> Permanent | Transient:
    if isinstance(error, FileNotFoundError | NotADirectoryError | PermissionError):
        return Permanent(
            f"{path} is no Maildir that can be read ({type(error).__name__})", tool=TARGET, code="no_maildir"
        )
    return Transient(f"{path} cannot be read now ({type(error).__name__})", tool=TARGET, code="unreachable")
