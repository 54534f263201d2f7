"""Bulk decisions: one decision about many tasks, each answered on its own, with what became of each.

Asked for under a key of the caller's. The tasks are fixed when the key is first used; what was decided is kept, so a
repeated request answers what the first did, and one that was cut off is finished: its answers name the bulk decision.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from graphs.audit import AuditRecord
from graphs.errors import AlreadyAnswered, Conflict, EngineError, Invalid, NotFound, Refused, TriggerMismatch
from graphs.intake import require
from graphs.runtime.assignment import SUPERVISOR_ROLE
from graphs.runtime.services import Services
from graphs.store.bulk_tables import BulkDecision, BulkOutcome
from graphs.store.bulks import Bulks
from graphs.store.database import UnitOfWork
from graphs.store.inbox_tabs import EVERYTHING, InboxTabs, Tab, TaskSearch, Viewer
from graphs.store.people import Actor
from graphs.tasks.answer import ANSWER, Answer
from graphs.tasks.desk import TaskDesk
from graphs.tasks.errors import ConfirmationMissing
from policies.action import EffectKind
from policies.canonical import digest, jsonable

MOST = 200
AT_ONCE = 8
BULK_NAMESPACE = uuid.UUID("7f0f8f4e-6a51-4b0e-9d0e-3c1c5a7f2b66")
ACCEPTED, REFUSED = "accepted", "refused"
EXPECTED = (Conflict, Refused, Invalid, NotFound)
"""What one task may be refused with, while the others go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRequest:
    """One decision about the tasks with these `ids`, or else about those of a `tab` that `search` finds.

    `digests` are those of the tasks as the caller saw them, by id. What is irreversible needs its digest and `confirm`.
    """

    key: str
    decision: Literal["approve", "reject"]
    ids: tuple[str, ...] = ()
    tab: Tab | None = None
    search: TaskSearch = EVERYTHING
    reason: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)
    confirm: bool = False

    def __post_init__(self) -> None:
        """Raises `Invalid`."""
        if bool(self.ids) == (self.tab is not None):
            raise Invalid("say which tasks: their ids, or a tab and what to look for in it")
        if self.tab is Tab.DONE:
            raise Invalid("tab: what is done has its answers")
        if len(set(self.ids)) != len(self.ids):
            raise Invalid("ids: a task stands there twice")
        if len(self.ids) > MOST:
            raise Invalid(f"ids: at most {MOST} tasks at once")
        if self.decision == "reject" and not self.reason.strip():
            raise Invalid("reason: a rejection needs one")

    @property
    def digest(self) -> str:
        """Tells requests apart that came with the same key."""
        asked = [self.decision, self.ids, self.tab, self.reason, self.digests, self.confirm]
        searched = [self.search.words, self.search.case_id, self.search.role, self.search.overdue]
        before = self.search.due_before.isoformat() if self.search.due_before else None
        return digest(jsonable([*asked, *searched, before]))


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkReport:
    """What became of each task, in the order of the request."""

    id: str
    decision: str
    outcomes: tuple[BulkOutcome, ...]

    @property
    def accepted(self) -> int:
        """How many answers were accepted."""
        return sum(one.status == ACCEPTED for one in self.outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkDesk:
    """Decides about many tasks."""

    services: Services

    async def decide(self, actor: Actor, request: BulkRequest) -> BulkReport:
        """Answer each task in a transaction of its own; or say what the request with this key came to before.

        Raises `PermissionMissing`; `Invalid` where a search finds more than may be decided at once; `TriggerMismatch`
        when the key came with another request.
        """
        require(actor, ANSWER)
        bulk = await self._begun(actor, request)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            known = await Bulks(unit.session).outcomes(bulk.id)
        left = [task_id for task_id in bulk.task_ids if task_id not in known]
        for start in range(0, len(left), AT_ONCE):
            part = left[start : start + AT_ONCE]
            came = await asyncio.gather(*(self._one(actor, request, bulk, task_id) for task_id in part))
            async with self.services.database.unit_of_work(actor.tenant) as unit:
                await Bulks(unit.session).keep(came)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            known = await Bulks(unit.session).outcomes(bulk.id)
        return BulkReport(id=bulk.id, decision=bulk.decision, outcomes=tuple(known[task] for task in bulk.task_ids))

    async def _begun(self, actor: Actor, request: BulkRequest) -> BulkDecision:
        """The bulk decision of the key: with its tasks as they were found when the key was first used."""
        bulk_id = str(uuid.uuid5(BULK_NAMESPACE, f"{actor.tenant}/{actor.user_id}/{request.key}"))
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            bulks = Bulks(unit.session)
            found = await bulks.get(bulk_id)
            if found is None:
                row = BulkDecision(
                    id=bulk_id,
                    tenant=actor.tenant,
                    user_id=actor.user_id,
                    key=request.key,
                    digest=request.digest,
                    decision=request.decision,
                    task_ids=list(request.ids or await self._searched(unit, actor, request, now)),
                    created_at=now,
                )
                if await bulks.add(row):
                    unit.record(actor.tenant, _record(actor, row, request))
                    return row
                found = await bulks.get(bulk_id)
        if found is None or found.digest != request.digest:
            raise TriggerMismatch(f"the idempotency key {request.key!r} was used before with another request")
        return found

    async def _searched(self, unit: UnitOfWork, actor: Actor, request: BulkRequest, now: datetime) -> Sequence[str]:
        viewer, tab = viewer_of(actor), request.tab or Tab.MINE
        found = await InboxTabs(unit.session).page(viewer, tab, request.search, after=None, limit=MOST + 1, now=now)
        if len(found) > MOST:
            raise Invalid(f"more than {MOST} tasks are found: look for fewer at once")
        return [task.id for task in found]

    async def _one(self, actor: Actor, request: BulkRequest, bulk: BulkDecision, task_id: str) -> BulkOutcome:
        outcome = BulkOutcome(
            bulk_id=bulk.id, task_id=task_id, tenant=actor.tenant, status=ACCEPTED, at=self.services.clock()
        )
        try:
            await self._answer(actor, request, bulk, task_id)
        except EXPECTED as error:
            if not (isinstance(error, AlreadyAnswered) and await self._own(actor, bulk, task_id)):
                outcome.status, outcome.code, outcome.detail = REFUSED, error.code, str(error)
        return outcome

    async def _answer(self, actor: Actor, request: BulkRequest, bulk: BulkDecision, task_id: str) -> None:
        desk = TaskDesk(services=self.services)
        seen = request.digests.get(task_id)
        if request.decision == "approve" and not (request.confirm and seen):
            asked = await desk.rights.asked(actor.tenant, task_id, user_id=actor.user_id, now=self.services.clock())
            if (asked.task.action or {}).get("effect_kind") == EffectKind.IRREVERSIBLE:
                raise ConfirmationMissing("this cannot be undone: it needs `confirm` and the digest that you saw")
        await desk.answer(
            actor, task_id, Answer(decision=request.decision, reason=request.reason, digest=seen, bulk=bulk.id)
        )

    async def _own(self, actor: Actor, bulk: BulkDecision, task_id: str) -> bool:
        """Whether the task's answer is one of this bulk decision: given before it was cut off, or beside it."""
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            try:
                task = await unit.inbox.get(task_id)
            except EngineError:
                return False
        return (task.decision or {}).get("bulk") == bulk.id


def viewer_of(actor: Actor) -> Viewer:
    """Whose inbox it is: a supervisor may answer tasks of every role."""
    roles = None if SUPERVISOR_ROLE in actor.roles else actor.roles
    return Viewer(tenant=actor.tenant, user_id=actor.user_id, roles=roles)


def _record(actor: Actor, row: BulkDecision, request: BulkRequest) -> AuditRecord:
    values: dict[str, Any] = {
        "bulk": row.id,
        "decision": row.decision,
        "reason": request.reason,
        "tasks": row.task_ids,
        "confirmed": request.confirm,
    }
    return AuditRecord(kind="tasks.decided_in_bulk", actor=actor.user_id, values=values)
