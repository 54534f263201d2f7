"""Effect steps: judged again with the rules active now, the approval checked, then the ledger."""

from __future__ import annotations

from graphs.audit import WORKER, AuditRecord
from graphs.ledger import EffectLedger, OutcomeUnknown
from graphs.runtime.judged import judge, judgement_record
from graphs.runtime.run import Run, StepOutcome
from graphs.state import CaseState
from graphs.steps import EffectStep, ProposeStep
from tools.errors import NeedsPerson, Permanent


async def run_effect(step: EffectStep, state: CaseState, run: Run, *, visit: int) -> StepOutcome:
    """Execute the proposal, or send it back: lapsed (something changed since) or refused by the target."""
    view = run.view(state)
    proposal = run.definition.step(step.of)
    if not isinstance(proposal, ProposeStep):
        raise TypeError(f"{step.of} does not propose")
    judgement = judge(proposal, view, run)
    shown = view.section("judgements").get(step.of, {}).get("digest")
    if judgement.action is None or not judgement.settled or judgement.digest != shown:
        lapsed = judgement_record("action.lapsed", step.name, judgement, run, step.of)
        return StepOutcome(route=step.of, records=(lapsed,))
    judged = judgement_record("action.judged", step.name, judgement, run, step.name)
    ledger = EffectLedger(
        database=run.database, clock=run.clock, case=run.case, epoch=run.epoch, step=step.name, visit=visit
    )
    try:
        result = await ledger.perform(run.catalog[judgement.action.tool], judgement.action, verdict=judged)
    except OutcomeUnknown:
        raise
    except (Permanent, NeedsPerson) as error:
        refusal = {"code": error.reason, "message": error.message}
        record = AuditRecord(
            kind="action.refused", actor=WORKER, case_id=view.case_id, step=step.name, values={"refusal": refusal}
        )
        return StepOutcome(route=step.of, data={"refusals": {step.of: refusal}}, records=(record,))
    return StepOutcome(route=step.next, data={"results": {step.name: result}, **step.result(view, result)})
