"""The question put to a person: the task that a review step waits for."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from graphs.agents.facts import advice
from graphs.duties import asked_duties, split_text
from graphs.quality.probe import also_excluded
from graphs.runtime.outcome import NewTask
from graphs.runtime.run import Run
from graphs.state import CaseView
from graphs.steps import ReviewStep
from policies.approval import FOUR_EYES
from policies.canonical import jsonable
from policies.verdict import VerdictKind

if TYPE_CHECKING:
    from graphs.runtime.judged import Judgement

TASK_NAMESPACE = uuid.UUID("5f2d7c1e-6f0b-4b53-9a55-0d7b6c5a1f10")


@lru_cache(maxsize=4096)
def task_id(case_id: str, step: str, visit: int) -> str:
    """The id of the task of a review step's visit: the same wherever it is computed."""
    return str(uuid.uuid5(TASK_NAMESPACE, f"{case_id}/{step}/{visit}"))


def question_task(step: ReviewStep, view: CaseView, judgement: Judgement, run: Run, *, visit: int) -> NewTask:
    """The task: what is asked, why, the evidence, the proposed action, the form and the digest of it all."""
    now = run.clock()
    authority = step.authority(view)
    approvable = (
        judgement.verdict.kind is not VerdictKind.DENY
        and (judgement.refusal is None or bool(judgement.refusal.warning))
        and not step.needs_correction & set(judgement.verdict.exceptions)
    )
    return NewTask(
        id=task_id(view.case_id, step.name, visit),
        step=step.name,
        visit=visit,
        title=step.title(view),
        question=question_text(judgement),
        role=step.role,
        reasons=reasons(judgement),
        evidence=jsonable({**step.evidence(view), **(advice(view, step.advised_by) if step.advised_by else {})}),
        action=judgement.action.model_dump(mode="json") if judgement.action else None,
        form=form(step, view, judgement, approvable=approvable),
        digest=judgement.digest,
        excluded=sorted({*judgement.outstanding.excluded, *also_excluded(run.case)}),
        required_limit_minor=judgement.outstanding.required_limit_minor,
        currency=authority.currency if authority else None,
        matter=authority.subject if authority else None,
        entity=authority.entity if authority else None,
        duties=None if run.analysis else asked_duties(step, run.definition, view),
        skills=dict(step.skills) or None,
        effort_minutes=step.effort_minutes,
        language=step.language(view) if step.language else None,
        sticky=step.sticky(view) if step.sticky else None,
        deadline_at=now + step.answer_within,
        created_at=now,
    )


def question_text(judgement: Judgement) -> str:
    """What is asked, in one sentence."""
    if judgement.refusal is not None and judgement.refusal.warning and judgement.verdict.kind is not VerdictKind.DENY:
        return f"The target system warns: {judgement.refusal.message} Acknowledge this warning and do it all the same?"
    if judgement.refusal is not None:
        return f"The target system refused: {judgement.refusal.message} Correct and try again, or reject?"
    if judgement.verdict.kind is VerdictKind.DENY:
        return "The rules forbid this. Correct the data, or reject?"
    if judgement.action is not None:
        return f"May {judgement.action.tool} be done as proposed?"
    return "May the case go on as it is?"


def reasons(judgement: Judgement) -> list[dict[str, Any]]:
    """Why a person is asked: every finding, every undecidable rule, a fault, a refusal."""
    found: list[dict[str, Any]] = [
        {
            "rule": finding.rule,
            "severity": finding.severity.value,
            "exception": finding.exception,
            "title": finding.title,
            "message": finding.message,
            "source": f"{finding.regulation}, {finding.clause}",
            "when": finding.when,
            "facts": finding.facts,
        }
        for finding in judgement.verdict.findings
    ]
    for unknown in judgement.verdict.indeterminate:
        message = f"cannot be decided: {', '.join(unknown.missing)} unknown"
        found.append({"rule": unknown.rule, "severity": "indeterminate", "message": message})
    if judgement.verdict.engine_fault:
        found.append({"rule": "engine", "severity": "fault", "message": judgement.verdict.engine_fault})
    if judgement.split:
        message = split_text(judgement.split, {})
        found.append({"rule": judgement.split.rule, "severity": "review", "message": message})
    if judgement.agent_refusal:
        found.append({"rule": "sponsor", "severity": "review", "message": judgement.agent_refusal})
    if judgement.refusal:
        warned = judgement.refusal.warning
        entry = {
            "rule": judgement.refusal.code,
            "severity": "warning" if warned else "refusal",
            "message": judgement.refusal.message,
        }
        found.append({**entry, "warning": warned} if warned else entry)
    return found


def form(step: ReviewStep, view: CaseView, judgement: Judgement, *, approvable: bool) -> dict[str, Any]:
    """What the reviewer may answer: choices, correctable fields with their values, evidence that must be given."""
    obligations = [name for name in judgement.outstanding.obligations if name != FOUR_EYES]
    fields = [
        {"name": field.name, "title": field.title, "kind": field.kind, "value": view.value(field.name)}
        for field in step.editable
    ]
    choices = ["approve", "correct", "reject"] if approvable else ["correct", "reject"]
    return {"choices": choices, "fields": fields, "evidence_required": obligations}
