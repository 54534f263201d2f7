"""The task desk: a person's answer is accepted once, for the question it names, from someone with the right to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from graphs.audit import AuditRecord
from graphs.duties import NOTHING, Claimed
from graphs.errors import AlreadyAnswered, DefinitionMissing, Invalid
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.standing import Standing, standing_of
from graphs.store.holding import Holding
from graphs.store.inbox import UNANSWERED
from graphs.store.people import Actor
from graphs.store.statements import ANSWER as ANSWERED
from graphs.store.statements import CONTINUE, TIMERS, TIMERS_OFF, json_text
from graphs.store.tables import Task
from graphs.store.writer import Change, DutiesMoved
from graphs.tasks.answer import ANSWER, Answer, check_answer, decision_of
from graphs.tasks.edits import Edited, edited
from graphs.tasks.moved import why_moved
from graphs.tasks.rights import Rights, check_authority, check_duties, check_hold
from graphs.tasks.undo import undo_until, window_of
from graphs.teaching import NOTHING_TAUGHT, Taught, taught_by

LOOKS = 5
"""How often an approval is looked at anew because others did duties to the same subject meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepting:
    """An answer on its way: to the task as it was looked at; `edited` is what its own edits make of that.

    With `undo_until` the case goes on only then, if nobody undoes the answer before.
    """

    standing: Standing
    task: Task
    decision: Mapping[str, Any]
    now: datetime
    duties: Sequence[Mapping[str, Any]] = ()
    edited: Edited | None = None
    taught: Taught = NOTHING_TAUGHT
    undo_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDesk:
    """Takes answers and lets the case go on, in one transaction."""

    services: Services

    @property
    def rights(self) -> Rights:
        """Who may answer."""
        return Rights(services=self.services)

    async def claim(self, actor: Actor, task_id: str) -> Task:
        """Take an open task; from then on nobody else answers it.

        Raises `NotFound`, `Refused`, and for the second of two `TaskHeld`, `AlreadyAnswered` or `TaskMoved`.
        """
        require(actor, ANSWER)
        now = self.services.clock()
        asked = await self.rights.asked(actor.tenant, task_id, user_id=actor.user_id, now=now)
        standing = Standing(actor=actor, roles=actor.roles, limit_minor=asked.limit_minor)
        check_duties(standing, asked.task)
        await self.rights.check_acts(standing, asked.task, now=now)
        seen = Holding.of(asked.task)
        if seen.status != "open":
            raise await why_moved(self.services.database, actor.tenant, task_id)
        taken = replace(seen, status="claimed", assignee_id=actor.user_id)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            if await unit.inbox.hand(task_id, seen=seen, to=taken, now=now):
                values = {"task": task_id, "from": seen.assignee_id}
                task = asked.task
                record = AuditRecord(
                    kind="task.claimed", actor=actor.user_id, case_id=task.case_id, step=task.step, values=values
                )
                unit.record(actor.tenant, record)
                return await unit.inbox.get(task_id)
        raise await why_moved(self.services.database, actor.tenant, task_id)

    async def answer(self, actor: Actor, task_id: str, answer: Answer) -> Task:
        """Accept the answer once, and enqueue the case; of an approval that may be undone, once its window is over.

        Raises `NotFound`; `AlreadyAnswered` for the second of two, `TaskHeld` where somebody else has the task,
        `TaskMoved` where it changed hands meanwhile; `AnswerOutdated` if the reviewer saw something else;
        `PermissionMissing`, `DutiesConflict` or `AuthorityExceeded`; `DutiesMoved` while others keep acting on its
        subject; `Invalid`, `ProtectedField` or `EditsNotApprovable`.
        """
        require(actor, ANSWER)
        now = self.services.clock()
        asked = await self.rights.asked(actor.tenant, task_id, user_id=actor.user_id, now=now)
        task = asked.task
        made = await self._edited(actor, task, answer)
        shown = made.task if made is not None else task
        check_answer(shown, answer, editing=made is not None)
        standing = await standing_of(
            self.services.database, actor, asked, in_place_of=answer.in_place_of, on=now.date()
        )
        check_duties(standing, task)
        check_hold(standing.people, task)
        if made is not None:
            check_duties(standing, shown)
        if answer.decision == "approve":
            check_authority(standing, shown)
        decision = decision_of(standing, task, answer, at=now.isoformat())
        accepting = Accepting(
            standing=standing,
            task=task,
            decision=decision,
            now=now,
            duties=(shown.duties or ()) if answer.decision == "approve" else (),
            edited=made,
            taught=await self._taught(actor.tenant, task, answer),
            undo_until=undo_until(self.services, shown, answer, now=now),
        )
        await self._commit(accepting)
        task.status, task.decided_by, task.decided_at, task.decision = "answered", actor.user_id, now, decision
        return task

    async def preview(self, actor: Actor, task_id: str, set_: Mapping[str, str]) -> Edited:
        """What the task would ask if these fields were set: an approval with the same edits names its digest.

        Raises `NotFound`, `PermissionMissing`, `AlreadyAnswered`, `Invalid`, `ProtectedField`, `EditsNotApprovable`.
        """
        require(actor, ANSWER)
        asked = await self.rights.asked(actor.tenant, task_id, user_id=actor.user_id, now=self.services.clock())
        if asked.task.status not in UNANSWERED:
            raise await why_moved(self.services.database, actor.tenant, task_id)
        if not set_:
            raise Invalid("set: say which fields are to be set")
        check_answer(asked.task, Answer(decision="correct", set=set_))
        return await edited(self.services, actor, asked.task, set_)

    async def _edited(self, actor: Actor, task: Task, answer: Answer) -> Edited | None:
        """What the edits of an approval make of the task; None without any."""
        if not answer.edits or task.status not in UNANSWERED:
            return None
        if answer.digest is None:
            raise Invalid("digest: an approval with edits names the digest of its preview")
        check_answer(task, Answer(decision="correct", set=answer.set))
        return await edited(self.services, actor, task, answer.set)

    async def _taught(self, tenant: str, task: Task, answer: Answer) -> Taught:
        """What a correction teaches about the document it is on; the definition says which that is."""
        if not answer.set:
            return NOTHING_TAUGHT
        async with self.services.database.unit_of_work(tenant) as unit:
            case = await unit.cases.get(task.case_id)
        try:
            correction = self.services.definition_of(case).lesson(task.evidence, answer.set)
        except DefinitionMissing:
            return NOTHING_TAUGHT
        if correction is None:
            return NOTHING_TAUGHT
        return await taught_by(self.services.database, tenant, correction)

    async def _commit(self, accepting: Accepting) -> None:
        """Commit the answer with the duties it does; looked at again while others do duties to the same subject."""
        task, standing = accepting.task, accepting.standing
        for look in range(1, LOOKS + 1):
            claimed = await self.rights.claimed(standing, task.step, accepting.duties, now=accepting.now)
            try:
                await self.services.database.writer.commit(answered(accepting, claimed=claimed))
            except DutiesMoved:
                if look == LOOKS:
                    raise
            except AlreadyAnswered as refused:
                raise await why_moved(self.services.database, standing.actor.tenant, task.id) from refused
            else:
                return


def answered(accepting: Accepting, *, claimed: Claimed = NOTHING) -> Change:
    """The answer, accepted only for the task as it was looked at, and the case set in motion, in one transaction."""
    task, actor, now = accepting.task, accepting.standing.actor, accepting.now
    change = Change(actor.tenant)
    claimed.add_to(change, case_id=task.case_id, step=task.step)
    row = {"by": actor.user_id, "decision": accepting.decision, "at": now, **Holding.of(task).as_seen()}
    change.add(ANSWERED, task.id, json_text(row))
    change.add(TIMERS_OFF, "task", task.id)
    values: dict[str, Any] = {"task": task.id, "digest": task.digest, "decision": accepting.decision}
    if accepting.undo_until is None:
        change.add(CONTINUE, task.case_id, now)
        change.go_on.append(task.case_id)
    else:
        window = window_of(task, until=accepting.undo_until)
        change.add(TIMERS, json_text(window.model_dump()))
        values["undo_until"] = window.due_at
    if accepting.edited is not None:
        values["approved"] = dict(accepting.edited.recorded)
    if claimed.acts:
        values["duties"] = claimed.recorded
    record = AuditRecord(kind="task.answered", actor=actor.user_id, case_id=task.case_id, step=task.step, values=values)
    change.record(record, now)
    accepting.taught.add_to(change, task=task.id, case_id=task.case_id, step=task.step, by=actor.user_id, at=now)
    return change
