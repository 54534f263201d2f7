"""What is due, and what was forgotten: timers, lost jobs, cases that nobody moves."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphs.audit import WORKER, AuditRecord
from graphs.deadlines.breach import breach
from graphs.deadlines.calendar_change import follow_calendars
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
from graphs.store.timers import UNDO
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
        elif await unit.inbox.mark_overdue(timer.subject_id):
            values = {"task": timer.subject_id, "due": timer.due_at}
            record = AuditRecord(kind="task.overdue", actor=WORKER, case_id=timer.case_id, values=values)
            unit.record(timer.tenant, record)

    async def fire_due(self) -> int:
        """Fire what is due; returns how many."""
        due = await self.services.database.due.at(self.services.clock())
        for tenant, timer_id in due:
            await self.fire(tenant, timer_id)
        return len(due)

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
        return fired + moved + matched + await hand_over_leavers(self.services, *tenants)
