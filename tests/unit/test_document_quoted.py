"""A value that a model claims to have read counts only where the page says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.document.quoted import why_unproven

PAGE = """Nordlicht GmbH  Invoice RE-2026-17
Invoice date:  17.04.2026  Due  16.05.2026
Net  1.119,00 EUR  VAT 19 %  212,61 EUR
2  100,00  200,00
Total due  1.331,61 EUR
VAT id  DE136695976  Order  4500-77/A"""


@pytest.mark.parametrize(
    ("field", "value", "quote"),
    [
        ("invoice_number", "RE-2026-17", "Invoice RE-2026-17"),
        ("issue_date", "2026-04-17", "Invoice date: 17.04.2026"),
        ("due_date", "2026-05-16", "Due 16.05.2026"),
        ("net_total", "1119.00", "Net 1.119,00 EUR"),
        ("total", "1331.61", "1.331,61"),
        ("vendor_name", "Nordlicht GmbH", "Nordlicht   GmbH Invoice"),
        ("vendor_vat_id", "DE136695976", "VAT id DE136695976"),
        ("currency", "EUR", "1.331,61 EUR"),
        ("order_number", "4500-77/A", "4500-77/A"),
    ],
)
def test_a_value_that_the_page_states_is_proven(field: str, value: str, quote: str) -> None:
    assert why_unproven(field, value, quote=quote, page=PAGE) == ""


@pytest.mark.parametrize(
    ("field", "value", "quote", "why"),
    [
        ("total", "1331.61", "Grand total 1.331,61", "does not stand"),
        ("total", "331.61", "331,61 EUR", "does not follow"),
        ("net_total", "119.00", "119,00 EUR", "does not follow"),
        ("total", "2100.00", "2 100,00", "does not follow"),
        ("total", "1331.60", "Total due 1.331,61 EUR", "does not follow"),
        ("net_total", "1119.00", "Net 1.119,00 EUR VAT 19 % 212,61 EUR", "several"),
        ("issue_date", "2026-04-16", "17.04.2026", "does not follow"),
        ("issue_date", "2026-04-17", "Invoice date: 17.04.2026 Due 16.05.2026", "several"),
        ("invoice_number", "RE-2026", "RE-2026", "does not follow"),
        ("invoice_number", "re-2026-17", "RE-2026-17", "does not follow"),
        ("vendor_name", "Nordlicht", "Nordlicht GmbH und Co", "does not stand"),
        ("vendor_vat_id", "DE136695977", "DE136695976", "check digits"),
        ("order_number", "", "4500-77/A", "empty"),
        ("order_number", "4500-77/A", " \n ", "empty"),
        ("order_number", "x" * 201, "4500-77/A", "too long"),
        ("iban", "DE02120300000000202051", "Nordlicht", "no value of this field"),
        ("doc_type", "invoice", "Invoice", "no value of this field"),
    ],
)
def test_anything_else_is_not_proven_and_it_is_said_why(field: str, value: str, quote: str, why: str) -> None:
    assert why in why_unproven(field, value, quote=quote, page=PAGE)


@pytest.mark.parametrize(
    ("page", "value", "proven"),
    [
        ("Date 03/04/2026", "2026-04-03", False),
        ("Date 03/04/2026", "2026-03-04", False),
        ("Date 03/04/2026, due 04/25/2026", "2026-03-04", True),
        ("Date 03/04/2026, due 04/25/2026", "2026-04-03", False),
        ("Date 03/04/2026, due 25/04/2026", "2026-04-03", True),
    ],
)
def test_a_day_that_could_be_another_needs_a_page_that_settles_it(page: str, value: str, proven: bool) -> None:
    assert (why_unproven("issue_date", value, quote="03/04/2026", page=page) == "") is proven


@pytest.mark.parametrize(
    ("page", "value", "proven"),
    [
        ("Total 1.234", "1234.00", False),
        ("Total 1.234 and 0,50", "1234.00", True),
        ("Total 1.234 and 0.50", "1234.00", False),
    ],
)
def test_a_point_that_may_part_thousands_needs_a_page_that_settles_it(page: str, value: str, proven: bool) -> None:
    assert (why_unproven("total", value, quote="1.234", page=page) == "") is proven


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from(["total", "issue_date", "invoice_number"]))
def test_whatever_is_claimed_of_another_page_is_never_proven(value: str, quote: str, field: str) -> None:
    assert why_unproven(field, value, quote=quote, page="\x00") != ""
