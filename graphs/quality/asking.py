"""Asking again: the copy of a case through which a probe puts its question, in the transaction of the probe."""

from __future__ import annotations

import uuid
from datetime import datetime

from graphs.audit import WORKER, AuditRecord
from graphs.compaction import kept_task
from graphs.quality.probe import PROBE, state_as_asked
from graphs.runtime.services import Services
from graphs.state import CaseState
from graphs.steering import StepNotRetryable, check_entry
from graphs.steps import ReviewStep
from graphs.store.asked_tasks import APPROVAL
from graphs.store.database import UnitOfWork
from graphs.store.lifecycle_tables import Steering
from graphs.store.people import RosterEntry
from graphs.store.quality_tables import QualityProbe
from graphs.store.steerings import Steerings
from graphs.store.tables import Case, Task
from policies.canonical import digest


async def question_of(services: Services, unit: UnitOfWork, case: Case, task: Task) -> CaseState:
    """The state in which the task's question can be asked again.

    Raises `DefinitionMissing`, `StepNotVisited`, `StateErased` or `StepNotRetryable`.
    """
    definition = services.definition_of(case)
    step = definition.step(task.step)
    if not isinstance(step, ReviewStep):
        raise StepNotRetryable(f"{task.step!r} asks nobody")
    check_entry(definition, step.of)
    journal = await unit.journal.of_case(case.id)
    return state_as_asked(journal, of=step.of, step=task.step, visit=task.visit)


async def ask(services: Services, unit: UnitOfWork, probe: QualityProbe, *, now: datetime) -> str:
    """Start the copy that asks the probe's question; returns its id. Raises what `question_of` does.

    Title, requester and input are those of the case, its id and its instants are its own. That it is a copy stands
    in the trail of the tenant and of the copy.
    """
    origin = await unit.cases.get(probe.case_id)
    task = await kept_task(unit, probe.task_id)
    state = await question_of(services, unit, origin, task)
    copy = _copy(origin, probe, enters=state["route"], now=now)
    await unit.cases.accept(copy)
    order = Steering(
        id=str(uuid.uuid4()),
        tenant=copy.tenant,
        case_id=copy.id,
        kind="fork",
        step=state["route"],
        ordered_by=probe.ordered_by,
        data={"of": origin.id, "state": dict(state)},
        ordered_at=now,
    )
    await Steerings(unit.session).add(order)
    await unit.jobs.advance(copy.tenant, copy.id)
    started = {"process": f"{copy.process}@{copy.version}", "digest": copy.definition_digest, "analysis_of": origin.id}
    asked = {"probe": probe.id, "kind": probe.kind, "task": probe.task_id, "copy": copy.id, "by": probe.ordered_by}
    unit.record(copy.tenant, AuditRecord(kind="case.started", actor=WORKER, case_id=copy.id, values=started))
    unit.record(copy.tenant, AuditRecord(kind="quality.asked", actor=WORKER, values=asked))
    return copy.id


def able(roster: list[RosterEntry], task: Task, *, excluded: list[str], now: datetime) -> bool:
    """Whether anybody but the excluded has the role and the limit that the task needs."""
    return any(
        task.role in entry.roles and entry.user_id not in excluded and _has_limit(entry, task, now) for entry in roster
    )


def _has_limit(entry: RosterEntry, task: Task, now: datetime) -> bool:
    if task.required_limit_minor is None or task.currency is None:
        return True
    matter = task.matter or APPROVAL
    limit = entry.limit(matter=matter, currency=task.currency, entity=task.entity, on=now.date())
    return limit is not None and limit >= task.required_limit_minor


def _copy(origin: Case, probe: QualityProbe, *, enters: str, now: datetime) -> Case:
    """The case row; who asked for the original stays its requester."""
    summary = {"analysis_of": origin.id, "from": enters, PROBE: {"excluded": sorted(probe.excluded)}}
    return Case(
        id=str(uuid.uuid4()),
        tenant=origin.tenant,
        process=origin.process,
        version=origin.version,
        definition_digest=origin.definition_digest,
        status="running",
        stage=origin.stage,
        step="",
        title=origin.title,
        trigger_key=str(uuid.uuid4()),
        trigger_digest=digest(summary),
        input=origin.input,
        summary=summary,
        created_by=origin.created_by,
        created_at=now,
        updated_at=now,
    )
