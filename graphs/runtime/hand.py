"""Work by hand: a person is told what to do, or asked whether it has happened, and says what came of it.

Telling a person is the call, and their answer its outcome. The intent is committed with the task, so until the person
has answered no other performer may act. The answer concludes the ledger's row in the transaction that takes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from graphs.duties import BY_ANSWER, asked_duty
from graphs.errors import Invalid
from graphs.ledger import EffectLedger, LedgerConflict
from graphs.routing.performers.chosen import Chosen, chosen_of
from graphs.runtime.duty_claims import claimed_duty
from graphs.runtime.judged import Judgement, approvals_of, facts_of, judge
from graphs.runtime.outcome import NewTask, StepOutcome
from graphs.runtime.performing import conclude, is_person
from graphs.runtime.question import task_id
from graphs.runtime.run import Run
from graphs.state import CaseState, CaseView
from graphs.steps import EffectStep, HandStep, ProposeStep, ReviewStep
from policies.canonical import jsonable

NOT_DONE = "not_done"
"""The code where a person says that it was not done, or has not happened."""


def hand_over(
    step: EffectStep,
    state: CaseState,
    judgement: Judgement,
    ledger: EffectLedger,
    run: Run,
    *,
    verdict: Mapping[str, Any],
) -> StepOutcome:
    """The task that tells a person, held with the intent; where it may have happened already, they are asked that."""
    view, action, hand = run.view(state), judgement.action, hand_of(step, run)
    if action is None:
        raise TypeError(f"{step.of} proposed nothing")
    chosen = chosen_of(view, step.of)
    told = is_person(chosen) and ledger.hand_over(run.catalog[action.tool], action, verdict=verdict)
    task = _task(hand, step, state, judgement, run, told=told)
    data: Mapping[str, Any] = {}
    if chosen is not None and told:
        data = replace(chosen, handed_at=run.clock().isoformat()).section(step.of)
    values = {"key": action.idempotency_key, "asks": "do" if told else "look"}
    return StepOutcome(route=hand.name, data=data, kind="effect.handed", values=values, task=task)


def _task(hand: HandStep, step: EffectStep, state: CaseState, judgement: Judgement, run: Run, *, told: bool) -> NewTask:
    view, now = run.view(state), run.clock()
    visit = state["visits"].get(hand.name, 0) + 1
    action = judgement.action.model_dump(mode="json") if judgement.action else None
    others = {view.requester, *judgement.outstanding.excluded, *_approvers(view, step.of)}
    review = run.definition.step(proposal_of(step, run).review)
    authority = review.authority(view) if isinstance(review, ReviewStep) else None
    duty = asked_duty(step.duty, BY_ANSWER, view, authority) if step.duty is not None else None
    return NewTask(
        id=task_id(view.case_id, hand.name, visit),
        step=hand.name,
        visit=visit,
        title=hand.title(view),
        question=_question(hand, str(action["tool"]) if action else "", told=told),
        role=hand.role,
        reasons=[_reason(chosen_of(view, step.of), told=told)],
        evidence=jsonable(hand.evidence(view)),
        action=action,
        form={"choices": ["approve", "reject"], "fields": [], "evidence_required": list(hand.enters)},
        digest=judgement.digest,
        excluded=sorted(others) if hand.four_eyes else [],
        required_limit_minor=None,
        currency=None,
        duties=None if run.analysis or duty is None else [duty.as_data()],
        deadline_at=now + hand.answer_within,
        created_at=now,
    )


def _approvers(view: CaseView, proposal: str) -> set[str]:
    return {person for approval in approvals_of(view, proposal) for person in approval.people}


def _question(hand: HandStep, tool: str, *, told: bool) -> str:
    entered = ", ".join(hand.enters)
    if told:
        return f"Do this by hand. Approve once it is done, and enter {entered}; reject if it cannot be done."
    return (
        f"Nobody knows whether {tool} has happened. Look where it would show. Approve if it has, and enter {entered}; "
        "reject only if it certainly has not: then it may be done once more."
    )


def _reason(chosen: Chosen | None, *, told: bool) -> dict[str, Any]:
    if told and chosen is not None:
        tried = "; ".join(f"{name}: {why}" for name, why in chosen.failed.items())
        message = f"{chosen.performer} was chosen to do it" + (f" ({tried})" if tried else "")
        return {"rule": "performer", "severity": "review", "message": message}
    return {"rule": "outcome", "severity": "review", "message": "an earlier call may have happened"}


async def run_hand(step: HandStep, state: CaseState, answer: Mapping[str, Any], run: Run, *, visit: int) -> StepOutcome:
    """Conclude the effect by what the person says: done with what they entered, or not done, and back to the proposal.

    Raises `Invalid` for another answer, `LedgerConflict` where nothing was open.
    """
    view = run.view(state)
    effect = run.definition.step(step.of)
    if not isinstance(effect, EffectStep):
        raise TypeError(f"{step.name} is about no effect")
    proposal = proposal_of(effect, run)
    judgement = await _judged(proposal, view, run)
    action, by = judgement.action, str(answer["by"])
    if action is None:
        raise LedgerConflict(f"{proposal.name} proposes nothing that {step.name} could be about")
    ledger = run.ledger(effect.name, visit)
    chosen = chosen_of(view, proposal.name)
    match answer["decision"]:
        case "approve":
            result = _result(answer)
            run.pending.record(ledger.told(action, by=by, result=result))
            data: Mapping[str, Any] = {"results": {effect.name: result}, **effect.result(view, result)}
            if chosen is not None:
                at = datetime.fromisoformat(str(answer["at"]))
                since = datetime.fromisoformat(chosen.handed_at) if chosen.handed_at else None
                conclude(run, proposal, chosen, "done", took=at - since if since else None)
            route = step.next
        case "reject":
            why = f"{answer['name']}: {answer['reason']} ({NOT_DONE})"
            if effect.duty is not None:
                done = await claimed_duty(effect, effect.duty, proposal, view, judgement, run)
                ledger = replace(ledger, duties=done)
            run.pending.record(ledger.told(action, by=by, result=None, why=why))
            data = _not_done(proposal, chosen, why, run)
            route = step.back
        case other:
            raise Invalid(f"{other!r} does not say whether it was done")
    values = {"answer": dict(answer), "key": action.idempotency_key}
    return StepOutcome(route=route, data=data, kind="answer.applied", actor=by, values=values)


async def _judged(proposal: ProposeStep, view: CaseView, run: Run) -> Judgement:
    """The proposal as it is judged now: the answer is about its key, whatever the rules say meanwhile."""
    await run.look_up_rules()
    if run.suspect:
        await run.judged(proposal.point, facts_of(proposal, view, run))
    return judge(proposal, view, run)


def _result(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The effect's result: what the person entered, and who did it or looked, when."""
    entered = {str(name): str(value).strip() for name, value in answer["evidence"].items()}
    return {**entered, "by": str(answer["by"]), "name": str(answer["name"]), "at": str(answer["at"])}


def _not_done(proposal: ProposeStep, chosen: Chosen | None, why: str, run: Run) -> Mapping[str, Any]:
    """Back to the proposal: another performer may do it, or, where there is none, a person sees why it was not done."""
    refusal = {"refusals": {proposal.name: {"code": NOT_DONE, "message": why}}}
    if chosen is None:
        return refusal
    conclude(run, proposal, chosen, "failed", detail=why)
    return chosen.without(chosen.performer, why).section(proposal.name)


def hand_of(step: EffectStep, run: Run) -> HandStep:
    """The step at which a person does it by hand. Raises `TypeError` where there is none."""
    found = run.definition.step(step.by_hand) if step.by_hand is not None else None
    if not isinstance(found, HandStep):
        raise TypeError(f"{step.name} is not done by hand")
    return found


def proposal_of(step: EffectStep, run: Run) -> ProposeStep:
    """What the step carries out. Raises `TypeError` where that proposes nothing."""
    proposal = run.definition.step(step.of)
    if not isinstance(proposal, ProposeStep):
        raise TypeError(f"{step.of} does not propose")
    return proposal
