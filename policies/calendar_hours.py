"""Working hours as they are written: `08:00-12:00`, and `22:00-06:00` for a shift that ends on the day after."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator

HOURS = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Hours:
    """From `opens` to `closes`, both counted on the wall clock from the midnight at which the day begins.

    `closes` is beyond 24 hours for a shift that ends on the day after; it is open at `opens` and no more at `closes`.
    """

    opens: timedelta
    closes: timedelta

    def __str__(self) -> str:
        """As it is written."""
        return f"{_clock(self.opens)}-{_clock(self.closes if self.closes <= DAY else self.closes - DAY)}"


def _clock(since_midnight: timedelta) -> str:
    hours, minutes = divmod(int(since_midnight.total_seconds()) // 60, 60)
    return f"{hours:02}:{minutes:02}"


def read_hours(text: Any) -> Hours:
    """The hours written in `text`. Raises `ValueError`."""
    if isinstance(text, Hours):
        return text
    found = HOURS.match(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"{text!r} are no hours: write 08:00-12:00")
    opens = timedelta(hours=int(found[1]), minutes=int(found[2]))
    closes = timedelta(hours=int(found[3]), minutes=int(found[4]))
    if closes > DAY:
        raise ValueError(f"{text!r}: a day ends at 24:00")
    if closes == opens:
        raise ValueError(f"{text!r} is no time at all: a whole day is 00:00-24:00")
    return Hours(opens=opens, closes=closes if closes > opens else closes + DAY)


def check_apart(hours: Iterable[Hours]) -> tuple[Hours, ...]:
    """The hours of a day in their order. Raises `ValueError` where two of them overlap."""
    ordered = tuple(sorted(hours))
    for earlier, later in pairwise(ordered):
        if later.opens < earlier.closes:
            raise ValueError(f"{earlier} and {later} overlap")
    return ordered


WrittenHours = Annotated[Hours, BeforeValidator(read_hours)]
