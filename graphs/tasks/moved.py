"""Why a task could not be taken, answered or handed on: what became of it meanwhile."""

from __future__ import annotations

from graphs.errors import AlreadyAnswered, Conflict
from graphs.store.database import Database, UnitOfWork
from graphs.store.inbox import UNANSWERED
from graphs.store.tables import Task
from graphs.tasks.errors import TaskHeld, TaskMoved, TaskWithdrawn


async def why_moved(database: Database, tenant: str, task_id: str) -> Conflict:
    """The error that says it. Raises `NotFound` where the task is gone."""
    async with database.unit_of_work(tenant) as unit:
        return await moved(unit, await unit.inbox.get(task_id))


async def moved(unit: UnitOfWork, task: Task) -> Conflict:
    """The same, of the task as it is now."""
    people = [person for person in (task.assignee_id, task.decided_by) if person]
    names = await unit.people.names(people)
    if task.status == "answered":
        decision = (task.decision or {}).get("decision", "answered")
        by = names.get(task.decided_by or "", "somebody")
        return AlreadyAnswered(f"task {task.id} has its answer: {decision}, by {by}")
    if task.status not in UNANSWERED:
        return TaskWithdrawn(f"task {task.id} was withdrawn: its case was cancelled or goes on another way")
    if task.status == "claimed":
        by = names.get(task.assignee_id or "", "somebody")
        return TaskHeld(f"{by} has task {task.id}: ask them to release it, or have it reassigned")
    return TaskMoved(f"task {task.id} changed hands meanwhile: look at it again")
