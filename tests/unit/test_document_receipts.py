"""Till receipts: company, day, total and tax, told by position, arithmetic and labels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from tools.document.layout import Layout, lay_out
from tools.document.limits import Limits
from tools.document.pdf_text import Word, read_pdf
from tools.document.printed import Printed
from tools.document.receipts import is_receipt, read_receipt
from tools.testing.invoices.document import DocumentKind
from tools.testing.invoices.fiction import fictional_document
from tools.testing.invoices.language import LANGUAGES
from tools.testing.invoices.layouts import LAYOUTS
from tools.testing.invoices.pdf import digital_pdf
from tools.testing.invoices.till import fictional_receipt, receipt_pdf

TODAY = date(2026, 6, 15)
SLIP: tuple[tuple[str, str], ...] = (
    ("KEDAI MAKAN SDN BHD (12345-X)", ""),
    ("12 Jalan Besar", ""),
    ("TAX INVOICE", ""),
    ("Date: 25/03/2026", ""),
    ("Nasi lemak", "8.02"),
    ("Teh tarik", "2.50"),
    ("Total items: 2", ""),
    ("Sub Total", "10.52"),
    ("Rounding", "-0.02"),
    ("Rounded Total (RM)", "10.50"),
    ("CASH", "20.00"),
    ("CHANGE", "9.50"),
)


def layout_of(rows: Sequence[tuple[str, str]]) -> Layout:
    words = []
    for at, (label, value) in enumerate(rows):
        x = 10.0
        for text in label.split():
            words.append(_word(text, x, at))
            x += 5.0 * len(text) + 4
        words.extend([_word(value, 190.0 - 5 * len(value), at)] if value else [])
    return lay_out(words)


def _word(text: str, x: float, row: int) -> Word:
    return Word(text=text, page=1, x0=x, y0=14.0 * row, x1=x + 5.0 * len(text), y1=14.0 * row + 10)


def values(printed: Printed) -> dict[str, str]:
    return {name: field.value for name, field in printed.fields.fields.items()}


def swapped(old: str, *new: tuple[str, str]) -> list[tuple[str, str]]:
    """The slip with the row `old` replaced by `new`."""
    assert any(label == old for label, _ in SLIP)
    return [row for one in SLIP for row in (new if one[0] == old else (one,))]


def test_a_slip_yields_company_day_and_what_was_paid() -> None:
    read = values(read_receipt(layout_of(SLIP)))
    assert read["vendor_name"] == "KEDAI MAKAN SDN BHD"
    assert (read["issue_date"], read["total"], read["doc_type"]) == ("2026-03-25", "10.50", "receipt")


def test_cash_less_change_tells_the_total_whatever_it_is_called() -> None:
    printed = read_receipt(layout_of(swapped("Rounded Total (RM)", ("Jumlah", "10.50"))))
    assert values(printed)["total"] == "10.50"
    named = read_receipt(layout_of(SLIP)).fields.fields["total"]
    assert named.signals["arithmetic"] == 1.0
    assert named.confidence > printed.fields.fields["total"].confidence


def test_what_was_given_is_not_the_total() -> None:
    rows = [row for row in SLIP if row[0] not in ("CHANGE", "Rounding")]
    assert values(read_receipt(layout_of(rows)))["total"] == "10.50"


def test_the_label_may_stand_above_its_amount() -> None:
    rows = swapped("Rounded Total (RM)", ("Grand Total", ""), ("RM", "10.50"))
    rows = [row for row in rows if row[0] not in ("CASH", "CHANGE")]
    assert values(read_receipt(layout_of(rows)))["total"] == "10.50"


def test_a_slip_without_amounts_has_no_total() -> None:
    assert "total" not in values(read_receipt(layout_of(SLIP[:4])))


def test_tax_is_settled_where_net_and_tax_make_the_total() -> None:
    rows = swapped("Sub Total", ("Net amount", "9.90"), ("GST 6%", "0.60"))
    printed = read_receipt(layout_of(rows))
    assert (values(printed)["net_total"], values(printed)["tax_total"]) == ("9.90", "0.60")
    assert printed.fields.fields["tax_total"].signals["arithmetic"] == 1.0
    wrong = read_receipt(layout_of(swapped("Sub Total", ("Net amount", "9.80"), ("GST 6%", "0.60"))))
    assert wrong.fields.fields["tax_total"].signals["arithmetic"] == 0.0
    assert "net_total" not in wrong.fields.fields


def test_a_day_that_nothing_settles_is_a_finding() -> None:
    rows = [("CORNER STORE", ""), ("Date: 03/04/2026", ""), ("Total", "5.00"), ("CASH", "5.00"), ("CHANGE", "0.00")]
    printed = read_receipt(layout_of(rows))
    assert "issue_date" not in values(printed)
    assert [finding.code for finding in printed.findings] == ["ambiguous_date"]


@pytest.mark.parametrize("seed", range(24))
def test_receipts_of_many_shops_and_languages_are_read(seed: int) -> None:
    receipt = fictional_receipt(seed, today=TODAY)
    layout = lay_out(read_pdf(receipt_pdf(receipt), limits=Limits()).words)
    assert is_receipt(layout)
    read = values(read_receipt(layout))
    assert {name: read.get(name) for name in receipt.expected()} == receipt.expected()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_invoices_are_no_receipts_not_even_on_narrow_slips(layout: str) -> None:
    for seed, language in enumerate(LANGUAGES):
        document = fictional_document(seed, today=TODAY, kind=DocumentKind.INVOICE, language=language)
        words = read_pdf(digital_pdf(document, seed=seed, layout=layout), limits=Limits()).words
        assert not is_receipt(lay_out(words))
