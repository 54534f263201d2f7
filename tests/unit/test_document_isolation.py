"""Reading in a process of its own: whatever happens to the child, the caller gets an answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from policies.action import EffectKind
from tools.catalog import Catalog
from tools.document.errors import (
    DoctypeRefused,
    DocumentTooLarge,
    EmptyDocument,
    Infected,
    ReaderDied,
    TimeLimitExceeded,
)
from tools.document.isolation import Safeguards, read_document_isolated
from tools.document.limits import MEBIBYTE, Limits, limits_data, limits_of
from tools.document.reader import read_document
from tools.document.reading_room import READ_AT_ONCE
from tools.document.tool import ReadDocument, ReadDocumentArguments
from tools.errors import Permanent
from tools.port import OutcomeLookup, Tool
from tools.resilience import call_once

INVOICE = b"""<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>4711</ID>
<IssueDate>2026-04-03</IssueDate></Invoice>"""
LARGE = INVOICE + b" " * (19 * MEBIBYTE)
LITTLE_MEMORY = Limits(memory_bytes=60 * MEBIBYTE)
SHA256 = "0" * 64


def children() -> set[str]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {pid for task in tasks for pid in task.read_text().split()}


async def test_the_child_reads_what_the_reader_reads() -> None:
    assert await read_document_isolated(INVOICE, name="a.xml") == read_document(INVOICE, name="a.xml")


async def test_the_child_s_refusal_arrives_by_its_own_name() -> None:
    with pytest.raises(DoctypeRefused, match="DOCTYPE"):
        await read_document_isolated(b"<!DOCTYPE x><x/>", name="a.xml")


async def test_empty_and_oversize_documents_never_reach_a_child() -> None:
    with pytest.raises(EmptyDocument):
        await read_document_isolated(b"", name="a.xml")
    with pytest.raises(DocumentTooLarge):
        await read_document_isolated(b"12345", name="a.xml", limits=Limits(max_bytes=4))


async def test_a_child_over_its_time_is_stopped_and_gone() -> None:
    before = children()
    with pytest.raises(TimeLimitExceeded):
        await read_document_isolated(INVOICE, name="a.xml", limits=Limits(time_limit=timedelta(milliseconds=1)))
    assert children() <= before


async def test_a_child_over_its_memory_is_a_named_refusal() -> None:
    with pytest.raises(ReaderDied):
        await read_document_isolated(LARGE, name="a.xml", limits=LITTLE_MEMORY)


async def test_a_cancelled_reading_leaves_no_child_behind() -> None:
    before = children()
    reading = asyncio.create_task(read_document_isolated(INVOICE, name="a.xml"))
    async with asyncio.timeout(20):
        while children() <= before:  # the child has no event to wait for
            await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert children() <= before


async def test_after_a_hostile_document_the_next_one_is_read() -> None:
    with pytest.raises(ReaderDied):
        await read_document_isolated(LARGE, name="a.xml", limits=LITTLE_MEMORY)
    assert (await read_document_isolated(INVOICE, name="a.xml")).value("invoice_number") == "4711"


def test_limits_travel_to_the_child_unchanged() -> None:
    limits = replace(Limits(), max_pages=7, time_limit=timedelta(seconds=1.5))
    assert limits_of(limits_data(limits)) == limits


async def test_the_tool_returns_the_reading_as_json() -> None:
    async def load(sha256: str) -> tuple[str, bytes]:
        assert sha256 == SHA256
        return "a.xml", INVOICE

    tool = ReadDocument(load)
    result = await tool.execute(ReadDocumentArguments(document_sha256=SHA256), key="k")
    assert result == read_document(INVOICE, name="a.xml").model_dump(mode="json")
    assert await tool.find_by_key(ReadDocumentArguments(document_sha256=SHA256), key="k") is None


async def test_the_tool_refuses_for_good_with_the_refusal_s_code() -> None:
    async def load(_sha256: str) -> tuple[str, bytes]:
        return "a.bin", b"\x00binary"

    with pytest.raises(Permanent) as caught:
        await ReadDocument(load).execute(ReadDocumentArguments(document_sha256=SHA256), key="k")
    assert (caught.value.reason, caught.value.tool) == ("unsupported_type", "document.read")


def test_the_tool_is_a_read_whose_outcome_can_be_asked_again() -> None:
    async def load(_sha256: str) -> tuple[str, bytes]:
        return "a.xml", INVOICE

    tool = Catalog([ReadDocument(load)])["document.read"]
    assert isinstance(tool, Tool)
    assert (tool.effect_kind, tool.outcome_lookup) == (EffectKind.READ, OutcomeLookup.ASKABLE)
    assert tool.time_limit == Limits().time_limit + timedelta(seconds=Limits().scan_seconds)


async def test_a_worker_reads_no_more_documents_at_once_than_it_has_memory_for() -> None:
    inside: list[int] = []
    most = 0

    class Watching:
        time_limit = timedelta(seconds=1)

        async def scan(self, content: bytes, *, name: str) -> None:
            nonlocal most
            inside.append(1)
            most = max(most, len(inside))
            for _ in range(20):
                await asyncio.sleep(0)
            inside.pop()
            raise Infected(name)

    async def load(_sha256: str) -> tuple[str, bytes]:
        return "a.xml", INVOICE

    tool = ReadDocument(load, safeguards=Safeguards(scanner=Watching()))
    asked = {"document_sha256": SHA256}
    ended = await asyncio.gather(*(call_once(tool, asked, key="k") for _ in range(9)), return_exceptions=True)
    assert [type(error) for error in ended] == [Permanent] * 9
    assert most == READ_AT_ONCE


@pytest.mark.parametrize("sha256", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64])
def test_a_document_is_named_by_its_sha256_alone(sha256: str) -> None:
    with pytest.raises(ValueError, match="document_sha256"):
        ReadDocumentArguments(document_sha256=sha256)
