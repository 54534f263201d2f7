"""Effect steps: judged again with the rules active now, the approval checked, then the ledger."""

from __future__ import annotations

from graphs.ledger import EffectLedger, OutcomeUnknown, Performed
from graphs.runtime.judged import judge
from graphs.runtime.outcome import StepOutcome
from graphs.runtime.run import Run
from graphs.state import CaseState, CaseView
from graphs.steps import EffectStep, ProposeStep
from tools.errors import NeedsPerson, Permanent


async def run_effect(step: EffectStep, state: CaseState, run: Run, *, visit: int) -> StepOutcome:
    """Execute the proposal, or send it back: lapsed (something changed since) or refused by the target.

    The outcome carries the ledger's conclusion: both are committed together, or neither.
    """
    view = run.view(state)
    proposal = run.definition.step(step.of)
    if not isinstance(proposal, ProposeStep):
        raise TypeError(f"{step.of} does not propose")
    judgement = judge(proposal, view, run)
    shown = view.section("judgements").get(step.of, {}).get("digest")
    action = judgement.action
    if action is None or not judgement.settled or judgement.digest != shown:
        return StepOutcome(route=step.of, kind="action.lapsed", values=judgement.recorded)
    ledger = EffectLedger(
        pending=run.pending,
        admitted=run.admitted,
        clock=run.clock,
        known=run.effects,
        case_id=run.case.id,
        step=step.name,
        visit=visit,
    )
    try:
        performed = await ledger.perform(run.catalog[action.tool], action, verdict=judgement.recorded)
    except OutcomeUnknown:
        raise
    except (Permanent, NeedsPerson) as error:
        refusal = {"code": error.reason, "message": error.message}
        values = {"key": action.idempotency_key, "refusal": refusal}
        return StepOutcome(route=step.of, data={"refusals": {step.of: refusal}}, kind="action.refused", values=values)
    return await _performed(step, view, performed, run)


async def _performed(step: EffectStep, view: CaseView, performed: Performed, run: Run) -> StepOutcome:
    try:
        data = {"results": {step.name: performed.result}, **step.result(view, performed.result)}
    except Exception:
        # The effect has happened, whatever its step makes of the result: that is on record before the failure is.
        run.pending.record(performed.record)
        await run.pending.commit()
        raise
    return StepOutcome(route=step.next, data=data, kind=performed.record.kind, values=performed.record.values)
