"""What can be known of a field without knowing whether it is right."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from math import log
from typing import Final

from tools.document.amounts import CENT
from tools.document.identifiers import iban_is_sound, vat_id_is_sound
from tools.document.reading import Reader, Reading

RAW: Final = "raw"
"""The signal that keeps the reader's own confidence, from before it was calibrated."""
AMOUNTS: Final = ("net_total", "tax_total", "total", "amount_due")
_CORE: Final = (
    "issue_date",
    "vendor_name",
    "buyer_name",
    "vendor_vat_id",
    "currency",
    "net_total",
    "tax_total",
    "total",
)
_SIGNALS: Final = ("anchor", "margin", "ocr", "agreement")
_DATES: Final = ("issue_date", "due_date")
_LONGEST_TERM: Final = timedelta(days=370)
_EDGE: Final = 0.005
_YES, _NO = 1.0, -1.0


def raw_confidence(reading: Reading, field: str) -> float:
    """The reader's own confidence in `field`, also of a reading that is calibrated already."""
    kept = reading.signals.get(field, {}).get(RAW)
    return reading.fields[field].confidence if kept is None else kept


def features(reading: Reading, field: str) -> dict[str, float]:
    """The features of `field`, which the reading has; what is not known of it is left out.

    Checks are 1 where passed and -1 where failed. `raw` is in log odds.
    """
    raw = min(max(raw_confidence(reading, field), _EDGE), 1 - _EDGE)
    signals = reading.signals.get(field, {})
    known: dict[str, float | None] = {
        RAW: log(raw / (1 - raw)),
        **{name: signals.get(name) for name in _SIGNALS},
        "xml": _YES if reading.fields[field].source.reader == Reader.XML else _NO,
        "arithmetic": _check(totals_add_up(reading)),
        "lines": _check(lines_add_up(reading)),
        "check_digit": _check(check_digits(reading, field)),
        "dates": _check(dates_plausible(reading)) if field in _DATES else None,
        "complete": sum(name in reading.fields for name in _CORE) / len(_CORE),
        "doubts": float(sum(finding.field == field for finding in reading.findings)),
        "placed": _YES if reading.fields[field].source.box is not None else _NO,
    }
    return {name: value for name, value in known.items() if value is not None}


def totals_add_up(reading: Reading) -> bool | None:
    """Whether net plus tax is the total; None where one of them is missing."""
    net, tax, total = (_amount(reading, name) for name in ("net_total", "tax_total", "total"))
    if net is None or tax is None or total is None:
        return None
    return abs(net + tax - total) < CENT


def lines_add_up(reading: Reading) -> bool | None:
    """Whether the lines sum up to the net total or the total; None without lines or without totals."""
    stated = {amount for name in ("net_total", "total") if (amount := _amount(reading, name)) is not None}
    amounts = [line.amount for line in reading.lines]
    if not stated or not amounts or any(amount is None for amount in amounts):
        return None
    return sum((Decimal(amount) for amount in amounts if amount is not None), Decimal(0)) in stated


def check_digits(reading: Reading, field: str) -> bool | None:
    """Whether the check digits of an IBAN or VAT id are right; None for other fields."""
    value = reading.value(field)
    if value is None:
        return None
    match field:
        case "iban":
            return iban_is_sound(value)
        case "vendor_vat_id":
            return vat_id_is_sound(value)
        case _:
            return None


def dates_plausible(reading: Reading) -> bool | None:
    """Whether the due date lies within a year after the issue date; None where one of them is missing."""
    issued, due = (_day(reading.value(name)) for name in _DATES)
    if issued is None or due is None:
        return None
    return timedelta(0) <= due - issued <= _LONGEST_TERM


def _check(passed: bool | None) -> float | None:
    return None if passed is None else _YES if passed else _NO


def _amount(reading: Reading, name: str) -> Decimal | None:
    try:
        amount = Decimal(reading.value(name) or "")
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
