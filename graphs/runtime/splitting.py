"""Before a proposal is judged: would it complete a split of amounts that nobody is asked about?"""

from __future__ import annotations

from graphs.duties import BY_EFFECT, asked_duty
from graphs.runtime.run import Run
from graphs.state import CaseView
from graphs.steps import EffectStep, JudgedStep, ProposeStep, ReviewStep


async def look_for_split(step: JudgedStep, view: CaseView, run: Run) -> None:
    """Keep in the run what the proposal would split. Asks nothing where no rule adds up what its effect does."""
    run.splits.pop(step.name, None)
    effect = run.definition.step(step.allow) if isinstance(step, ProposeStep) else None
    if not isinstance(effect, EffectStep) or effect.duty is None or run.analysis:
        return
    review = run.definition.step(step.review)
    authority = review.authority(view) if isinstance(review, ReviewStep) else None
    asked = asked_duty(effect.duty, BY_EFFECT, view, authority)
    if asked.subject is None:
        return
    act = asked.act(effect.name, who=view.requester, at=run.clock())
    found = await run.duties.unasked_split(act)
    if found is not None:
        run.splits[step.name] = found
