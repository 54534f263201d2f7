"""Escalation ladders: who is told, or takes over, before and after something is due.

A ladder has rungs, from the first reminder up. It only goes up: once a rung is reached, no lower one is. Nothing on it
approves, rejects or moves a case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from policies.calendar import Part
from policies.calendar_hours import Hours, read_hours
from policies.condition import Condition, Word
from policies.errors import InstantUnknown
from policies.fact import FULL_BPS
from policies.length import spoken, write_length, written_length

PERCENT = re.compile(r"^(\d{1,3})(?:\.(\d{1,2}))? ?%$")
DAYS = re.compile(r"^([1-9]\d{0,2})bd$")
ROLE = "role:"
Urgency = Literal["digest", "normal", "urgent"]
Action = Annotated[str, Field(pattern=rf"^(remind|reassign|manager|head|{ROLE}[a-z][a-z0-9_]{{0,62}})$")]
"""Tell who has the task; give it to another; tell their manager, the manager's manager, or everybody of a role."""
TemplateKind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,62}$")]


def written_share(value: Any) -> int:
    """A share in basis points, written as `80 %` or `7.5 %`. Raises `ValueError`."""
    if isinstance(value, int) and not isinstance(value, bool):
        bps = value
    else:
        found = PERCENT.match(value) if isinstance(value, str) else None
        bps = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else 0
    if not 0 < bps <= FULL_BPS:
        raise ValueError(f"{value!r} is no share: write 80 %")
    return bps


def write_share(bps: int) -> str:
    """As `written_share` reads it."""
    whole, rest = divmod(bps, 100)
    return f"{whole}.{rest:02} %" if rest else f"{whole} %"


Share = Annotated[int, BeforeValidator(written_share), PlainSerializer(write_share, when_used="json")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """So much time, or so many business days."""

    length: timedelta = timedelta(0)
    days: int = 0

    def __str__(self) -> str:
        """As a person says it."""
        return f"{self.days} business day{'' if self.days == 1 else 's'}" if self.days else spoken(self.length)

    def compared(self, other: Span) -> int | None:
        """Below, at or above 0 as it is shorter, alike or longer; None for time against days."""
        if bool(self.days) is not bool(other.days):
            return None
        mine, others = (self.days, self.length), (other.days, other.length)
        return (mine > others) - (mine < others)


def written_span(value: Any) -> Span:
    """Time, written as `4h`, or business days, written as `2bd`. Raises `ValueError`."""
    if isinstance(value, Span):
        return value
    found = DAYS.match(value) if isinstance(value, str) else None
    if found:
        return Span(days=int(found[1]))
    try:
        return Span(length=written_length(value))
    except ValueError as error:
        raise ValueError(f"{error}, or 2bd for two business days") from error


def write_span(span: Span) -> str:
    """As `written_span` reads it."""
    return f"{span.days}bd" if span.days else write_length(span.length)


WrittenSpan = Annotated[Span, BeforeValidator(written_span), PlainSerializer(write_span, when_used="json")]


QuietTime = Hours | Literal["closed"]


def written_quiet(value: Any) -> QuietTime:
    """Hours of the site's wall clock, or `closed`: all the time outside of working time. Raises `ValueError`."""
    return "closed" if value == "closed" else read_hours(value)


Quiet = Annotated[QuietTime, BeforeValidator(written_quiet), PlainSerializer(str, when_used="json")]


class Repeat(Part):
    """The rung is told again so often, after so much time each, until somebody acknowledges it or it is left behind."""

    every: WrittenSpan
    at_most: Annotated[int, Field(ge=1, le=10, strict=True)]


class Rung(Part):
    """One step up: when (one of `at`, `before`, `after` and `at_probability`), and what happens then.

    `at` is a share of the time there is. `channel` goes before what the person told has chosen; `text` names the
    notice's text. With `acknowledged: ladder`, who acknowledges it ends the whole ladder, else only the repeats.
    """

    name: Word
    at: Share | None = None
    before: WrittenSpan | None = None
    after: WrittenSpan | None = None
    at_probability: Share | None = None
    action: Action
    channel: Word | None = None
    text: TemplateKind | None = None
    urgency: Urgency = "normal"
    repeat: Repeat | None = None
    acknowledged: Literal["repeats", "ladder"] = "repeats"

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = [name for name in ("at", "before", "after", "at_probability") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("say when: exactly one of at, before, after and at_probability")
        if self.at_probability is not None and self.repeat is not None:
            raise ValueError("a rung that is reached by a forecast has no instant from which to repeat")
        return self

    @property
    def role(self) -> str | None:
        """The role that is told, where it is one."""
        return self.action.removeprefix(ROLE) if self.action.startswith(ROLE) else None

    @property
    def kind(self) -> str:
        """Which text the notice has."""
        return self.text or f"escalation.{'role' if self.role else self.action}"

    @property
    def times(self) -> int:
        """How often it is told at most."""
        return 1 + (self.repeat.at_most if self.repeat else 0)

    @property
    def is_late(self) -> bool:
        """Whether it comes only after the clock is due."""
        return self.after is not None

    def when(self) -> str:
        """As a person says it."""
        if self.at is not None:
            return f"at {write_share(self.at)} of the time"
        if self.before is not None:
            return f"{self.before} before it is due"
        if self.after is not None:
            return f"{self.after} after it was due"
        return f"once a breach is {write_share(self.at_probability or 0)} likely"


class Ladder(Part):
    """The rungs for clocks of the levels in `of` (of all, without), under conditions on the case's data.

    `at_risk` is the share of the time after which a clock is at risk. What is not urgent and falls into `quiet` waits
    for its end.
    """

    name: Word
    of: tuple[Word, ...] = ()
    when: Annotated[tuple[Condition, ...], Field(max_length=50)] = ()
    at_risk: Share = 8000
    quiet: Quiet | None = None
    rungs: Annotated[tuple[Rung, ...], Field(max_length=12)] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [rung.name for rung in self.rungs]
        if len(names) != len(set(names)):
            raise ValueError("two rungs have one name")
        for lower, upper in pairwise(rung for rung in self.rungs if rung.at_probability is None):
            if not _goes_up(lower, upper):
                raise ValueError(f"{upper.name} ({upper.when()}) does not come after {lower.name} ({lower.when()})")
        return self

    def speaks_of(self, level: str) -> bool:
        """Whether it is for clocks of that level."""
        return not self.of or level in self.of

    def may_be_met_by(self, data: Mapping[str, Any]) -> bool:
        """Whether the data meets its conditions, or cannot be compared with one."""
        try:
            return all(condition.met_by(data) for condition in self.when)
        except InstantUnknown:
            return True

    def data(self) -> dict[str, Any]:
        """As it is stored; what is not said is absent."""
        return self.model_dump(mode="json", exclude_defaults=True)


def _goes_up(lower: Rung, upper: Rung) -> bool:
    """Whether the upper one is the later, as far as the text alone can say."""
    if lower.is_late and not upper.is_late:
        return False
    if lower.at is not None and upper.at is not None:
        return lower.at < upper.at
    if lower.before is not None and upper.before is not None:
        return (upper.before.compared(lower.before) or -1) < 0 and upper.before != lower.before
    if lower.after is not None and upper.after is not None:
        return (lower.after.compared(upper.after) or -1) < 0 and upper.after != lower.after
    return True


def ladder_of(data: Mapping[str, Any]) -> Ladder:
    """The ladder as it was stored."""
    return Ladder.model_validate(data)


def lint_ladders(ladders: Sequence[Ladder], scopes: Mapping[str, str]) -> list[str]:
    """What is allowed, and is hardly meant; `scopes` are those of the levels, by name."""
    found: list[str] = []
    for place, ladder in enumerate(ladders):
        levels = [level for level in scopes if ladder.speaks_of(level)]
        found += [f"ladder {ladder.name}: {what}" for what in _lint(ladder, [scopes[level] for level in levels])]
        before = [one for one in ladders[:place] if not one.when]
        if levels and all(any(one.speaks_of(level) for one in before) for level in levels):
            found.append(f"ladder {ladder.name}: can never be chosen: those before it have no conditions")
    return found


def _lint(ladder: Ladder, scopes: Sequence[str]) -> list[str]:
    found: list[str] = []
    if not any(rung.is_late for rung in ladder.rungs):
        found.append("has no rung after the clock is due: nobody is told of what stays undone")
    for rung in ladder.rungs:
        if rung.action == "reassign" and "task" not in scopes:
            found.append(f"{rung.name}: can never reassign: no level it speaks of is about a task")
    for lower, upper in pairwise(rung for rung in ladder.rungs if rung.at_probability is None):
        if _never_told_again(lower, upper):
            found.append(f"{lower.name}: is never told again: {upper.name} is reached before")
    for place, rung in enumerate(ladder.rungs):
        if rung.at_probability is not None and any(one.is_late for one in ladder.rungs[:place]):
            found.append(f"{rung.name}: can never be reached: a breach is no forecast any more")
    return found


def _never_told_again(lower: Rung, upper: Rung) -> bool:
    """Whether the first repeat falls behind the next rung, where both are spans of one kind."""
    if lower.repeat is None or lower.after is None or upper.after is None:
        return False
    first = Span(length=lower.after.length + lower.repeat.every.length, days=lower.after.days + lower.repeat.every.days)
    return bool(first.days) is bool(upper.after.days) and first.compared(upper.after) in (0, 1)
