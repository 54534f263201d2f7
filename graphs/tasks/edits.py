"""An approval with edits: what a reviewer's own edits make of a task, drafted and judged before they approve it.

The edits are applied to the case's state in memory, and the steps between the correction and the question run as they
would: only steps that are pure, by the rules active now. What comes of it has a digest, which the approval names. The
engine then applies the edits, drafts and judges anew; the approval counts only for exactly that digest, like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from graphs.dry_run import dry_run, judged_ahead
from graphs.orders import state_of
from graphs.process import ProcessDefinition
from graphs.runtime.judged import Judgement, judge
from graphs.runtime.outcome import NewTask
from graphs.runtime.provenance import check_labels
from graphs.runtime.question import question_task
from graphs.runtime.run import Run
from graphs.runtime.services import Services
from graphs.state import CaseState, applied
from graphs.steps import AnyStep, DecisionStep, ProposeStep, ReviewStep
from graphs.store.people import Actor
from graphs.store.rows import made
from graphs.store.tables import Task
from graphs.tasks.errors import EditsNotApprovable
from policies.canonical import Canonical, plain
from policies.difference import FieldChange, differences

KEPT = frozenset({"id", "step", "visit", "excluded", "deadline_at", "created_at", "changes"})
"""What edits do not change about a task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The task as it would be asked with the edits; `recorded` is its verdict, digest and action."""

    task: Task
    recorded: Mapping[str, Any]
    changes: tuple[FieldChange, ...]


def edits_approvable(definition: ProcessDefinition, review: AnyStep) -> bool:
    """Whether the review may be approved with edits: what follows a correction is pure, up to its own question."""
    if not isinstance(review, ReviewStep) or review.correction is None or not review.editable:
        return False
    step, seen = definition.by_name[review.correct_to], set[str]()
    while isinstance(step, DecisionStep | ProposeStep) and step.name not in seen:
        if step.name == review.of:
            return True
        seen.add(step.name)
        step = definition.by_name[step.allow]
    return False


async def edited(services: Services, actor: Actor, task: Task, set_: Mapping[str, str]) -> Edited:
    """What the edits make of the task. Nothing is written.

    Raises `EditsNotApprovable` where it cannot be known before the case has gone on, `DefinitionMissing`, `NotFound`.
    """
    async with services.database.unit_of_work(task.tenant) as unit:
        case = await unit.cases.get(task.case_id)
        state = await state_of(unit, case)
    definition = services.definition_of(case)
    review = definition.step(task.step)
    if not isinstance(review, ReviewStep) or not edits_approvable(definition, review):
        raise EditsNotApprovable("an approval cannot set fields here: correct them, and you are asked again")
    run = await dry_run(services, definition, case)
    judgement, after = _judged(run, review, _corrected(run, review, state, set_, actor), task)
    asked = question_task(review, run.view(after), judgement, run, visit=task.visit)
    return Edited(
        task=_as_row(task, asked),
        recorded=_recorded(judgement),
        changes=differences({"action": task.action}, {"action": asked.action}),
    )


def _corrected(
    run: Run, review: ReviewStep, state: CaseState, set_: Mapping[str, str], actor: Actor
) -> tuple[CaseState, str]:
    """The state behind the correction, and where it leads."""
    correct = review.correction
    data = {**(correct(run.view(state), set_, actor.user_id) if correct else {}), "refusals": {review.of: None}}
    check_labels(review, data, by=actor.user_id)
    visit = state["visits"].get(review.name, 0) + 1
    update, _ = plain({"data": data, "visits": {review.name: visit}, "route": review.correct_to})
    return applied(state, update), review.correct_to


def _judged(run: Run, review: ReviewStep, corrected: tuple[CaseState, str], task: Task) -> tuple[Judgement, CaseState]:
    """The judgement of the question, and the state that it is given on. Raises `EditsNotApprovable`."""
    state, name = corrected
    step = run.definition.step(name)
    while isinstance(step, DecisionStep | ProposeStep):
        if step.name == review.of:
            return judge(step, run.view(state), run), state
        state = judged_ahead(step, state, run)
        step = run.definition.declared(step, state["route"])
    raise EditsNotApprovable(f"with these edits task {task.id} leads to {step.name} first: correct it instead")


def _recorded(judgement: Judgement) -> Mapping[str, Any]:
    """Verdict, digest and action as plain data: they stand within a value of an entry."""
    verdict = judgement.recorded["verdict"]
    plainly = orjson.loads(verdict.text) if isinstance(verdict, Canonical) else verdict
    return {**judgement.recorded, "verdict": plainly}


def _as_row(task: Task, asked: NewTask) -> Task:
    """The task with what it would ask; whoever was excluded before stays so."""
    told = {name: getattr(asked, name) for name in asked.__slots__ if name not in KEPT}
    kept = {name: value for name, value in task.model_dump().items() if name not in told}
    return made(Task, **{**kept, **told, "excluded": sorted({*task.excluded, *asked.excluded})})
