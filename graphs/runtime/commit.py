"""A finished visit becomes rows: journal, task, timer, projection. They are committed together, fenced by the lease."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from graphs.audit import WORKER, AuditRecord
from graphs.notices.notice import Notice
from graphs.routing.people.assigned import assigned, summary
from graphs.routing.people.choice import Level
from graphs.runtime.clocks import leave_step
from graphs.runtime.incident import fault_of, unassigned
from graphs.runtime.outcome import NewTask, StepOutcome
from graphs.runtime.run import Run
from graphs.runtime.waits import Waits, waits_of
from graphs.state import CaseState, applied
from graphs.steps import AnyStep
from graphs.store.notice_tables import NoticeRow
from graphs.store.statements import INCIDENTS, NOTICES, SUBSCRIPTIONS, TASKS, TIMERS, json_text
from policies.canonical import plain, without_floats

ASSIGNED = "task.assigned"
"""The notice for whoever is given a new task."""
TASK_COLUMNS = {
    "status": "open",
    "overdue": False,
    "claimed_at": None,
    "decided_at": None,
    "decided_by": None,
    "decision": None,
}


async def hold_visit(
    run: Run, step: AnyStep, visit: int, outcome: StepOutcome, state: CaseState, *, started_at: datetime
) -> CaseState:
    """Hold the visit's rows for the next commit; returns the state as it is then."""
    update, written = plain({"data": dict(outcome.data), "visits": {step.name: visit}, "route": outcome.route})
    after = applied(state, update)
    view = run.view(after)
    journal = {
        "kind": step.kind.value,
        "stage": step.stage,
        "route": outcome.route,
        "started_at": started_at.isoformat(),
    }
    values: dict[str, Any] = {"step": without_floats(journal), "update": written, **outcome.values}
    following = run.definition.by_name.get(outcome.route)
    task = leave_step(run, following, after, outcome.task, outcome.values)
    if task is not None:
        values["task"] = await _hold_task(run, task)
    waits = waits_of(following, view, after["visits"], now=run.clock())
    if waits.timer is not None:
        run.pending.change.add(TIMERS, json_text(waits.timer.model_dump()))
    if waits.subscription is not None:
        run.subscriptions.append(waits.subscription)
        run.pending.change.add(SUBSCRIPTIONS, json_text(waits.subscription.model_dump()))
    if outcome.fault is not None:
        incident = fault_of(run.case, outcome.fault, step=step.name, visit=visit, now=run.clock())
        run.pending.change.add(INCIDENTS, json_text(incident.model_dump()))
        values["incident"] = {"incident": incident.id, "code": incident.code}
    if outcome.end is not None:
        values["end"] = {"status": outcome.end.status, "outcome": outcome.end.outcome}
    record = AuditRecord(
        kind=outcome.kind,
        actor=outcome.actor or WORKER,
        case_id=run.case.id,
        step=step.name,
        visit=visit,
        values=values,
    )
    waiting = outcome.task is not None or waits != Waits()
    run.pending.visit(
        step.name,
        record,
        status=outcome.end.status if outcome.end else "waiting" if waiting else "running",
        ended=outcome.end is not None,
        outcome=outcome.end.outcome if outcome.end else None,
        stage=step.stage,
        title=run.definition.caption(view),
    )
    return after


def _assigned_notice(run: Run, task: NewTask, assignee_id: str) -> NoticeRow:
    """What tells somebody of a new task of theirs."""
    notice = Notice(
        tenant=run.case.tenant,
        recipient_id=assignee_id,
        kind=ASSIGNED,
        key=task.id,
        case_id=run.case.id,
        task_id=task.id,
        values={"title": task.title},
    )
    return notice.row(task.created_at)


async def _hold_task(run: Run, task: NewTask) -> Mapping[str, Any]:
    """The task for a named person, with its deadline's timer."""
    barred: Collection[str] = ()
    if task.duties:
        limits = await run.assignment.limits(task)
        barred = await run.duties.barred(task.duties, limits, at=task.created_at)
    given = await run.assignment.choose(task, barred=barred)
    assignee, assignment = given.choice.chosen, assigned(given.choice, given.need, at=task.created_at)
    row = {
        **{name: getattr(task, name) for name in task.__slots__},
        **TASK_COLUMNS,
        "tenant": run.case.tenant,
        "case_id": run.case.id,
        "assignee_id": assignee.user_id if assignee else None,
        "assignment": assignment,
        "team": given.choice.team,
    }
    run.pending.change.add(TASKS, json_text(row))
    if assignee is not None and run.tells_assignees:
        run.pending.change.add(NOTICES, json_text(_assigned_notice(run, task, assignee.user_id).model_dump()))
    if given.choice.level is Level.NOBODY:
        incident = unassigned(run.case, task, now=run.clock())
        run.pending.change.add(INCIDENTS, json_text(incident.model_dump()))
    deadline = {
        "id": str(uuid.uuid4()),
        "tenant": run.case.tenant,
        "case_id": run.case.id,
        "subject": "task",
        "subject_id": task.id,
        "visit": 0,
        "due_at": task.deadline_at,
        "status": "set",
    }
    run.pending.change.add(TIMERS, json_text(deadline))
    return {
        "task": task.id,
        "title": task.title,
        "assignee": assignee.name if assignee else None,
        "assignment": summary(assignment),
        "reasons": task.reasons,
        "digest": task.digest,
        "deadline": task.deadline_at,
    }
