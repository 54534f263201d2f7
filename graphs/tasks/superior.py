"""Who comes next when a task is escalated: a supervisor, one who may answer it if there is one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from graphs.errors import AuthorityExceeded, NotFound, Refused
from graphs.runtime.assignment import SUPERVISOR_ROLE
from graphs.store.tables import Task
from graphs.tasks.errors import NobodyToEscalateTo
from graphs.tasks.rights import Rights


@dataclass(frozen=True, slots=True, kw_only=True)
class Superior:
    """`user_id` gets the task; without one it waits in its queue, and all in `told` hear of it. `lacks` says why."""

    user_id: str | None
    told: tuple[str, ...]
    lacks: str = ""


async def chosen_superior(rights: Rights, task: Task, *, without: Collection[str], now: datetime) -> Superior:
    """The least loaded supervisor who may answer; else one who lacks only the authority, and may correct or reject.

    Raises `NobodyToEscalateTo` where nobody but those in `without` is a supervisor.
    """
    async with rights.services.database.unit_of_work(task.tenant) as unit:
        roster = await unit.people.roster(task.tenant)
    supervisors = sorted(
        (entry for entry in roster if SUPERVISOR_ROLE in entry.roles and entry.user_id not in without),
        key=lambda entry: (entry.open_tasks, entry.login),
    )
    if not supervisors:
        raise NobodyToEscalateTo("nobody else is a supervisor here: have it reassigned, or answer it")
    told = tuple(entry.user_id for entry in supervisors)
    limited: tuple[str, str] | None = None
    why = ""
    for entry in supervisors:
        try:
            await rights.to_be_given(task.tenant, entry.user_id, task.id, now=now)
        except AuthorityExceeded as error:
            limited = limited or (entry.user_id, str(error))
        except (Refused, NotFound) as error:
            why = why or str(error)
        else:
            return Superior(user_id=entry.user_id, told=told)
    if limited is not None:
        return Superior(user_id=limited[0], told=told, lacks=f"authority to approve: {limited[1]}")
    return Superior(user_id=None, told=told, lacks=f"a supervisor who may answer: {why}")
