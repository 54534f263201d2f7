"""What happened to a case, as the API shows it: happenings, verdicts, decisions, data, options, messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.views.task import Changed, Person
from api.views.view import View
from graphs.case_data import CaseDataAt
from graphs.case_history import CaseHistory, GivenDecision, GivenVerdict, Happening
from graphs.case_options import CaseOption, CaseOptions, Verb
from graphs.store.journal import StepVisit
from graphs.store.lifecycle_tables import Message, Subscription


class HappeningView(View):
    """One entry of the case's trail, in a few words."""

    seq: int
    at: datetime
    kind: str
    step: str | None
    visit: int | None
    by: Annotated[Literal["person", "service", "agent", "rule", "system"], Field(description="What kind of actor.")]
    actor: Annotated[str, Field(description="Id of the user; `worker` where nobody did it.")]
    name: Annotated[str | None, Field(description="The user's name.")]
    verdict: Annotated[str | None, Field(description="Kind of the verdict that was given.")]
    status: Annotated[str | None, Field(description="What came of asking an agent: `answered`, `not_asked` and so on.")]
    told: Annotated[str, Field(description="What it says beside that; empty where it says nothing, or was erased.")]

    @classmethod
    def of(cls, found: Happening) -> HappeningView:
        """The entry as it is shown."""
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class FindingView(View):
    """One rule that fired, in its own words, with the facts it saw."""

    rule: str
    severity: str
    title: str
    message: str
    source: Annotated[str, Field(description="Regulation and clause that it comes from.")]
    when: Annotated[str, Field(description="Its condition.")]
    facts: dict[str, Any]


class UndecidedView(View):
    """A rule that could not be decided, because facts are unknown."""

    rule: str
    missing: list[str]


class VerdictView(View):
    """A verdict as it was recorded."""

    seq: int
    at: datetime
    kind: Annotated[str, Field(description="The kind of its entry in the trail.")]
    step: str | None
    tool: Annotated[str | None, Field(description="Of a read: which call was judged.")]
    verdict: Annotated[str, Field(description="`allow`, `review` or `deny`.")]
    point: str
    findings: list[FindingView]
    undecided: list[UndecidedView]
    obligations: list[str]
    met: list[str]
    engine_fault: str | None
    pack: str
    pack_version: str
    pack_digest: str
    facts: dict[str, Any]
    parameters: dict[str, Any]

    @classmethod
    def of(cls, found: GivenVerdict) -> VerdictView:
        """The verdict as it is shown."""
        verdict = found.verdict
        undecided = verdict.get("indeterminate") or ()
        return cls(
            seq=found.seq,
            at=found.at,
            kind=found.kind,
            step=found.step,
            tool=found.tool,
            verdict=str(verdict.get("kind")),
            point=str(verdict["point"]),
            findings=[_finding(one) for one in verdict.get("findings") or ()],
            undecided=[UndecidedView(rule=str(one["rule"]), missing=_texts(one.get("missing"))) for one in undecided],
            obligations=_texts(verdict.get("obligations")),
            met=_texts(verdict.get("met")),
            engine_fault=verdict.get("engine_fault"),
            pack=str(verdict.get("pack", "")),
            pack_version=str(verdict.get("pack_version", "")),
            pack_digest=str(verdict.get("pack_digest", "")),
            facts=dict(verdict.get("facts") or {}),
            parameters=dict(verdict.get("parameters") or {}),
        )


class DecisionView(View):
    """What an agent decided, as it was recorded; confidences are in basis points, costs in millionths."""

    seq: int
    at: datetime
    step: str | None
    decision_class: str
    status: str
    why: str
    choice: str | None
    reason: Annotated[str | None, Field(description="The model's own summary of why. Untrusted.")]
    evidence: Annotated[list[dict[str, Any]], Field(description="What it quoted, and where that stands.")]
    agreement_bps: int
    raw_bps: int
    confidence_bps: Annotated[int | None, Field(description="Calibrated; null where nothing was measured yet.")]
    autonomous: bool
    gate: str
    signals: list[str]
    model: str | None
    prompt: str
    calls: int
    tokens_in: int
    tokens_out: int
    cost_micros: Annotated[int | None, Field(description="Null where the endpoint's prices are not configured.")]
    milliseconds: int

    @classmethod
    def of(cls, found: GivenDecision) -> DecisionView:
        """The decision as it is shown; of a blind one, once it is no longer open, all of it."""
        decision = found.decision
        answer: Mapping[str, Any] = decision.get("answer") or {}
        usage: Mapping[str, Any] = decision.get("usage") or {}
        return cls(
            seq=found.seq,
            at=found.at,
            step=found.step,
            decision_class=f"{decision.get('class')}@{decision.get('class_version')}",
            status=str(decision.get("status")),
            why=str(decision.get("why") or ""),
            choice=decision.get("choice"),
            reason=answer.get("reason"),
            evidence=[dict(one) for one in answer.get("evidence") or ()],
            agreement_bps=int(decision.get("agreement_bps") or 0),
            raw_bps=int(decision.get("raw_bps") or 0),
            confidence_bps=decision.get("confidence_bps"),
            autonomous=bool(decision.get("autonomous")),
            gate=str(decision.get("gate") or ""),
            signals=_texts(decision.get("signals")),
            model=decision.get("model"),
            prompt=str(decision.get("prompt") or ""),
            calls=int(usage.get("calls") or 0),
            tokens_in=int(usage.get("tokens_in") or 0),
            tokens_out=int(usage.get("tokens_out") or 0),
            cost_micros=usage.get("cost_micros"),
            milliseconds=int(usage.get("milliseconds") or 0),
        )


class CaseHistoryView(View):
    """All that happened to a case, the verdicts that were given, and what agents decided, in order."""

    happenings: list[HappeningView]
    verdicts: list[VerdictView]
    decisions: list[DecisionView]

    @classmethod
    def of(cls, found: CaseHistory) -> CaseHistoryView:
        """The history as it is shown."""
        return cls(
            happenings=[HappeningView.of(one) for one in found.happenings],
            verdicts=[VerdictView.of(one) for one in found.verdicts],
            decisions=[DecisionView.of(one) for one in found.decisions],
        )


class PlaceView(View):
    """A visit that the case's data can be looked at after."""

    place: int
    step: str
    visit: int
    kind: str
    stage: str
    ended_at: datetime
    erased: bool


class CaseDataView(View):
    """The case's data after a place, and what differs from another place."""

    places: list[PlaceView]
    at: Annotated[int, Field(description="0 is before the first visit.")]
    since: int
    data: Annotated[dict[str, Any] | None, Field(description="Null where values that made it were erased.")]
    changes: Annotated[list[Changed] | None, Field(description="By dotted name, what differs.")]

    @classmethod
    def of(cls, found: CaseDataAt) -> CaseDataView:
        """The data as it is shown."""
        changes = found.changes
        return cls(
            places=[_place(number, visit) for number, visit in enumerate(found.visits, start=1)],
            at=found.at,
            since=found.since,
            data=dict(found.data) if found.data is not None else None,
            changes=[Changed(field=one.field, old=one.old, new=one.new) for one in changes]
            if changes is not None
            else None,
        )


class CaseOptionView(View):
    """A verb, and whether the caller may do it now."""

    verb: Verb
    allowed: bool
    code: Annotated[str | None, Field(description="Why not, as the refusal of the verb itself would be called.")]
    why: Annotated[str | None, Field(description="Why not, in words.")]
    steps: Annotated[list[str], Field(description="From which steps it may go on, or which may be skipped.")]
    incident: Annotated[str | None, Field(description="Which incident is retried.")]


class CaseOptionsView(View):
    """What the caller may do with a case now: every verb once."""

    case: str
    stands_at: Annotated[str | None, Field(description="The step it stands at or comes to next; null once it ended.")]
    options: list[CaseOptionView]

    @classmethod
    def of(cls, case: str, found: CaseOptions) -> CaseOptionsView:
        """The options as they are shown."""
        return cls(case=case, stands_at=found.stands_at, options=[_option(one) for one in found.options])


class CaseMessageView(View):
    """What a case has waited for, and the message that it received."""

    step: str
    visit: int
    name: str
    key: str
    since: datetime
    status: Annotated[str, Field(description="`waiting`, `matched`, `late` or `withdrawn`.")]
    received_at: datetime | None
    message_id: str | None
    sent_by: Person | None
    payload: dict[str, Any] | None


class CaseMessages(View):
    """The messages of a case, in the order in which it waited for them."""

    messages: list[CaseMessageView]

    @classmethod
    def of(cls, found: Iterable[tuple[Subscription, Message | None]], names: Mapping[str, str]) -> CaseMessages:
        """The messages as they are shown; `names` has the users' names by id."""
        return cls(messages=[_message(waited, received, names) for waited, received in found])


def _message(waited: Subscription, received: Message | None, names: Mapping[str, str]) -> CaseMessageView:
    sender = received.sent_by if received is not None else None
    return CaseMessageView(
        step=waited.step,
        visit=waited.visit,
        name=waited.message,
        key=waited.correlation_key,
        since=waited.since,
        status=waited.status,
        received_at=received.received_at if received is not None else None,
        message_id=received.message_id if received is not None else None,
        sent_by=Person(id=sender, name=names.get(sender, sender)) if sender else None,
        payload=received.payload if received is not None else None,
    )


def _option(one: CaseOption) -> CaseOptionView:
    return CaseOptionView(
        verb=one.verb,
        allowed=one.refusal is None,
        code=one.refusal.code if one.refusal is not None else None,
        why=str(one.refusal) if one.refusal is not None else None,
        steps=list(one.steps),
        incident=one.incident,
    )


def _place(number: int, visit: StepVisit) -> PlaceView:
    return PlaceView(
        place=number,
        step=visit.name,
        visit=visit.visit,
        kind=visit.kind,
        stage=visit.stage,
        ended_at=visit.ended_at,
        erased=visit.update is None,
    )


def _finding(one: Mapping[str, Any]) -> FindingView:
    return FindingView(
        rule=str(one.get("rule", "")),
        severity=str(one.get("severity", "")),
        title=str(one.get("title", "")),
        message=str(one.get("message", "")),
        source=" ".join(str(one[name]) for name in ("regulation", "clause") if one.get(name)),
        when=str(one.get("when", "")),
        facts=dict(one.get("facts") or {}),
    )


def _texts(found: Any) -> list[str]:
    return [str(one) for one in found or ()]
