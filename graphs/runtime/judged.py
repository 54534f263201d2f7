"""Decisions and proposals: pure functions of the state, judged, and routed by the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphs.routing.performers.chosen import KIND_FACT, NAME_FACT, chosen_of, performer_of
from graphs.runtime.outcome import StepOutcome
from graphs.runtime.provenance import ACKNOWLEDGED, arguments_of, can_acknowledge
from graphs.runtime.question import question_task
from graphs.runtime.run import Run
from graphs.state import CaseState, CaseView
from graphs.steps import (
    AnyStep,
    Authority,
    JudgedStep,
    Performer,
    PerformerKind,
    ProposeStep,
    ReviewStep,
    no_authority,
)
from policies.action import Action
from policies.approval import Approval, Outstanding, outstanding
from policies.canonical import digest
from policies.duties import SplitFound
from policies.fact import Fact, FactValue
from policies.sponsor import AgentStanding
from policies.verdict import Verdict, VerdictKind
from tools.errors import Permanent

NOBODY_LEFT = "nobody_left"
"""The code of the refusal that stands where no performer is left."""


class DraftOfPerformer(Permanent):
    """A performer drafts what it does not declare: another tool, or a business key of its own."""

    code = "draft_of_performer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The target said no, or asked a question that only a person may answer.

    `warning` names what it warned of where approving acknowledges that; empty where the answer can only be a
    correction or a rejection. `acknowledged` are the warnings acknowledged before it.
    """

    code: str
    message: str
    warning: str = ""
    acknowledged: tuple[str, ...] = ()

    @property
    def answered(self) -> tuple[str, ...]:
        """The warnings that are acknowledged once this one is approved."""
        return (*self.acknowledged, self.warning)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict together with what it was given on and what is still missing.

    `digest` covers action, facts, thresholds, rule pack and graph version: an approval counts only for the
    digest that its reviewer saw.
    """

    verdict: Verdict
    action: Action | None
    digest: str
    outstanding: Outstanding
    refusal: Refusal | None
    recorded: Mapping[str, Any]
    """Verdict, digest and action as they are recorded: everything needed to recompute the verdict."""

    agent_refusal: str | None = None
    """Why the agent that started the case may not move the amount by itself."""
    split: SplitFound | None = None
    """What the action would split: its sum needs somebody's authority."""

    @property
    def settled(self) -> bool:
        """Whether nothing stands in the way any more."""
        return (self.refusal is None or bool(self.refusal.warning)) and self.outstanding.settled


def refusal_of(step: JudgedStep, view: CaseView, run: Run, tool: str | None) -> Refusal | None:
    """What the target last answered to what the step proposed; None where nothing stands against it."""
    found = view.section("refusals").get(step.name)
    if not found:
        return None
    warning = found.get("warning", "") if tool is not None and can_acknowledge(run.catalog[tool]) else ""
    return Refusal(
        code=found["code"],
        message=found["message"],
        warning=warning,
        acknowledged=tuple(found.get("acknowledged", ())) if warning else (),
    )


def effect_key(step: ProposeStep, view: CaseView, business_key: str | None = None) -> str:
    """The idempotency key of what the step intends: the case, the effect step and the business key, never an attempt.

    Whoever performs it, the key is the same: it is what the ledger does once.
    """
    business = step.intention(view) if business_key is None else business_key
    return f"interlock-{digest({'case': view.case_id, 'effect': step.allow, 'business': business})[:32]}"


def facts_of(
    step: JudgedStep, view: CaseView, run: Run, performer: Performer | None = None
) -> Mapping[str, FactValue | Fact]:
    """What the step is judged on: its own facts, and of a proposal with performers also who performs.

    Rules are told of the performer only where their pack declares that it asks.
    """
    facts = step.facts(view)
    if not isinstance(step, ProposeStep) or not step.performers:
        return facts
    who = performer or performer_of(step, view)
    told = {KIND_FACT: who.kind.value, NAME_FACT: who.name} if who is not None else {}
    asked = run.rules.book.pack.fields
    return {**facts, **{name: value for name, value in told.items() if name in asked}}


def keyed_action(step: ProposeStep, view: CaseView, run: Run) -> tuple[Action, Refusal | None]:
    """The drafted action with its idempotency key; beside it what stands against it.

    With a warning of the target standing, it is the action that acknowledges exactly that. Raises
    `UnprotectedArgument`, `WarningNotAsked` or `DraftOfPerformer`.
    """
    performer = performer_of(step, view)
    draft = step.draft(view) if performer is None else performer.draft(view)
    if performer is not None and (draft.business_key or draft.tool != performer.tool):
        why = "a business key of its own" if draft.business_key else f"{draft.tool}, and declares {performer.tool}"
        raise DraftOfPerformer(f"{performer.name!r} of {step.name!r} drafts {why}", tool=draft.tool)
    refusal = refusal_of(step, view, run, draft.tool) or _nobody_left(step, view)
    tool = run.catalog[draft.tool]
    arguments = arguments_of(draft, tool, view.section("facts"))
    if refusal is not None and refusal.warning:
        arguments[ACKNOWLEDGED] = list(refusal.answered)
    action = Action(
        tool=draft.tool,
        arguments=arguments,
        effect_kind=tool.effect_kind,
        idempotency_key=effect_key(step, view, None if performer else draft.business_key),
    )
    return action, refusal


def _nobody_left(step: ProposeStep, view: CaseView) -> Refusal | None:
    """Nobody is left to perform: a person looks why."""
    chosen = chosen_of(view, step.name) if step.performers else None
    return Refusal(code=NOBODY_LEFT, message=chosen.nobody) if chosen is not None and chosen.nobody else None


def approvals_of(view: CaseView, step: str) -> list[Approval]:
    """Approvals given so far for a step's question."""
    given = view.section("approvals")
    return [Approval.model_validate(item["approval"]) for item in given.values() if item["of"] == step]


def judge(step: JudgedStep, view: CaseView, run: Run) -> Judgement:
    """The verdict of the rules active now, and whether approvals settle what it leaves open."""
    if isinstance(step, ProposeStep):
        action, refusal = keyed_action(step, view, run)
    else:
        action, refusal = None, refusal_of(step, view, run, None)
    approvals = approvals_of(view, step.name)
    verdict = run.verdict(step.point, facts_of(step, view, run))
    written = action.model_dump(mode="json") if action else None
    performer = performer_of(step, view) if isinstance(step, ProposeStep) else None
    by = {"performer": performer.name} if performer else {}
    seen = {
        "action": written,
        "point": step.point,
        "facts": verdict.facts,
        "parameters": verdict.parameters,
        "pack": verdict.pack_digest,
        "definition": run.definition.digest,
        **by,
    }
    shown = digest(seen)
    review = run.definition.step(step.review)
    authority = review.authority(view) if isinstance(review, ReviewStep) else None
    alone = agent_refusal(run.agent, review, authority)
    split = run.splits.get(step.name)
    worth = authority.amount_minor if authority else None
    needed = outstanding(
        verdict,
        digest=shown,
        approvals=approvals,
        requester=view.requester,
        amount_minor=split.sum_minor if split else worth,
        sponsor=run.agent.sponsor if run.agent else None,
        # A warning of the target is acknowledged by a person, also where the rules alone would allow. An agent drafts
        # and never acts: a person approves what it drafted.
        person_needed=alone is not None
        or split is not None
        or bool(refusal and refusal.warning)
        or (performer is not None and performer.kind is PerformerKind.AGENT),
    )
    return Judgement(
        verdict=verdict,
        action=action,
        digest=shown,
        outstanding=needed,
        refusal=refusal,
        agent_refusal=alone,
        split=split,
        recorded={
            "verdict": verdict.written(),
            "digest": shown,
            **({"action": written} if written else {}),
            **by,
        },
    )


def agent_refusal(agent: AgentStanding | None, review: AnyStep, authority: Authority | None) -> str | None:
    """Why the agent that asked may not move what the decision is worth; None where no agent asked, or it may."""
    if agent is None or not isinstance(review, ReviewStep) or review.authority is no_authority:
        return None
    if authority is None:
        return f"what agent {agent.agent} would move is not known"
    return agent.refusal(amount_minor=authority.amount_minor, currency=authority.currency)


def judged_again(step: ProposeStep, view: CaseView, run: Run) -> Judgement:
    """The judgement that counts when the proposal is carried out: a new one, by the rules active then.

    While the proposal is not even committed, it is the one that it was made with.
    """
    return run.judgements[step.name] if run.pending.holds(step.name) else judge(step, view, run)


def route_of(step: JudgedStep, judgement: Judgement) -> str:
    """Allow once settled, deny where the rules forbid, else a person."""
    if judgement.settled:
        return step.allow
    return step.deny if judgement.verdict.kind is VerdictKind.DENY else step.review


def run_judged(step: JudgedStep, state: CaseState, run: Run) -> StepOutcome:
    """Judge, and prepare the task if a person is needed."""
    view = run.view(state)
    judgement = run.judgements[step.name] = judge(step, view, run)
    route = route_of(step, judgement)
    judged: dict[str, Any] = {
        "verdict": judgement.verdict.kind.value,
        "digest": judgement.digest,
        "exceptions": list(judgement.verdict.exceptions),
    }
    if step.remember:
        judged |= {
            "judged": judgement.verdict.model_copy(update={"findings": ()}).model_dump(mode="json"),
            "action": judgement.recorded.get("action"),
        }
    review = run.definition.step(route)
    task = None
    if isinstance(review, ReviewStep):
        visit = state["visits"].get(review.name, 0) + 1
        task = question_task(review, view, judgement, run, visit=visit)
    return StepOutcome(
        route=route,
        data={"judgements": {step.name: judged}},
        kind="action.judged" if isinstance(step, ProposeStep) else "decision.judged",
        values=judgement.recorded,
        task=task,
        fault=judgement.verdict.engine_fault,
    )
