"""Documents with text and documents whose pages have to be recognised are read beside each other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.test_document_channel import SCAN, invoice
from tests.unit.test_document_isolation import INVOICE, children
from tools.document.isolation import Safeguards, read_document_isolated
from tools.document.ocr_channel import RecognitionAsked, ask_first
from tools.document.reading_room import RECOGNISED_AT_ONCE, REMEMBERED, ReadingRoom
from tools.document.recognised import Picture, RecognisedPage
from tools.document.text_tool import DocumentText
from tools.document.tool import RECOGNITION, ReadDocument
from tools.limits import target_of
from tools.port import Tool
from tools.resilience import read_with_retries

SCANNED, DIGITAL = "5" * 64, "d" * 64
DOCUMENTS = {SCANNED: ("scan.jpg", SCAN), DIGITAL: ("a.xml", INVOICE)}


async def load(sha256: str) -> tuple[str, bytes]:
    """Every scan is the same picture, whatever its name."""
    return DOCUMENTS.get(sha256, DOCUMENTS[SCANNED])


def scan(number: int) -> str:
    return f"{number:064x}"


class SlowRecogniser:
    """Recognises pages once the test lets it, and counts those that wait for it."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.waiting = 0
        self.most = 0

    def __call__(self, picture: Picture) -> RecognisedPage:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            assert self.may.wait(60)
        finally:
            self.waiting -= 1
        return invoice(picture)


class Scanner:
    """A virus scanner that finds nothing, and counts the documents it was given: one for each child."""

    time_limit = timedelta(seconds=1)

    def __init__(self) -> None:
        self.seen = 0

    async def scan(self, content: bytes, *, name: str) -> None:
        self.seen += 1


async def read(tool: Tool, sha256: str, **rest: Any) -> dict[str, Any]:
    return await read_with_retries(tool, {"document_sha256": sha256}, key="k", **rest)


async def test_a_document_with_text_waits_for_no_scan_that_came_before_it() -> None:
    slow = SlowRecogniser()
    tool = ReadDocument(load, recognise=slow)
    scans = [asyncio.create_task(read(tool, scan(number))) for number in range(RECOGNISED_AT_ONCE + 3)]
    async with asyncio.timeout(60):
        while slow.waiting < RECOGNISED_AT_ONCE:
            await asyncio.sleep(0.01)
        assert (await read(tool, DIGITAL))["fields"]["invoice_number"]["value"] == "4711"
        assert not any(one.done() for one in scans)
        slow.may.set()
        assert [found["fields"]["doc_type"]["value"] for found in await asyncio.gather(*scans)] == ["invoice"] * len(
            scans
        )
    assert slow.most <= RECOGNISED_AT_ONCE


async def test_tools_and_tenants_share_the_slots_of_their_process() -> None:
    slow, room = SlowRecogniser(), ReadingRoom()
    tools: list[Tool] = [ReadDocument(load, recognise=slow, room=room) for _ in range(3)]
    tools.append(DocumentText(load, recognise=slow, room=room))
    scans = [asyncio.create_task(read(tool, scan(number))) for number, tool in enumerate(tools)]
    async with asyncio.timeout(60):
        while slow.waiting < RECOGNISED_AT_ONCE or room.reading.locked():
            await asyncio.sleep(0.01)
        slow.may.set()
        await asyncio.gather(*scans)
    assert slow.most == RECOGNISED_AT_ONCE


async def test_a_scan_is_read_as_if_there_were_one_way() -> None:
    found = await read(ReadDocument(load, recognise=invoice), SCANNED)
    expected = await read_document_isolated(SCAN, name="scan.jpg", recognise=invoice)
    assert found == expected.model_dump(mode="json")


async def test_the_child_of_a_scan_is_gone_once_it_has_asked() -> None:
    before = children()
    with pytest.raises(RecognitionAsked):
        await read_document_isolated(SCAN, name="scan.jpg", recognise=ask_first)
    assert children() <= before


async def test_what_is_known_to_be_a_scan_is_not_read_to_find_out_again() -> None:
    scanner, room = Scanner(), ReadingRoom()
    tool = ReadDocument(load, recognise=invoice, safeguards=Safeguards(scanner=scanner), room=room)
    await read(tool, SCANNED)
    assert (scanner.seen, room.is_scan(SCANNED)) == (2, True)
    await read(tool, SCANNED)
    assert scanner.seen == 3
    await read(tool, DIGITAL)
    assert (scanner.seen, room.is_scan(DIGITAL)) == (4, False)


@pytest.mark.parametrize("more", [REMEMBERED - 2, REMEMBERED - 1, REMEMBERED])
def test_of_the_last_thousand_scans_it_is_known(more: int) -> None:
    room = ReadingRoom()
    room.remember(SCANNED)
    for number in range(more):
        room.remember(scan(number))
    assert room.is_scan(SCANNED) == (more < REMEMBERED)
    assert room.is_scan(scan(more - 1))


async def test_a_call_is_admitted_for_what_it_needs() -> None:
    """Both have a line of their own, and neither counts for the other."""
    admitted: list[str] = []

    @asynccontextmanager
    async def around(tool: Tool) -> AsyncIterator[None]:
        admitted.append(f"{tool.name} by {target_of(tool)}")
        yield

    tool = ReadDocument(load, recognise=invoice)
    await read(tool, DIGITAL, around=around)
    await read(tool, SCANNED, around=around)
    first = "document.read by document.read"
    assert admitted == [first, first, f"document.read by {RECOGNITION}"]
