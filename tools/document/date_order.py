"""Whether a document writes the month before the day: only evidence on the document decides, nothing is guessed."""

from __future__ import annotations

import re
from typing import Final

from tools.document.dates import PrintedDate, month_comes_first, printed_dates
from tools.document.identifiers import iban_is_sound, ibans, vat_id_is_sound, vat_ids
from tools.document.language import language_of
from tools.document.layout import Layout

_DAY_FIRST_SIGNS: Final = re.compile(
    r"£|\b(?:GBP|INR|MYR|AUD|NZD)\b|₹|\bVAT\b|\bABN\b|\bGSTIN\b|\bSDN\.?\s+BHD\b", re.IGNORECASE
)
_UNITED_STATES: Final = re.compile(
    r"\b(?:sales\s+tax|EIN|U\.?S\.?A\.?|United\s+States)\b|"
    r",\s*(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
    r"\s+\d{5}(?:-\d{4})?\b",
    re.IGNORECASE,
)


def dates_of(layout: Layout) -> list[PrintedDate]:
    """Every date printed on the document."""
    return [printed for cell in layout.cells for printed in printed_dates(cell.text)]


def month_first(layout: Layout) -> bool | None:
    """Whether `03/04/2026` is the fourth of March on this document; None where nothing on it decides.

    A date that can be read one way only decides. Else the country does (a sound IBAN or VAT id, an address,
    a currency), else a language whose countries all write the day first. Signs that contradict decide nothing.
    """
    proven = {found.month_first for found in dates_of(layout) if found.month_first is not None}
    if proven:
        return month_comes_first(dates_of(layout))
    text = layout.text
    american = _UNITED_STATES.search(text) is not None
    day_first = _has_sound_number(text) or _DAY_FIRST_SIGNS.search(text) is not None
    if american or day_first:
        return None if american and day_first else american
    return None if language_of(text) in (None, "en") else False


def _has_sound_number(text: str) -> bool:
    """Whether a bank account or VAT id of a country that writes the day first is printed."""
    accounts = any(iban_is_sound(found.value) for found in ibans(text))
    return accounts or any(vat_id_is_sound(found.value) for found in vat_ids(text))
