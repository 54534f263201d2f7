"""Pages travel from the confined child to the worker and words back; neither trusts the other's bytes."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, timedelta

import pytest
from PIL import Image, ImageDraw, ImageFont

from tools.document.errors import (
    NotAnInvoiceOrOrder,
    ReaderDied,
    RecognitionUnavailable,
    TextNotRecognised,
    TimeLimitExceeded,
)
from tools.document.frames import HEAD, MAX_BYTES, MAX_JSON, packed, read_frame, sizes
from tools.document.isolation import clock_stopped, read_document_isolated
from tools.document.limits import Limits
from tools.document.ocr_channel import serve_pages
from tools.document.recognised import Picture, RecognisedPage, RecognisedWord, Recognition
from tools.document.tesseract import tesseract
from tools.document.tool import ReadDocument, ReadDocumentArguments
from tools.errors import Permanent, Transient
from tools.testing.invoices.scans import CLEAN, scanned_jpeg
from tools.testing.invoices.till import fictional_receipt, receipt_pdf

SCAN = scanned_jpeg(receipt_pdf(fictional_receipt(5, today=date(2026, 6, 15))), CLEAN, seed=1)
SHA256 = "0" * 64


def words(picture: Picture, *texts: str) -> RecognisedPage:
    """Each text on a line of its own."""
    lines = [
        RecognisedWord(text=text, box=(10, 20 * at, 90, 20 * at + 12), score=0.9) for at, text in enumerate(texts, 1)
    ]
    return RecognisedPage(words=tuple(lines), width=picture.width, height=picture.height)


def invoice(picture: Picture) -> RecognisedPage:
    return words(picture, "Invoice", "number:4711", "of:2026-04-03", "and:so:on:and:so:forth")


BOTH = Recognition(page=invoice, line=lambda _: "4711")


async def test_the_child_asks_for_words_and_makes_facts_of_them() -> None:
    seen: list[tuple[int, int]] = []

    def noted(picture: Picture) -> RecognisedPage:
        seen.append((picture.width, picture.height))
        return invoice(picture)

    reading = await read_document_isolated(SCAN, name="scan.jpg", recognise=noted)
    assert reading.value("doc_type") == "invoice"
    assert len(seen) == 1
    assert reading.signals["doc_type"]["ocr"] == 0.9


@pytest.mark.parametrize("refusal", [TextNotRecognised, RecognitionUnavailable])
async def test_a_refusal_of_the_recogniser_arrives_by_its_own_name(
    refusal: type[TextNotRecognised | RecognitionUnavailable],
) -> None:
    def refuse(_: Picture) -> RecognisedPage:
        raise refusal("no words today")

    with pytest.raises(refusal, match="no words today"):
        await read_document_isolated(SCAN, name="scan.jpg", recognise=refuse)


async def test_a_page_without_a_known_title_is_refused_like_a_digital_one() -> None:
    with pytest.raises(NotAnInvoiceOrOrder):
        await read_document_isolated(
            SCAN, name="a.jpg", recognise=lambda page: words(page, "a:long:letter", "of:no:known:kind:at:all")
        )


async def test_a_scan_may_take_longer_than_a_digital_document_but_not_for_ever() -> None:
    def slow(picture: Picture) -> RecognisedPage:
        return asyncio.run(_later(picture))

    patient = Limits(time_limit=timedelta(seconds=10), scan_seconds=60)
    assert (await read_document_isolated(SCAN, name="a.jpg", limits=patient, recognise=slow)).value("doc_type")
    hasty = Limits(time_limit=timedelta(seconds=3), scan_seconds=-2)
    with pytest.raises(TimeLimitExceeded):
        await read_document_isolated(SCAN, name="a.jpg", limits=hasty, recognise=slow)


async def test_the_clock_stands_still_only_while_a_page_is_recognised() -> None:
    clock = asyncio.get_running_loop().time
    async with asyncio.timeout(50) as patience:
        at_first = patience.when() or 0.0
        with clock_stopped(patience, at_first + 100):
            assert patience.when() == at_first + 100
            waited_since = clock()
            await asyncio.to_thread(lambda: None)
        assert at_first <= (patience.when() or 0.0) <= at_first + clock() - waited_since + 0.01
        with clock_stopped(patience, at_first - 1):
            assert patience.when() == at_first - 1
        assert patience.when() == at_first - 1, "it never runs longer than the bound"


@pytest.mark.skipif(tesseract() is None, reason="tesseract is not installed")
async def test_the_second_reader_is_started_outside_of_the_child_that_may_start_nothing() -> None:
    def doubtful(picture: Picture) -> RecognisedPage:
        read = (("Invoice", 10), ("No.", 90), ("RE-2026-117", 130), ("of", 270), ("2026-04-03", 310))
        found = [RecognisedWord(text=text, box=(x, 40, x + 9 * len(text), 56), score=0.5) for text, x in read]
        return RecognisedPage(words=tuple(found), width=picture.width, height=picture.height)

    sheet = Image.new("L", (800, 1100), 255)
    ImageDraw.Draw(sheet).text((130, 38), "RE-2026-117", fill=0, font=ImageFont.load_default(18))
    target = io.BytesIO()
    sheet.save(target, "PNG")
    reading = await read_document_isolated(target.getvalue(), name="a.png", recognise=doubtful)
    assert reading.signals["invoice_number"]["agreement"] == 1.0


async def _later(picture: Picture) -> RecognisedPage:
    await asyncio.wait([asyncio.create_task(asyncio.Event().wait())], timeout=1.2)
    return invoice(picture)


@pytest.mark.parametrize(
    "frame",
    [
        packed({}),
        packed({"page": 1, "width": 3, "height": 3}, b"123456789"),
        packed({"task": "all", "page": 1, "width": 3, "height": 3}, b"123456789"),
        packed({"task": "page", "page": 1, "width": 3, "height": 3}, b"12345678"),
        packed({"task": "line", "page": 1, "width": -3, "height": -3}, b"123456789"),
        packed({"task": "page", "page": "x", "width": 3, "height": 3}, b"123456789"),
        packed({"task": "page", "page": 1, "width": None, "height": 3}, b"123456789"),
    ],
)
async def test_a_page_that_is_none_is_answered_with_a_refusal(frame: bytes) -> None:
    answer = await _told(frame)
    assert answer is not None
    assert answer["refused"]["code"] == ReaderDied.code


@pytest.mark.parametrize("frame", [b"", b"half", HEAD.pack(5, 0) + b"[1,2]", HEAD.pack(2**32 - 1, 2**32 - 1)])
async def test_a_child_that_talks_nonsense_is_left_alone(frame: bytes) -> None:
    assert await _told(frame) is None


async def _told(frame: bytes) -> dict[str, dict[str, str]] | None:
    """What the worker answers to `frame`, None where it closes the line."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        served = asyncio.create_task(serve_pages(ours, BOTH, meanwhile=nullcontext))
        await asyncio.to_thread(theirs.sendall, frame)
        theirs.shutdown(socket.SHUT_WR)
        await served
        with theirs.makefile("rb") as answers:
            answered = await asyncio.to_thread(read_frame, answers)  # the loop has a line to close meanwhile
    return None if answered is None else answered[0]


def test_a_frame_has_at_most_so_many_bytes() -> None:
    assert sizes(HEAD.pack(MAX_JSON, MAX_BYTES)) == (MAX_JSON, MAX_BYTES)
    for head in (HEAD.pack(MAX_JSON + 1, 0), HEAD.pack(0, MAX_BYTES + 1)):
        with pytest.raises(ReaderDied, match="absurd"):
            sizes(head)


@pytest.mark.parametrize("cut", [1, 7, 9, 14, 20])
def test_half_a_frame_is_no_message(cut: int) -> None:
    with pytest.raises(ReaderDied):
        read_frame(io.BytesIO(packed({"page": 1}, b"1234")[:cut]))


@pytest.mark.parametrize(("refusal", "seen"), [(RecognitionUnavailable, Transient), (TextNotRecognised, Permanent)])
async def test_the_tool_comes_back_where_only_the_recogniser_was_busy(
    refusal: Callable[[str], Exception], seen: type[Exception]
) -> None:
    async def load(_: str) -> tuple[str, bytes]:
        return "scan.jpg", SCAN

    def refuse(_: Picture) -> RecognisedPage:
        raise refusal("no words today")

    tool = ReadDocument(load, recognise=refuse)
    with pytest.raises(seen):
        await tool.recognising.execute(ReadDocumentArguments(document_sha256=SHA256), key="k")
