"""Who gets a task: the least loaded person with the role and the limit; nobody left means a supervisor.

People, roles and limits are looked up once a second, not for every task: whoever answers is checked again anyway, in
the transaction of the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

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

    async def choose(self, task: NewTask) -> RosterEntry | None:
        """The person, counted as having one task more from now on."""
        await self._refresh(task.created_at)
        for role in (task.role, SUPERVISOR_ROLE):
            able = [entry for entry in self.roster if role in entry.roles and may_approve(entry, task)]
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
    return limit_of(entry, currency=task.currency, on=task.created_at.date()) >= task.required_limit_minor


def limit_of(entry: RosterEntry, *, currency: str, on: date) -> int:
    """What the person may approve on that day, in minor units; 0 without a limit."""
    limits = (limit for limit in entry.limits if limit.subject == APPROVAL and limit.currency == currency)
    valid = (x.max_minor for x in limits if x.effective_from <= on and (x.effective_to is None or x.effective_to >= on))
    return max(valid, default=0)
