"""Another person for a task: chosen as for a new one, and nobody whom the check of the answer would refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from graphs.routing.people.stored_need import need_of_stored
from graphs.runtime.assignment import Assigned, Assignment
from graphs.runtime.services import Services
from graphs.store.tables import Task


async def another_person(services: Services, assignment: Assignment, task: Task, *, now: datetime) -> Assigned:
    """Who takes the task over from its assignee, and why; nobody where nobody else may."""
    await assignment.people(now)
    need = await need_of_stored(services, task, assignment.workforce, now=now)
    if task.assignee_id is not None:
        need = replace(need, barred=need.barred | {task.assignee_id})
    return assignment.choose_for(need, now)
