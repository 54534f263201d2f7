"""A stretch: consecutive steps without a wait between them, run in one super-step.

Each step is still its own: journal entry, verdict, effects, and a commit before the next one starts, so that a crash
resumes at the exact step. Only a proposal does not wait for its commit: it is pure, and rides with the intent of the
effect that follows. The last step's rows are left pending; they ride with the checkpoint or the wait.
"""

from __future__ import annotations

from graphs.runtime.run import Run
from graphs.runtime.visit import visit_step
from graphs.state import CaseState
from graphs.steps import INTERRUPTING, AnyStep, EffectStep, StepKind


async def run_stretch(first: AnyStep, state: CaseState, run: Run) -> CaseState:
    """Run from `first` to the next wait or the end; returns the state there."""
    step = first
    while True:
        state = await visit_step(step, state, run, answer=None)
        if not state["route"]:
            return state
        following = run.definition.declared(step, state["route"])
        if step.kind is StepKind.EFFECT:
            await run.pending.commit()
        if following.kind in INTERRUPTING:
            return state
        if not (step.kind is StepKind.PROPOSE and isinstance(following, EffectStep)):
            await run.pending.commit()
        step = following
