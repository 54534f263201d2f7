"""Declared mappings: what does not fit is refused when declared; what is applied loses nothing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from tools.conversion import CONVERT, TYPES, Conversion, converted
from tools.jobs.port import JobRequest
from tools.mapping import (
    FieldMappedTwice,
    FieldMissing,
    LossyMapping,
    Mapping,
    MappingFailed,
    Set,
    Take,
    TypeMismatch,
    UnknownPath,
)


class Grade(StrEnum):
    A = "a"
    B = "b"


class Party(BaseModel):
    name: str
    vat_id: str | None = None


class Invoice(BaseModel):
    number: str
    total: Decimal
    lines: int
    due: date
    received: datetime
    grade: Grade
    supplier: Party
    buyer: Party | None = None
    rate: float = 0.0
    channel: Literal["mail", "portal"] = "mail"


class Amount(BaseModel):
    cents: int
    currency: str = "EUR"


class Order(BaseModel):
    reference: Annotated[str, Field(max_length=12)]
    amount: Amount
    due_on: str = ""
    vendor: str | None = None
    way: Literal["mail", "portal", "fax"] = "fax"
    price: Decimal = Decimal(0)
    ratio: float = 0.0
    paid: bool = False
    day: date | None = None


REFERENCE = Take(path="number", to="reference")
CENTS = Take(path="total", to="amount.cents", by=Conversion.CENTS_OF_DECIMAL)
FIRST = Invoice(
    number="INV-1",
    total=Decimal("12.50"),
    lines=2,
    due=date(2026, 7, 1),
    received=datetime.fromisoformat("2026-06-01T10:00:00+00:00"),
    grade=Grade.A,
    supplier=Party(name="Nordlicht", vat_id="DE1"),
)


def mapped(*entries: Take | Set) -> Mapping[Invoice, Order]:
    return Mapping(source=Invoice, target=Order, entries=(REFERENCE, CENTS, *entries))


def test_values_come_from_where_the_mapping_says() -> None:
    mapping = mapped(
        Take(path="due", to="due_on", by=Conversion.TEXT_OF_DATE),
        Take(path="supplier.vat_id", to="vendor"),
        Take(path="channel", to="way"),
        Take(path="lines", to="price", by=Conversion.DECIMAL_OF_INTEGER),
        Set(value="USD", to="amount.currency"),
    )
    assert mapping.apply(FIRST) == Order(
        reference="INV-1",
        amount=Amount(cents=1250, currency="USD"),
        due_on="2026-07-01",
        vendor="DE1",
        way="mail",
        price=Decimal(2),
    )


def test_an_absent_value_stays_absent() -> None:
    assert mapped(Take(path="buyer.name", to="vendor")).apply(FIRST).vendor is None


def test_data_of_a_case_becomes_arguments_of_a_tool() -> None:
    mapping = Mapping(
        source=Party, target=JobRequest, entries=(Set(value="book", to="type"), Take(path="name", to="reference"))
    )
    assert mapping.apply_data({"name": "Nordlicht"}) == {"type": "book", "reference": "Nordlicht"}


@pytest.mark.parametrize(
    "entry",
    [
        Take(path="nubmer", to="vendor"),
        Take(path="number.x", to="vendor"),
        Take(path="number", to="vendro"),
        Take(path="number", to="amount.x"),
        Set(value=1, to="x"),
    ],
)
def test_a_path_that_is_not_there_is_refused(entry: Take | Set) -> None:
    with pytest.raises(UnknownPath, match="Invoice → Order"):
        mapped(entry)


@pytest.mark.parametrize(
    "entry",
    [
        Take(path="lines", to="vendor"),
        Take(path="supplier", to="vendor"),
        Take(path="number", to="way"),
        Take(path="number", to="price", by=Conversion.TEXT_OF_DATE),
        Take(path="due", to="vendor", by=Conversion.TEXT_OF_INTEGER),
        Take(path="lines", to="due_on", by=Conversion.DECIMAL_OF_INTEGER),
        Take(path="supplier.vat_id", to="due_on"),
        Take(path="buyer.name", to="due_on"),
        Set(value=1, to="vendor"),
        Set(value=None, to="due_on"),
        Set(value="pigeon", to="way"),
        Set(value=1, to="paid"),
    ],
)
def test_a_value_of_another_type_is_refused(entry: Take | Set) -> None:
    with pytest.raises(TypeMismatch):
        mapped(entry)


@pytest.mark.parametrize(
    ("path", "to"),
    [("total", "ratio"), ("rate", "price"), ("lines", "ratio"), ("received", "day"), ("lines", "paid")],
)
def test_a_mapping_that_would_lose_something_is_refused_by_name(path: str, to: str) -> None:
    with pytest.raises(LossyMapping, match=f"{path} → {to}"):
        mapped(Take(path=path, to=to))


def test_decimals_become_no_integers_unless_it_is_said_how() -> None:
    with pytest.raises(LossyMapping):
        Mapping(source=Invoice, target=Amount, entries=(Take(path="total", to="cents"),))


@pytest.mark.parametrize(
    ("entries", "missing"),
    [
        ((REFERENCE,), "amount"),
        ((CENTS,), "reference"),
        ((REFERENCE, Set(value="EUR", to="amount.currency")), r"amount\.cents"),
    ],
)
def test_a_required_field_without_a_source_is_refused(entries: tuple[Take | Set, ...], missing: str) -> None:
    with pytest.raises(FieldMissing, match=missing):
        Mapping(source=Invoice, target=Order, entries=entries)


@pytest.mark.parametrize("entry", [Set(value="x", to="reference"), Take(path="lines", to="amount")])
def test_a_field_has_one_source(entry: Take | Set) -> None:
    with pytest.raises(FieldMappedTwice):
        mapped(entry)


def test_a_value_that_breaks_a_rule_of_the_field_fails_by_its_name_and_is_not_told() -> None:
    with pytest.raises(MappingFailed, match="reference") as failed:
        mapped().apply(FIRST.model_copy(update={"number": "a secret number too long"}))
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize("total", ["12.505", "NaN", "Infinity", "1e40"])
def test_an_amount_that_is_no_whole_number_of_cents_fails(total: str) -> None:
    with pytest.raises(MappingFailed, match=r"total → amount\.cents"):
        mapped().apply(FIRST.model_copy(update={"total": Decimal(total)}))


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("01", Conversion.INTEGER_OF_TEXT),
        ("１", Conversion.INTEGER_OF_TEXT),
        ("-0", Conversion.INTEGER_OF_TEXT),
        ("9" * 40, Conversion.INTEGER_OF_TEXT),
        ("1_0", Conversion.DECIMAL_OF_TEXT),
        (" 1", Conversion.DECIMAL_OF_TEXT),
        ("1e3", Conversion.DECIMAL_OF_TEXT),
        ("NaN", Conversion.DECIMAL_OF_TEXT),
        ("1,5", Conversion.DECIMAL_OF_TEXT),
        ("20260701", Conversion.DATE_OF_TEXT),
        ("2026-W27-3", Conversion.DATE_OF_TEXT),
        ("03/04/2026", Conversion.DATE_OF_TEXT),
    ],
)
def test_a_text_that_may_mean_something_else_is_refused(text: str, by: Conversion) -> None:
    with pytest.raises(ValueError, match=r"."):
        converted(text, by)


def test_every_conversion_says_what_it_takes_and_does_something() -> None:
    assert set(CONVERT) == set(Conversion) == {*TYPES, Conversion.AS_IT_IS}


VALUES: dict[type, st.SearchStrategy[Any]] = {
    int: st.integers(-(10**15), 10**15),
    Decimal: st.decimals(-(10**9), 10**9, places=2),
    date: st.dates(),
}
BACK_AND_FORTH = [
    (Conversion.TEXT_OF_INTEGER, Conversion.INTEGER_OF_TEXT),
    (Conversion.TEXT_OF_DECIMAL, Conversion.DECIMAL_OF_TEXT),
    (Conversion.TEXT_OF_DATE, Conversion.DATE_OF_TEXT),
    (Conversion.DECIMAL_OF_CENTS, Conversion.CENTS_OF_DECIMAL),
    (Conversion.CENTS_OF_DECIMAL, Conversion.DECIMAL_OF_CENTS),
]


@pytest.mark.parametrize(("there", "back"), BACK_AND_FORTH)
def test_what_is_converted_can_be_converted_back(there: Conversion, back: Conversion) -> None:
    @given(VALUES[TYPES[there][0]])
    def holds(value: Any) -> None:
        gone = converted(value, there)
        assert type(gone) is TYPES[there][1]
        assert converted(gone, back) == value

    holds()


@given(st.text(max_size=12), st.decimals(-(10**6), 10**6, places=2), st.integers(0, 99))
def test_a_mapping_that_was_declared_either_gives_a_target_or_names_the_field(
    number: str, total: Decimal, lines: int
) -> None:
    source = FIRST.model_copy(update={"number": number, "total": total, "lines": lines})
    order = mapped(Take(path="lines", to="vendor", by=Conversion.TEXT_OF_INTEGER)).apply(source)
    assert (order.reference, order.amount.cents, order.vendor) == (number, int(total * 100), str(lines))
    assert source.number == number
