"""Another person for a task: chosen as for a new one, and nobody whom the check of the answer would refuse."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from graphs.duty_desk import DutyDesk
from graphs.runtime.assignment import Assignment
from graphs.runtime.outcome import NewTask
from graphs.runtime.services import Services
from graphs.store.people import RosterEntry
from graphs.store.tables import Task


async def another_person(
    services: Services, assignment: Assignment, task: Task, *, now: datetime
) -> RosterEntry | None:
    """Who may take the task over from its assignee; None where nobody else may."""
    asked = as_asked(task, now=now)
    barred = {task.assignee_id} if task.assignee_id is not None else set[str]()
    if asked.duties:
        desk = DutyDesk(database=services.database, release=services.duty_rules, tenant=task.tenant)
        barred |= await desk.barred(asked.duties, await assignment.limits(asked), at=now)
    return (await assignment.choose(asked, barred=barred)).choice.chosen


def as_asked(task: Task, *, now: datetime) -> NewTask:
    """The task as if it were asked now: limits count that are in force today."""
    values: dict[str, Any] = {
        item.name: getattr(task, item.name) for item in fields(NewTask) if hasattr(task, item.name)
    }
    return replace(NewTask(**values), created_at=now)
