"""Effect steps: judged again with the rules active now, the approval checked, then the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from graphs.analysis import would_do
from graphs.ledger import HAPPENED, EffectLedger, OutcomeNeedsPerson, OutcomeUnknown, Performed
from graphs.routing.performers.chosen import chosen_of
from graphs.runtime.duty_claims import claimed_duty
from graphs.runtime.hand import hand_over, proposal_of
from graphs.runtime.judged import Judgement, facts_of, judged_again
from graphs.runtime.lapse import changes_since
from graphs.runtime.outcome import StepOutcome
from graphs.runtime.performing import conclude, fallen_over, falls_over, is_person
from graphs.runtime.provenance import ACKNOWLEDGED
from graphs.runtime.run import Run
from graphs.state import CaseState, CaseView
from graphs.steps import EffectStep, ProposeStep
from policies.action import Action
from tools.errors import NeedsPerson, Permanent, TargetWarning, ToolError


async def run_effect(step: EffectStep, state: CaseState, run: Run, *, visit: int) -> StepOutcome:
    """Execute the proposal, or send it back: lapsed (something changed since) or refused by the target.

    The outcome carries the ledger's conclusion: both are committed together, or neither.
    """
    view = run.view(state)
    proposal = proposal_of(step, run)
    if run.suspect:
        await run.judged(proposal.point, facts_of(proposal, view, run))
    else:
        await run.look_up_rules()
    judgement = judged_again(proposal, view, run)
    shown = view.section("judgements").get(step.of, {}).get("digest")
    action = judgement.action
    if action is None:
        raise TypeError(f"{step.of} proposed nothing")
    if run.analysis and judgement.settled and judgement.digest == shown:
        simulated = would_do(step, action, run.case.id)
        return StepOutcome(
            route=step.next, data=simulated.data, kind=simulated.record.kind, values=simulated.record.values
        )
    ledger = replace(run.ledger(step.name, visit), shared=bool(proposal.performers))
    if step.duty is not None:
        ledger = replace(ledger, duties=await claimed_duty(step, step.duty, proposal, view, judgement, run))
    if not judgement.settled or judgement.digest != shown:
        return await _lapsed(step, state, judgement, ledger, run)
    verdict = recorded_verdict(proposal, judgement, state, run)
    done = run.effects.get(action.idempotency_key, {}).get("status") == "confirmed"
    if is_person(chosen_of(view, proposal.name)) and not done:
        return hand_over(step, state, judgement, ledger, run, verdict=verdict)
    began = run.clock()
    try:
        performed = await ledger.perform(run.catalog[action.tool], action, verdict=verdict)
    except OutcomeUnknown:
        raise
    except ToolError as error:
        return _failed(step, proposal, state, judgement, error, ledger, run)
    return await _performed(step, view, performed, run, took=run.clock() - began)


def _failed(
    step: EffectStep,
    proposal: ProposeStep,
    state: CaseState,
    judgement: Judgement,
    error: ToolError,
    ledger: EffectLedger,
    run: Run,
) -> StepOutcome:
    """Another performer takes over, or a person is asked. Raises the error where the same is to be tried again."""
    view, action = run.view(state), judgement.action
    if action is None:
        raise error
    chosen = chosen_of(view, proposal.name)
    if chosen is not None and falls_over(proposal, chosen, error, run, key=action.idempotency_key):
        return fallen_over(proposal, view, chosen, error, run, key=action.idempotency_key)
    match error:
        case OutcomeNeedsPerson() if step.by_hand is not None:
            return hand_over(step, state, judgement, ledger, run, verdict={})
        case Permanent() | NeedsPerson():
            return _refused(step, proposal, view, action, error, run)
        case _:
            raise error


def recorded_verdict(proposal: ProposeStep, judgement: Judgement, state: CaseState, run: Run) -> Mapping[str, Any]:
    """What the intent records of its verdict: where it stands, if the proposal's visit is committed with the intent."""
    if not run.pending.holds(proposal.name):
        return judgement.recorded
    visit = {"step": proposal.name, "visit": state["visits"][proposal.name]}
    return {"judged": visit, "digest": judgement.digest}


async def _lapsed(
    step: EffectStep, state: CaseState, judgement: Judgement, ledger: EffectLedger, run: Run
) -> StepOutcome:
    """Nothing is executed any more; but what an earlier call has done already is done, whatever the rules say now."""
    view, action = run.view(state), judgement.action
    proposal = proposal_of(step, run)
    if action is not None and run.effects.get(action.idempotency_key, {}).get("status") in HAPPENED:
        try:
            earlier = await ledger.settle(run.catalog[action.tool], action)
        except NeedsPerson as error:
            if step.by_hand is not None:
                return hand_over(step, state, judgement, ledger, run, verdict={})
            return _refused(step, proposal, view, action, error, run)
        if earlier is not None:
            return await _performed(step, view, earlier, run)
    shown = view.section("judgements").get(step.of, {}).get("digest")
    changes = await changes_since(shown, judgement.recorded, run)
    return StepOutcome(route=step.of, kind="action.lapsed", values={**judgement.recorded, "changes": changes})


def _refused(
    step: EffectStep,
    proposal: ProposeStep,
    view: CaseView,
    action: Action,
    error: Permanent | NeedsPerson,
    run: Run,
) -> StepOutcome:
    refusal: dict[str, Any] = {"code": error.reason, "message": error.message}
    if isinstance(error, TargetWarning):
        refusal |= {"warning": error.warning, "acknowledged": action.arguments.get(ACKNOWLEDGED, [])}
    chosen = chosen_of(view, proposal.name)
    if chosen is not None:
        conclude(run, proposal, chosen, "refused", detail=f"{error.message} ({error.reason})")
    values = {"key": action.idempotency_key, "refusal": refusal}
    return StepOutcome(route=step.of, data={"refusals": {step.of: refusal}}, kind="action.refused", values=values)


async def _performed(
    step: EffectStep, view: CaseView, performed: Performed, run: Run, *, took: timedelta | None = None
) -> StepOutcome:
    try:
        data = {"results": {step.name: performed.result}, **step.result(view, performed.result)}
        if view.section("refusals").get(step.of):
            # A warning was acknowledged for this effect alone: the next one of this step starts without it.
            data["refusals"] = {**data.get("refusals", {}), step.of: None}
    except Exception:
        # The effect has happened, whatever its step makes of the result: that is on record before the failure is.
        run.pending.record(performed.record)
        await run.pending.commit()
        raise
    chosen = chosen_of(view, step.of)
    if chosen is not None:
        conclude(run, proposal_of(step, run), chosen, "done", took=None if performed.asked else took)
    return StepOutcome(route=step.next, data=data, kind=performed.record.kind, values=performed.record.values)
