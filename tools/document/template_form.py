"""The form of a value: how a field is printed, so that another value of the same form is recognised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from tools.document.amounts import printed_amounts, two_places
from tools.document.dates import printed_dates

AMOUNTS: Final = frozenset({"net_total", "tax_total", "total", "amount_due"})
DATES: Final = frozenset({"issue_date", "due_date"})
VENDOR_NAME: Final = "vendor_name"
_MOST_DIGITS: Final = 3
"""So many digits more than were seen may a run have: numbers grow."""


class Form(BaseModel):
    """How a value is printed.

    `shape` is the value with a 9 for each digit and an A for each letter, for fields that are neither day nor
    amount; `month_first` says which of two possible days is meant. The vendor's own name is a `name`: its shape is
    its wording, for one vendor has one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["amount", "day", "text", "name"]
    shape: str = ""
    month_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """Finds the values of a form in a text."""

    form: Form

    def values(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Each value with its start and end, in reading order."""
        match self.form.kind:
            case "amount":
                for amount in printed_amounts(text):
                    yield two_places(amount.value), amount.start, amount.end
            case "day":
                for day in sorted(printed_dates(text), key=lambda one: one.start):
                    chosen = day.swapped if self.form.month_first and day.swapped else day.value
                    yield chosen.isoformat(), day.start, day.end
            case "text" | "name":
                for match in re.finditer(self._pattern, text):
                    yield match[0], match.start(), match.end()

    @property
    def _pattern(self) -> str:
        shape = self.form.shape
        return whole_word(re.escape(shape), strict=False) if self.form.kind == "name" else _pattern(shape)


def form_of(form: Form) -> Recognised:
    """What recognises `form`."""
    return Recognised(form=form)


def printed(text: str, field: str, value: str) -> Iterator[tuple[int, int, Form]]:
    """Where `text` prints the `value` of `field`, and in which form: amounts and days in any usual one, other values
    letter by letter.
    """
    if field in AMOUNTS:
        yield from _amounts(text, value)
    elif field in DATES:
        yield from _days(text, value)
    elif value:
        for match in re.finditer(whole_word(re.escape(value), strict=bool(re.search(r"\d", value))), text):
            own = field == VENDOR_NAME
            yield (
                match.start(),
                match.end(),
                Form(kind="name" if own else "text", shape=value if own else shape_of(value)),
            )


def shape_of(value: str) -> str:
    """`value` with a 9 for each digit and an A for each letter."""
    return re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "9", value))


def _amounts(text: str, value: str) -> Iterator[tuple[int, int, Form]]:
    try:
        wanted = Decimal(value)
    except InvalidOperation:
        return
    for amount in printed_amounts(text):
        if amount.value == wanted:
            yield amount.start, amount.end, Form(kind="amount")


def _days(text: str, value: str) -> Iterator[tuple[int, int, Form]]:
    for day in printed_dates(text):
        if day.value.isoformat() == value:
            yield day.start, day.end, Form(kind="day")
        elif day.swapped is not None and day.swapped.isoformat() == value:
            yield day.start, day.end, Form(kind="day", month_first=True)


def _pattern(shape: str) -> str:
    """A value without digits may have any words; one with digits keeps its signs, and its runs about their length."""
    if "9" not in shape:
        return r"\S.*\S"
    parts: list[str] = []
    for run in re.finditer(r"9+|A+|\s+|.", shape):
        text = run[0]
        if text[0] == "9":
            parts.append(rf"\d{{1,{len(text) + _MOST_DIGITS}}}")
        elif text[0] == "A":
            parts.append(rf"[^\W\d_]{{1,{len(text) + _MOST_DIGITS}}}")
        else:
            parts.append(r"\s+" if text.isspace() else re.escape(text))
    return whole_word("".join(parts), strict=True)


def whole_word(pattern: str, *, strict: bool) -> str:
    """`pattern` as a whole word; `strict` also as a whole number: `RE-2026` is none where `RE-2026-17` stands."""
    if strict:
        return rf"(?<![\w/-])(?<!\w\.){pattern}(?![\w/-]|\.\w)"
    return rf"(?<!\w){pattern}(?!\w)"
