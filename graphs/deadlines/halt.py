"""What happens to a case's clocks when a person stops, suspends or resumes the case, in the same transaction.

Each of these orders takes the case from its worker, so nobody else moves its clocks.
"""

from __future__ import annotations

from datetime import datetime

from graphs.deadlines.active_levels import ActiveLevels
from graphs.deadlines.clock import SUSPENDED, Clock
from graphs.deadlines.level_shelf import LevelShelf
from graphs.store.database import UnitOfWork
from graphs.store.deadlines import Clocks
from graphs.store.tables import Case
from policies.service_level import Scope, ServiceLevels


async def let_clocks_go(unit: UnitOfWork, case_id: str, *, now: datetime) -> None:
    """The case is no more where it stood: the clocks of its step and its task stop, the others go on."""
    clocks = Clocks(unit.session)
    if not await clocks.open_of(case_id):
        return
    await clocks.stop(case_id, Scope.STEP.value, Scope.TASK.value, at=now, why="the case was steered")
    await clocks.wind(case_id)


async def stop_clocks(unit: UnitOfWork, case_id: str, *, now: datetime) -> None:
    """The case is over: all its clocks stop."""
    clocks = Clocks(unit.session)
    if await clocks.stop(case_id, *(scope.value for scope in Scope), at=now, why="the case was cancelled"):
        await clocks.wind(case_id)


async def suspend_clocks(unit: UnitOfWork, case_id: str, *, now: datetime) -> None:
    """Every clock that runs stands still, for as long as the case is suspended."""
    clocks = Clocks(unit.session)
    running = [Clock.of(row) for row in await clocks.open_of(case_id) if row.status == "running"]
    for clock in running:
        await clocks.put(clock.paused(SUSPENDED, by=SUSPENDED, now=now).row())
    if running:
        await clocks.wind(case_id)


async def resume_clocks(unit: UnitOfWork, case: Case, shelf: LevelShelf, *, now: datetime) -> None:
    """What stood still because the case was suspended goes on; its tasks are due with it, in business time."""
    clocks = Clocks(unit.session)
    paused = [clock for clock in map(Clock.of, await clocks.open_of(case.id)) if suspended(clock)]
    if not paused:
        return
    active = await shelf.active(case.tenant, case.process)
    active = active or ActiveLevels(levels=ServiceLevels(process=case.process, calendar="none"), version=0)
    for clock in paused:
        resumed = clock.resumed(active, now=now)
        await clocks.put(resumed.row())
        if resumed.task_id is not None and resumed.due_at is not None:
            await clocks.date_task(resumed.row(), now=now, runs=True)
    await clocks.wind(case.id)


def suspended(clock: Clock) -> bool:
    """Whether it stands still because its case is suspended."""
    return clock.status == "paused" and clock.open_pause is not None and clock.open_pause.reason == SUSPENDED
