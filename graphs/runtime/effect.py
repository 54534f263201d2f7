"""Effect steps: judged again with the rules active now, the approval checked, then the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graphs.analysis import would_do
from graphs.duties import BY_EFFECT, Claimed, asked_duty, split_text
from graphs.errors import DutiesConflict
from graphs.ledger import EffectLedger, OutcomeUnknown, Performed
from graphs.runtime.judged import Judgement, approvals_of, judged_again
from graphs.runtime.lapse import changes_since
from graphs.runtime.outcome import StepOutcome
from graphs.runtime.provenance import ACKNOWLEDGED
from graphs.runtime.run import Run
from graphs.state import CaseState, CaseView
from graphs.steps import EffectStep, ProposeStep, ReviewStep, StepDuty
from policies.action import Action
from policies.approval import counted
from tools.errors import NeedsPerson, Permanent, TargetWarning

HAPPENED = ("sent", "unknown", "confirmed")
"""Ledger entries whose call may have happened, or has."""


async def run_effect(step: EffectStep, state: CaseState, run: Run, *, visit: int) -> StepOutcome:
    """Execute the proposal, or send it back: lapsed (something changed since) or refused by the target.

    The outcome carries the ledger's conclusion: both are committed together, or neither.
    """
    view = run.view(state)
    proposal = run.definition.step(step.of)
    if not isinstance(proposal, ProposeStep):
        raise TypeError(f"{step.of} does not propose")
    if run.suspect:
        await run.judged(proposal.point, proposal.facts(view))
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
    ledger = run.ledger(step.name, visit)
    if step.duty is not None:
        ledger = replace(ledger, duties=await claimed_duty(step, step.duty, proposal, view, judgement, run))
    if not judgement.settled or judgement.digest != shown:
        return await _lapsed(step, view, judgement, ledger, run)
    try:
        verdict = recorded_verdict(proposal, judgement, state, run)
        performed = await ledger.perform(run.catalog[action.tool], action, verdict=verdict)
    except OutcomeUnknown:
        raise
    except (Permanent, NeedsPerson) as error:
        return _refused(step, action, error)
    return await _performed(step, view, performed, run)


async def claimed_duty(
    step: EffectStep, duty: StepDuty, proposal: ProposeStep, view: CaseView, judgement: Judgement, run: Run
) -> Claimed:
    """What the effect does as a duty: by who started the case, and by whoever approved exactly this.

    Raises `DutiesConflict` where one of them may not; what has happened already is not asked again.
    """
    review = run.definition.step(proposal.review)
    authority = review.authority(view) if isinstance(review, ReviewStep) else None
    asked = asked_duty(duty, BY_EFFECT, view, authority)
    at, agent = run.clock(), run.agent
    sponsor = agent.sponsor if agent else None
    given = counted(
        approvals_of(view, proposal.name), digest=judgement.digest, requester=view.requester, sponsor=sponsor
    )
    hands = [(view.requester, agent.people if agent else frozenset[str]())]
    hands += [(approval.by, approval.people) for approval in given.values()]
    acts = [asked.act(step.name, who=who, also=people, at=at) for who, people in hands]
    key = judgement.action.idempotency_key if judgement.action else ""
    if not judgement.settled or run.effects.get(key, {}).get("status") in HAPPENED:
        return await run.duties.last_on(acts)
    split = None if given else await run.duties.unasked_split(acts[0])
    if split is not None:
        raise DutiesConflict(split_text(split, {}))
    return await run.duties.claimed(acts)


def recorded_verdict(proposal: ProposeStep, judgement: Judgement, state: CaseState, run: Run) -> Mapping[str, Any]:
    """What the intent records of its verdict: where it stands, if the proposal's visit is committed with the intent."""
    if not run.pending.holds(proposal.name):
        return judgement.recorded
    visit = {"step": proposal.name, "visit": state["visits"][proposal.name]}
    return {"judged": visit, "digest": judgement.digest}


async def _lapsed(
    step: EffectStep, view: CaseView, judgement: Judgement, ledger: EffectLedger, run: Run
) -> StepOutcome:
    """Nothing is executed any more; but what an earlier call has done already is done, whatever the rules say now."""
    action = judgement.action
    if action is not None and run.effects.get(action.idempotency_key, {}).get("status") in HAPPENED:
        try:
            earlier = await ledger.settle(run.catalog[action.tool], action)
        except NeedsPerson as error:
            return _refused(step, action, error)
        if earlier is not None:
            return await _performed(step, view, earlier, run)
    shown = view.section("judgements").get(step.of, {}).get("digest")
    changes = await changes_since(shown, judgement.recorded, run)
    return StepOutcome(route=step.of, kind="action.lapsed", values={**judgement.recorded, "changes": changes})


def _refused(step: EffectStep, action: Action, error: Permanent | NeedsPerson) -> StepOutcome:
    refusal: dict[str, Any] = {"code": error.reason, "message": error.message}
    if isinstance(error, TargetWarning):
        refusal |= {"warning": error.warning, "acknowledged": action.arguments.get(ACKNOWLEDGED, [])}
    values = {"key": action.idempotency_key, "refusal": refusal}
    return StepOutcome(route=step.of, data={"refusals": {step.of: refusal}}, kind="action.refused", values=values)


async def _performed(step: EffectStep, view: CaseView, performed: Performed, run: Run) -> StepOutcome:
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
    return StepOutcome(route=step.next, data=data, kind=performed.record.kind, values=performed.record.values)
