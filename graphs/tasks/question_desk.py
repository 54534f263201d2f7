"""The question desk: a person who has a task asks a colleague about it, and the answer is shown with the task.

The task stays with whom it is for, and so does the decision: an answer fills in no field and approves nothing. Texts
and values stand in the trail of the case and nowhere else, so that they are erased with it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphs.audit import WORKER, AuditRecord
from graphs.deadlines.clock_desk import ClockBusy
from graphs.errors import Invalid
from graphs.intake import require
from graphs.notices.notice import Notice, tell
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.inbox import UNANSWERED
from graphs.store.people import PERSON, Actor
from graphs.store.question_tables import QuestionRow
from graphs.store.questions import OPEN, Questions
from graphs.store.tables import Timer
from graphs.store.timers import timer_of
from graphs.tasks.answer import ANSWER
from graphs.tasks.errors import NotYours, QuestionClosed
from graphs.tasks.moved import moved
from graphs.tasks.notes import READ
from graphs.tasks.question import ASKED, OVERDUE, REPLIED, Asking, Question, Reply
from graphs.tasks.question_clock import pause_clocks, resume_clocks
from graphs.tasks.rights import check_asker

QUESTION = "question"
"""The subject of the timer that says when nobody has answered in time."""
MOST = 200
A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionDesk:
    """Takes questions and answers."""

    services: Services

    async def ask(self, actor: Actor, task_id: str, asking: Asking) -> Question:
        """Ask a colleague, who is told; the asker is told of the answer, and when there is none in time.

        Raises `NotFound`, `PermissionMissing`, `TaskHeld`, `Invalid` or `ProtectedField`; `AlreadyAnswered` where
        nothing is asked any more; `ClockBusy` where its clock is to stand still and a worker has the case.
        """
        require(actor, ANSWER)
        asking.check()
        now = self.services.clock()
        due = asking.due(now)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            task = await unit.inbox.get(task_id)
            if task.status not in UNANSWERED:
                raise await moved(unit, task)
            check_asker(actor, task)
            colleague = await unit.people.named(actor.tenant, asking.to)
            _check_colleague(actor, colleague)
            row = QuestionRow(
                id=str(uuid.uuid4()),
                tenant=actor.tenant,
                case_id=task.case_id,
                task_id=task.id,
                asked_by=actor.user_id,
                asked_of=colleague.user_id,
                wanted=dict(asking.wanted),
                asked_at=now,
                deadline_at=due,
                status=OPEN,
            )
            await Questions(unit.session).add(row)
            await pause_clocks(unit, row, note=_note(row), now=now)
            await unit.timers.set(timer_of(row, QUESTION, row.deadline_at))
            values = {"to": row.asked_of, "text": asking.text.strip(), "wanted": row.wanted, "deadline": due}
            unit.record(actor.tenant, _record(ASKED, row, task.step, actor.user_id, values))
            told = {"title": task.title, "by": actor.name, "deadline": due.isoformat()}
            await _tell(unit, row, "information.asked", [row.asked_of], told, now)
        return Question(row=row, open=True, text=asking.text.strip())

    async def answer(self, actor: Actor, question_id: str, reply: Reply) -> Question:
        """Accept the answer of who was asked, once; who asked is told, and whose task it is.

        Also after the deadline, while the task is unanswered. Raises `NotFound`, `PermissionMissing`, `NotYours`,
        `Invalid`, `ClockBusy`, and `QuestionClosed` for a second answer or where the task has its own.
        """
        require(actor, READ)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            row = await Questions(unit.session).get(question_id)
            if actor.user_id != row.asked_of:
                raise NotYours(f"question {question_id} was put to somebody else")
            facts = reply.facts(row.wanted, actor.user_id)
            if not await Questions(unit.session).answer(question_id, now=now):
                raise QuestionClosed(f"question {question_id} was answered before, or its task is not asked any more")
            # The case first, then its timers, as everybody else: whoever cancels it meanwhile has them in that order.
            await resume_clocks(unit, self.services, row, note=_note(row), by=actor.user_id, now=now)
            await unit.timers.cancel(QUESTION, question_id)
            task = await unit.inbox.get(row.task_id)
            given = {name: fact.model_dump(mode="json") for name, fact in facts.items()}
            values = {"text": reply.text.strip(), "values": given, "late": now > row.deadline_at}
            unit.record(actor.tenant, _record(REPLIED, row, task.step, actor.user_id, values))
            told = {"title": task.title, "by": actor.name}
            concerned = {row.asked_by, *([task.assignee_id] if task.assignee_id else [])} - {actor.user_id}
            await _tell(unit, row, "information.answered", concerned, told, now)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return (await _shown(unit, [await Questions(unit.session).get(question_id)]))[0]

    async def of_task(self, actor: Actor, task_id: str) -> Sequence[Question]:
        """The questions about a task with their answers, the oldest first."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await _shown(unit, await Questions(unit.session).of_task(task_id))

    async def open_for(self, actor: Actor) -> Sequence[Question]:
        """What the actor is asked and has not answered, the earliest deadline first."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            rows = await Questions(unit.session).open_of(actor.tenant, actor.user_id, limit=MOST)
            return await _shown(unit, rows)


async def expire(unit: UnitOfWork, services: Services, timer: Timer, *, now: datetime) -> None:
    """Nobody answered in time: who asked is told, and the task's clock goes on. The question stays open."""
    try:
        asked = await Questions(unit.session).get(timer.subject_id)
        await resume_clocks(unit, services, asked, note=_note(asked), by=WORKER, now=now)
    except ClockBusy:
        await unit.timers.fire_later(timer.id, at=now + A_MOMENT)
        return
    row = await Questions(unit.session).mark_overdue(timer.subject_id)
    if row is None:
        return
    task = await unit.inbox.get(row.task_id)
    unit.record(row.tenant, _record(OVERDUE, row, task.step, WORKER, {"deadline": row.deadline_at}))
    names = await unit.people.names([row.asked_of])
    told = {"title": task.title, "of": names.get(row.asked_of, row.asked_of)}
    await _tell(unit, row, "information.overdue", [row.asked_by], told, now)


def _note(row: QuestionRow) -> str:
    return f"question {row.id}"


def _check_colleague(actor: Actor, colleague: Actor) -> None:
    """Raises `Invalid`."""
    if colleague.user_id == actor.user_id:
        raise Invalid("to: nobody asks themselves")
    if colleague.kind != PERSON or READ not in colleague.permissions:
        raise Invalid(f"to: {colleague.name} is no person who may see tasks")


async def _shown(unit: UnitOfWork, rows: Sequence[QuestionRow]) -> list[Question]:
    """The questions with what the trail holds of them."""
    said: dict[str, dict[str, Any]] = {}
    for case_id in sorted({row.case_id for row in rows}):
        for entry, values in await unit.audit_log.of_case(case_id):
            if entry.kind == ASKED:
                said[str(values.get("question"))] = {"text": values.get("text")}
            elif entry.kind == REPLIED:
                found = {"answer": values.get("text"), "facts": values.get("values") or {}}
                said.setdefault(str(values.get("question")), {}).update(found)
    asked = await Questions(unit.session).still_asked([row.task_id for row in rows])
    return [Question(row=row, open=row.status == OPEN and row.task_id in asked, **said.get(row.id, {})) for row in rows]


def _record(kind: str, row: QuestionRow, step: str, by: str, values: Mapping[str, Any]) -> AuditRecord:
    named = {"question": row.id, "task": row.task_id, **values}
    return AuditRecord(kind=kind, actor=by, case_id=row.case_id, step=step, values=named)


async def _tell(
    unit: UnitOfWork, row: QuestionRow, kind: str, people: Iterable[str], values: Mapping[str, Any], now: datetime
) -> None:
    for person in sorted(people):
        notice = Notice(
            tenant=row.tenant,
            recipient_id=person,
            kind=kind,
            key=row.id,
            case_id=row.case_id,
            task_id=row.task_id,
            values={"question": row.id, **values},
        )
        await tell(unit, notice, now=now)
