"""Home: what somebody should look at first, each part only for who may see it, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from graphs.deadlines.watch_desk import FORESEE, SOON, Waiting
from graphs.errors import PermissionMissing
from graphs.escalation.desk import acknowledgeable
from graphs.runtime.services import Services
from graphs.store.clock_lists import ClockLists, ListedClock
from graphs.store.database import UnitOfWork
from graphs.store.day_counts import DayCounts, Happened, ProcessDay
from graphs.store.inbox_tabs import EVERYTHING, InboxTabs, Tab
from graphs.store.incidents import GroupRow
from graphs.store.people import Actor
from graphs.store.tables import Task
from graphs.tasks.bulk import viewer_of

TASKS, CASES = "task.read", "case.read"
SHOWN = 6
"""Rows of each part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MyTasks:
    """The actor's tasks due soonest, how many each tab has, and how many they answered today."""

    due: Sequence[Task]
    counts: Mapping[Tab, int]
    answered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """Clocks breached or at risk, the soonest due first, how many there are, and what the actor was told of."""

    clocks: Sequence[ListedClock]
    counts: Mapping[str, int]
    escalations: Sequence[Waiting]
    foresees: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """The number of the trail's last entry, and what happened behind the one that was seen; None on a first visit."""

    seq: int
    happened: Sequence[Happened] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The parts; None where the actor may not see one."""

    tasks: MyTasks | None
    lateness: Lateness | None
    groups: Sequence[GroupRow] | None
    day: Sequence[ProcessDay] | None
    news: News
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeDesk:
    """Puts the parts together."""

    services: Services

    async def show(self, actor: Actor, *, day: datetime, seen: int | None) -> Home:
        """What there is for the actor; `day` is when their day began, `seen` what they have seen of the trail.

        Raises `PermissionMissing` for who may see neither tasks nor cases.
        """
        sees_tasks, sees_cases = TASKS in actor.permissions, CASES in actor.permissions
        if not (sees_tasks or sees_cases):
            raise PermissionMissing(f"{actor.name} may see neither tasks nor cases")
        async with self.services.database.unit_of_work(actor.tenant, snapshot=True) as unit:
            tasks = await self._tasks(unit, actor, day) if sees_tasks else None
            lateness = await self._lateness(unit, actor) if sees_tasks else None
            counted = DayCounts(unit.session, actor.tenant)
            groups = None
            if sees_cases:
                groups = await unit.incidents.groups(actor.tenant, status="open", process=None, limit=SHOWN)
            return Home(
                tasks=tasks,
                lateness=lateness,
                groups=groups,
                day=await counted.processes(day, most=SHOWN) if sees_cases else None,
                news=News(
                    seq=await unit.audit_log.head(actor.tenant),
                    happened=await counted.since(seen) if seen is not None else None,
                ),
                names=await unit.people.names(_people(tasks, lateness)),
            )

    async def _tasks(self, unit: UnitOfWork, actor: Actor, day: datetime) -> MyTasks:
        tabs, viewer, now = InboxTabs(unit.session), viewer_of(actor), self.services.clock()
        return MyTasks(
            due=await tabs.page(viewer, Tab.MINE, EVERYTHING, after=None, limit=SHOWN, now=now),
            counts=await tabs.counts(viewer, now=now),
            answered=await DayCounts(unit.session, actor.tenant).answered(actor.user_id, day),
        )

    async def _lateness(self, unit: UnitOfWork, actor: Actor) -> Lateness:
        lists = ClockLists(unit.session, actor.tenant)
        told = await lists.escalations(told=actor.user_id, limit=SHOWN)
        return Lateness(
            clocks=await lists.late(breached=None, after=None, limit=SHOWN),
            counts=await lists.counts(until=self.services.clock() + SOON),
            escalations=[Waiting(found=one, acknowledgeable=acknowledgeable(actor, one.escalation)) for one in told],
            foresees=FORESEE in actor.permissions,
        )


def _people(tasks: MyTasks | None, lateness: Lateness | None) -> list[str]:
    """Ids of everybody who is named in the parts."""
    named: set[str | None] = set()
    for task in tasks.due if tasks else ():
        named |= {task.assignee_id, task.delegated_by, task.decided_by}
    for clock in lateness.clocks if lateness else ():
        named.add(clock.assignee_id)
    for waiting in lateness.escalations if lateness else ():
        named |= {one["user"] for one in waiting.found.escalation.told}
    return sorted(one for one in named if one is not None)
