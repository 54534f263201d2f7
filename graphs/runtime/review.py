"""Review steps: the interrupt is their first line; afterwards the person's answer becomes state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphs.errors import Invalid
from graphs.runtime.outcome import StepOutcome
from graphs.runtime.run import Run
from graphs.state import CaseState, CaseView
from graphs.steps import ReviewStep


def run_review(step: ReviewStep, state: CaseState, answer: Mapping[str, Any], run: Run) -> StepOutcome:
    """Route by the decision. An approval is kept with the digest it was given for; the step is judged again with it."""
    route, data = _decided(step, run.view(state), answer)
    return StepOutcome(
        route=route, data=data, kind="answer.applied", actor=str(answer["by"]), values={"answer": dict(answer)}
    )


def _decided(step: ReviewStep, view: CaseView, answer: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    match answer["decision"]:
        case "approve":
            approval = {"of": step.of, "approval": answer["approval"]}
            return step.of, {"approvals": {str(answer["task"]): approval}}
        case "correct":
            values = answer["set"]
            corrected = step.correction(view, values, str(answer["by"])) if step.correction and values else {}
            return step.correct_to, {**corrected, "refusals": {step.of: None}}
        case "reject":
            rejection = {"by": answer["by"], "name": answer["name"], "reason": answer["reason"], "step": step.name}
            return step.reject_to, {"rejection": rejection, "refusals": {step.of: None}}
        case other:
            raise Invalid(f"{other!r} is no decision")
