"""What can be asked for: a closed set of typed queries, and a closed set of typed actions that are only proposed."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

from graphs.chat.span import MOST_MINUTES

Status = Literal["running", "waiting", "suspended", "incident", "compensating", "done", "rejected", "cancelled"]
OVER: Final = ("done", "rejected", "cancelled")
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,79}$")]
"""A name of a process, a step, a stage, a message, an exception or a role."""
Word = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f\x7f]{1,80}$")]
Reference = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f\x7f:/][^\s\x00-\x1f\x7f:]{0,79}$")]
"""A case or task: its id, `this` for the one that is open, or a word of its title."""
Minutes = Annotated[int, Field(ge=1, le=MOST_MINUTES)]
Days = Annotated[int, Field(ge=1, le=31)]
THIS: Final = "this"

Form = Literal["place", "flag", "bare", "word", "span", "number"]
"""How a part of a command is written: `VALUE`, `key` for true, `value` without its key, or `key:value`."""


class Part(BaseModel):
    """One part of a command: which field, under which key, in which form."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    key: str
    form: Form


class Intent(BaseModel):
    """A query or an action. `parts` say how it is written as a command, in this order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parts: ClassVar[tuple[Part, ...]] = ()


def _part(field: str, form: Form, key: str | None = None) -> Part:
    return Part(field=field, key=key or field, form=form)


PROCESS: Final = _part("process", "word")
CASE: Final = _part("case", "place")


class CasesQuery(Intent):
    """Cases, those that have waited longest first; of those that are over, the newest first."""

    parts: ClassVar = (
        _part("status", "bare"),
        PROCESS,
        _part("about", "word"),
        _part("waiting_minutes", "span", "waiting"),
        _part("titled", "word"),
        _part("overdue", "flag"),
    )
    kind: Literal["cases"] = "cases"
    status: Status | None = None
    process: Name | None = None
    about: Name | None = None
    waiting_minutes: Minutes | None = None
    titled: Word | None = None
    overdue: bool = False

    @model_validator(mode="after")
    def _fits(self) -> CasesQuery:
        if self.status in OVER and (self.about or self.waiting_minutes or self.overdue):
            raise ValueError(f"cases that are {self.status} wait for nothing: leave `about`, `waiting`, `overdue` out")
        return self


class TasksQuery(Intent):
    """Tasks that nobody has answered, the earliest deadline first."""

    parts: ClassVar = (
        _part("whose", "bare"),
        _part("person", "word"),
        _part("team", "word"),
        _part("role", "word"),
        _part("about", "word"),
        _part("due_minutes", "span", "due"),
        _part("waiting_minutes", "span", "waiting"),
        _part("overdue", "flag"),
    )
    kind: Literal["tasks"] = "tasks"
    whose: Literal["mine", "others", "unassigned"] | None = None
    person: Word | None = None
    team: Word | None = None
    role: Name | None = None
    about: Name | None = None
    due_minutes: Minutes | None = None
    waiting_minutes: Minutes | None = None
    overdue: bool = False


class LoadQuery(Intent):
    """How many tasks each person has."""

    kind: Literal["load"] = "load"


class LateQuery(Intent):
    """Deadlines that are at risk or have been missed."""

    kind: Literal["late"] = "late"


class IncidentsQuery(Intent):
    """Open incidents by their cause."""

    parts: ClassVar = (PROCESS,)
    kind: Literal["incidents"] = "incidents"
    process: Name | None = None


class WhyQuery(Intent):
    """Why a case stands where it stands."""

    parts: ClassVar = (CASE,)
    kind: Literal["why"] = "why"
    case: Reference


class WhoQuery(Intent):
    """Who has a case now."""

    parts: ClassVar = (CASE,)
    kind: Literal["who"] = "who"
    case: Reference


class TrailQuery(Intent):
    """What the audit trail holds of a case, the newest first."""

    parts: ClassVar = (CASE,)
    kind: Literal["trail"] = "trail"
    case: Reference


class ThroughputQuery(Intent):
    """The cases that began on each of the last days, and what has become of them."""

    parts: ClassVar = (_part("days", "number"), PROCESS)
    kind: Literal["throughput"] = "throughput"
    days: Days = 14
    process: Name | None = None


class CountsQuery(Intent):
    """How many cases are under way, by step or by status."""

    parts: ClassVar = (_part("by", "word"), PROCESS)
    kind: Literal["counts"] = "counts"
    by: Literal["step", "status"] = "step"
    process: Name | None = None


class HelpQuery(Intent):
    """What can be asked."""

    kind: Literal["help"] = "help"


class RetryAction(Intent):
    """Let the case that an incident stopped go on."""

    parts: ClassVar = (CASE,)
    kind: Literal["retry"] = "retry"
    case: Reference


class RetryGroupAction(Intent):
    """Let every case that one cause stopped go on, a few first."""

    parts: ClassVar = (_part("group", "place"),)
    kind: Literal["retry-group"] = "retry-group"
    group: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class SuspendAction(Intent):
    """Stop a case until it is resumed."""

    parts: ClassVar = (CASE,)
    kind: Literal["suspend"] = "suspend"
    case: Reference


class ResumeAction(Intent):
    """Let a suspended case go on."""

    parts: ClassVar = (CASE,)
    kind: Literal["resume"] = "resume"
    case: Reference


class CancelAction(Intent):
    """Cancel a case."""

    parts: ClassVar = (CASE,)
    kind: Literal["cancel"] = "cancel"
    case: Reference


class ClaimAction(Intent):
    """Take the task that a case waits for."""

    parts: ClassVar = (CASE,)
    kind: Literal["claim"] = "claim"
    case: Reference


class ReleaseAction(Intent):
    """Put a task back that the asker has taken."""

    parts: ClassVar = (CASE,)
    kind: Literal["release"] = "release"
    case: Reference


class ReassignAction(Intent):
    """Give a task to another person."""

    parts: ClassVar = (CASE, _part("to", "word"))
    kind: Literal["reassign"] = "reassign"
    case: Reference
    to: Word


class AcknowledgeAction(Intent):
    """Say that the asker looks after an escalation of a case."""

    parts: ClassVar = (CASE,)
    kind: Literal["acknowledge"] = "acknowledge"
    case: Reference


Query = (
    CasesQuery
    | TasksQuery
    | LoadQuery
    | LateQuery
    | IncidentsQuery
    | WhyQuery
    | WhoQuery
    | TrailQuery
    | ThroughputQuery
    | CountsQuery
    | HelpQuery
)
CaseAction = (
    RetryAction
    | SuspendAction
    | ResumeAction
    | CancelAction
    | ClaimAction
    | ReleaseAction
    | ReassignAction
    | AcknowledgeAction
)
Action = RetryGroupAction | CaseAction
AnyIntent = Annotated[Query | Action, Field(discriminator="kind")]
QUERIES: Final[tuple[type[Intent], ...]] = Query.__args__
ACTIONS: Final[tuple[type[Intent], ...]] = Action.__args__
INTENTS: Final = {one.model_fields["kind"].default: one for one in (*QUERIES, *ACTIONS)}
"""Every model by its kind, which is also the word of its command."""
ADAPTER: Final[TypeAdapter[Query | Action]] = TypeAdapter(AnyIntent)
