"""Stranded tasks: given to somebody who has left, or to nobody. Somebody else gets them, or an incident says so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import structlog

from graphs.audit import WORKER, AuditRecord
from graphs.duty_desk import DutyDesk
from graphs.errors import EngineError
from graphs.incidents.advice import UNANSWERABLE
from graphs.runtime.assignment import Assignment
from graphs.runtime.incident import incident_of
from graphs.runtime.outcome import NewTask
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.people import RosterEntry
from graphs.store.stuck import StrandedTasks
from graphs.store.tables import Task

log = structlog.get_logger(__name__)


class Unanswerable(EngineError):
    """Nobody has the role and the limit that a task needs and may answer it."""

    code = UNANSWERABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRescue:
    """Finds stranded tasks and gives each to the person whom a new one would be given to."""

    services: Services

    async def run(self, *tenants: str) -> int:
        """Deal with what is stranded; returns how many tasks."""
        async with self.services.database.unit_of_work(*tenants) as unit:
            found = await StrandedTasks(unit.session).found(tenants)
        for tenant, task_id in found:
            await self._rescue(tenant, task_id)
        return len(found)

    async def _rescue(self, tenant: str, task_id: str) -> None:
        async with self.services.database.unit_of_work(tenant) as unit:
            task = await unit.inbox.get(task_id)
            chosen = await self._chosen(tenant, task)
            to = chosen.user_id if chosen else None
            if not await StrandedTasks(unit.session).give(task, to):
                return
            if chosen is None:
                await self._say(unit, task)
                return
            values = {"task": task.id, "from": task.assignee_id, "to": to, "why": "nobody who is active had it"}
            record = AuditRecord(
                kind="task.reassigned", actor=WORKER, case_id=task.case_id, step=task.step, values=values
            )
            unit.record(tenant, record)
        log.info("task.reassigned", task=task_id)

    async def _chosen(self, tenant: str, task: Task) -> RosterEntry | None:
        async def roster() -> list[RosterEntry]:
            async with self.services.database.unit_of_work(tenant) as unit:
                return await unit.people.roster(tenant)

        assignment, asked = Assignment(roster), as_asked(task)
        barred: Collection[str] = ()
        if task.duties:
            desk = DutyDesk(database=self.services.database, release=self.services.duty_rules, tenant=tenant)
            barred = await desk.barred(task.duties, await assignment.limits(asked), at=self.services.clock())
        return await assignment.choose(asked, barred=barred)

    async def _say(self, unit: UnitOfWork, task: Task) -> None:
        """An incident beside the task, which stays open."""
        case = await unit.cases.get(task.case_id)
        why = f"nobody is left who may approve the task at {task.step!r}: it needs the role {task.role!r}"
        limit = " and a limit that nobody with it has" if task.required_limit_minor is not None else ""
        error = Unanswerable(f"{why}{limit}")
        incident = incident_of(case, error, after=case.step, failed=task.step, now=self.services.clock())
        if await unit.incidents.open(incident):
            values = {"incident": incident.id, "code": incident.code, "message": incident.message, "task": task.id}
            record = AuditRecord(
                kind="incident.opened", actor=WORKER, case_id=case.id, step=incident.step, values=values
            )
            unit.record(task.tenant, record)


def as_asked(task: Task) -> NewTask:
    """The task as it was when somebody was chosen for it."""
    return NewTask(**{name: getattr(task, name) for name in NewTask.__slots__})
