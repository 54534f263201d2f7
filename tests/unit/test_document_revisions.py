"""A PDF that was changed after it was written: what it said before is compared with what it says now."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader, PdfWriter

from tests.support.raw_pdf import INVOICE, invoice_pdf, one_page, raw_pdf, stream, text_stream, updated
from tools.document.limits import DEFAULT_LIMITS, Limits
from tools.document.reader import read_document
from tools.document.reading import Reading
from tools.document.revisions import SHADOW_CAP, earlier_revisions

CONTENT = 4
RAISED = [line.replace("119.00", "919.00") for line in INVOICE]


def read(content: bytes, limits: Limits = DEFAULT_LIMITS) -> Reading:
    return read_document(content, name="a.pdf", limits=limits)


def codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


def test_a_total_that_was_changed_by_an_update_is_a_finding_with_both_values() -> None:
    reading = read(updated(invoice_pdf(), CONTENT, text_stream(RAISED)))
    shadowed = {one.field: one.values for one in reading.findings if one.code == "shadow_value"}
    # What is due stands nowhere on the page, so it is the total.
    both = {"before": "119.00", "now": "919.00"}
    assert shadowed == {"total": both, "amount_due": both}
    assert reading.fields["total"].confidence <= SHADOW_CAP


def test_an_update_that_says_the_same_is_none() -> None:
    reading = read(updated(invoice_pdf(), CONTENT, text_stream()))
    assert "shadow_value" not in codes(reading)
    assert reading.fields["total"].confidence == read(invoice_pdf()).fields["total"].confidence


def test_a_total_that_went_back_is_still_a_finding() -> None:
    there = updated(invoice_pdf(), CONTENT, text_stream(RAISED))
    back = read(updated(there, CONTENT, text_stream()))
    assert back.value("total") == "119.00"
    assert "shadow_value" in codes(back)


def test_an_update_by_a_library_counts_like_one_by_hand() -> None:
    writer = PdfWriter(io.BytesIO(invoice_pdf()), incremental=True)
    page = writer.pages[0]
    contents = page["/Contents"].get_object()
    contents.set_data(contents.get_data().replace(b"119.00", b"919.00"))
    target = io.BytesIO()
    writer.write(target)
    assert len(PdfReader(target).pages) == 1
    assert "shadow_value" in codes(read(target.getvalue()))


def test_an_earlier_revision_that_cannot_be_read_is_told() -> None:
    blank = raw_pdf(one_page(stream(b"")))
    assert codes(read(updated(blank, CONTENT, text_stream()))) == ["revision_unreadable"]


@pytest.mark.parametrize(("updates", "told"), [(2, False), (3, True)])
def test_revisions_are_compared_up_to_the_limit(updates: int, told: bool) -> None:
    content = invoice_pdf()
    for _ in range(updates):
        content = updated(content, CONTENT, text_stream())
    assert ("revisions_not_compared" in codes(read(content, Limits(max_revisions=2)))) is told


def test_no_revision_is_compared_where_none_may_be() -> None:
    reading = read(updated(invoice_pdf(), CONTENT, text_stream()), Limits(max_revisions=0))
    assert codes(reading) == ["revisions_not_compared"]


def test_a_pdf_inside_a_pdf_is_no_revision() -> None:
    inner = invoice_pdf()
    outer = raw_pdf([*one_page(text_stream()), stream(inner, "/Type /EmbeddedFile")])
    assert earlier_revisions(outer) == ()


def test_a_plain_pdf_has_no_earlier_revision() -> None:
    assert earlier_revisions(invoice_pdf()) == ()
