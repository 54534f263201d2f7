"""The choice of a performer for a proposal, before its verdict; it is made anew only by another proposal.

All performers of a proposal act under one idempotency key, so the ledger has one row for them together. While that row
says that a call may have happened, nobody but who made it is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from graphs.agents.facts import DECISIONS
from graphs.errors import EngineError
from graphs.ledger import HAPPENED
from graphs.routing.performers.choice import Candidate, Choice, choose
from graphs.routing.performers.chosen import Chosen, chosen_of
from graphs.routing.performers.hands import Hands, hands_for, need_by_hand
from graphs.routing.performers.surroundings import Surroundings, hand_step_of, surroundings_of
from graphs.runtime.judged import approvals_of, effect_key, facts_of
from graphs.runtime.performing import hold_choice
from graphs.runtime.run import Run
from graphs.state import CaseState, CaseView
from graphs.steps import Performer, ProposeStep
from policies.verdict import VerdictKind
from tools.limits import target_of


class PerformerLost(EngineError):
    """An earlier call may have happened, and who made it is no performer of the step any more: a person must look."""

    code = "performer_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Performing:
    """A choice for a proposal: as it goes into the case's data, and as it is explained."""

    chosen: Chosen
    explained: Mapping[str, Any]


async def choose_performer(step: ProposeStep, state: CaseState, run: Run) -> Performing | None:
    """Choose for the visit of `step` that is about to be judged; None where the step itself drafts.

    Raises `PerformerLost`, or what reading how targets stand raises.
    """
    if not step.performers:
        return None
    view, now = run.view(state), run.clock()
    before, intention = chosen_of(view, step.name), step.intention(view)
    failed = before.failed if before is not None and before.intention == intention else {}
    around = await surroundings_of(
        step,
        run.definition,
        tenant=run.case.tenant,
        case_id=run.case.id,
        catalog=run.catalog,
        admission=run.admission,
        database=run.database,
        now=now,
        hands=await _hands(step, view, run, now),
    )
    candidates = [await _candidate(one, step, view, run, around, failed) for one in step.performers]
    keep, because = _kept(step, view, run, before, candidates)
    choice = choose(
        candidates, now=now, patience=step.patience, deadline=_deadline(run), keep=keep, keep_because=because
    )
    visit = state["visits"].get(step.name, 0) + 1
    chosen = _chosen(choice, step, view, run, visit=visit, now=now)
    handed_at = before.handed_at if before is not None and keep is not None else None
    chosen = replace(chosen, intention=intention, failed=failed, handed_at=handed_at)
    explained = run.explained[step.name] = choice.recorded()
    hold_choice(run, step, chosen, explained=explained)
    return Performing(chosen=chosen, explained=explained)


async def _hands(step: ProposeStep, view: CaseView, run: Run, now: datetime) -> Hands | None:
    """Who would do it by hand; nobody who started the case or approved it, where the step wants four eyes."""
    hand = hand_step_of(step, run.definition)
    if hand is None:
        return None
    approvers = {person for approval in approvals_of(view, step.name) for person in approval.people}
    need = need_by_hand(hand, now=now, others={view.requester, *approvers})
    return hands_for(need, await run.assignment.known(now), now)


def _data_against(performer: Performer, view: CaseView) -> str | None:
    """What the case's data says against it; an agent must have answered, and not for a blind review."""
    if performer.drafted_by is not None:
        decision = view.section(DECISIONS).get(performer.drafted_by) or {}
        if decision.get("status") != "answered":
            return f"the agent step {performer.drafted_by} has no answer"
        if decision.get("blind"):
            return f"the answer of {performer.drafted_by} is hidden until a person has decided"
    return performer.objection(view)


async def _candidate(
    performer: Performer,
    step: ProposeStep,
    view: CaseView,
    run: Run,
    around: Surroundings,
    failed: Mapping[str, str],
) -> Candidate:
    against = failed.get(performer.name) or around.against(performer) or _data_against(performer, view)
    if against is None:
        against = await _rules_against(performer, step, view, run)
    return Candidate(
        name=performer.name,
        kind=performer.kind.value,
        takes=performer.takes,
        against=against,
        standing=around.standing(performer),
    )


async def _rules_against(performer: Performer, step: ProposeStep, view: CaseView, run: Run) -> str | None:
    """Why the rules forbid it to this performer; they are asked only where their pack asks for the performer."""
    facts = facts_of(step, view, run, performer)
    if facts.keys() == step.facts(view).keys():
        return None
    verdict = await run.judged(step.point, facts) if run.suspect else run.verdict(step.point, facts)
    if verdict.kind is not VerdictKind.DENY:
        return None
    return f"the rules forbid it: {', '.join(finding.rule for finding in verdict.findings)}"


def _kept(
    step: ProposeStep, view: CaseView, run: Run, before: Chosen | None, candidates: Sequence[Candidate]
) -> tuple[str | None, str]:
    """Who stays chosen, and why: whoever may have acted, then whoever a person has approved.

    Raises `PerformerLost`.
    """
    status = run.effects.get(effect_key(step, view), {}).get("status")
    if status in HAPPENED:
        if before is None or before.performer not in {candidate.name for candidate in candidates}:
            raise PerformerLost(f"an effect of {step.name!r} is {status}, and who was to do it is not known")
        return before.performer, "its call may have happened: before that is known, nobody else may act"
    shown = view.section("judgements").get(step.name, {}).get("digest")
    approved = any(approval.digest == shown for approval in approvals_of(view, step.name))
    able = {one.name for one in candidates if one.against is None and one.standing.off is None}
    if before is not None and approved and before.performer in able:
        return before.performer, "a person approved that it does this"
    return None, ""


def _chosen(choice: Choice, step: ProposeStep, view: CaseView, run: Run, *, visit: int, now: datetime) -> Chosen:
    """As it stands in the case's data; where nobody is left, the first that could draft, for the person who looks."""
    drafting = (one for one in step.performers if one.tool in run.catalog and _data_against(one, view) is None)
    named = {performer.name: performer for performer in step.performers}
    performer = named[choice.performer] if choice.performer else next(drafting, step.performers[0])
    tool = performer.tool
    return Chosen(
        performer=performer.name,
        kind=performer.kind.value,
        tool=tool,
        target=target_of(run.catalog[tool]) if tool in run.catalog else tool,
        visit=visit,
        intention="",
        at=now.isoformat(),
        others=choice.others,
        others_from=choice.others_from.isoformat() if choice.others_from else None,
        waits=choice.waits,
        nobody=None if choice.performer else choice.because,
    )


def _deadline(run: Run) -> datetime | None:
    """The earliest instant by which something of the case is due, where service levels speak of it."""
    if run.clocks is None:
        return None
    due = (clock.due_at for clock in run.clocks.open.values() if clock.status == "running")
    return min((at for at in due if at is not None), default=None)
