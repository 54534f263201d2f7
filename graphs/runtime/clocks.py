"""A run's clocks: read when the case is taken, moved with each visit. A process without service levels has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from graphs.analysis import is_analysis
from graphs.deadlines.case_clocks import CaseClocks, Place
from graphs.deadlines.clock import Clock
from graphs.runtime.outcome import NewTask
from graphs.runtime.run import Run
from graphs.runtime.services import Services
from graphs.state import CaseState
from graphs.steps import AnyStep
from graphs.store.claims import LeasedCase
from graphs.store.deadlines import Clocks


async def clocks_of(services: Services, case: LeasedCase) -> CaseClocks | None:
    """The case's clocks, as they are; None where no service levels were ever set for its process."""
    shelf = services.level_shelf
    if not shelf.is_set(case.tenant, case.process) or is_analysis(case):
        return None
    active = await shelf.active(case.tenant, case.process)
    if active is None:
        return None
    async with services.database.unit_of_work(case.tenant) as unit:
        rows = await Clocks(unit.session).open_of(case.id)
    return CaseClocks(active=active, case=case, open={row.id: Clock.of(row) for row in rows})


def enter_step(run: Run, step: AnyStep, state: CaseState) -> None:
    """The clocks of a step that is about to be visited: there already, but at the first and where a person steered."""
    if run.clocks is None:
        return
    place = Place(step=step.name, stage=step.stage, visit=state["visits"].get(step.name, 0) + 1)
    began_at = None if state["visits"] else run.case.created_at
    run.clocks.follow(place, run.view(state), run.pending.change, now=run.clock(), began_at=began_at)


def leave_step(
    run: Run, following: AnyStep | None, after: CaseState, task: NewTask | None, values: Mapping[str, Any]
) -> NewTask | None:
    """The clocks behind a visit; the task that it made is due when its clock is, where a level speaks of it."""
    if run.clocks is None:
        return task
    place = None
    if following is not None:
        visit = after["visits"].get(following.name, 0) + 1
        place = Place(step=following.name, stage=following.stage, visit=visit, task_id=task.id if task else None)
    answered_at = answered(values)
    clock = run.clocks.follow(place, run.view(after), run.pending.change, now=run.clock(), answered_at=answered_at)
    if task is None or clock is None or clock.due_at is None:
        return task
    return replace(task, deadline_at=clock.due_at)


def answered(values: Mapping[str, Any]) -> datetime | None:
    """When the person whose answer the visit applied gave it."""
    answer = values.get("answer")
    at = answer.get("at") if isinstance(answer, Mapping) else None
    return datetime.fromisoformat(at) if isinstance(at, str) else None
