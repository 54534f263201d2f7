"""The closed set of step kinds, and what a step of each kind declares.

An `agent` asks a model and writes down its decision, which a `decision` after it judges: it acts and routes nothing.
An action is three steps: `propose` is pure and judged; `review` asks a person and has no effect;
`effect` is the only kind that writes. A `decision` is judged like a proposal, without an action.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol

from graphs.agents.decision_class import Asked, DecisionClass
from graphs.state import CaseView
from policies.fact import Fact, FactValue


class StepKind(StrEnum):
    """Every step is one of these. `subprocess` is reserved: no definition can use it yet."""

    READ = "read"
    PROPOSE = "propose"
    REVIEW = "review"
    EFFECT = "effect"
    AGENT = "agent"
    DECISION = "decision"
    WAIT = "wait"
    TIMER = "timer"
    SUBPROCESS = "subprocess"


INTERRUPTING = frozenset({StepKind.REVIEW, StepKind.WAIT, StepKind.TIMER})
MAX_VISITS = 12
PATIENCE = timedelta(minutes=2)
OMITTED = "omitted"
"""Marks a field that a declaration leaves out while it has its default: older digests stay as they are."""


class PerformerKind(StrEnum):
    """Who carries out what was proposed. An agent drafts only: a person approves it, and a tool does it."""

    API = "api"
    BOT = "bot"
    AGENT = "agent"
    PERSON = "person"


class Reader(Protocol):
    """Calls read tools on behalf of a step; every call is judged first and audited."""

    async def read(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The tool's result. Raises a `ToolError`, or `ActionDenied` where the rules do not allow the call."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDraft:
    """An action before it has its key; `business_key` tells apart two intentions of one step of a case.

    What the tool protects is given as a `Fact`; the action holds its value.
    """

    tool: str
    arguments: Mapping[str, Any]
    business_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """What a decision is worth: whoever approves needs a limit of at least this, in minor units.

    `subject` is the matter that the limit must be for, `entity` the company or cost centre; None is not known.
    """

    subject: str
    amount_minor: int
    currency: str
    entity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditableField:
    """A field a reviewer may correct; `kind` is `text`, `date`, `amount` or `number`."""

    name: str
    title: str
    kind: Literal["text", "date", "amount", "number"] = "text"


Data = Mapping[str, Any]
ReadFunction = Callable[[CaseView, Reader], Awaitable[Data]]
FactsFunction = Callable[[CaseView], Mapping[str, FactValue | Fact]]
DraftFunction = Callable[[CaseView], ActionDraft]
ResultFunction = Callable[[CaseView, Mapping[str, Any]], Data]
TextFunction = Callable[[CaseView], str]
EvidenceFunction = Callable[[CaseView], Data]
AuthorityFunction = Callable[[CaseView], Authority | None]
CorrectionFunction = Callable[[CaseView, Mapping[str, str], str], Data]
DueFunction = Callable[[CaseView, datetime], datetime]
SubjectFunction = Callable[[CaseView], str | None]
ReversalFunction = Callable[[CaseView, Mapping[str, Any]], ActionDraft]
ReversalFactsFunction = Callable[[CaseView, Mapping[str, Any]], Mapping[str, FactValue]]
QuestionFunction = Callable[[CaseView, Reader], Awaitable[Asked | None]]
ScopeFunction = Callable[[CaseView, str, Mapping[str, Any]], Mapping[str, Any] | None]
ObjectionFunction = Callable[[CaseView], str | None]


def as_wanted(_case: CaseView, _tool: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Look up whatever the model wants of the tools that it may use."""
    return arguments


def no_data(_case: CaseView, _result: Mapping[str, Any]) -> Data:
    """Keep nothing of a result."""
    return {}


def no_evidence(_case: CaseView) -> Data:
    """Show nothing beside the reasons."""
    return {}


def no_authority(_case: CaseView) -> Authority | None:
    """Anyone with the role may approve."""
    return None


def no_objection(_case: CaseView) -> str | None:
    """Nothing in the case's data speaks against the performer."""
    return None


def one_intention(_case: CaseView) -> str:
    """The step has one intention in a case, however often it is proposed."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Performer:
    """One way to have done what a step proposes: `draft` is the call of `tool` that does it.

    `objection` says why it cannot be used for the case, None where it can. `falls_over_on` are codes of a `Permanent`
    after which another performer may do it; `takes` is how long it takes until that has been learned. An agent's call
    is drafted from the decision of the agent step `drafted_by`; what a person does is the tool `by_hand`.
    """

    name: str
    kind: PerformerKind
    tool: str
    draft: DraftFunction
    takes: timedelta
    objection: ObjectionFunction = no_objection
    falls_over_on: frozenset[str] = frozenset()
    drafted_by: str | None = None


def by_performer(case: CaseView) -> ActionDraft:
    """Stands where the performers draft. Raises `TypeError`: it drafts nothing itself."""
    raise TypeError(f"case {case.case_id}: this step's performers draft, and none was chosen")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDuty:
    """A named duty (`payment.released`) and to whom it is done (`vendor:V1`); None where that is not known.

    On a review, whoever approves does it; on an effect, whoever started the case and whoever approved exactly this do.
    """

    name: str
    subject: SubjectFunction


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStep:
    """Gathers facts through the tools it names."""

    name: str
    stage: str
    tools: tuple[str, ...]
    run: ReadFunction
    next: str
    kind: StepKind = field(default=StepKind.READ, init=False)

    @property
    def destinations(self) -> tuple[str, ...]:
        return (self.next,)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStep:
    """Asks a model what `asks` is about, and leaves its decision under `decisions` in the case's data.

    `question` makes the material, reading with the tools it names, or None where there is nothing to ask; `result`
    makes data of the case and the decision as recorded. `scope` makes the arguments of a look-up of those that the
    model wants, None where that is not about this case. Neither the model nor the step acts or routes: whatever came
    of it, the case goes to `next`, where rules judge it.
    """

    name: str
    stage: str
    asks: DecisionClass
    question: QuestionFunction
    next: str
    tools: tuple[str, ...] = ()
    result: ResultFunction = no_data
    scope: ScopeFunction = field(default=as_wanted, metadata={OMITTED: True})
    kind: StepKind = field(default=StepKind.AGENT, init=False)

    @property
    def destinations(self) -> tuple[str, ...]:
        return (self.next,)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionStep:
    """Judged at `point` over `facts`; pure.

    With `remember`, the verdict stays in the case's data for later steps; it is in the audit trail either way.
    """

    name: str
    stage: str
    point: str
    facts: FactsFunction
    allow: str
    review: str
    deny: str
    remember: bool = field(default=False, metadata={OMITTED: True})
    kind: StepKind = field(default=StepKind.DECISION, init=False)

    @property
    def destinations(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.allow, self.review, self.deny)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeStep:
    """Drafts an action and has it judged at `point`; pure. `allow` names its effect step.

    With `remember`, verdict and action stay in the case's data for later steps; they are in the audit trail either way.
    With `performers`, in order of preference, the one that is chosen drafts; `intention` tells apart what the step
    intends in one case, whoever does it; a preferred performer is waited for as long as `patience`, and one whose calls
    do not get through is given `attempts`.
    """

    name: str
    stage: str
    point: str
    draft: DraftFunction = by_performer
    facts: FactsFunction
    allow: str
    review: str
    deny: str
    remember: bool = field(default=False, metadata={OMITTED: True})
    performers: tuple[Performer, ...] = field(default=(), metadata={OMITTED: True})
    intention: TextFunction = field(default=one_intention, metadata={OMITTED: True})
    patience: timedelta = field(default=PATIENCE, metadata={OMITTED: True})
    attempts: int = field(default=2, metadata={OMITTED: True})
    kind: StepKind = field(default=StepKind.PROPOSE, init=False)

    @property
    def destinations(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.allow, self.review, self.deny)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewStep:
    """Asks a person about the step `of`; goes back there when approved, so that it is judged again.

    Exceptions named in `needs_correction` cannot be waved through: the data must be corrected, or the case rejected.
    `advised_by` names the agent step whose decision is shown; what the person answers is recorded as its outcome.
    `skills` are (name, level) that the person needs, `effort_minutes` is what the task is expected to cost; `language`
    is the one the person must speak, and `sticky` what the task is about, so that the same person gets all of that.
    """

    name: str
    stage: str
    of: str
    role: str
    title: TextFunction
    correct_to: str
    reject_to: str
    answer_within: timedelta
    editable: tuple[EditableField, ...] = ()
    correction: CorrectionFunction | None = None
    evidence: EvidenceFunction = no_evidence
    authority: AuthorityFunction = no_authority
    needs_correction: frozenset[str] = frozenset()
    skippable: bool = field(default=False, metadata={OMITTED: True})
    duty: StepDuty | None = field(default=None, metadata={OMITTED: True})
    advised_by: str | None = field(default=None, metadata={OMITTED: True})
    skills: tuple[tuple[str, int], ...] = field(default=(), metadata={OMITTED: True})
    effort_minutes: int | None = field(default=None, metadata={OMITTED: True})
    language: SubjectFunction | None = field(default=None, metadata={OMITTED: True})
    sticky: SubjectFunction | None = field(default=None, metadata={OMITTED: True})
    kind: StepKind = field(default=StepKind.REVIEW, init=False)

    @property
    def destinations(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.of, self.correct_to, self.reject_to)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation:
    """How a confirmed effect is taken back when its case is cancelled: a call of `tool`, judged at `point`.

    `draft` and `facts` are given the case and the effect's result; both are pure.
    """

    tool: str
    point: str
    draft: ReversalFunction
    facts: ReversalFactsFunction


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectStep:
    """Executes what `of` proposed, through the ledger. A refusal of the target goes back to `of`.

    `by_hand` names the step at which a person does it instead, or says whether it has happened.
    """

    name: str
    stage: str
    of: str
    next: str
    result: ResultFunction = no_data
    compensation: Compensation | None = field(default=None, metadata={OMITTED: True})
    skippable: bool = field(default=False, metadata={OMITTED: True})
    duty: StepDuty | None = field(default=None, metadata={OMITTED: True})
    by_hand: str | None = field(default=None, metadata={OMITTED: True})
    kind: StepKind = field(default=StepKind.EFFECT, init=False)

    @property
    def destinations(self) -> tuple[str, ...]:
        return (self.next, self.of) if self.by_hand is None else (self.next, self.of, self.by_hand)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandStep:
    """Where a person does by hand what the effect step `of` is about, or says whether an earlier call has done it.

    Done, it goes to `next` with what the person entered of `enters` as the effect's result; not done, `back` to the
    proposal. With `four_eyes` it is for nobody who started the case or approved it.
    """

    name: str
    stage: str
    of: str
    role: str
    title: TextFunction
    next: str
    back: str
    answer_within: timedelta
    enters: tuple[str, ...] = ("reference",)
    evidence: EvidenceFunction = no_evidence
    four_eyes: bool = True
    kind: StepKind = field(default=StepKind.REVIEW, init=False)

    @property
    def destinations(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.next, self.back)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerStep:
    """Waits until the instant that `due` names, given the instant of arrival."""

    name: str
    stage: str
    due: DueFunction
    next: str
    kind: StepKind = field(default=StepKind.TIMER, init=False)

    @property
    def destinations(self) -> tuple[str, ...]:
        return (self.next,)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitStep:
    """Waits for the message called `message` whose correlation key is what `correlation` gives for the case.

    Exactly one waiting case receives a message; one that came early waits for its case. `result` makes data of the
    payload, which anybody who may send messages has written. Where nothing has come `within` the time, the case goes
    to `late`.
    """

    name: str
    stage: str
    message: str
    correlation: TextFunction
    next: str
    result: ResultFunction = no_data
    within: timedelta | None = None
    late: str | None = None
    kind: StepKind = field(default=StepKind.WAIT, init=False)

    @property
    def destinations(self) -> tuple[str, ...]:
        return (self.next,) if self.late is None else tuple(dict.fromkeys((self.next, self.late)))


@dataclass(frozen=True, slots=True, kw_only=True)
class EndStep:
    """Ends the case in its own transaction: only this makes a case done or rejected."""

    name: str
    stage: str
    ends: Literal["done", "rejected", "cancelled"]
    outcome: TextFunction
    kind: StepKind = field(default=StepKind.DECISION, init=False)

    @property
    def destinations(self) -> tuple[str, ...]:
        return ()


JudgedStep = DecisionStep | ProposeStep
AnyStep = (
    ReadStep
    | AgentStep
    | DecisionStep
    | ProposeStep
    | ReviewStep
    | EffectStep
    | HandStep
    | TimerStep
    | WaitStep
    | EndStep
)
InterruptingStep = ReviewStep | HandStep | TimerStep | WaitStep
"""Steps that wait: each is a node of its own, and does nothing before it has its answer."""
