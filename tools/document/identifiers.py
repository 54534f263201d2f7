"""Identifiers in text: document numbers, IBANs, VAT ids, and what their check digits say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban as stdnum_iban
from stdnum.eu import vat as stdnum_vat

from tools.document.anchors import Span
from tools.document.dates import printed_dates

_NUMBER = re.compile(r"[^\W_](?:[\w./\-+]*[^\W_])?(?:\s?/\s?\d[\w/-]*)*")
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\s?\d{2}(?:[ \u00a0-]?[A-Z0-9]){10,30}(?![A-Z0-9])")
_VAT_FORMS = (
    r"ATU\s?\d{8,9}|BE\s?0?\d{9,10}|BG\s?\d{9,10}|CY\s?\d{8}[A-Z]|CZ\s?\d{8,10}|DE\s?\d{3}\s?\d{3}\s?\d{3}|DK\s?\d{8}|EE\s?\d{9}|"
    r"EL\s?\d{9}|ES\s?[A-Z0-9]\d{7}[A-Z0-9]|FI\s?\d{8}|FR?\s?[A-Z0-9]{2}\s?\d{3}\s?\d{3}\s?\d{3}|GB\s?\d{3}\s?\d{4}\s?\d{2}|HR\s?\d{11}|HU\s?\d{8}|"
    r"IE\s?\d[A-Z0-9]\d{5}[A-Z]{1,2}|IT\s?\d{11}|LT\s?\d{9,12}|LU\s?\d{8}|LV\s?\d{11}|MT\s?\d{8}|NL\s?\d{9}B\d{2}|NO\s?\d{9}|PL\s?\d{10}|"
    r"PT\s?\d{9}|RO\s?\d{2,10}|SE\s?\d{12}|SI\s?\d{8}|SK\s?\d{10}|CHE[-\s]?\d{3}\.?\d{3}\.?\d{3}"
)
_VAT = re.compile(rf"(?<![A-Z0-9])(?:{_VAT_FORMS})(?![A-Z0-9])")
_COUNT = re.compile(r"\d{1,3}(?:[.,]\d+)?\s+[^\W\d]{2,}")
_POSTCODE_AND_TOWN = re.compile(r"(?:\d{4}-\d{3}|\d{2}-\d{3}|\d{5})\s+[^\W\d_]{2,}\s*$")
_NOT_NUMBERS = re.compile(r"(?:page|seite|pagina|página)\b", re.IGNORECASE)


def document_numbers(text: str) -> Iterator[Span]:
    """The first token of `text` that could be a document number: it holds a digit and is no date or amount.

    Words between a label and its number (`Nr.`, `:`, `#`) are passed over, sentences are not.
    """
    taken = [(found.start, found.end) for found in printed_dates(text)]
    for match in list(_NUMBER.finditer(text))[:3]:
        if any(start < match.end() and match.start() < end for start, end in taken) or _NOT_NUMBERS.match(match[0]):
            return
        if _POSTCODE_AND_TOWN.match(text, match.start()):
            return
        if _COUNT.match(text, match.start()) or re.match(r",\d", text[match.end() :]):
            return
        if re.search(r"\d", match[0]) and len(match[0]) <= 40 and not re.fullmatch(r"\d+[.,]\d{2}", match[0]):
            yield Span(match[0], match.start(), match.end())
            return


def ibans(text: str) -> Iterator[Span]:
    """Account numbers in `text`, without their blanks. The check digits are not looked at.

    A shorter run with right check digits wins over the longer run around it (`… 39 BIC …`).
    """
    for match in _IBAN.finditer(text):
        compact = re.sub(r"[\s-]", "", match[0])
        length = next((n for n in range(len(compact), 14, -1) if stdnum_iban.is_valid(compact[:n])), None)
        if length is not None:
            yield Span(compact[:length], match.start(), match.end())
            continue
        blocks = match[0].split()
        while len(blocks) > 2 and blocks[-1].isalpha():
            blocks.pop()
        yield Span(re.sub(r"[\s-]", "", "".join(blocks)), match.start(), match.end())


def vat_ids(text: str) -> Iterator[Span]:
    """VAT ids in `text`, without blanks. The check digits are not looked at."""
    for match in _VAT.finditer(text):
        yield Span(re.sub(r"[\s.-]", "", match[0]), match.start(), match.end())


def iban_is_sound(value: str) -> bool:
    """Whether the check digits and the length of the IBAN are right."""
    return bool(stdnum_iban.is_valid(value))


def vat_id_is_sound(value: str) -> bool:
    """Whether the VAT id has the form and check digits of its country."""
    return bool(stdnum_vat.is_valid(value))
