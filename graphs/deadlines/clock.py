"""A clock: how much time something of a case has, since when, and what it stood still for.

Values only: each change returns a new clock, with the due instant that follows from it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Literal, Self

from graphs.deadlines.active_levels import ActiveLevels
from graphs.store.deadline_tables import ClockRow
from policies.errors import InstantUnknown
from policies.escalation_due import PlannedLadder, planned
from policies.service_level import Scope, ServiceLevel, anchor_of
from policies.service_level_due import Due, Paused, due

Status = Literal["running", "paused", "stopped", "unknown"]
SUSPENDED = "case_suspended"
"""The reason of a pause that lasts as long as its case is suspended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A time for which a clock stood still; `by` is who paused it, None where the case's step did."""

    reason: str
    start: datetime
    end: datetime | None = None
    by: str | None = None

    def data(self) -> dict[str, Any]:
        """As it is stored."""
        ended = self.end.isoformat() if self.end else None
        return {"reason": self.reason, "from": self.start.isoformat(), "to": ended, "by": self.by}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """As it was stored."""
        end = datetime.fromisoformat(data["to"]) if data["to"] else None
        return cls(reason=data["reason"], start=datetime.fromisoformat(data["from"]), end=end, by=data["by"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """`due_at` is None while it is `unknown`, and `why` then says what is missing.

    `ladder` has the instants around it, of which the first `climbed` steps are behind; at risk since `at_risk_since`.
    """

    id: str
    tenant: str
    case_id: str
    scope: Scope
    name: str
    visit: int
    task_id: str | None
    version: int
    status: Status
    level: ServiceLevel | None
    levels_version: int
    calendar: str
    calendar_version: int
    started_at: datetime
    anchor: str | None
    pauses: Sequence[Stop]
    due_at: datetime | None
    breached_at: datetime | None
    stopped_at: datetime | None
    why: str | None
    ladder: PlannedLadder | None = None
    climbed: int = 0
    at_risk_since: datetime | None = None

    @classmethod
    def of(cls, row: ClockRow) -> Self:
        """The clock as it was stored."""
        values: dict[str, Any] = {item.name: getattr(row, item.name) for item in fields(cls)}
        level = ServiceLevel.model_validate(row.level) if row.level is not None else None
        pauses = tuple(Stop.of(data) for data in row.pauses)
        ladder = PlannedLadder.of(row.ladder) if row.ladder is not None else None
        values.update(scope=Scope(row.scope), level=level, pauses=pauses, ladder=ladder, climbed=row.climbed or 0)
        return cls(**values)

    def row(self) -> dict[str, Any]:
        """Its columns."""
        values: dict[str, Any] = {item.name: getattr(self, item.name) for item in fields(self)}
        level = self.level.model_dump(mode="json") if self.level is not None else None
        ladder = self.ladder.data() if self.ladder is not None else None
        pauses = [stop.data() for stop in self.pauses]
        return {**values, "scope": self.scope.value, "level": level, "pauses": pauses, "ladder": ladder}

    @property
    def state(self) -> str:
        """`running`, `paused`, `breached`, `stopped` (in time), `missed` (stopped too late) or `unknown`."""
        if self.status == "stopped":
            late = self.breached_at is not None or (
                self.due_at is not None and self.stopped_at is not None and self.stopped_at > self.due_at
            )
            return "missed" if late else "stopped"
        return "breached" if self.breached_at is not None else self.status

    @property
    def open_pause(self) -> Stop | None:
        """Why it stands still now."""
        return self.pauses[-1] if self.pauses and self.pauses[-1].end is None else None

    def changed(self, **values: Any) -> Clock:
        """With these values, as its next version."""
        return replace(self, version=self.version + 1, **values)

    def reckoned(self, active: ActiveLevels) -> Due:
        """When it is due by the calendar as it is now; an open pause does not count yet. Raises `InstantUnknown`."""
        if self.level is None:
            raise InstantUnknown(self.why or "no level is known")
        if self.level.target.after is not None and self.anchor is None:
            raise InstantUnknown(self.why or f"{self.level.target.after} is not known")
        calendar, _ = active.calendar(self.calendar)
        return due(self.level.target, calendar, self.started_at, anchor=_anchor(self.anchor), pauses=self._paused())

    def _paused(self) -> list[Paused]:
        return [Paused(start=one.start, end=one.end, reason=one.reason) for one in self.pauses if one.end]

    def dated(self, active: ActiveLevels) -> Clock:
        """With its due instant and its ladder's computed anew; `unknown` where that cannot be said."""
        known, ladder = active.version_of(self.calendar), self.ladder
        try:
            found = self.reckoned(active)
            if ladder is not None:
                ladder = planned(ladder.ladder, found, pauses=self._paused())
        except InstantUnknown as error:
            return self.changed(due_at=None, status="unknown", why=str(error), calendar_version=known)
        status = "running" if self.status == "unknown" else self.status
        return self.changed(due_at=found.at, status=status, why=None, calendar_version=known, ladder=ladder)

    def paused(self, reason: str, *, by: str | None, now: datetime) -> Clock:
        """Standing still from now on."""
        return self.changed(status="paused", pauses=(*self.pauses, Stop(reason=reason, start=now, by=by)))

    def resumed(self, active: ActiveLevels, *, now: datetime) -> Clock:
        """Going on from now, due as much later as follows from the pause."""
        pauses = tuple(replace(stop, end=max(now, stop.start)) if stop.end is None else stop for stop in self.pauses)
        return replace(self, status="running", pauses=pauses).dated(active)

    def stopped(self, *, at: datetime, why: str) -> Clock:
        """Over: whatever was to be done is done, or is no more to be done."""
        pauses = tuple(replace(stop, end=max(at, stop.start)) if stop.end is None else stop for stop in self.pauses)
        return self.changed(status="stopped", stopped_at=max(at, self.started_at), why=why, pauses=pauses)


def started(
    active: ActiveLevels,
    *,
    tenant: str,
    case_id: str,
    scope: Scope,
    name: str,
    visit: int,
    task_id: str | None,
    data: Mapping[str, Any],
    at: datetime,
    id_: str | None = None,
) -> Clock | None:
    """The clock that a level sets; None where none speaks of it."""
    level, why = None, None
    try:
        level = active.levels.chosen(scope, name, data)
    except InstantUnknown as error:
        why = str(error)
    if level is None and why is None:
        return None
    calendar = active.levels.calendar_of(level) if level is not None else active.levels.calendar
    ladder = active.levels.ladder_of(level, data) if level is not None else None
    clock = Clock(
        id=id_ or str(uuid.uuid4()),
        tenant=tenant,
        case_id=case_id,
        scope=scope,
        name=name,
        visit=visit,
        task_id=task_id,
        version=0,
        status="running",
        level=level,
        levels_version=active.version,
        calendar=calendar,
        calendar_version=0,
        started_at=at,
        anchor=None,
        pauses=(),
        due_at=None,
        breached_at=None,
        stopped_at=None,
        why=why,
        ladder=PlannedLadder(ladder=ladder) if ladder is not None else None,
    )
    return anchored(clock, active, data)


def anchored(clock: Clock, active: ActiveLevels, data: Mapping[str, Any]) -> Clock:
    """The clock with the day or instant it counts from, as the case's data says now, and its due instant."""
    if clock.level is None:
        return clock.dated(active)
    try:
        found = anchor_of(clock.level.target, data)
    except InstantUnknown as error:
        known = active.version_of(clock.calendar)
        return clock.changed(status="unknown", why=str(error), due_at=None, calendar_version=known)
    return replace(clock, anchor=found.isoformat() if found is not None else None).dated(active)


def _anchor(text: str | None) -> date | datetime | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text) if len(text) == len("2026-01-31") else datetime.fromisoformat(text)
    except ValueError as error:
        raise InstantUnknown("the day or instant that it counts from was erased") from error
