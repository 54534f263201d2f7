"""Amounts: printed and encoded numbers as exact decimals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final, NamedTuple

from tools.document.errors import AmountNotANumber

CENT: Final = Decimal("0.01")
MAX_AMOUNT: Final = Decimal(10) ** 15
MAX_NUMBER_CHARACTERS: Final = 40
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
# Spaces that separate thousands: blank, no-break, thin, narrow no-break.
_SPACES = " \u00a0\u2009\u202f"
_GROUPED = rf"[1-9]\d{{0,2}}(?:(?P<group>[.,'’{_SPACES}])\d{{3}})(?:(?P=group)\d{{3}})*"
_INDIAN = r"[1-9]\d?(?:,\d{2})+,\d{3}"
_PRINTED = re.compile(
    rf"(?<![\w.,/])(?<!\w-)(?P<open>\()?(?P<sign>[-−–+]\s?)?(?:[€$£¥₹]\s?)?(?P<sign2>[-−])?"
    rf"(?P<whole>{_INDIAN}|{_GROUPED}|\d+)(?:(?P<point>[.,])(?P<fraction>\d{{1,6}}))?"
    rf"(?P<trail>[-−](?![\d\w]))?(?![\d/:]|[.,]\d|-\d)(?P<close>\))?"
)


class PrintedAmount(NamedTuple):
    """A number found in text: its value, how many decimals were printed, and where it stands.

    `ambiguous` where its one separator may part thousands or three decimals (`1.234`).
    """

    value: Decimal
    places: int
    start: int
    end: int
    ambiguous: bool = False


def decimal_of(text: str, *, field: str) -> Decimal:
    """The number `text` encodes in an XML document (`-1234.5`). Raises `AmountNotANumber`."""
    stripped = text.strip()
    if len(stripped) > MAX_NUMBER_CHARACTERS or not _PLAIN.fullmatch(stripped):
        raise AmountNotANumber(f"{field} is {stripped[:60]!r}, not a plain decimal number")
    try:
        value = Decimal(stripped)
    except InvalidOperation:
        raise AmountNotANumber(f"{field} is {stripped[:60]!r}, not a decimal number") from None
    if abs(value) >= MAX_AMOUNT:
        raise AmountNotANumber(f"{field} is {stripped!r}, beyond {MAX_AMOUNT:,}")
    return value


def two_places(value: Decimal) -> str:
    """`value` rounded half up to cents, as `-1234.50`; never `-0.00`."""
    rounded = value.quantize(CENT, rounding=ROUND_HALF_UP)
    return str(abs(rounded) if rounded == 0 else rounded)


def plain(value: Decimal) -> str:
    """`value` without exponent and without trailing zeros after the point: `10`, `0.025`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def printed_amounts(text: str) -> Iterator[PrintedAmount]:
    """Every number in `text`, in any usual grouping: `1.234,50`, `1,234.50`, `1 234,50`, `1'234.50`,
    `12,34,567.00`, `(12.00)`, `12,00-`. Percentages and numbers inside ids are left out.
    """
    for match in _PRINTED.finditer(text):
        if text[match.end() :].lstrip(_SPACES).startswith("%") or match.end() - match.start() > MAX_NUMBER_CHARACTERS:
            continue
        found = _value(match)
        if found is not None and abs(found[0]) < MAX_AMOUNT:
            yield PrintedAmount(found[0], found[1], match.start(), match.end(), _is_ambiguous(match))


def decimal_mark(texts: Iterable[str]) -> str | None:
    """The mark before the decimals in `texts`: `.` or `,`; None where no number tells it, or they contradict."""
    marks = set[str]()
    for text in texts:
        for match in _PRINTED.finditer(text):
            fraction = match["fraction"]
            if match["point"] and len(fraction) != 3:
                marks.add(match["point"])
    return marks.pop() if len(marks) == 1 else None


def parse_printed(text: str) -> Decimal | None:
    """The one number that is the whole of `text` (a currency sign may stand beside it), else None."""
    found = list(printed_amounts(text))
    if len(found) != 1:
        return None
    rest = text[: found[0].start] + text[found[0].end :]
    return None if re.search(r"\d", rest) else found[0].value


def _is_ambiguous(match: re.Match[str]) -> bool:
    printed = match["whole"] + (match["point"] or "") + (match["fraction"] or "")
    return re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", printed) is not None


def _value(match: re.Match[str]) -> tuple[Decimal, int] | None:
    whole, point, fraction = match["whole"], match["point"], match["fraction"]
    group = match["group"] or ("," if whole.count(",") else None)
    if point is not None and point == group:
        return None
    digits = re.sub(r"\D", "", whole)
    if group is None and point is not None and len(fraction) == 3 and 1 <= len(digits) <= 3 and digits != "0":
        # `1.234` is one thousand more often than one and a bit; a quantity says otherwise by its unit.
        digits, fraction = digits + fraction, ""
    value = Decimal(f"{digits}.{fraction}" if fraction else digits)
    negative = bool(match["sign"] and match["sign"].strip() in "-−–") or bool(match["sign2"] or match["trail"])
    negative = negative or bool(match["open"] and match["close"])
    return (-value if negative else value), len(fraction or "")
