"""Asking again: the copy of a case through which a probe puts its question, in the transaction of the probe."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from graphs.analysis import copy_of
from graphs.audit import WORKER, AuditRecord
from graphs.compaction import kept_task
from graphs.quality.probe import PROBE, state_as_asked
from graphs.routing.people.fitness import lacks_right
from graphs.routing.people.need import need_of
from graphs.runtime.services import Services
from graphs.state import CaseState
from graphs.steering import StepNotRetryable, check_entry
from graphs.steps import ReviewStep
from graphs.store.database import UnitOfWork
from graphs.store.lifecycle_tables import Steering
from graphs.store.people import RosterEntry
from graphs.store.quality_tables import QualityProbe
from graphs.store.steerings import Steerings
from graphs.store.tables import Case, Task


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
    told = {"from": state["route"], PROBE: {"excluded": sorted(probe.excluded)}}
    copy = copy_of(origin, told, title=origin.title, key=str(uuid.uuid4()), now=now)
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


def able(roster: Sequence[RosterEntry], task: Task, *, excluded: Iterable[str], now: datetime) -> bool:
    """Whether anybody but the excluded has the role and the limit that the task needs."""
    need = replace(need_of(task, on=now.date()), excluded=frozenset(excluded))
    return any(lacks_right(entry, need, role=task.role) is None for entry in roster)
