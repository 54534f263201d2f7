"""The transaction of a step: journal, audit, task, timer, projection, jobs; all or nothing, fenced by the lease."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from graphs.audit import WORKER, AuditRecord
from graphs.runtime.failpoint import failpoint
from graphs.runtime.run import Run, StepOutcome
from graphs.steps import AnyStep
from graphs.store.database import UnitOfWork
from graphs.store.people import Candidate
from graphs.store.tables import Step, Task, Timer
from policies.canonical import jsonable

SUPERVISOR_ROLE = "supervisor"


def state_update(step: AnyStep, visit: int, outcome: StepOutcome) -> dict[str, Any]:
    """What the visit puts into the state."""
    return {"data": jsonable(dict(outcome.data)), "visits": {step.name: visit}, "route": outcome.route}


async def journaled(run: Run, step: AnyStep, visit: int) -> dict[str, Any] | None:
    """The update of a visit that was committed before, so that it never runs again."""
    async with run.database.unit_of_work(run.case.tenant) as unit:
        row = await unit.journal.find(run.case.id, step.name, visit)
        return dict(row.update) if row else None


async def commit_step(
    run: Run, step: AnyStep, visit: int, outcome: StepOutcome, *, started_at: datetime
) -> dict[str, Any]:
    """Commit the visit and return its state update. Raises `LeaseLost`; then nothing was written."""
    update = state_update(step, visit, outcome)
    now = run.clock()
    failpoint("step.before_commit", step.name)
    async with run.database.unit_of_work(run.case.tenant) as unit:
        await unit.cases.change(run.case.id, epoch=run.epoch, **_projection(step, outcome, now))
        unit.journal.add(_journal_row(run, step, visit, outcome.route, update, started_at=started_at, now=now))
        for record in outcome.records:
            unit.record(run.case.tenant, record)
        values = {"visit": visit, "kind": step.kind.value, "route": outcome.route}
        ended = AuditRecord(kind="step.ended", actor=WORKER, case_id=run.case.id, step=step.name, values=values)
        unit.record(run.case.tenant, ended)
        if outcome.task is not None:
            await open_task(unit, outcome.task)
        if outcome.timer is not None and await unit.timers.set(outcome.timer):
            await unit.jobs.fire_timer(run.case.tenant, outcome.timer.id, outcome.timer.due_at)
        if outcome.end is not None:
            unit.record(run.case.tenant, _end_record(run, step, outcome))
    failpoint("step.after_commit", step.name)
    return update


def _projection(step: AnyStep, outcome: StepOutcome, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"stage": step.stage, "step": step.name, "updated_at": now, "attempt": 0}
    if outcome.title:
        values["title"] = outcome.title
    if outcome.end is not None:
        return {**values, "status": outcome.end.status, "outcome": outcome.end.outcome, "ended_at": now}
    waits = outcome.task is not None or outcome.timer is not None
    return {**values, "status": "waiting" if waits else "running"}


def _journal_row(
    run: Run, step: AnyStep, visit: int, route: str, update: Mapping[str, Any], *, started_at: datetime, now: datetime
) -> Step:
    return Step(
        case_id=run.case.id,
        name=step.name,
        visit=visit,
        tenant=run.case.tenant,
        kind=step.kind.value,
        stage=step.stage,
        route=route,
        update=dict(update),
        started_at=started_at,
        ended_at=now,
    )


def _end_record(run: Run, step: AnyStep, outcome: StepOutcome) -> AuditRecord:
    end = outcome.end
    values = {"status": end.status, "outcome": end.outcome} if end else {}
    return AuditRecord(kind="case.ended", actor=WORKER, case_id=run.case.id, step=step.name, values=values)


async def open_task(unit: UnitOfWork, task: Task) -> None:
    """Insert the task for a named person, with its deadline's timer; a visit has one task only."""
    assignee = await choose_assignee(unit, task)
    task.assignee_id = assignee.user_id if assignee else None
    if not await unit.inbox.open(task):
        return
    deadline = Timer(
        id=str(uuid.uuid4()),
        tenant=task.tenant,
        case_id=task.case_id,
        subject="task",
        subject_id=task.id,
        due_at=task.deadline_at,
        status="set",
    )
    if await unit.timers.set(deadline):
        await unit.jobs.fire_timer(task.tenant, deadline.id, deadline.due_at)
    values = {
        "task": task.id,
        "title": task.title,
        "assignee": assignee.name if assignee else None,
        "reasons": task.reasons,
        "digest": task.digest,
        "deadline": task.deadline_at,
    }
    unit.record(
        task.tenant,
        AuditRecord(kind="task.opened", actor=WORKER, case_id=task.case_id, step=task.step, values=values),
    )


async def choose_assignee(unit: UnitOfWork, task: Task) -> Candidate | None:
    """The least loaded person with the role and the limit; nobody left means a supervisor."""
    for role in (task.role, SUPERVISOR_ROLE):
        for candidate in await unit.people.candidates(task.tenant, role=role, excluded=task.excluded):
            if await _may_approve(unit, candidate, task):
                return candidate
    return None


async def _may_approve(unit: UnitOfWork, candidate: Candidate, task: Task) -> bool:
    if task.required_limit_minor is None or task.currency is None:
        return True
    limit = await unit.people.limit_minor(
        candidate.user_id, subject=APPROVAL, currency=task.currency, on=task.created_at.date()
    )
    return limit >= task.required_limit_minor


APPROVAL = "approval"
"""The subject of authority limits that tasks check."""
