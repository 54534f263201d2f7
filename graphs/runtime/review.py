"""Review steps: the interrupt is their first line; afterwards the person's answer becomes state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphs.audit import AuditRecord
from graphs.errors import Invalid
from graphs.runtime.run import Run, StepOutcome
from graphs.state import CaseState
from graphs.steps import ReviewStep


def run_review(step: ReviewStep, state: CaseState, answer: Mapping[str, Any], run: Run) -> StepOutcome:
    """Route by the decision. An approval is kept with the digest it was given for; the step is judged again with it."""
    view = run.view(state)
    record = AuditRecord(
        kind="answer.applied",
        actor=str(answer["by"]),
        case_id=view.case_id,
        step=step.name,
        values={"answer": dict(answer)},
    )
    match answer["decision"]:
        case "approve":
            approval = {"of": step.of, "approval": answer["approval"]}
            data: Mapping[str, Any] = {"approvals": {str(answer["task"]): approval}}
            return StepOutcome(route=step.of, data=data, records=(record,))
        case "correct":
            values = answer["set"]
            corrected = step.correction(view, values, str(answer["by"])) if step.correction and values else {}
            cleared = {**corrected, "refusals": {step.of: None}}
            return StepOutcome(route=step.correct_to, data=cleared, records=(record,))
        case "reject":
            rejection = {"by": answer["by"], "name": answer["name"], "reason": answer["reason"], "step": step.name}
            data = {"rejection": rejection, "refusals": {step.of: None}}
            return StepOutcome(route=step.reject_to, data=data, records=(record,))
        case other:
            raise Invalid(f"{other!r} is no decision")
