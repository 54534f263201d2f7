"""Who gets a task, as the engine asks it: the choice of `graphs.routing.people`, over a workforce that is read anew.

People, roles, limits, absences and loads are looked up every few seconds, not for every task; what this process has
given out since then is counted in. Two workers that choose at once may so both pick the same person: each takes the
others to give out the same as itself, so that loads stay within some tasks a worker of each other however often they
look. Whoever answers is checked again anyway, in the transaction of the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from graphs.routing.people.choice import Choice, choose
from graphs.routing.people.fitness import SUPERVISOR_ROLE
from graphs.routing.people.need import TaskNeed, need_of
from graphs.routing.people.person import RosterEntry
from graphs.routing.people.workforce import Workforce
from graphs.runtime.outcome import NewTask

__all__ = ["FRESH_FOR", "SUPERVISOR_ROLE", "WAIT_AFTER", "Assigned", "Assignment"]
FRESH_FOR = timedelta(seconds=5)
WAIT_AFTER = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """What was chosen for which need."""

    choice: Choice
    need: TaskNeed


async def no_holder(_sticky: str) -> str | None:
    """Nobody had a task about the same."""
    return None


@dataclass(slots=True)
class Assignment:
    """Chooses people for one tenant's tasks. `holder` says who had the last task about the same.

    What is older than `FRESH_FOR` is read anew beside the choices, which go on by what is known; only what is older
    than `WAIT_AFTER` is waited for.
    """

    load: Callable[[datetime], Awaitable[Workforce]]
    holder: Callable[[str], Awaitable[str | None]] = no_holder
    workforce: Workforce = field(default_factory=Workforce)
    read_at: datetime | None = None
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    beside: asyncio.Task[None] | None = None
    given: list[tuple[str, int, str | None]] = field(default_factory=list)
    """What was given out since the reading beside began: it cannot have seen that."""

    async def limits(self, task: NewTask) -> dict[str, int | None]:
        """Everybody who may get a task, with what they may approve of this one's kind; None without a row."""
        await self._refresh(task.created_at)
        need = need_of(task, on=task.created_at.date())
        return {entry.user_id: need.limit_of(entry) for entry in self.workforce.people}

    async def known(self, now: datetime) -> Workforce:
        """Everybody and the teams, as of a few seconds ago at most."""
        await self._refresh(now)
        return self.workforce

    async def people(self, now: datetime) -> Sequence[RosterEntry]:
        """Everybody who may get tasks, as of a few seconds ago at most."""
        await self._refresh(now)
        return self.workforce.people

    async def choose(self, task: NewTask, *, barred: Collection[str] = ()) -> Assigned:
        """The choice, whose person is counted as having one task more from now on; none of `barred`."""
        await self._refresh(task.created_at)
        holder = await self.holder(task.sticky) if task.sticky else None
        need = need_of(task, on=task.created_at.date(), barred=barred, sticky=task.sticky, holder=holder)
        return self.choose_for(need, task.created_at)

    def choose_for(self, need: TaskNeed, now: datetime) -> Assigned:
        """The choice for a need, of the people as they were last read; counted like every other."""
        choice = choose(need, self.workforce, now)
        if choice.chosen is not None:
            given = (choice.chosen.user_id, need.minutes, choice.team)
            self.workforce = self.workforce.given(*given)
            self.given.append(given)
        return Assigned(choice=choice, need=need)

    async def close(self) -> None:
        """End a reading that is under way."""
        if self.beside is not None:
            self.beside.cancel()
            await asyncio.gather(self.beside, return_exceptions=True)

    async def _refresh(self, now: datetime) -> None:
        if self.beside is not None and self.beside.done():
            read, self.beside = self.beside, None
            read.result()
        async with self.reading:  # one looks, the others wait for what it finds
            age = WAIT_AFTER if self.read_at is None else abs(now - self.read_at)
            if age >= WAIT_AFTER:
                await self._read(now)
            elif age >= FRESH_FOR and self.beside is None:
                self.beside = asyncio.create_task(self._read(now), name="workforce")

    async def _read(self, now: datetime) -> None:
        self.given.clear()
        found = await self.load(now)
        for given in self.given:
            found = found.given(*given)
        self.workforce, self.read_at = found, now
