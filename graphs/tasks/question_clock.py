"""The clock of a task stands still while somebody is asked, where its service level names that reason.

It goes on with the last answer that is waited for, or when that is overdue: waiting for nobody stops no clock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from graphs.deadlines.active_levels import ActiveLevels
from graphs.deadlines.case_clocks import recorded
from graphs.deadlines.clock import SUSPENDED as CASE_SUSPENDED
from graphs.deadlines.clock import Clock
from graphs.deadlines.clock_desk import ClockBusy
from graphs.orders import SUSPENDED
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.deadlines import Clocks
from graphs.store.information import InformationRequests
from graphs.store.questions import Questions
from policies.service_level import ServiceLevels

WAITING = "waiting_for_information"
"""The reason, as a service level names it among its `pauses`."""


class Asked(Protocol):
    """What somebody was asked about a task: a colleague, or somebody outside."""

    @property
    def id(self) -> str: ...
    @property
    def tenant(self) -> str: ...
    @property
    def case_id(self) -> str: ...
    @property
    def task_id(self) -> str: ...
    @property
    def asked_by(self) -> str: ...


async def pause_clocks(unit: UnitOfWork, row: Asked, *, note: str, now: datetime) -> None:
    """Let the clocks of the task stand still, where their level allows; `note` says who is waited for.

    Raises `ClockBusy`.
    """
    clocks = Clocks(unit.session)
    if not await _pausing(clocks, row.task_id):
        return
    await _hold(clocks, row.case_id)
    for clock in await _pausing(clocks, row.task_id):
        paused = clock.paused(WAITING, by=row.asked_by, now=now)
        await clocks.put(paused.row())
        if paused.due_at is not None:
            await clocks.date_task(paused.row(), now=now, runs=False)
        values = {"note": note, "due": paused.due_at, "reason": WAITING}
        unit.record(row.tenant, recorded("deadline.paused", paused, actor=row.asked_by, **values))
    await clocks.wind(row.case_id)


async def resume_clocks(unit: UnitOfWork, services: Services, row: Asked, *, note: str, by: str, now: datetime) -> None:
    """Let them go on, unless the task waits for another answer. Raises `ClockBusy`."""
    clocks = Clocks(unit.session)
    if not await _waiting(clocks, row.task_id):
        return
    # Held before it is looked: of two answers that come at once, the second sees the first, and the clocks go on.
    await _hold(clocks, row.case_id)
    if await _another_awaited(unit, row, now=now):
        return
    case = await unit.cases.get(row.case_id)
    active = await services.level_shelf.active(case.tenant, case.process)
    active = active or ActiveLevels(levels=ServiceLevels(process=case.process, calendar="none"), version=0)
    for clock in await _waiting(clocks, row.task_id):
        resumed = clock.resumed(active, now=now)
        if case.status == SUSPENDED:
            resumed = resumed.paused(CASE_SUSPENDED, by=CASE_SUSPENDED, now=now)
        await clocks.put(resumed.row())
        if resumed.due_at is not None:
            await clocks.date_task(resumed.row(), now=now, runs=resumed.status == "running")
        values = {"note": note, "due": resumed.due_at}
        unit.record(row.tenant, recorded("deadline.resumed", resumed, actor=by, **values))
    await clocks.wind(row.case_id)


async def _another_awaited(unit: UnitOfWork, row: Asked, *, now: datetime) -> bool:
    if await Questions(unit.session).awaited(row.task_id, but=row.id, now=now):
        return True
    return await InformationRequests(unit.session).awaited(row.task_id, but=row.id, now=now)


async def _pausing(clocks: Clocks, task_id: str) -> list[Clock]:
    found = map(Clock.of, await clocks.of_task(task_id))
    return [clock for clock in found if clock.status == "running" and clock.level and clock.level.may_pause(WAITING)]


async def _waiting(clocks: Clocks, task_id: str) -> list[Clock]:
    found = [clock for clock in map(Clock.of, await clocks.of_task(task_id)) if clock.status == "paused"]
    return [clock for clock in found if clock.open_pause is not None and clock.open_pause.reason == WAITING]


async def _hold(clocks: Clocks, case_id: str) -> None:
    if not await clocks.hold(case_id):
        raise ClockBusy("a worker has the case of this task, or its clock is being moved: try again in a moment")
