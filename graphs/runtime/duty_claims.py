"""The duties that an effect does: of who started the case, and of whoever approved exactly this."""

from __future__ import annotations

from graphs.duties import BY_EFFECT, Claimed, asked_duty, split_text
from graphs.errors import DutiesConflict
from graphs.ledger import HAPPENED
from graphs.runtime.judged import Judgement, approvals_of
from graphs.runtime.run import Run
from graphs.state import CaseView
from graphs.steps import EffectStep, ProposeStep, ReviewStep, StepDuty
from policies.approval import counted


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
