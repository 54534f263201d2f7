"""Defects: each changes exactly what it says."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tools.testing.invoices import defects
from tools.testing.invoices.document import BusinessDocument, cents
from tools.testing.invoices.fiction import fictional_document
from tools.testing.invoices.truth import expected_fields

MONEY = {"net_total", "tax_total", "total", "amount_due"}
CHANGED_FIELDS = {
    "wrong_arithmetic": {"total", "amount_due"},
    "wrong_line_amount": {"lines", *MONEY},
    "wrong_tax": {"tax_total", "total", "amount_due"},
    "price_raised": {"lines", *MONEY},
    "quantity_raised": {"lines", *MONEY},
    "other_iban": {"iban"},
    "without_order_number": {"po_number"},
    "without_field": {"vendor_vat_id"},
    "other_currency": {"currency"},
    "respelled_number": {"invoice_number"},
    "future_date": {"issue_date", "due_date"},
    "hidden_instruction": set(),
    "unknown_supplier": {"vendor_name", "vendor_vat_id", "iban"},
}


@pytest.fixture
def sound() -> BusinessDocument:
    document = fictional_document(21, today=date(2026, 6, 15), language="nl")
    return replace(document, number="RE-2026-77", po_number="PO-2026-0001")


def changed(before: BusinessDocument, after: BusinessDocument) -> set[str]:
    one, other = expected_fields(before), expected_fields(after)
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def test_every_defect_is_listed_here() -> None:
    assert CHANGED_FIELDS.keys() == defects.DEFECTS.keys()


@pytest.mark.parametrize("name", CHANGED_FIELDS)
def test_a_defect_changes_only_the_fields_it_names(name: str, sound: BusinessDocument) -> None:
    assert changed(sound, defects.DEFECTS[name](sound)) == CHANGED_FIELDS[name]


@pytest.mark.parametrize("name", CHANGED_FIELDS)
def test_a_defect_leaves_the_sound_document_as_it_was(name: str, sound: BusinessDocument) -> None:
    before = {field.name: getattr(sound, field.name) for field in fields(sound)}

    assert defects.DEFECTS[name](sound) != sound
    assert {field.name: getattr(sound, field.name) for field in fields(sound)} == before


def test_wrong_arithmetic_no_longer_adds_up(sound: BusinessDocument) -> None:
    wrong = defects.wrong_arithmetic(sound, by=Decimal("0.03"))

    assert wrong.total - wrong.net_total - wrong.tax_total == Decimal("0.03")


def test_wrong_tax_adds_up_but_is_not_the_rate(sound: BusinessDocument) -> None:
    wrong = defects.wrong_tax(sound, by=Decimal("1.00"))

    assert wrong.total == wrong.net_total + wrong.tax_total
    assert sum(subtotal.tax for subtotal in wrong.taxes) == wrong.tax_total == sound.tax_total + 1
    assert wrong.taxes[0].tax != cents(wrong.taxes[0].base * wrong.taxes[0].rate / 100)


def test_a_raised_price_is_raised_by_the_percentage(sound: BusinessDocument) -> None:
    wrong = defects.price_raised(sound, percent=Decimal("2.5"))

    assert wrong.lines[0].unit_price == cents(sound.lines[0].unit_price * Decimal("1.025"))
    assert wrong.lines[0].quantity == sound.lines[0].quantity
    assert wrong.lines[1:] == sound.lines[1:]


def test_a_raised_quantity_is_raised_by_the_number(sound: BusinessDocument) -> None:
    wrong = defects.quantity_raised(sound, by=Decimal(3))

    assert wrong.lines[0].quantity == sound.lines[0].quantity + 3
    assert wrong.net_total - sound.net_total == wrong.lines[0].amount - sound.lines[0].amount


@pytest.mark.parametrize(
    ("field", "missing"),
    [
        ("number", "invoice_number"),
        ("vendor_name", "vendor_name"),
        ("vendor_vat_id", "vendor_vat_id"),
        ("buyer_name", "buyer_name"),
        ("iban", "iban"),
        ("currency", "currency"),
    ],
)
def test_a_missing_field_is_missing(field: defects.MandatoryField, missing: str, sound: BusinessDocument) -> None:
    wrong = defects.without_field(sound, field=field)

    assert changed(sound, wrong) == {missing}
    assert missing not in expected_fields(wrong)


def test_a_duplicate_has_the_number_of_the_other(sound: BusinessDocument) -> None:
    assert defects.duplicate_number(sound, number="R-7").number == "R-7"


def test_a_future_date_moves_the_due_date_with_it(sound: BusinessDocument) -> None:
    later = defects.future_date(sound, days=2)

    assert later.issue_date - sound.issue_date == timedelta(days=2)
    assert later.due_date is not None
    assert sound.due_date is not None
    assert later.due_date - sound.due_date == timedelta(days=2)


def test_a_mismatching_attachment_is_cheaper_than_the_page(sound: BusinessDocument) -> None:
    assert defects.attachment_mismatch(sound).total < sound.total
