"""A clock with how its due instant came about, computed again from what it was computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphs.deadlines.active_levels import ActiveLevels
from graphs.deadlines.clock import Clock
from graphs.deadlines.level_shelf import usable_calendar
from graphs.escalation.shown import ShownLadder
from graphs.store.deadline_tables import CalendarRow
from policies.errors import InstantUnknown
from policies.service_level import ServiceLevels


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedClock:
    """`explanation` is None where it cannot be said when it is due, or any more how; `note` then says why.

    `ladder` is None where the clock has none.
    """

    clock: Clock
    explanation: Mapping[str, Any] | None
    note: str | None
    ladder: ShownLadder | None = None


async def explained(clock: Clock, row: CalendarRow | None) -> ExplainedClock:
    """Explain the clock by the version of the calendar that it was computed with."""
    calendar = await usable_calendar(row)
    known = {} if calendar is None or row is None else {clock.calendar: (calendar, row.version)}
    active = ActiveLevels(levels=ServiceLevels(process="none", calendar="none"), version=0, calendars=known)
    try:
        found = clock.reckoned(active)
    except InstantUnknown as error:
        return ExplainedClock(clock=clock, explanation=None, note=clock.why or str(error))
    if found.at != clock.due_at and clock.status != "unknown":
        note = "computed again, it would be due at another instant: this release knows other holidays or time zones"
        return ExplainedClock(clock=clock, explanation=None, note=note)
    return ExplainedClock(clock=clock, explanation=found.explain(), note=clock.why)
