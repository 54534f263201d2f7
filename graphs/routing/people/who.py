"""Who would get a task now, and why: the choice, made and thrown away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphs.errors import AlreadyAnswered
from graphs.intake import require
from graphs.routing.people.assigned import assigned
from graphs.routing.people.choice import choose
from graphs.routing.people.reading import WorkforceReader
from graphs.routing.people.stored_need import need_of_stored
from graphs.routing.people.workforce_desk import READ
from graphs.runtime.services import Services
from graphs.store.inbox import UNANSWERED
from graphs.store.people import Actor
from graphs.store.tables import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class WouldGet:
    """The task as it stands, and the assignment it would get."""

    task: Task
    assignment: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoDesk:
    """Explains who would get a task. Nothing is changed."""

    services: Services

    async def who(self, actor: Actor, task_id: str) -> WouldGet:
        """Raises `PermissionMissing`, `NotFound`, or `AlreadyAnswered`."""
        require(actor, READ)
        now = self.services.clock()
        reader = WorkforceReader(database=self.services.database, tenant=actor.tenant)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            task = await unit.inbox.get(task_id)
            workforce = await reader.read_in(unit, now)
        if task.status not in UNANSWERED:
            raise AlreadyAnswered(f"task {task_id} is {task.status}")
        need = await need_of_stored(self.services, task, workforce, now=now)
        choice = choose(need, workforce.relieved(task.assignee_id, need.minutes), now)
        return WouldGet(task=task, assignment=assigned(choice, need, at=now))
