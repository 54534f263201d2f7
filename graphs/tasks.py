"""Tasks: a person's answer is accepted once, for the question it names, from someone with the right to give it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from graphs.audit import AuditRecord
from graphs.duties import NOTHING, Claimed
from graphs.duty_desk import DutyDesk, acts_of_answer
from graphs.errors import (
    AnswerOutdated,
    AuthorityExceeded,
    DefinitionMissing,
    DutiesConflict,
    Invalid,
    NotFound,
    PermissionMissing,
    ProtectedField,
)
from graphs.forms import entered_value
from graphs.intake import require
from graphs.runtime.assignment import SUPERVISOR_ROLE
from graphs.runtime.services import Services
from graphs.standing import Standing, standing_of
from graphs.store.people import PERSON, Actor
from graphs.store.statements import ANSWER as ANSWERED
from graphs.store.statements import CONTINUE, TIMERS_OFF, json_text
from graphs.store.tables import Task
from graphs.store.writer import Change, DutiesMoved
from graphs.teaching import NOTHING_TAUGHT, Taught, taught_by
from policies.approval import Approval
from policies.protected import is_protected

ANSWER = "task.answer"
LOOKS = 5
"""How often an approval is looked at anew because others did duties to the same subject meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reviewer's answer. `digest`, if given, is the digest of the task as the reviewer saw it.

    `in_place_of` is the login or id of the person who let the reviewer answer in their place.
    """

    decision: Literal["approve", "correct", "reject"]
    set: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    digest: str | None = None
    in_place_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDesk:
    """Takes answers and lets the case go on, in one transaction."""

    services: Services

    async def claim(self, actor: Actor, task_id: str) -> Task:
        """Take an open task. Raises `NotFound`, `AlreadyAnswered`, `Refused`."""
        require(actor, ANSWER)
        await self._check_acts(actor, task_id)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            task = await unit.inbox.get(task_id)
            _check_duties(Standing(actor=actor, roles=actor.roles, limit_minor=None), task)
            await unit.inbox.claim(task_id, user_id=actor.user_id, now=self.services.clock())
            record = AuditRecord(
                kind="task.claimed", actor=actor.user_id, case_id=task.case_id, step=task.step, values={"task": task_id}
            )
            unit.record(actor.tenant, record)
            return await unit.inbox.get(task_id)

    async def answer(self, actor: Actor, task_id: str, answer: Answer) -> Task:
        """Accept the answer once, and enqueue the case.

        Raises `NotFound`; `AlreadyAnswered` for the second of two; `AnswerOutdated` if the reviewer saw something
        else; `PermissionMissing`, `DutiesConflict` or `AuthorityExceeded`; `DutiesMoved` while others keep acting on
        its subject; `Invalid` or `ProtectedField`.
        """
        require(actor, ANSWER)
        now = self.services.clock()
        asked = await self.services.database.asked.get(actor.tenant, task_id, user_id=actor.user_id, on=now.date())
        if asked is None:
            raise NotFound(f"there is no task {task_id}")
        task = asked.task
        check_answer(task, answer)
        standing = await standing_of(
            self.services.database, actor, asked, in_place_of=answer.in_place_of, on=now.date()
        )
        _check_duties(standing, task)
        if answer.decision == "approve":
            _check_authority(standing, task)
        decision = decision_of(standing, task, answer, at=now.isoformat())
        taught = await self._taught(actor.tenant, task, answer)
        await self._commit(standing, task, decision, now=now, taught=taught)
        task.status, task.decided_by, task.decided_at, task.decision = "answered", actor.user_id, now, decision
        return task

    async def _taught(self, tenant: str, task: Task, answer: Answer) -> Taught:
        """What a correction teaches about the document it is on; the definition says which that is."""
        if answer.decision != "correct" or not answer.set:
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

    async def _commit(
        self, standing: Standing, task: Task, decision: Mapping[str, Any], *, now: datetime, taught: Taught
    ) -> None:
        """Commit the answer with the duties it does; looked at again while others do duties to the same subject."""
        for look in range(1, LOOKS + 1):
            claimed = NOTHING
            if task.duties and decision["decision"] == "approve":
                claimed = await self._claimed(standing, task, task.duties, now=now)
            try:
                change = answered(standing.actor, task, decision, now=now, claimed=claimed)
                by = standing.actor.user_id
                taught.add_to(change, task=task.id, case_id=task.case_id, step=task.step, by=by, at=now)
                await self.services.database.writer.commit(change)
            except DutiesMoved:
                if look == LOOKS:
                    raise
            else:
                return

    async def _claimed(
        self, standing: Standing, task: Task, duties: Sequence[Mapping[str, Any]], *, now: datetime
    ) -> Claimed:
        """The duties that an approval does with the answer.

        Raises `DutiesConflict`, also for what its effect will do.
        """
        who, through = standing.actor.user_id, standing.through
        done, later = acts_of_answer(duties, task.step, who=who, through=through, at=now)
        desk = DutyDesk(database=self.services.database, release=self.services.duty_rules, tenant=standing.actor.tenant)
        await desk.claimed(later, limit_minor=standing.limit_minor)
        return await desk.claimed(done, limit_minor=standing.limit_minor)

    async def _check_acts(self, actor: Actor, task_id: str) -> None:
        """Raises `DutiesConflict` where approving the task is not for the actor."""
        now = self.services.clock()
        asked = await self.services.database.asked.get(actor.tenant, task_id, user_id=actor.user_id, on=now.date())
        if asked is not None and asked.task.duties:
            standing = Standing(actor=actor, roles=actor.roles, limit_minor=asked.limit_minor)
            known = [duty for duty in asked.task.duties if duty["subject"] is not None]
            await self._claimed(standing, asked.task, known, now=now)


def answered(
    actor: Actor, task: Task, decision: Mapping[str, Any], *, now: datetime, claimed: Claimed = NOTHING
) -> Change:
    """The answer, accepted only if there is none yet, and the case set in motion, in one transaction."""
    change = Change(actor.tenant)
    claimed.add_to(change, case_id=task.case_id, step=task.step)
    change.add(ANSWERED, task.id, actor.user_id, json_text(decision), now)
    change.add(TIMERS_OFF, "task", task.id)
    change.add(CONTINUE, task.case_id, now)
    change.advance.append(task.case_id)
    values: dict[str, Any] = {"task": task.id, "digest": task.digest, "decision": decision}
    if claimed.acts:
        values["duties"] = claimed.recorded
    record = AuditRecord(kind="task.answered", actor=actor.user_id, case_id=task.case_id, step=task.step, values=values)
    change.record(record, now)
    return change


def check_answer(task: Task, answer: Answer) -> None:
    """Whether the answer fits the task's form. Raises `Invalid`, `ProtectedField` or `AnswerOutdated`."""
    if answer.digest is not None and answer.digest != task.digest:
        raise AnswerOutdated("what you saw has changed: look at the task again")
    if answer.decision not in task.form["choices"]:
        raise Invalid(f"{answer.decision!r} is not possible here: {', '.join(task.form['choices'])}")
    _check_fields(task, answer)
    missing = [name for name in task.form["evidence_required"] if not answer.evidence.get(name, "").strip()]
    if answer.decision == "approve" and missing:
        raise Invalid(f"evidence is required for {', '.join(missing)} (--evidence {missing[0]}=…)")
    if answer.decision == "reject" and not answer.reason.strip():
        raise Invalid("a rejection needs a reason")


def _check_fields(task: Task, answer: Answer) -> None:
    if answer.set and answer.decision != "correct":
        raise Invalid("fields can only be set with the decision 'correct'")
    editable = {item["name"]: item["kind"] for item in task.form["fields"]}
    for name, value in answer.set.items():
        if is_protected(name) and name not in editable:
            raise ProtectedField(f"{name} accepts no value from a reviewer: change it at its source")
        if name not in editable:
            known = ", ".join(sorted(editable)) or "none"
            raise Invalid(f"{name} cannot be corrected here (fields: {known})")
        entered_value(name, editable[name], value)


def _check_duties(standing: Standing, task: Task) -> None:
    actor = standing.actor
    if actor.kind != PERSON:
        raise PermissionMissing("only a person may answer a task")
    if actor.user_id in task.excluded:
        raise DutiesConflict(f"{actor.name} started this case or approved it before: somebody else must answer")
    if standing.people & set(task.excluded):
        raise DutiesConflict(
            f"{actor.name} answers for somebody who started this case or approved it before: both are one person here"
        )
    if task.role not in standing.roles and SUPERVISOR_ROLE not in standing.roles:
        raise PermissionMissing(f"this task is for the role {task.role!r}")


def _check_authority(standing: Standing, task: Task) -> None:
    needed, limit = task.required_limit_minor, standing.limit_minor
    if needed is not None and (limit is None or limit < needed):
        raise AuthorityExceeded(
            f"{standing.actor.name} may approve up to {limit or 0} {task.currency} minor units; this needs {needed}"
        )


def decision_of(standing: Standing, task: Task, answer: Answer, *, at: str) -> dict[str, Any]:
    """The decision as it is stored with the task and handed to the graph."""
    actor = standing.actor
    decision: dict[str, Any] = {
        "task": task.id,
        "decision": answer.decision,
        "by": actor.user_id,
        "name": actor.name,
        "at": at,
        "set": dict(answer.set),
        "reason": answer.reason,
        "evidence": dict(answer.evidence),
        "digest": task.digest,
    }
    if standing.through:
        decision["through"] = list(standing.through)
    if answer.decision == "approve":
        approval = Approval(
            by=actor.user_id,
            through=standing.through,
            roles=actor.roles,
            limit_minor=standing.limit_minor,
            digest=task.digest,
            at=at,
            evidence=dict(answer.evidence),
        )
        decision["approval"] = approval.model_dump(mode="json", exclude=None if standing.through else {"through"})
    return decision
