"""The service levels of a process as they are in force, with the calendars they are counted in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.calendar import BusinessCalendar
from policies.errors import InstantUnknown
from policies.service_level import ServiceLevels


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveLevels:
    """`calendars` are (calendar, version) by name; they may be of levels that are not in force any more, too."""

    levels: ServiceLevels
    version: int
    calendars: Mapping[str, tuple[BusinessCalendar, int]] = field(default_factory=dict)

    def calendar(self, name: str) -> tuple[BusinessCalendar, int]:
        """The calendar and its version. Raises `InstantUnknown` where there is none that can be used."""
        if name not in self.calendars:
            raise InstantUnknown(f"there is no calendar {name} that can be used")
        return self.calendars[name]

    def version_of(self, calendar: str) -> int:
        """The version of the calendar, 0 where there is none that can be used."""
        return self.calendars[calendar][1] if calendar in self.calendars else 0
