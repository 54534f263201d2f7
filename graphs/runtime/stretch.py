"""A stretch: consecutive steps without a wait between them, run in one super-step.

Each step is still its own: journal entry, verdict, effects, and a commit before the next one starts, so that a crash
resumes at the exact step; only what `rides` does not wait for its own. The last step's rows are left pending; they
ride with the checkpoint or the wait.
"""

from __future__ import annotations

from graphs.runtime.run import Run
from graphs.runtime.visit import visit_step
from graphs.state import CaseState
from graphs.steps import INTERRUPTING, AnyStep, EffectStep, EndStep, ProposeStep, ReviewStep


async def run_stretch(first: AnyStep, state: CaseState, run: Run) -> CaseState:
    """Run from `first` to the next wait or the end; returns the state there."""
    step = first
    while True:
        state = await visit_step(step, state, run, answer=None)
        if not state["route"]:
            return state
        following = run.definition.declared(step, state["route"])
        if following.kind in INTERRUPTING:
            if isinstance(step, EffectStep):
                await run.pending.commit()
            return state
        if not rides(step, following):
            await run.pending.commit()
        step = following


def rides(step: AnyStep, following: AnyStep) -> bool:
    """Whether the step's rows wait for the commit of the one that follows.

    An answer, which is on record already, and a proposal, which is pure, ride with the intent of the effect that they
    lead to; an end rides with the result of its effect.
    """
    match step:
        case ReviewStep():
            return isinstance(following, ProposeStep | EffectStep)
        case ProposeStep():
            return isinstance(following, EffectStep)
        case EffectStep():
            return isinstance(following, EndStep)
        case _:
            return False
