"""Analysis: a copy of a case, to see what it would do; none of its effects reaches a tool."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphs.audit import WORKER, AuditRecord
from graphs.errors import TriggerMismatch
from graphs.intake import Accepted, check_reason, require
from graphs.orders import place, state_of
from graphs.runtime.services import Services
from graphs.state import CaseState
from graphs.steering import CaseNotSteerable, before, check_entry
from graphs.steps import EffectStep
from graphs.store.claims import LeasedCase
from graphs.store.database import UnitOfWork
from graphs.store.lifecycle_tables import Steering
from graphs.store.people import Actor
from graphs.store.tables import Case
from policies.action import Action
from policies.canonical import digest

STEER = "case.steer"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisDesk:
    """Copies cases for analysis."""

    services: Services

    async def fork(
        self, actor: Actor, case_id: str, reason: str, *, from_step: str | None = None, key: str | None = None
    ) -> Accepted:
        """Copy the case's state into a new case for analysis, whose effects never reach a tool.

        The copy goes on where the case stands, or from an earlier step with the state it had then. The same `key`
        gives the same copy. Raises `Invalid`, `CaseNotSteerable` for an ended case without a step, `StepNotVisited`,
        `StepNotRetryable`, or `TriggerMismatch` when the key made a copy from another step.
        """
        require(actor, STEER)
        check_reason(reason)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            origin = await unit.cases.get(case_id)
            state = await self._state_to_copy(unit, origin, from_step)
            now = self.services.clock()
            trigger_key = f"analysis-{origin.id}-{key or uuid.uuid4()}"
            title = f"Analysis: {origin.title}"
            copy = copy_of(origin, {"from": from_step}, title=title, key=trigger_key, now=now)
            existing = await unit.cases.accept(copy)
            if existing is not None:
                if existing.trigger_digest != copy.trigger_digest:
                    raise TriggerMismatch(f"the idempotency key {key!r} was used before for another copy")
                return Accepted(case=existing, created=False)
            data = {"of": origin.id, "state": dict(state)}
            order = await place(unit, actor, copy, "fork", now=now, reason=reason, data=data, step=from_step or "")
            await unit.jobs.advance(actor.tenant, copy.id)
            _record_copy(unit, actor, origin, copy, order)
        return Accepted(case=copy, created=True)

    async def _state_to_copy(self, unit: UnitOfWork, origin: Case, from_step: str | None) -> CaseState:
        if from_step is None:
            if origin.ended_at is not None:
                raise CaseNotSteerable(f"case {origin.id} is {origin.status}: say from which step to analyse it")
            return await state_of(unit, origin)
        check_entry(self.services.definition_of(origin), from_step)
        return before(await unit.journal.of_case(origin.id), from_step)


def is_analysis(case: Case | LeasedCase) -> bool:
    """Whether the case is a copy for analysis: none of its effects may reach a tool."""
    return "analysis_of" in case.summary


@dataclass(frozen=True, slots=True, kw_only=True)
class WouldDo:
    """What an effect step of an analysis answers: the call it would have made, and its entry in the trail."""

    data: Mapping[str, Any]
    record: AuditRecord


def would_do(step: EffectStep, action: Action, case_id: str) -> WouldDo:
    """The outcome of an effect step whose action was judged and allowed, without the call."""
    answer = {"would_do": action.model_dump(mode="json")}
    record = AuditRecord(kind="effect.simulated", actor=WORKER, case_id=case_id, step=step.name, values=answer)
    return WouldDo(data={"results": {step.name: answer}}, record=record)


def copy_of(origin: Case, summary: Mapping[str, Any], *, title: str, key: str, now: datetime) -> Case:
    """The case row of a copy; who asked for the original stays its requester. `summary` says what it is a copy for."""
    whole = {"analysis_of": origin.id, **summary}
    return Case(
        id=str(uuid.uuid4()),
        tenant=origin.tenant,
        process=origin.process,
        version=origin.version,
        definition_digest=origin.definition_digest,
        status="running",
        stage=origin.stage,
        step="",
        title=title,
        trigger_key=key,
        trigger_digest=digest(whole),
        input=origin.input,
        summary=whole,
        created_by=origin.created_by,
        created_at=now,
        updated_at=now,
    )


def _record_copy(unit: UnitOfWork, actor: Actor, origin: Case, copy: Case, order: Steering) -> None:
    """The trail of both cases names the other."""
    started = {"process": f"{copy.process}@{copy.version}", "digest": copy.definition_digest, "input": copy.input}
    forked = {"order": order.id, "copy": copy.id, "reason": order.reason, "from": order.step or None}
    for kind, case, values in (
        ("case.started", copy, {**started, "analysis_of": origin.id}),
        ("case.forked", origin, forked),
    ):
        unit.record(actor.tenant, AuditRecord(kind=kind, actor=actor.user_id, case_id=case.id, values=values))
