"""Review steps: the interrupt is their first line; afterwards the person's answer becomes state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphs.agents.facts import outcome
from graphs.errors import Invalid
from graphs.routing.performers.chosen import anew
from graphs.runtime.outcome import StepOutcome
from graphs.runtime.run import Run
from graphs.state import CaseState, CaseView
from graphs.steps import AgentStep, ReviewStep


def run_review(step: ReviewStep, state: CaseState, answer: Mapping[str, Any], run: Run) -> StepOutcome:
    """Route by the decision. An approval is kept with the digest it was given for; the step is judged again with it.

    A correction may bring the approval of what comes of it along: it counts if that has the digest it names.
    """
    view = run.view(state)
    route, data = _decided(step, view, answer)
    values = {"answer": dict(answer), **_outcome(step, view, answer, run)}
    return StepOutcome(route=route, data=data, kind="answer.applied", actor=str(answer["by"]), values=values)


def _outcome(step: ReviewStep, view: CaseView, answer: Mapping[str, Any], run: Run) -> Mapping[str, Any]:
    """What the answer says about the agent's that advised; it is recorded with the answer, in the same entry."""
    if step.advised_by is None:
        return {}
    advisor = run.definition.step(step.advised_by)
    return outcome(advisor.asks, advisor.name, view, answer) if isinstance(advisor, AgentStep) else {}


def _decided(step: ReviewStep, view: CaseView, answer: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    match answer["decision"]:
        case "approve":
            approval = {"of": step.of, "approval": answer["approval"]}
            return step.of, {"approvals": {str(answer["task"]): approval}}
        case "correct":
            values = answer["set"]
            corrected = step.correction(view, values, str(answer["by"])) if step.correction and values else {}
            given = answer.get("approval")
            ahead = {"approvals": {str(answer["task"]): {"of": step.of, "approval": given}}} if given else {}
            return step.correct_to, {**corrected, **anew(view, step.of), **ahead, "refusals": {step.of: None}}
        case "reject":
            rejection = {"by": answer["by"], "name": answer["name"], "reason": answer["reason"], "step": step.name}
            return step.reject_to, {"rejection": rejection, "refusals": {step.of: None}}
        case other:
            raise Invalid(f"{other!r} is no decision")
