"""The clocks of a case while a worker has it: they start, stand still and stop with the visits of its steps.

Whatever was ordered or changed meanwhile, the clocks follow from where the case stands: what does not belong there is
stopped, what is missing is started. The rows ride with the visit's own commit, under its fence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from graphs.audit import WORKER, AuditRecord
from graphs.deadlines.active_levels import ActiveLevels
from graphs.deadlines.clock import SUSPENDED, Clock, started
from graphs.process import ProcessDefinition
from graphs.state import CaseView
from graphs.store.statements import CLOCKS, json_text
from graphs.store.tables import Case
from graphs.store.writer import Change
from policies.service_level import Scope


class ClockedCase(Protocol):
    """What clocks need to know of a case."""

    @property
    def id(self) -> str: ...
    @property
    def tenant(self) -> str: ...
    @property
    def process(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a case stands: at which visit of which step. `task_id` is the task that the step has just made."""

    step: str
    stage: str
    visit: int
    task_id: str | None = None


def data_of(view: CaseView) -> Mapping[str, Any]:
    """What conditions and anchors may name: `input`, and the sections of the case's data."""
    return {**view.data, "input": view.input}


@dataclass(slots=True, kw_only=True)
class CaseClocks:
    """`open` are the case's clocks that are not stopped, as this worker's commits leave them."""

    active: ActiveLevels
    case: ClockedCase
    open: dict[str, Clock] = field(default_factory=dict)

    def follow(
        self,
        place: Place | None,
        view: CaseView,
        change: Change,
        *,
        now: datetime,
        began_at: datetime | None = None,
        answered_at: datetime | None = None,
    ) -> Clock | None:
        """Hold what follows from the case standing at `place`, or from its end; returns the clock of a new task.

        What starts began at `began_at`, else now; a task that is left was done at `answered_at`.
        """
        data = data_of(view)
        changed: dict[str, Clock] = {}
        for clock in list(self.open.values()):
            moved = self._moved(clock, place, data, now=now, answered_at=answered_at)
            if moved is not clock:
                changed[clock.id] = moved
        new = [] if place is None else list(self._missing(place, data, at=began_at or now))
        changed.update({clock.id: self._at_place(clock, place, now=now) for clock in new})
        for clock in changed.values():
            self._hold(clock, change, now=now)
        return next((clock for clock in new if clock.scope is Scope.TASK), None)

    def suspend(self, change: Change, *, now: datetime) -> None:
        """Hold that every clock that runs stands still, as those of a suspended case do."""
        for clock in [one for one in self.open.values() if one.status == "running"]:
            self._hold(clock.paused(SUSPENDED, by=SUSPENDED, now=now), change, now=now)

    def _hold(self, clock: Clock, change: Change, *, now: datetime) -> None:
        before = self.open.pop(clock.id, None)
        if clock.status != "stopped":
            self.open[clock.id] = clock
        change.add(CLOCKS, json_text(clock.row()))
        record = told(before, clock)
        if record is not None:
            change.record(record, now)

    def _moved(
        self,
        clock: Clock,
        place: Place | None,
        data: Mapping[str, Any],
        *,
        now: datetime,
        answered_at: datetime | None,
    ) -> Clock:
        if place is None or not belongs(clock, place):
            at = answered_at if clock.scope is Scope.TASK and answered_at else now
            return clock.stopped(at=at, why="the case has ended" if place is None else "left")
        if clock.status == "unknown":
            again = self._started(clock.scope, clock.name, clock.visit, clock.task_id, data, at=clock.started_at)
            if again is None:
                return clock.stopped(at=now, why="no service level speaks of it")
            if again.status == "unknown" and again.why == clock.why:
                return clock
            clock = replace(again, id=clock.id, version=clock.version + 1)
        return self._at_place(clock, place, now=now)

    def _at_place(self, clock: Clock, place: Place | None, *, now: datetime) -> Clock:
        """Standing still where the level says so, and going on where it does not; what a person paused stays so."""
        if place is None or clock.level is None or clock.status not in ("running", "paused"):
            return clock
        reason, stop = clock.level.pause_at(place.step), clock.open_pause
        if stop is not None and (stop.by is not None or stop.reason == reason):
            return clock
        if stop is not None:
            clock = clock.resumed(self.active, now=now)
        if reason is not None and clock.status == "running":
            return clock.paused(reason, by=None, now=now)
        return clock

    def _missing(self, place: Place, data: Mapping[str, Any], *, at: datetime) -> Iterable[Clock]:
        process = self.case.process
        wanted: list[tuple[Scope, str, int, str | None, datetime]] = [
            (Scope.PROCESS, process, 0, None, self.case.created_at),
            (Scope.STAGE, place.stage, 0, None, at),
            (Scope.STEP, place.step, place.visit, None, at),
        ]
        if place.task_id is not None:
            wanted.append((Scope.TASK, place.step, place.visit, place.task_id, at))
        there = {clock.scope for clock in self.open.values() if belongs(clock, place)}
        for scope, name, visit, task_id, since in wanted:
            if scope in there or not self.active.levels.speaks_of(scope, name):
                continue
            clock = self._started(scope, name, visit, task_id, data, at=since)
            if clock is not None:
                yield clock

    def _started(
        self, scope: Scope, name: str, visit: int, task_id: str | None, data: Mapping[str, Any], *, at: datetime
    ) -> Clock | None:
        return started(
            self.active,
            tenant=self.case.tenant,
            case_id=self.case.id,
            scope=scope,
            name=name,
            visit=visit,
            task_id=task_id,
            data=data,
            at=at,
        )


def first_place(definition: ProcessDefinition) -> Place:
    """Where a case of the definition stands when it is accepted."""
    first = definition.step(definition.start)
    return Place(step=first.name, stage=first.stage, visit=1)


def accepted_view(case: Case) -> CaseView:
    """What is known of a case that no step was visited of."""
    return CaseView(case_id=case.id, tenant=case.tenant, requester=case.created_by, input=case.input, data={})


def clock_accepted(active: ActiveLevels, case: ClockedCase, place: Place, view: CaseView, change: Change) -> None:
    """Hold the clocks of a case that is being accepted: they run while it waits for a worker, who finds them there."""
    CaseClocks(active=active, case=case).follow(place, view, change, now=case.created_at)


def belongs(clock: Clock, place: Place) -> bool:
    """Whether the clock is about where the case stands."""
    match clock.scope:
        case Scope.PROCESS:
            return True
        case Scope.STAGE:
            return clock.name == place.stage
        case Scope.STEP | Scope.TASK:
            return (clock.name, clock.visit) == (place.step, place.visit)


def told(before: Clock | None, clock: Clock) -> AuditRecord | None:
    """What the trail says of the change; starts and stops are told by the visits they go with."""
    was = before.status if before is not None else None
    if clock.status == "unknown" and was != "unknown":
        return recorded("deadline.unknown", clock, why=clock.why)
    if clock.status == "paused" and was != "paused":
        stop = clock.pauses[-1]
        return recorded("deadline.paused", clock, reason=stop.reason)
    if was == "paused" and clock.status == "running":
        return recorded("deadline.resumed", clock, due=clock.due_at)
    return None


def recorded(kind: str, clock: Clock, *, actor: str = WORKER, **values: Any) -> AuditRecord:
    """An entry about a clock."""
    named = {"clock": clock.id, "scope": clock.scope.value, "name": clock.name, "task": clock.task_id}
    return AuditRecord(kind=kind, actor=actor, case_id=clock.case_id, values={**named, **values})
