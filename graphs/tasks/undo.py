"""Undoing an approval: for a short while after something irreversible was approved, the case does not go on.

The answer is accepted and on record at once. Its window is a timer: no worker takes the answer while that is set, and
the case goes on when it fires. Who undoes takes the timer away, which only one of undo, firing and cancellation does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphs.audit import AuditRecord
from graphs.duty_desk import acts_of_answer
from graphs.errors import Conflict, PermissionMissing
from graphs.intake import require
from graphs.notices.notice import tell_of_task
from graphs.runtime.assignment import SUPERVISOR_ROLE
from graphs.runtime.services import Services
from graphs.store.bulk_tables import BulkOutcome
from graphs.store.bulks import Bulks
from graphs.store.database import UnitOfWork
from graphs.store.duty_acts import DutyActs
from graphs.store.inbox import UNANSWERED
from graphs.store.people import PERSON, Actor
from graphs.store.tables import Task, Timer
from graphs.store.timers import UNDO, timer_of
from graphs.tasks.answer import ANSWER, Answer
from graphs.tasks.errors import NothingToUndo, NotYours, UndoTooLate
from graphs.tasks.moved import moved
from policies.action import EffectKind

UNDONE = "task.answer_undone"
INSTEAD = "cancel the case, which takes back what can be taken back (`interlock case cancel`)"


def undo_until(services: Services, task: Task, answer: Answer, *, now: datetime) -> datetime | None:
    """Until when the answer may be undone; None where the case goes on at once."""
    irreversible = (task.action or {}).get("effect_kind") == EffectKind.IRREVERSIBLE
    if answer.decision != "approve" or not irreversible or not services.undo_window:
        return None
    return now + services.undo_window


def window_of(task: Task, *, until: datetime) -> Timer:
    """The window, as the timer that ends it."""
    return timer_of(task, UNDO, until)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoDesk:
    """Undoes answers."""

    services: Services

    async def undo(self, actor: Actor, task_id: str, reason: str = "") -> Task:
        """Ask the task again, of the person it was for, as if the answer had not been given; both stay on record.

        For who gave the answer, or a supervisor. Raises `NotFound`; `PermissionMissing` or `NotYours`; `NothingToUndo`
        where there is no answer; `UndoTooLate` where the case goes on with it, or is suspended; `TaskWithdrawn`.
        """
        require(actor, ANSWER)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            task = await unit.inbox.get(task_id)
            await check_undo(unit, actor, task)
        # In a transaction of its own: the row that was looked at stays as it was, and what follows compares with it.
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            if task.decided_at is None or not await unit.inbox.reopen(task_id, answered_at=task.decided_at):
                raise await _missed(unit, task_id)
            if not await unit.timers.undo(task_id, now=now):
                raise await _too_late(unit, task)
            await unit.timers.set(timer_of(task, "task", task.deadline_at))
            acts = await _withdraw_acts(unit, task, now)
            await _keep_bulk_outcome(unit, task, actor, now)
            unit.record(actor.tenant, _record(actor, task, acts, reason))
            await _tell(unit, actor, task, reason, now)
            return await unit.inbox.get(task_id)


async def _missed(unit: UnitOfWork, task_id: str) -> Conflict:
    """Somebody was faster: what became of the task."""
    task = await unit.inbox.get(task_id)
    return _nothing(task) if task.status in UNANSWERED else await moved(unit, task)


async def check_undo(unit: UnitOfWork, actor: Actor, task: Task) -> None:
    """Raises what `undo` does before it changes anything."""
    if actor.kind != PERSON:
        raise PermissionMissing("only a person may undo an answer")
    if task.status in UNANSWERED:
        raise _nothing(task)
    if task.status != "answered":
        raise await moved(unit, task)
    if actor.user_id != task.decided_by and SUPERVISOR_ROLE not in actor.roles:
        raise NotYours(f"the answer to task {task.id} is somebody else's: they undo it, or a supervisor")


def _nothing(task: Task) -> NothingToUndo:
    return NothingToUndo(f"task {task.id} has no answer to undo: it is {task.status}")


async def _too_late(unit: UnitOfWork, task: Task) -> Conflict:
    """Why the window is not open: it is over, it never was, or it stands still with its case."""
    window = await unit.timers.get(UNDO, task.id, 0)
    if window is None:
        return UndoTooLate(f"the answer to task {task.id} has counted since it was given: {INSTEAD}")
    if window.status == "paused":
        return UndoTooLate(f"the case of task {task.id} is suspended, and its window with it: resume it, or cancel it")
    ended = window.due_at.isoformat(timespec="seconds")
    return UndoTooLate(f"the answer to task {task.id} could be undone until {ended}: {INSTEAD}")


async def _withdraw_acts(unit: UnitOfWork, task: Task, now: datetime) -> list[str]:
    """The duties that came with the approval are taken back; returns the ids of their acts."""
    decision = task.decision or {}
    known = [duty for duty in task.duties or () if duty["subject"] is not None]
    who, through = str(task.decided_by), tuple(decision.get("through") or ())
    done, _ = acts_of_answer(known, task.step, who=who, through=through, at=now)
    ids = sorted(act.id for act in done)
    if ids:
        await DutyActs(unit.session, task.tenant).withdraw(ids, now=now)
    return ids


async def _keep_bulk_outcome(unit: UnitOfWork, task: Task, actor: Actor, now: datetime) -> None:
    """A bulk decision that was cut off is finished when it is asked for again: but not with an answer undone since."""
    bulk = (task.decision or {}).get("bulk")
    if bulk is not None:
        detail = f"answered, and undone by {actor.name}"
        outcome = BulkOutcome(
            bulk_id=bulk, task_id=task.id, tenant=task.tenant, status="refused", code="undone", detail=detail, at=now
        )
        await Bulks(unit.session).keep([outcome])


def _record(actor: Actor, task: Task, acts: list[str], reason: str) -> AuditRecord:
    values: dict[str, Any] = {
        "task": task.id,
        "digest": task.digest,
        "answered_by": task.decided_by,
        "answered_at": task.decided_at,
        "decision": (task.decision or {}).get("decision"),
        "assignee": task.assignee_id,
        "reason": reason,
    }
    if acts:
        values["duties_withdrawn"] = acts
    return AuditRecord(kind=UNDONE, actor=actor.user_id, case_id=task.case_id, step=task.step, values=values)


async def _tell(unit: UnitOfWork, actor: Actor, task: Task, reason: str, now: datetime) -> None:
    """Who answered, and whom the task is for again, are told; but not who undid it."""
    people = {one for one in (task.decided_by, task.assignee_id) if one} - {actor.user_id}
    values = {"by": actor.name, "reason": reason}
    await tell_of_task(unit, task, people, kind=UNDONE, key=f"{task.id}/{now.isoformat()}", values=values, now=now)
