"""What a reviewer looked at: one row a visit, put up to date with each report, and never more time than has passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from graphs.compaction import kept_task
from graphs.errors import Invalid
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.inbox import UNANSWERED
from graphs.store.people import Actor
from graphs.store.quality import Quality
from graphs.store.quality_tables import TaskView
from graphs.store.tables import Task

READ: Final = "task.read"
VISIT_ENDS: Final = timedelta(minutes=30)
"""A report so long after the one before begins another visit; no more time than this is taken for one look."""
MOST_OF_A_VISIT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDesk:
    """Records looks. No entry of the trail: it is a measure, and no decision."""

    services: Services

    async def seen(self, actor: Actor, task_id: str, opened: Mapping[str, int]) -> TaskView | None:
        """Record that the actor has the task before them and for how many seconds what evidence was open since.

        None where the task has its answer: what is looked at later is not counted. Raises `PermissionMissing`,
        `NotFound`, or `Invalid` for evidence that the task does not have and for times below 0.
        """
        require(actor, READ)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            task = await kept_task(unit, task_id)
            check_opened(task, opened)
            if task.status not in UNANSWERED:
                return None
            quality = Quality(unit.session, actor.tenant)
            before = await quality.last_view(task_id, actor.user_id)
            if before is None or now - before.seen_at > VISIT_ENDS:
                begun = first_look(task, actor.user_id, opened, visit=before.visit + 1 if before else 1, now=now)
                if await quality.begin_view(begun):
                    return begun
                before = await quality.last_view(task_id, actor.user_id)
            if before is None:
                return None
            again = looked_again(before, opened, now=now)
            await quality.keep_view(again)
            return again


def check_opened(task: Task, opened: Mapping[str, int]) -> None:
    """Raises `Invalid`."""
    known = {*task.evidence, *task.form.get("evidence_required", ())}
    unknown = sorted(opened.keys() - known)
    if unknown:
        raise Invalid(f"the task has no evidence {', '.join(unknown)} (it has {', '.join(sorted(known)) or 'none'})")
    if any(seconds < 0 for seconds in opened.values()):
        raise Invalid("seconds: nothing is open for less than 0 seconds")


def first_look(task: Task, user_id: str, opened: Mapping[str, int], *, visit: int, now: datetime) -> TaskView:
    """A new visit; what is reported with it cannot have begun before the task."""
    most = min(max(timedelta(0), now - task.created_at), VISIT_ENDS)
    row = TaskView(
        tenant=task.tenant,
        task_id=task.id,
        user_id=user_id,
        visit=visit,
        opened_at=now - min(most, _total(opened)),
        seen_at=now,
        evidence={},
    )
    return _added(row, opened, most=most, now=now)


def looked_again(before: TaskView, opened: Mapping[str, int], *, now: datetime) -> TaskView:
    """The visit with a further report, which cannot be longer than the time since the one before."""
    row = TaskView(**before.model_dump())
    return _added(row, opened, most=max(timedelta(0), now - before.seen_at), now=now)


def _added(row: TaskView, opened: Mapping[str, int], *, most: timedelta, now: datetime) -> TaskView:
    cap = int(MOST_OF_A_VISIT.total_seconds())
    more = int(min(most, _total(opened)).total_seconds())
    evidence = dict(row.evidence)
    for name, seconds in opened.items():
        evidence[name] = min(cap, evidence.get(name, 0) + min(seconds, more))
    row.seconds, row.evidence, row.seen_at = min(cap, row.seconds + more), evidence, max(now, row.seen_at)
    return row


def _total(opened: Mapping[str, int]) -> timedelta:
    """All together, as far as a visit can be long: more cannot be counted anyway."""
    return timedelta(seconds=min(sum(opened.values()), int(MOST_OF_A_VISIT.total_seconds())))
