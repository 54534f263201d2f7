"""Dates: printed and encoded days as ISO strings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, NamedTuple

from tools.document.errors import DateNotADate

EARLIEST_YEAR: Final = 1980
LATEST_YEAR: Final = 2100
_MONTHS: Final = (
    "jan|gen|ene|sty",
    "feb|fév|fev|lut",
    "mar|mär|mrt|maa",
    "apr|avr|abr|kwi",
    "may|mai|mei|mag|maj",
    "jun|juin|giu|cze",
    "jul|juil|lug|lip",
    "aug|aoû|aou|ago|sie",
    "sep|set|wrz",
    "oct|okt|ott|out|paź",
    "nov|lis",
    "dec|dez|déc|dic|gru",
)
_MONTH_OF: Final = {prefix: number for number, names in enumerate(_MONTHS, 1) for prefix in names.split("|")}
_ISO = re.compile(r"(?<![\d./-])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\d/-]|\.\d)")
_NUMERIC = re.compile(r"(?<![\d./-])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d/-]|\.\d)")
_DAY_MONTH = re.compile(
    r"(?<![\d.,/-])(\d{1,2})(?:st|nd|rd|th|er|º|°)?[-\s./]{1,3}(?:de\s+|of\s+)?([^\W\d_]{3,12})\.?,?[-\s./]{1,3}"
    r"(?:de\s+|del\s+)?(\d{4}|\d{2})(?![\d/-])",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(r"\b([^\W\d_]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b", re.IGNORECASE)
_ENCODED = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[TZ+-].*)?|(\d{4})(\d{2})(\d{2})")


class PrintedDate(NamedTuple):
    """A day found in text.

    `swapped` is the other day it could be, where day and month could be exchanged; `month_first` is what
    the date itself proves about the document's habit, None where it proves nothing.
    """

    value: date
    swapped: date | None
    month_first: bool | None
    start: int
    end: int


def iso_of(text: str, *, field: str) -> str:
    """The ISO day of an XML date (`2026-04-03`, with or without zone, or `20260403`). Raises `DateNotADate`."""
    match = _ENCODED.fullmatch(text.strip())
    numbers = [part for part in match.groups() if part] if match else []
    found = _day(*numbers) if numbers else None
    if found is None:
        raise DateNotADate(f"{field} is {text.strip()[:40]!r}, not a date of the form 2026-04-03")
    return found.isoformat()


def printed_dates(text: str) -> Iterator[PrintedDate]:
    """Every day printed in `text`, day before month where both readings are possible."""
    for match in _ISO.finditer(text):
        yield from _plain(match, _day(match[1], match[3], match[4]))
    for match in _NUMERIC.finditer(text):
        yield from _numeric(match)
    for match in _DAY_MONTH.finditer(text):
        yield from _plain(match, _named(match[3], match[2], match[1]))
    for match in _MONTH_DAY.finditer(text):
        yield from _plain(match, _named(match[3], match[1], match[2]))


def month_comes_first(dates: Iterable[PrintedDate]) -> bool | None:
    """Whether a document with these dates writes the month first; None where none of them settles it,
    or they contradict each other.
    """
    votes = {found.month_first for found in dates if found.month_first is not None}
    return votes.pop() if len(votes) == 1 else None


def _plain(match: re.Match[str], value: date | None) -> Iterator[PrintedDate]:
    if value is not None:
        yield PrintedDate(value, None, None, match.start(), match.end())


def _numeric(match: re.Match[str]) -> Iterator[PrintedDate]:
    """Dots always mean day first; slashes and dashes may mean either."""
    year, either = match[4], match[2] != "."
    day_first = _day(year, match[3], match[1])
    month_first = _day(year, match[1], match[3]) if either else None
    value = day_first or month_first
    if value is None:
        return
    both = day_first is not None and month_first is not None
    swapped = month_first if both and day_first != month_first else None
    proof = None if both or not either else day_first is None
    yield PrintedDate(value, swapped, proof, match.start(), match.end())


def _named(year: str, month: str, day: str) -> date | None:
    lowered = month.casefold()
    for length in (3, 4):
        number = _MONTH_OF.get(lowered[:length])
        if number is not None:
            return _day(year, str(number), day)
    return None


def _day(year: str, month: str, day: str) -> date | None:
    full_year = int(year) + (2000 if len(year) == 2 else 0)
    if not EARLIEST_YEAR <= full_year <= LATEST_YEAR:
        return None
    try:
        return date(full_year, int(month), int(day))
    except ValueError:
        return None
