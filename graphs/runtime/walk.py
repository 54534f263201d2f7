"""A run from the journal: the steps of the graph, one after the other, until the case waits or ends.

What LangGraph's runtime keeps between two steps, the journal says: where the case stands and what it knows. So nothing
of it is made here, and no checkpoint; a case that LangGraph is to go on with gets one then, from the same journal.
"""

from __future__ import annotations

from graphs.runtime.drain import Drain
from graphs.runtime.failpoint import failpoint
from graphs.runtime.run import Run
from graphs.runtime.standing import answer_to, entered, state_of
from graphs.runtime.stretch import rides
from graphs.runtime.visit import visit_step
from graphs.runtime.waits import question_of
from graphs.steps import AnyStep, InterruptingStep


async def walk(run: Run, drain: Drain) -> None:
    """Run the case to its next wait or its end, and commit. Raises `Drained` between two steps."""
    state = state_of(run)
    step = run.definition.step(entered(run.definition, state))
    visited = False
    while True:
        answer = None
        if isinstance(step, InterruptingStep):
            question = question_of(step, run.case.id, state["visits"])
            answer = answer_to(question, run)
            if answer is None:
                await _wait(run, step, looked_only=not visited)
                return
            failpoint("resume.before_step", step.name)
        state, visited = await visit_step(step, state, run, answer=answer), True
        if not state["route"]:
            await run.pending.commit()
            failpoint("checkpoint.after_commit")
            return
        following = run.definition.declared(step, state["route"])
        if not rides(step, following) and not isinstance(following, InterruptingStep):
            await run.pending.commit()
            drain.check()
        step = following


async def _wait(run: Run, step: AnyStep, *, looked_only: bool) -> None:
    """Commit what led here, and give the lease back."""
    if looked_only:
        run.pending.wait()
    failpoint("interrupt.before_commit", step.name)
    await run.pending.commit(release=True)
    failpoint("checkpoint.after_commit")
