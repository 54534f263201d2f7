"""How a due instant came about: one reason after the other, as data and as sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from policies.length import spoken

Kind = Literal["started", "counted", "skipped", "paused", "due"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One line of the explanation.

    `counted`: the day, or working time from `start` to `end` of it, counts. `skipped`: the day does not, because of
    `name`. `paused`: nothing counted between `start` and `end`.
    """

    kind: Kind
    day: date | None = None
    start: datetime | None = None
    end: datetime | None = None
    number: int | None = None
    name: str = ""

    @property
    def length(self) -> timedelta | None:
        """How long it is."""
        return self.end - self.start if self.start is not None and self.end is not None else None

    def data(self) -> dict[str, Any]:
        """As JSON data; what does not apply is absent."""
        length = self.length
        values = {
            "kind": self.kind,
            "day": self.day.isoformat() if self.day else None,
            "start": self.start.isoformat() if self.start else None,
            "end": self.end.isoformat() if self.end else None,
            "seconds": int(length.total_seconds()) if length is not None else None,
            "number": self.number,
            "name": self.name or None,
        }
        return {name: value for name, value in values.items() if value is not None}

    def sentence(self, zone: ZoneInfo) -> str:
        """As a person reads it, on the site's clock."""
        day = f"{self.day:%A %Y-%m-%d}" if self.day else ""
        match self.kind:
            case "started":
                return f"Counted from {clock(self.start, zone)}{f' ({self.name})' if self.name else ''}."
            case "skipped":
                return f"{day} does not count: {self.name}."
            case "paused":
                return f"Paused from {clock(self.start, zone)} to {clock(self.end, zone)}: {self.name}."
            case "counted" if self.length is not None:
                return f"{day}: {spoken(self.length)} from {clock(self.start, zone)} to {clock(self.end, zone)}."
            case "counted":
                return f"{day} is day {self.number}{f' ({self.name})' if self.name else ''}."
            case "due":
                return f"Due {clock(self.start, zone)}{f': {self.name}' if self.name else ''}."


def clock(at: datetime | None, zone: ZoneInfo) -> str:
    """The instant on the site's clock, with its offset from UTC."""
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M:%S %z}" if at is not None else "now"
