"""What is due, and what was forgotten: timers, lost jobs, cases that nobody moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import structlog

from graphs.audit import WORKER, AuditRecord
from graphs.deadlines.breach import breach
from graphs.deadlines.calendar_change import follow_calendars
from graphs.deadlines.late_clocks import start_late_clocks
from graphs.escalation.climb import Escalator
from graphs.incidents.stuck import StuckWatch
from graphs.information import moves
from graphs.information.terms import DUE, REMINDER, STOPPED
from graphs.messages import WAIT, match_missed, miss
from graphs.routing.people.leaving import hand_over_leavers
from graphs.runtime.services import Services
from graphs.store.database import UNAVAILABLE, UnitOfWork
from graphs.store.deadlines import CLOCK
from graphs.store.ladder_timers import LADDER
from graphs.store.steerings import Steerings
from graphs.store.tables import Timer
from graphs.store.timers import MOST_DUE, TOGETHER, UNDO
from graphs.tasks.question_desk import QUESTION, expire
from tools.telemetry.metrics import TIMER_LATENESS

log = structlog.get_logger(__name__)


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

    async def fire(self, tenant: str, timer_id: str) -> bool:
        """Fire a timer if it is set and due; only one caller does. Says whether this was it."""
        async with self.services.database.unit_of_work(tenant) as unit:
            timer = await unit.timers.fire(timer_id, now=self.services.clock())
            if timer is not None:
                self._counted([timer])
                await self._fired(unit, timer)
        return timer is not None

    async def _fired(self, unit: UnitOfWork, timer: Timer) -> None:
        if timer.subject == WAIT:
            await miss(unit, timer, now=self.services.clock())
        elif timer.subject == UNDO:
            # Nobody undid the answer: from now on it counts, and the case goes on with it.
            if await Steerings(unit.session).wake(timer.case_id, now=self.services.clock()):
                await unit.jobs.advance_first(timer.tenant, timer.case_id)
        elif timer.subject == QUESTION:
            await expire(unit, self.services, timer, now=self.services.clock())
        elif timer.subject == DUE:
            await moves.expire(unit, self.services, timer, now=self.services.clock())
        elif timer.subject == REMINDER:
            await moves.remind(unit, timer, now=self.services.clock())
        elif timer.subject == STOPPED:
            await moves.stopped(unit, self.services, timer, now=self.services.clock())
        elif timer.subject in TOGETHER:
            await self._fired_together(unit, [timer])
        else:
            await unit.cases.proceed(timer.case_id, now=self.services.clock())
            await unit.jobs.advance(timer.tenant, timer.case_id)

    def _counted(self, fired: Sequence[Timer]) -> None:
        now = self.services.clock()
        for timer in fired:
            TIMER_LATENESS.of(timer.subject).observe(max(0.0, (now - timer.due_at).total_seconds()))

    async def fire_together(self, tenant: str, timer_ids: Sequence[str]) -> int:
        """Fire those of the timers of tasks, clocks and ladders that are set and due, in one transaction.

        Returns how many it fired. Should one of them fail, each is fired alone: it holds up no other.
        """
        try:
            async with self.services.database.unit_of_work(tenant) as unit:
                fired = await unit.timers.fire_together(timer_ids, now=self.services.clock())
                self._counted(fired)
                await self._fired_together(unit, fired)
        except UNAVAILABLE:
            raise
        except Exception as error:
            log.error("timers.failed", timers=len(timer_ids), error=type(error).__name__, message=str(error)[:300])
            return await self._fire_each(tenant, timer_ids)
        return len(fired)

    async def _fired_together(self, unit: UnitOfWork, timers: Sequence[Timer]) -> None:
        """Tasks are marked first, then breaches, then ladders climb: what they tell is as it is by then."""
        of = {subject: [timer for timer in timers if timer.subject == subject] for subject in TOGETHER}
        if of["task"]:
            await overdue(unit, of["task"])
        if of[CLOCK]:
            await breach(unit, of[CLOCK], now=self.services.clock())
        if of[LADDER]:
            await self.escalator.fired(unit, of[LADDER])

    async def _fire_each(self, tenant: str, timer_ids: Sequence[str]) -> int:
        """Fire them one by one; returns how many it fired. One that fails is looked at again, and holds up no other."""
        fired = 0
        for timer_id in timer_ids:
            try:
                fired += await self.fire(tenant, timer_id)
            except UNAVAILABLE:
                raise
            except Exception as error:
                log.error("timer.failed", timer=timer_id, error=type(error).__name__, message=str(error)[:300])
        return fired

    async def fire_due(self) -> int:
        """Fire what is due; returns how many.

        What comes by the hundred is fired together where it comes one after the other, and as long as there are more
        due than one look finds, the next look follows at once: where hundreds come in a second, none waits for its
        turn.
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
        many: frozenset[str] = frozenset()
        if len(due) > 1:
            async with self.services.database.unit_of_work(*{tenant for tenant, _ in due}) as unit:
                many = await unit.timers.together([timer_id for _, timer_id in due])
        together = 0
        for (tenant, at_once), group in groupby(due, key=lambda one: (one[0], one[1] in many)):
            timer_ids = [timer_id for _, timer_id in group]
            if at_once:
                together += await self.fire_together(tenant, timer_ids)
            else:
                await self._fire_each(tenant, timer_ids)
        return together

    async def run(self) -> int:
        """Fire what is due, see to stuck cases and tasks, follow changed calendars; returns how many cases moved."""
        fired = await self.fire_due()
        async with self.services.database.unit_of_work() as unit:
            tenants = await unit.people.tenants()
        matched = await match_missed(self.services, *tenants)
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
