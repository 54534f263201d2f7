"""Values that somebody claims to have read: they count only where the page says so, by the reader's own parsers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tools.document.amounts import decimal_mark, printed_amounts, two_places
from tools.document.dates import month_comes_first, printed_dates
from tools.document.identifiers import vat_id_is_sound, vat_ids
from tools.document.template_form import AMOUNTS, DATES, whole_word

VAT_IDS: Final = frozenset({"vendor_vat_id", "buyer_vat_id"})
NEVER_CLAIMED: Final = frozenset({"iban", "doc_type"})
"""An account is taken from the master data alone, and the kind of a document is not printed but judged."""
MOST_VALUE: Final = 200

Span = tuple[int, int]


def why_unproven(field: str, value: str, *, quote: str, page: str) -> str:
    """Why `page` does not prove that `field` is `value` by the words `quote`; empty where it does.

    The quote must stand on the page (white space may differ), and the value must be what the reader's own parsers make
    of the page at that place: a day as `2026-04-30`, an amount with two places, anything else letter for letter. A
    quote with another value of the same kind in it, and a day or an amount that can be read in two ways, prove nothing.
    """
    if field in NEVER_CLAIMED:
        return "no value of this field is taken from here"
    if not value.strip() or len(value) > MOST_VALUE or not quote.strip():
        return "value or quote is empty or too long"
    places = [match.span() for match in re.finditer(_words(quote), page)]
    if not places:
        return "the quote does not stand on the page"
    if field in AMOUNTS:
        return _why(list(_amounts(page)), value, places)
    if field in DATES or field.endswith("_date"):
        return _why(list(_days(page)), value, places)
    if field in VAT_IDS:
        sound = vat_id_is_sound(value)
        found = [(one.value, (one.start, one.end)) for one in vat_ids(page)]
        return _why(found, value, places) if sound else "its check digits are wrong"
    strict = bool(re.search(r"\d", value))
    stands = [(value, match.span()) for match in re.finditer(whole_word(_words(value), strict=strict), page)]
    return _why(stands, value, places)


def _why(found: list[tuple[str, Span]], value: str, places: list[Span]) -> str:
    """`found` are the values of the page with their places; an empty value is one that can be read in two ways."""
    problem = "the value does not follow from the quote"
    for start, end in places:
        inside = {one for one, (first, last) in found if start <= first and last <= end}
        if inside == {value}:
            return ""
        if "" in inside:
            problem = "what is quoted can be read in two ways"
        elif value in inside:
            problem = "the quote shows several values"
    return problem


def _words(text: str) -> str:
    """A pattern for the words of `text`, whatever white space is between them."""
    return r"\s+".join(re.escape(word) for word in text.split())


def _amounts(page: str) -> Iterator[tuple[str, Span]]:
    mark = decimal_mark([page])
    for found in printed_amounts(page):
        shown = page[found.start : found.end]
        doubtful = found.ambiguous and (mark is None or mark in shown)
        yield "" if doubtful else two_places(found.value), (found.start, found.end)


def _days(page: str) -> Iterator[tuple[str, Span]]:
    days = list(printed_dates(page))
    month_first = month_comes_first(days)
    for found in days:
        meant = found.value if found.swapped is None or month_first is False else found.swapped if month_first else None
        yield meant.isoformat() if meant else "", (found.start, found.end)
