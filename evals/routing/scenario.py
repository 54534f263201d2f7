"""A scenario of routing: an order that several performers could carry out, and how each of them stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from graphs.routing.performers.choice import Candidate, Choice, choose
from graphs.routing.performers.standing import Standing
from policies.judgement import RuleBook
from policies.pack_file import read_pack
from policies.verdict import VerdictKind

NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
Seconds = Annotated[int, Field(ge=0, le=1_000_000)]


class Way(BaseModel):
    """One performer. `objection` is what the data speaks against it, `alone_for` how long its breaker is open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Literal["api", "bot", "agent", "person"] = "api"
    takes: Annotated[int, Field(ge=1, le=1_000_000)] = 10
    learned: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    objection: str | None = None
    off: str | None = None
    alone_for: Seconds = 0
    at_once: Annotated[int, Field(ge=1)] | None = None
    ahead: Annotated[int, Field(ge=0)] = 0


class RoutingInputs(BaseModel):
    """What is to be done by whom; times in seconds, the amount in minor units."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ways: Annotated[tuple[Way, ...], Field(min_length=1)]
    amount: int = 1_000
    patience: Seconds = 120
    due_in: int | None = None


class RoutingExpected(BaseModel):
    """The right performer; None where nobody is left."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    performer: str | None


class RoutingMetadata(BaseModel):
    """Which situation it is, and what a reader should know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    situation: Literal["preferred", "data", "rules", "switch", "breaker", "queue", "deadline", "learned", "nobody"]
    note: str = ""


@cache
def rules() -> RuleBook:
    """The rules that scenarios are judged by."""
    text = files("evals").joinpath("routing/rules.yaml").read_text(encoding="utf-8")
    return RuleBook(read_pack(text, name="routing"))


def routed(inputs: RoutingInputs) -> Choice:
    """Whom the product chooses: its own choice, with the verdicts of its own engine."""
    deadline = None if inputs.due_in is None else NOW + timedelta(seconds=inputs.due_in)
    candidates = [candidate(way, amount=inputs.amount) for way in inputs.ways]
    return choose(candidates, now=NOW, patience=timedelta(seconds=inputs.patience), deadline=deadline)


def candidate(way: Way, *, amount: int) -> Candidate:
    """The performer as it stands for an order of this amount."""
    return Candidate(
        name=way.name,
        kind=way.kind,
        takes=timedelta(seconds=way.takes),
        against=way.objection or _forbidden(way, amount),
        standing=Standing(
            off=way.off,
            left_alone_until=NOW + timedelta(seconds=way.alone_for) if way.alone_for else None,
            at_once=way.at_once,
            ahead=way.ahead,
            usual=timedelta(seconds=way.learned) if way.learned else None,
            samples=50 if way.learned else 0,
        ),
    )


def _forbidden(way: Way, amount: int) -> str | None:
    facts = {"performer.kind": way.kind, "order.amount": amount}
    verdict = rules().judge("perform", facts, on=NOW.date())
    if verdict.kind is not VerdictKind.DENY:
        return None
    return f"the rules forbid it: {', '.join(finding.rule for finding in verdict.findings)}"
