"""Handing a task over: the same choice as for a new one, without who had it; one task, one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graphs.audit import AuditRecord
from graphs.notices.notice import tell_of_task
from graphs.routing.people.assigned import assigned, summary
from graphs.routing.people.choice import Choice, Level, choose
from graphs.routing.people.need import TaskNeed
from graphs.routing.people.reading import WorkforceReader
from graphs.routing.people.stored_need import need_of_stored
from graphs.routing.people.workforce import Workforce
from graphs.runtime.incident import open_beside, unassigned
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.holding import Chosen, Holding
from graphs.store.tables import Task
from graphs.store.workforce_tasks import WorkforceTasks

MANAGE = "people.manage"
ADMIN = "admin"
REASSIGNED, UNASSIGNED = "task.reassigned", "task.unassigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A task that was handed over; `assignment` says to whom and why, to nobody where none may take it."""

    task: Task
    assignment: dict[str, Any]

    @property
    def is_with_nobody(self) -> bool:
        """Whether none may take it: it is open, and whoever looks after the people was told."""
        return Level(self.assignment["level"]) is Level.NOBODY


@dataclass(slots=True, kw_only=True)
class HandOver:
    """Hands one person's tasks over, for one reason. What it has given out is counted in until it is done.

    `absent` says that the person is only away: their substitute comes first. `by` is who wants it so.
    """

    services: Services
    tenant: str
    from_id: str
    why: str
    by: str
    absent: bool = False
    workforce: Workforce = field(default_factory=Workforce)
    told: tuple[str, ...] = ()

    async def all(self) -> list[Handed]:
        """Hand over everything the person has open, the earliest deadline first."""
        now = self.services.clock()
        async with self.services.database.unit_of_work(self.tenant) as unit:
            task_ids = await WorkforceTasks(unit.session, self.tenant).open_of(self.from_id)
            if not task_ids:
                return []
            self.workforce = await self._reader.read_in(unit, now)
            granted = [await unit.people.with_permission(self.tenant, right) for right in (MANAGE, ADMIN)]
            self.told = tuple(granted[0] or granted[1])
        if not self.absent:
            self.workforce = self.workforce.without([self.from_id])
        found = [await self._one(task_id) for task_id in task_ids]
        return [handed for handed in found if handed is not None]

    @property
    def _reader(self) -> WorkforceReader:
        return WorkforceReader(database=self.services.database, tenant=self.tenant)

    async def _one(self, task_id: str) -> Handed | None:
        """None where the task was answered, or somebody else has it by now."""
        now = self.services.clock()
        async with self.services.database.unit_of_work(self.tenant) as unit:
            task = await unit.inbox.get(task_id)
        given_to = self.from_id if self.absent else None
        need = await need_of_stored(self.services, task, self.workforce, now=now, given_to=given_to)
        choice = choose(need, self.workforce, now)
        if self.absent and choice.level is Level.NOBODY:
            return Handed(task=task, assignment=self._assignment(choice, need, now))
        async with self.services.database.unit_of_work(self.tenant) as unit:
            return await self._given(unit, task, choice, need, now)

    def _assignment(self, choice: Choice, need: TaskNeed, now: datetime) -> dict[str, Any]:
        return assigned(choice, need, at=now, why={"from": self.from_id, "because": self.why})

    async def _given(
        self, unit: UnitOfWork, task: Task, choice: Choice, need: TaskNeed, now: datetime
    ) -> Handed | None:
        assignment = self._assignment(choice, need, now)
        to = choice.chosen.user_id if choice.chosen else None
        chosen = Chosen(assignment=assignment, team=choice.team)
        holding = Holding(status="open", assignee_id=to)
        if task.assignee_id != self.from_id or not await unit.inbox.hand(
            task.id, seen=Holding.of(task), to=holding, now=now, chosen=chosen
        ):
            return None
        if to is not None:
            self.workforce = self.workforce.given(to, need.minutes, team=choice.team)
        values = {"task": task.id, "from": self.from_id, "assignment": summary(assignment)}
        record = AuditRecord(kind=REASSIGNED, actor=self.by, case_id=task.case_id, step=task.step, values=values)
        unit.record(self.tenant, record)
        await self._tell(unit, task, choice, now)
        return Handed(task=task, assignment=assignment)

    async def _tell(self, unit: UnitOfWork, task: Task, choice: Choice, now: datetime) -> None:
        """Tell who has it now; where nobody may take it, whoever looks after the people."""
        kind, recipients = REASSIGNED, [choice.chosen.user_id] if choice.chosen else []
        if choice.level is Level.NOBODY:
            kind, recipients = UNASSIGNED, list(self.told)
            incident = unassigned(await unit.cases.get(task.case_id), task, now=now)
            await open_beside(unit, incident, task=task.id)
        key, values = f"{task.id}/{now.isoformat()}", {"reason": self.why}
        await tell_of_task(unit, task, recipients, kind=kind, key=key, values=values, now=now)
