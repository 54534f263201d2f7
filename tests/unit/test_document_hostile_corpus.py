"""The hostile corpus, read as the product reads it: nothing crashes, hangs, outgrows its limits, or passes unseen."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.support import hostile
from tests.support.raw_pdf import invoice_pdf
from tools.document.errors import DocumentRefused
from tools.document.isolation import Safeguards, page_texts_isolated, read_document_isolated, unpack_isolated
from tools.document.limits import DEFAULT_LIMITS, MEBIBYTE
from tools.document.page_text import MOST_PAGES, PageTexts
from tools.document.reader import read_document
from tools.document.reading import Reading
from tools.document.validation.validator import Validator

SECONDS = 20.0


@pytest.fixture(scope="module")
def safeguards() -> Iterator[Safeguards]:
    validator = Validator()
    yield Safeguards(validator=validator)
    validator.close()


async def read(content: bytes, safeguards: Safeguards) -> Reading | DocumentRefused:
    started = time.monotonic()
    try:
        return await read_document_isolated(content, name="upload", safeguards=safeguards)
    except DocumentRefused as refused:
        return refused
    finally:
        assert time.monotonic() - started <= SECONDS + 1


async def words(content: bytes) -> PageTexts | DocumentRefused:
    started = time.monotonic()
    try:
        return await page_texts_isolated(content, name="upload")
    except DocumentRefused as refused:
        return refused
    finally:
        assert time.monotonic() - started <= SECONDS + 1


def test_the_limits_are_what_the_corpus_is_held_to() -> None:
    """The kernel keeps a child within them (`test_document_isolation`), so they are the peak that can occur."""
    assert DEFAULT_LIMITS.memory_bytes <= 512 * MEBIBYTE
    assert DEFAULT_LIMITS.time_limit.total_seconds() <= SECONDS


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.chaos] if name in hostile.COVERED else []) for name in hostile.REFUSED],
)
async def test_it_is_refused_by_name(name: str, safeguards: Safeguards) -> None:
    make, codes = hostile.REFUSED[name]
    outcome = await read(make(), safeguards)
    assert isinstance(outcome, DocumentRefused), outcome
    assert outcome.code in codes


@pytest.mark.parametrize("name", hostile.TOLD)
async def test_it_is_read_with_a_finding(name: str, safeguards: Safeguards) -> None:
    make, codes = hostile.TOLD[name]
    outcome = await read(make(), safeguards)
    assert isinstance(outcome, Reading), outcome
    assert codes & {finding.code for finding in outcome.findings}


@pytest.mark.parametrize("name", hostile.SURVIVED)
async def test_it_is_read_as_the_honest_invoice_it_holds_or_refused(name: str, safeguards: Safeguards) -> None:
    outcome = await read(hostile.SURVIVED[name](), safeguards)
    if isinstance(outcome, Reading):
        assert outcome.findings or outcome.value("total") == "119.00"
    else:
        assert outcome.code != DocumentRefused.code


@pytest.mark.parametrize("name", hostile.ARCHIVES)
async def test_the_archive_is_refused_by_name(name: str, safeguards: Safeguards) -> None:
    make, codes = hostile.ARCHIVES[name]
    with pytest.raises(DocumentRefused) as caught:
        await unpack_isolated(make(), name="upload.zip", safeguards=safeguards)
    assert caught.value.code in codes


@pytest.mark.parametrize("cut", [1, 5, 20, 50, 80, 99])
@pytest.mark.parametrize("whole", [hostile.UBL.encode(), invoice_pdf()], ids=["xml", "pdf"])
def test_a_document_cut_off_anywhere_is_refused(whole: bytes, cut: int) -> None:
    with pytest.raises(DocumentRefused) as caught:
        read_document(whole[: len(whole) * cut // 100], name="upload")
    assert caught.value.code in {"malformed_xml", "truncated_pdf", "unsupported_type"}


@pytest.mark.chaos
@pytest.mark.parametrize("name", [*hostile.REFUSED, *hostile.SURVIVED])
async def test_its_words_are_given_within_bounds_or_refused_by_name(name: str) -> None:
    make = hostile.REFUSED[name][0] if name in hostile.REFUSED else hostile.SURVIVED[name]
    outcome = await words(make())
    if isinstance(outcome, DocumentRefused):
        assert outcome.code != DocumentRefused.code
    else:
        assert len(outcome.pages) <= MOST_PAGES
        assert "root:" not in outcome.model_dump_json()
