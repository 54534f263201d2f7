"""The virus scanner: no verdict, no opening."""

from __future__ import annotations

import asyncio
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from api.errors import SettingsInvalid
from api.settings import load_settings
from tools.document.errors import Infected, MalformedXml, NotScanned
from tools.document.isolation import Safeguards, read_document_isolated, unpack_isolated
from tools.document.tool import ReadDocument, ReadDocumentArguments
from tools.document.virus_scan import Clamd, ScanCommand, Scanner, ScannerUnusable, scanner_of
from tools.errors import Transient

# The test file of the European Institute for Computer Antivirus Research, cut so that no scanner of sources minds.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SCRIPT = """
import sys
content = sys.stdin.buffer.read()
sys.exit(1 if b"EICAR" in content else 0)
"""


@pytest.fixture
def script(tmp_path: Path) -> str:
    file = tmp_path / "scan.py"
    file.write_text(SCRIPT)
    return f"{sys.executable} {file}"


@asynccontextmanager
async def clamd(reply: bytes | None = None) -> AsyncIterator[tuple[Clamd, list[int]]]:
    """A server that speaks clamd's INSTREAM, and the sizes of what it got. `reply` is said instead of a verdict."""
    sizes: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack(">I", await reader.readexactly(4))[0]:
            content += await reader.readexactly(size)
        sizes.append(len(content))
        verdict = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        writer.write(verdict if reply is None else reply)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield Clamd(address=(host, port), time_limit=timedelta(seconds=5)), sizes


async def test_a_command_that_ends_with_0_says_clean(script: str) -> None:
    await scanner_of(script).scan(b"<a/>", name="a.xml")


async def test_a_command_that_ends_with_1_says_infected(script: str) -> None:
    with pytest.raises(Infected, match=r"a\.xml"):
        await scanner_of(script).scan(EICAR, name="a.xml")


@pytest.mark.parametrize("command", ["/bin/sh -c 'exit 2'", "/bin/sh -c 'kill -9 $$'", "/nowhere/scanner"])
async def test_every_other_end_of_the_command_is_no_verdict(command: str) -> None:
    with pytest.raises(NotScanned):
        await scanner_of(command).scan(b"<a/>", name="a.xml")


async def test_a_command_that_takes_too_long_is_stopped_and_gives_no_verdict() -> None:
    scanner = ScanCommand(command=("sleep", "60"), time_limit=timedelta(milliseconds=50))
    with pytest.raises(NotScanned, match="longer"):
        await scanner.scan(b"<a/>", name="a.xml")


async def test_a_command_that_does_not_read_its_input_may_still_judge() -> None:
    await scanner_of("true").scan(b"x" * 1_000_000, name="a.xml")


async def test_clamd_gets_the_whole_document_and_says_clean() -> None:
    async with clamd() as (scanner, sizes):
        await scanner.scan(b"x" * 300_000, name="a.xml")
    assert sizes == [300_000]


async def test_clamd_names_what_it_found() -> None:
    async with clamd() as (scanner, _):
        with pytest.raises(Infected, match="Eicar-Test-Signature"):
            await scanner.scan(b"x" * 200_000 + EICAR, name="a.xml")


@pytest.mark.parametrize("reply", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: O", b"\xff\xfe\0"])
async def test_any_other_answer_of_clamd_is_no_verdict(reply: bytes) -> None:
    async with clamd(reply) as (scanner, _):
        with pytest.raises(NotScanned):
            await scanner.scan(b"<a/>", name="a.xml")


async def test_a_clamd_that_is_not_there_gives_no_verdict(tmp_path: Path) -> None:
    for address in (("127.0.0.1", 9), str(tmp_path / "none.sock")):
        with pytest.raises(NotScanned):
            await Clamd(address=address).scan(b"<a/>", name="a.xml")


async def test_a_clamd_that_says_nothing_is_not_waited_for_without_end() -> None:
    silent = asyncio.Event()

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        scanner = Clamd(address=server.sockets[0].getsockname(), time_limit=timedelta(milliseconds=50))
        with pytest.raises(NotScanned):
            await scanner.scan(b"<a/>", name="a.xml")
        silent.set()


@pytest.mark.parametrize(
    ("setting", "scanner"),
    [
        ("clamd://scan.example:3311", Clamd(address=("scan.example", 3311))),
        ("clamd://scan.example", Clamd(address=("scan.example", 3310))),
        ("clamd:///run/clamd.sock", Clamd(address="/run/clamd.sock")),
        ("clamdscan --no-summary '-'", ScanCommand(command=("clamdscan", "--no-summary", "-"))),
    ],
)
def test_a_setting_names_a_command_or_an_address(setting: str, scanner: Scanner) -> None:
    assert scanner_of(setting) == scanner


@pytest.mark.parametrize("setting", ["clamd://", "clamd:///", "clamd://host:port", "scan 'a", "  "])
def test_a_setting_that_names_neither_stops_the_start(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ScannerUnusable):
        scanner_of(setting)
    monkeypatch.setenv("INTERLOCK_VIRUS_SCAN", setting)
    with pytest.raises(SettingsInvalid, match="INTERLOCK_VIRUS_SCAN"):
        load_settings()


async def test_an_infected_document_reaches_no_parser(script: str) -> None:
    safeguards = Safeguards(scanner=scanner_of(script))
    with pytest.raises(MalformedXml):
        await read_document_isolated(b"<a", name="a.xml", safeguards=safeguards)
    for ask in (read_document_isolated, unpack_isolated):
        with pytest.raises(Infected):
            await ask(b"<a" + EICAR, name="a.xml", safeguards=safeguards)


async def test_without_a_verdict_the_tool_asks_again_later() -> None:
    async def load(_sha256: str) -> tuple[str, bytes]:
        return "a.xml", b"<a/>"

    tool = ReadDocument(load, safeguards=Safeguards(scanner=scanner_of("/bin/sh -c 'exit 2'")))
    with pytest.raises(Transient) as caught:
        await tool.execute(ReadDocumentArguments(document_sha256="0" * 64), key="k")
    assert caught.value.reason == "not_scanned"
    assert tool.time_limit > Safeguards().time_limit
