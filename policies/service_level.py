"""Service levels: how much time a process, a stage, a step or a task has, and what stops the clock.

The levels of a process are one text; of those that speak about the same thing, the first whose conditions the case's
data meets counts. What a condition or a target needs and the data does not have is never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from policies.calendar import CalendarName, Name, Part
from policies.canonical import digest
from policies.condition import Condition, Path, Word, value_at
from policies.errors import InstantUnknown
from policies.escalation import Ladder
from policies.length import Length, spoken


class Scope(StrEnum):
    """What a clock is about."""

    PROCESS = "process"
    STAGE = "stage"
    STEP = "step"
    TASK = "task"


Days = Annotated[int, Field(ge=0, le=1000, strict=True)]


class Target(Part):
    """How much time there is: one of `business_time`, `business_days`, `end_of_day`, `elapsed` and `calendar_days`.

    Days are counted from the day after the one on which the clock starts. `until` says when on the last one: `closing`
    (of working time), `midnight`, or `same_time` as it started. With `after`, the clock counts from the day or instant
    that stands there in the case's data.
    """

    business_time: Length | None = None
    business_days: Days | None = None
    end_of_day: bool = False
    elapsed: Length | None = None
    calendar_days: Days | None = None
    until: Literal["closing", "midnight", "same_time"] | None = None
    after: Path | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self._given) != 1:
            raise ValueError("say exactly one of business_time, business_days, end_of_day, elapsed, calendar_days")
        fitting: dict[str, tuple[str | None, ...]] = {
            "business_days": (None, "closing", "midnight", "same_time"),
            "end_of_day": (None, "closing", "midnight"),
            "calendar_days": (None, "midnight", "same_time"),
        }
        if self.until not in fitting.get(self.kind, (None,)):
            raise ValueError(f"until: {self.until} does not go with {self.kind}")
        return self

    @property
    def _given(self) -> list[str]:
        measures = ("business_time", "business_days", "elapsed", "calendar_days")
        given = [name for name in measures if getattr(self, name) is not None]
        return [*given, "end_of_day"] if self.end_of_day else given

    @property
    def kind(self) -> str:
        """The one that is given."""
        return self._given[0]

    @property
    def ends(self) -> Literal["closing", "midnight", "same_time"]:
        """When on the last day it is due."""
        return self.until or ("same_time" if self.kind == "calendar_days" else "closing")

    @property
    def days(self) -> int:
        """How many days are counted; 0 where it ends today or does not count days."""
        return self.business_days or self.calendar_days or 0

    def __str__(self) -> str:
        """As a person says it."""
        after = f" after {self.after}" if self.after else ""
        if self.business_time is not None:
            return f"{spoken(self.business_time)} of working time{after}"
        if self.elapsed is not None:
            return f"{spoken(self.elapsed)}{after}"
        if self.end_of_day:
            return f"end of the business day, at {self.ends.replace('_', ' ')}{after}"
        kind = "business" if self.business_days is not None else "calendar"
        return f"{self.days} {kind} day{'' if self.days == 1 else 's'}, until {self.ends.replace('_', ' ')}{after}"


class Pause(Part):
    """A reason for which the clock may stand still; at these steps it does so by itself."""

    reason: Word
    at_steps: tuple[Word, ...] = ()


class ServiceLevel(Part):
    """The time that something has. `of` names stages or steps (of a task: its step); without it, all of them."""

    name: Word
    scope: Scope
    of: tuple[Word, ...] = ()
    when: Annotated[tuple[Condition, ...], Field(max_length=50)] = ()
    target: Target
    calendar: CalendarName | None = None
    pauses: Annotated[tuple[Pause, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.scope is Scope.PROCESS and self.of:
            raise ValueError("a process has one clock: leave out `of`")
        reasons = [pause.reason for pause in self.pauses]
        if len(reasons) != len(set(reasons)):
            raise ValueError("a reason is written twice")
        return self

    def speaks_of(self, scope: Scope, name: str) -> bool:
        """Whether it is about that stage, step or task."""
        return self.scope is scope and (not self.of or name in self.of)

    def pause_at(self, step: str) -> str | None:
        """Why the clock stands still while the case is at the step; None where it does not."""
        return next((pause.reason for pause in self.pauses if step in pause.at_steps), None)

    def may_pause(self, reason: str) -> bool:
        """Whether it may be paused for this reason."""
        return any(pause.reason == reason for pause in self.pauses)


class ServiceLevels(Part):
    """The service levels of a process; `calendar` counts for those that name none.

    `ladders` say what happens before a clock is due, and after: of those that speak of its level, the first.
    """

    process: Word
    calendar: CalendarName
    levels: Annotated[tuple[ServiceLevel, ...], Field(max_length=500)] = ()
    ladders: Annotated[tuple[Ladder, ...], Field(max_length=100)] = ()
    title: Name | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [level.name for level in self.levels]
        for kind, written in (("levels", names), ("ladders", [ladder.name for ladder in self.ladders])):
            twice = sorted({name for name in written if written.count(name) > 1})
            if twice:
                raise ValueError(f"two {kind} are called {', '.join(twice)}")
        unknown = sorted({name for ladder in self.ladders for name in ladder.of} - set(names))
        if unknown:
            raise ValueError(f"a ladder is of {', '.join(unknown)}: there is no such level")
        return self

    @cached_property
    def digest(self) -> str:
        """The same for the same meaning."""
        return digest(self.model_dump(mode="json", exclude=None if self.ladders else {"ladders"}))

    @cached_property
    def calendars(self) -> frozenset[str]:
        """The names of all calendars that are needed."""
        return frozenset({self.calendar, *(level.calendar for level in self.levels if level.calendar)})

    def calendar_of(self, level: ServiceLevel) -> str:
        """The name of the calendar that the level is counted in."""
        return level.calendar or self.calendar

    def speaks_of(self, scope: Scope, name: str) -> bool:
        """Whether any level may be about it, whatever the data."""
        return any(level.speaks_of(scope, name) for level in self.levels)

    def chosen(self, scope: Scope, name: str, data: Mapping[str, Any]) -> ServiceLevel | None:
        """The first level that speaks of it and whose conditions are met. Raises `InstantUnknown`."""
        for level in self.levels:
            if level.speaks_of(scope, name) and all(condition.met_by(data) for condition in level.when):
                return level
        return None

    def ladder_of(self, level: ServiceLevel, data: Mapping[str, Any]) -> Ladder | None:
        """The first ladder that speaks of the level and whose conditions are met.

        One whose conditions cannot be compared counts as met: somebody is told rather than nobody.
        """
        return next((one for one in self.ladders if one.speaks_of(level.name) and one.may_be_met_by(data)), None)


def anchor_of(target: Target, data: Mapping[str, Any]) -> date | datetime | None:
    """The day or instant that the target counts from; None where it counts from the start of the clock.

    Raises `InstantUnknown` where the data does not say.
    """
    if target.after is None:
        return None
    value = value_at(data, target.after)
    if isinstance(value, str):
        try:
            return date.fromisoformat(value) if len(value) == len("2026-01-31") else instant_written(value)
        except ValueError as error:
            raise InstantUnknown(f"{target.after} is neither a day nor an instant") from error
    raise InstantUnknown(f"{target.after} is not known")


def instant_written(text: str) -> datetime:
    """An instant with its offset from UTC. Raises `ValueError`."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("without an offset from UTC, it is no instant")
    return found
