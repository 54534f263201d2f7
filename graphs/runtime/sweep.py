"""What is due, and what was forgotten: timers, lost jobs, cases that nobody moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog

from graphs.audit import WORKER, AuditRecord
from graphs.deadlines.breach import breach
from graphs.deadlines.calendar_change import follow_calendars
from graphs.messages import WAIT, match_missed, miss
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.deadlines import CLOCK
from graphs.store.steerings import Steerings
from graphs.store.tables import Timer
from graphs.store.timers import UNDO
from graphs.tasks.question_desk import QUESTION, expire

IDLE = timedelta(seconds=6)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Puts back in motion what a dead process left behind. Safe to run in every worker at once."""

    services: Services

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
        """Fire what is due, enqueue forgotten cases, compute deadlines by changed calendars; returns how many moved."""
        fired = await self.fire_due()
        now = self.services.clock()
        async with self.services.database.unit_of_work() as unit:
            tenants = await unit.people.tenants()
        async with self.services.database.unit_of_work(*tenants) as unit:
            forgotten = await unit.cases.forgotten(now=now, idle_for=IDLE)
            for tenant, case_id in forgotten:
                log.warning("case.forgotten", case_id=case_id)
                await unit.jobs.advance(tenant, case_id)
            matched = await match_missed(unit, now=now)
        await follow_calendars(self.services, *tenants)
        return fired + len(forgotten) + matched
