"""Who gets a task: the least loaded person with the role and the limit; nobody left means a supervisor.

People, roles and limits are looked up once a second, not for every task: whoever answers is checked again anyway, in
the transaction of the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from graphs.runtime.outcome import NewTask
from graphs.store.asked_tasks import APPROVAL
from graphs.store.people import RosterEntry

SUPERVISOR_ROLE = "supervisor"
FRESH_FOR = timedelta(seconds=5)


@dataclass(slots=True)
class Assignment:
    """Chooses people for one tenant's tasks."""

    load: Callable[[], Awaitable[list[RosterEntry]]]
    roster: list[RosterEntry] = field(default_factory=list)
    open_tasks: dict[str, int] = field(default_factory=dict)
    read_at: datetime | None = None
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def limits(self, task: NewTask) -> dict[str, int | None]:
        """Everybody who may get a task, with what they may approve of this one's kind; None without a row."""
        await self._refresh(task.created_at)
        return {entry.user_id: limit_for(entry, task) for entry in self.roster}

    async def people(self, now: datetime) -> list[RosterEntry]:
        """Everybody who may get tasks, as of a few seconds ago at most."""
        await self._refresh(now)
        return self.roster

    async def choose(self, task: NewTask, *, barred: Collection[str] = ()) -> RosterEntry | None:
        """The person, counted as having one task more from now on; none of `barred`."""
        await self._refresh(task.created_at)
        free = [entry for entry in self.roster if entry.user_id not in barred and may_approve(entry, task)]
        for role in (task.role, SUPERVISOR_ROLE):
            able = [entry for entry in free if role in entry.roles]
            if able:
                chosen = min(able, key=lambda entry: (self.open_tasks[entry.user_id], entry.login))
                self.open_tasks[chosen.user_id] += 1
                return chosen
        return None

    async def _refresh(self, now: datetime) -> None:
        async with self.reading:  # one looks, the others wait for what it finds
            if self.read_at is not None and abs(now - self.read_at) < FRESH_FOR:
                return
            self.roster, self.read_at = await self.load(), now
            self.open_tasks = {entry.user_id: entry.open_tasks for entry in self.roster}


def may_approve(entry: RosterEntry, task: NewTask) -> bool:
    """Whether the person is not excluded and has the limit that the task needs."""
    if entry.user_id in task.excluded:
        return False
    if task.required_limit_minor is None or task.currency is None:
        return True
    limit = limit_for(entry, task)
    return limit is not None and limit >= task.required_limit_minor


def limit_for(entry: RosterEntry, task: NewTask) -> int | None:
    """What the person may approve of the task's kind that day, in minor units; None without a row."""
    if task.currency is None:
        return None
    matter, on = task.matter or APPROVAL, task.created_at.date()
    return entry.limit(matter=matter, currency=task.currency, entity=task.entity, on=on)
