"""Lengths of time as commands spell them: `2d`, `90m`, `1w`."""

from __future__ import annotations

from typing import Final

UNITS: Final = (("w", 7 * 24 * 60), ("d", 24 * 60), ("h", 60), ("m", 1))
MOST_MINUTES: Final = 10 * 365 * 24 * 60


class SpanInvalid(ValueError):
    """The text is no length of time: write a whole number and `m`, `h`, `d` or `w`, as in `2d`."""


def span_text(minutes: int) -> str:
    """The minutes in the largest unit that divides them: 2880 is `2d`, 90 is `90m`."""
    unit, size = next((unit, size) for unit, size in UNITS if minutes % size == 0)
    return f"{minutes // size}{unit}"


def read_span(text: str) -> int:
    """The minutes that `text` means. Raises `SpanInvalid`."""
    number, unit = text[:-1], text[-1:].casefold()
    sizes = dict(UNITS)
    if not (number.isascii() and number.isdecimal() and len(number) <= 8 and unit in sizes):
        raise SpanInvalid(f"{text!r} is no length of time: write it as 2d, 12h, 90m or 1w")
    minutes = int(number) * sizes[unit]
    if not 0 < minutes <= MOST_MINUTES:
        raise SpanInvalid(f"{text!r} is no length of time that anything waits: from 1m to 3650d")
    return minutes


def about_span(minutes: int) -> tuple[int, str]:
    """The length as people say it: whole units of the largest that fits twice, or of minutes."""
    for unit, size in UNITS[1:3]:
        if minutes >= 2 * size:
            return minutes // size, unit
    return max(minutes, 0), "m"
