"""Handing a task on: released, delegated, declined, reassigned, escalated.

Each is one transaction: whom the task is for, by compare-and-set on who had it when it was looked at; the audit entry;
and the notices to whoever is concerned. Whoever is to be given a task passes the checks of an answer first. A task that
a person gives to another is theirs (`claimed`): nobody else takes or answers it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from graphs.audit import AuditRecord
from graphs.beside import ALONE, Beside
from graphs.errors import Invalid, NotFound, Refused
from graphs.intake import check_reason, require
from graphs.notices.notice import Urgency, tell_of_task
from graphs.runtime.assignment import SUPERVISOR_ROLE
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.holding import Holding
from graphs.store.inbox import UNANSWERED
from graphs.store.people import Actor
from graphs.store.tables import Task
from graphs.tasks.answer import ANSWER
from graphs.tasks.errors import DelegatedAlready, NotYours
from graphs.tasks.moved import moved, why_moved
from graphs.tasks.rights import Rights
from graphs.tasks.superior import Superior, chosen_superior

ASSIGN = "task.assign"
QUEUE = Holding(status="open", assignee_id=None)

Verb = Literal["released", "delegated", "declined", "reassigned", "escalated"]
Told = Mapping[str, tuple[str, Urgency]]
"""Who is told: the kind of notice, and how urgent it is, by user id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """One change of hands: as it was seen, as it is to be, why, and who is told what."""

    verb: Verb
    task: Task
    to: Holding
    reason: str
    told: Told = field(default_factory=dict)
    note: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverDesk:
    """Hands tasks on; what is `beside` it belongs to the same transaction.

    Every method raises `NotFound`; `AlreadyAnswered`, `TaskHeld` or `TaskMoved` where the task is no longer as it was
    looked at; `NotYours` where it is somebody else's; and what an answer of the new person would be refused with.
    """

    services: Services
    beside: Beside = ALONE

    async def release(self, actor: Actor, task_id: str, reason: str = "") -> Task:
        """Put a task that the actor has taken back into its queue; one that was delegated goes back to who did."""
        require(actor, ANSWER)
        task = await self._looked_at(actor, task_id)
        if task.status != "claimed" or task.assignee_id != actor.user_id:
            raise NotYours(f"{actor.name} has not taken task {task_id}, so there is nothing to release")
        if task.delegated_by is not None:
            return await self._return(actor, task, reason)
        return await self._hand(actor, Handing(verb="released", task=task, to=QUEUE, reason=reason))

    async def delegate(self, actor: Actor, task_id: str, to: str, reason: str = "") -> Task:
        """Give a task that is the actor's to a named person; it comes back where they decline.

        Raises `DelegatedAlready` for a task that was delegated to the actor.
        """
        require(actor, ANSWER)
        task = await self._looked_at(actor, task_id)
        if task.assignee_id != actor.user_id:
            raise NotYours(f"task {task_id} is not {actor.name}'s: claim it first, or have it reassigned")
        if task.delegated_by is not None:
            raise DelegatedAlready(f"task {task_id} was delegated to {actor.name}: decline it, or have it reassigned")
        target = await self._fit(actor, task, to)
        holding = Holding(status="claimed", assignee_id=target, delegated_by=actor.user_id)
        told: Told = {target: ("task.delegated", "normal")}
        return await self._hand(actor, Handing(verb="delegated", task=task, to=holding, reason=reason, told=told))

    async def decline(self, actor: Actor, task_id: str, reason: str) -> Task:
        """Give a task that was delegated to the actor back to who delegated it. Raises `Invalid` without a reason."""
        require(actor, ANSWER)
        check_reason(reason)
        task = await self._looked_at(actor, task_id)
        if task.delegated_by is None or task.assignee_id != actor.user_id:
            raise NotYours(f"task {task_id} was not delegated to {actor.name}, so there is nothing to decline")
        return await self._return(actor, task, reason)

    async def reassign(self, actor: Actor, task_id: str, to: str, reason: str) -> Task:
        """Give a task to another person for good; the actor's own, or with `task.assign` anybody's.

        Whoever delegated a task may take it back so. Raises `Invalid` without a reason.
        """
        check_reason(reason)
        task = await self._looked_at(actor, task_id)
        self._check_own(actor, task)
        target = await self._fit(actor, task, to, self_too=True)
        holding = Holding(status="claimed", assignee_id=target)
        told: Told = {
            **dict.fromkeys(_of(task), ("task.taken_away", "normal")),
            target: ("task.reassigned", "normal"),
        }
        return await self._hand(actor, Handing(verb="reassigned", task=task, to=holding, reason=reason, told=told))

    async def escalate(self, actor: Actor, task_id: str, reason: str) -> Task:
        """Give a task to a supervisor who may answer it; the actor's own, one of their queue, or with `task.assign`.

        Where no supervisor may, the task waits in its queue, and every supervisor is told so, urgently. Raises
        `NobodyToEscalateTo` where there is none at all, and `Invalid` without a reason.
        """
        check_reason(reason)
        task = await self._looked_at(actor, task_id)
        queued = task.assignee_id is None and {task.role, SUPERVISOR_ROLE} & set(actor.roles)
        if not (queued and ANSWER in actor.permissions):
            self._check_own(actor, task)
        rights, now = Rights(services=self.services), self.services.clock()
        superior = await chosen_superior(rights, task, without={actor.user_id, *_of(task)}, now=now)
        return await self._hand(actor, _escalation(task, superior, reason))

    async def _return(self, actor: Actor, task: Task, reason: str) -> Task:
        """Back to who delegated it; into the queue where they may not answer it any more."""
        giver = str(task.delegated_by)
        told: Told = {giver: ("task.declined", "normal")}
        note: Mapping[str, Any] = {}
        to = Holding(status="claimed", assignee_id=giver)
        try:
            await Rights(services=self.services).to_be_given(actor.tenant, giver, task.id, now=self.services.clock())
        except (Refused, NotFound) as error:
            to, note = QUEUE, {"not_returned": str(error)}
        return await self._hand(actor, Handing(verb="declined", task=task, to=to, reason=reason, told=told, note=note))

    async def _looked_at(self, actor: Actor, task_id: str) -> Task:
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            task = await unit.inbox.get(task_id)
            if task.status not in UNANSWERED:
                raise await moved(unit, task)
            return task

    def _check_own(self, actor: Actor, task: Task) -> None:
        if ASSIGN in actor.permissions:
            return
        require(actor, ANSWER)
        if actor.user_id not in _of(task):
            raise NotYours(f"task {task.id} is not {actor.name}'s, and no role of theirs grants {ASSIGN!r}")

    async def _fit(self, actor: Actor, task: Task, to: str, *, self_too: bool = False) -> str:
        """The id of the person, who may answer the task. Raises as their answer would be refused."""
        standing = await Rights(services=self.services).to_be_given(
            actor.tenant, to, task.id, now=self.services.clock()
        )
        target = standing.actor.user_id
        if target == task.assignee_id or (target == actor.user_id and not self_too):
            raise Invalid(f"to: {standing.actor.name} has this task already")
        return target

    async def _hand(self, actor: Actor, handing: Handing) -> Task:
        """Carry it out, if the task is still as it was looked at."""
        task, now = handing.task, self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await self.beside.before(unit)
            if await unit.inbox.hand(task.id, seen=Holding.of(task), to=handing.to, now=now):
                unit.record(actor.tenant, _record(actor, handing))
                await self._tell(unit, actor, handing, now)
                await self.beside.after(unit)
                return await unit.inbox.get(task.id)
        raise await why_moved(self.services.database, actor.tenant, task.id)

    async def _tell(self, unit: UnitOfWork, actor: Actor, handing: Handing, now: datetime) -> None:
        task = handing.task
        key = f"{task.id}/{now.isoformat()}"
        values = {"by": actor.name, "reason": handing.reason, **handing.note}
        for person, (kind, urgency) in handing.told.items():
            await tell_of_task(
                unit, task, {person} - {actor.user_id}, kind=kind, key=key, values=values, now=now, urgency=urgency
            )


def _of(task: Task) -> set[str]:
    """Whose task it is: whom it is for, and who delegated it to them."""
    return {person for person in (task.assignee_id, task.delegated_by) if person}


def _escalation(task: Task, superior: Superior, reason: str) -> Handing:
    told: Told = dict.fromkeys(_of(task), ("task.taken_away", "normal"))
    if superior.user_id is None:
        urgent: Iterable[str] = superior.told
        told = {**told, **dict.fromkeys(urgent, ("task.nobody_left", "urgent"))}
        to = QUEUE
    else:
        told = {**told, superior.user_id: ("task.escalated", "urgent")}
        to = Holding(status="claimed", assignee_id=superior.user_id)
    note = {"lacks": superior.lacks} if superior.lacks else {}
    return Handing(verb="escalated", task=task, to=to, reason=reason, told=told, note=note)


def _record(actor: Actor, handing: Handing) -> AuditRecord:
    task = handing.task
    values: dict[str, Any] = {
        "task": task.id,
        "from": task.assignee_id,
        "to": handing.to.assignee_id,
        "reason": handing.reason,
        **handing.note,
    }
    if handing.to.delegated_by or task.delegated_by:
        values["delegated_by"] = handing.to.delegated_by or task.delegated_by
    return AuditRecord(
        kind=f"task.{handing.verb}", actor=actor.user_id, case_id=task.case_id, step=task.step, values=values
    )
