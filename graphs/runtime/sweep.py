"""What is due, and what was forgotten: timers, lost jobs, cases that nobody moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from graphs.audit import WORKER, AuditRecord
from graphs.deadlines.breach import breach
from graphs.deadlines.calendar_change import follow_calendars
from graphs.deadlines.late_clocks import start_late_clocks
from graphs.escalation.climb import Escalator
from graphs.incidents.stuck import StuckWatch
from graphs.messages import WAIT, match_missed, miss
from graphs.routing.people.leaving import hand_over_leavers
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.deadlines import CLOCK
from graphs.store.ladder_timers import LADDER
from graphs.store.steerings import Steerings
from graphs.store.tables import Timer
from graphs.store.timers import MOST_DUE, UNDO
from graphs.tasks.question_desk import QUESTION, expire


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Puts back in motion what a dead process left behind. Safe to run in every worker at once."""

    services: Services
    escalator: Escalator = field(init=False)
    stuck: StuckWatch = field(init=False)

    def __post_init__(self) -> None:
        """What the escalator knows of people, and how far the watch has come, lasts as long as the sweep."""
        object.__setattr__(self, "escalator", Escalator(services=self.services))
        object.__setattr__(self, "stuck", StuckWatch(services=self.services))

    async def fire(self, tenant: str, timer_id: str) -> None:
        """Fire a timer if it is set and due; only one caller does."""
        async with self.services.database.unit_of_work(tenant) as unit:
            timer = await unit.timers.fire(timer_id, now=self.services.clock())
            if timer is not None:
                await self._fired(unit, timer)

    async def _fired(self, unit: UnitOfWork, timer: Timer) -> None:
        if timer.subject == WAIT:
            await miss(unit, timer, now=self.services.clock())
        elif timer.subject == CLOCK:
            await breach(unit, timer, now=self.services.clock())
        elif timer.subject == LADDER:
            await self.escalator.fired(unit, timer)
        elif timer.subject == UNDO:
            # Nobody undid the answer: from now on it counts, and the case goes on with it.
            if await Steerings(unit.session).wake(timer.case_id, now=self.services.clock()):
                await unit.jobs.advance(timer.tenant, timer.case_id)
        elif timer.subject == QUESTION:
            await expire(unit, self.services, timer, now=self.services.clock())
        elif timer.subject != "task":
            await unit.cases.proceed(timer.case_id, now=self.services.clock())
            await unit.jobs.advance(timer.tenant, timer.case_id)
        else:
            await overdue(unit, [timer])

    async def fire_tasks(self, tenant: str, timer_ids: Sequence[str]) -> int:
        """Fire those of the tasks' timers that are set and due, in one transaction; returns how many it fired."""
        async with self.services.database.unit_of_work(tenant) as unit:
            fired = await unit.timers.fire_tasks(timer_ids, now=self.services.clock())
            await overdue(unit, fired)
        return len(fired)

    async def fire_due(self) -> int:
        """Fire what is due; returns how many.

        Deadlines of tasks that come one after the other are fired together, and as long as there are more due than
        one look finds, the next look follows at once: where hundreds come in a second, none waits for its turn.
        """
        looked = 0
        while True:
            due = await self.services.database.due.at(self.services.clock())
            together = await self._fire_all(due)
            looked += len(due)
            if together == 0 or len(due) < MOST_DUE:
                return looked

    async def _fire_all(self, due: Sequence[tuple[str, str]]) -> int:
        """Fire them in their order; returns how many were fired together."""
        tasks: frozenset[str] = frozenset()
        if len(due) > 1:
            async with self.services.database.unit_of_work(*{tenant for tenant, _ in due}) as unit:
                tasks = await unit.timers.of_tasks([timer_id for _, timer_id in due])
        together = 0
        for (tenant, of_task), group in groupby(due, key=lambda one: (one[0], one[1] in tasks)):
            timer_ids = [timer_id for _, timer_id in group]
            if of_task:
                together += await self.fire_tasks(tenant, timer_ids)
                continue
            for timer_id in timer_ids:
                await self.fire(tenant, timer_id)
        return together

    async def run(self) -> int:
        """Fire what is due, see to stuck cases and tasks, follow changed calendars; returns how many cases moved."""
        fired = await self.fire_due()
        now = self.services.clock()
        async with self.services.database.unit_of_work() as unit:
            tenants = await unit.people.tenants()
        async with self.services.database.unit_of_work(*tenants) as unit:
            matched = await match_missed(unit, now=now)
        moved = await self.stuck.run(*tenants)
        await follow_calendars(self.services, *tenants)
        moved += await start_late_clocks(self.services, *tenants)
        return fired + moved + matched + await hand_over_leavers(self.services, *tenants)


async def overdue(unit: UnitOfWork, timers: Sequence[Timer]) -> None:
    """Mark the tasks overdue whose timers have fired, and record each that was not answered before."""
    marked = await unit.inbox.mark_overdue(*(timer.subject_id for timer in timers))
    for timer in timers:
        if timer.subject_id in marked:
            values = {"task": timer.subject_id, "due": timer.due_at}
            unit.record(
                timer.tenant, AuditRecord(kind="task.overdue", actor=WORKER, case_id=timer.case_id, values=values)
            )
