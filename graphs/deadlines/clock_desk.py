"""The clock desk: a person pauses, resumes, restarts or stops a clock, with a reason, in one transaction.

The case's row is locked, and no worker may have it: a worker knows the clocks from when it took the case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from graphs.deadlines.active_levels import ActiveLevels
from graphs.deadlines.case_clocks import data_of, recorded
from graphs.deadlines.clock import SUSPENDED, Clock, started
from graphs.errors import Conflict, Invalid, NotFound
from graphs.intake import check_reason, require
from graphs.orders import state_of
from graphs.runtime.services import Services
from graphs.state import CaseView
from graphs.store.database import UnitOfWork
from graphs.store.deadlines import Clocks
from graphs.store.people import Actor
from policies.service_level import ServiceLevels

CHANGE = "deadline.change"
LOOKS = 20
BETWEEN_LOOKS_SECONDS = 0.05


class ClockBusy(Conflict):
    """A worker or somebody else has the clock or its case at this moment: try again."""

    code = "clock_busy"


class ClockNotMovable(Conflict):
    """What is asked does not fit the clock as it is."""

    code = "clock_not_movable"


ClockMove = Literal["pause", "resume", "restart", "stop"]
Move = Callable[[Clock, ActiveLevels, CaseView, datetime], Clock]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockDesk:
    """Moves clocks. Every method raises `PermissionMissing`, `NotFound`, `Invalid`, `ClockBusy`, `ClockNotMovable`."""

    services: Services

    async def pause(self, actor: Actor, clock_id: str, *, reason: str, note: str) -> Clock:
        """Let the clock stand still for a reason that its level names; `note` says more."""

        def move(clock: Clock, _active: ActiveLevels, _view: CaseView, now: datetime) -> Clock:
            check_status(clock, "running")
            if clock.level is None or not clock.level.may_pause(reason):
                known = ", ".join(pause.reason for pause in clock.level.pauses) if clock.level else ""
                raise Invalid(f"{reason!r} is no reason to pause this clock (reasons: {known or 'none'})")
            return clock.paused(reason, by=actor.user_id, now=now)

        return await self._move(actor, clock_id, "deadline.paused", move, note=note, reason=reason)

    async def resume(self, actor: Actor, clock_id: str, *, note: str) -> Clock:
        """Let the clock go on, due as much later as follows from the pause."""

        def move(clock: Clock, active: ActiveLevels, _view: CaseView, now: datetime) -> Clock:
            check_status(clock, "paused")
            if clock.open_pause is not None and clock.open_pause.reason == SUSPENDED:
                raise ClockNotMovable("the case is suspended: resume the case")
            return clock.resumed(active, now=now)

        return await self._move(actor, clock_id, "deadline.resumed", move, note=note)

    async def restart(self, actor: Actor, clock_id: str, *, note: str) -> Clock:
        """Count anew from now on, by the level that the case's data now chooses; a breach of before stays on record."""

        def move(clock: Clock, active: ActiveLevels, view: CaseView, now: datetime) -> Clock:
            check_status(clock, "running", "paused", "unknown")
            if clock.open_pause is not None and clock.open_pause.reason == SUSPENDED:
                raise ClockNotMovable("the case is suspended: resume the case")
            again = started(
                active,
                tenant=clock.tenant,
                case_id=clock.case_id,
                scope=clock.scope,
                name=clock.name,
                visit=clock.visit,
                task_id=clock.task_id,
                data=data_of(view),
                at=now,
                id_=clock.id,
            )
            if again is None:
                raise ClockNotMovable(f"no service level speaks of {clock.scope.value} {clock.name} any more: stop it")
            return replace(again, version=clock.version + 1)

        return await self._move(actor, clock_id, "deadline.restarted", move, note=note)

    async def stop(self, actor: Actor, clock_id: str, *, note: str) -> Clock:
        """Stop the clock for good. Too late, it is breached all the same."""

        def move(clock: Clock, _active: ActiveLevels, _view: CaseView, now: datetime) -> Clock:
            check_status(clock, "running", "paused", "unknown")
            return clock.stopped(at=now, why=note)

        return await self._move(actor, clock_id, "deadline.stopped", move, note=note)

    async def _move(
        self, actor: Actor, clock_id: str, kind: str, move: Move, *, note: str, reason: str | None = None
    ) -> Clock:
        require(actor, CHANGE)
        check_reason(note)
        for _ in range(LOOKS):
            async with self.services.database.unit_of_work(actor.tenant) as unit:
                row = await Clocks(unit.session).get(clock_id)
                if row is None:
                    raise NotFound(f"there is no clock {clock_id}")
                if await Clocks(unit.session).hold(row.case_id):
                    return await self._moved(unit, actor, clock_id, kind, move, note=note, reason=reason)
                await unit.session.rollback()
            await asyncio.sleep(BETWEEN_LOOKS_SECONDS)
        raise ClockBusy("a worker has the case of this clock, or it is being moved: try again in a moment")

    async def _moved(
        self,
        unit: UnitOfWork,
        actor: Actor,
        clock_id: str,
        kind: str,
        move: Move,
        *,
        note: str,
        reason: str | None,
    ) -> Clock:
        now, clocks = self.services.clock(), Clocks(unit.session)
        row = await clocks.get(clock_id)
        if row is None:
            raise NotFound(f"there is no clock {clock_id}")
        case = await unit.cases.get(row.case_id)
        state = await state_of(unit, case)
        view = CaseView(
            case_id=case.id, tenant=case.tenant, requester=case.created_by, input=case.input, data=state["data"]
        )
        active = await self.services.level_shelf.active(case.tenant, case.process)
        active = active or ActiveLevels(levels=ServiceLevels(process=case.process, calendar="none"), version=0)
        clock = move(Clock.of(row), active, view, now)
        await clocks.put(clock.row())
        if clock.task_id is not None and clock.due_at is not None and clock.status != "stopped":
            await clocks.date_task(clock.row(), now=now, runs=clock.status == "running")
        await clocks.wind(clock.case_id)
        values = {"note": note, "due": clock.due_at, **({"reason": reason} if reason else {})}
        unit.record(actor.tenant, recorded(kind, clock, actor=actor.user_id, **values))
        return clock


def moves_of(actor: Actor, clock: Clock) -> Sequence[ClockMove]:
    """What the actor may do with the clock as it is; a restart may still find that no level speaks of it any more."""
    if CHANGE not in actor.permissions or clock.status == "stopped":
        return ()
    if clock.open_pause is not None and clock.open_pause.reason == SUSPENDED:
        return ("stop",)
    match clock.status:
        case "running":
            return ("pause", "restart", "stop") if clock.level and clock.level.pauses else ("restart", "stop")
        case "paused":
            return ("resume", "restart", "stop")
        case _:
            return ("restart", "stop")


def check_status(clock: Clock, *fitting: str) -> None:
    """Raises `ClockNotMovable`."""
    if clock.status not in fitting:
        raise ClockNotMovable(f"the clock is {clock.status}: this needs one that is {' or '.join(fitting)}")
