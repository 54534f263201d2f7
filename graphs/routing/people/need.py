"""What a task asks of whoever takes it: rights that the check of the answer asks for, and abilities."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from graphs.routing.people.person import RosterEntry

EFFORT_MINUTES = 15
"""What a task is taken to cost whose step does not say."""
APPROVAL = "approval"
"""The matter of tasks that name none."""


class Asked(Protocol):
    """A task, new or stored, as far as it says who may take it."""

    @property
    def role(self) -> str: ...
    @property
    def excluded(self) -> list[str]: ...
    @property
    def required_limit_minor(self) -> int | None: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def matter(self) -> str | None: ...
    @property
    def entity(self) -> str | None: ...
    @property
    def deadline_at(self) -> datetime: ...
    @property
    def skills(self) -> dict[str, Any] | None: ...
    @property
    def language(self) -> str | None: ...
    @property
    def effort_minutes(self) -> int | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskNeed:
    """`barred` are people whose earlier acts do not go together with a duty of the task.

    `sticky` is what the task is about, where one person should have all of that; `holder` had the last of it.
    `given_to` is the absent person who has the task, whose substitute comes first.
    """

    role: str
    on: date
    deadline_at: datetime
    excluded: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    required_limit_minor: int | None = None
    currency: str | None = None
    matter: str = APPROVAL
    entity: str | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    language: str | None = None
    effort_minutes: int | None = None
    sticky: str | None = None
    holder: str | None = None
    given_to: str | None = None

    @property
    def minutes(self) -> int:
        """The expected effort."""
        return EFFORT_MINUTES if self.effort_minutes is None else self.effort_minutes

    def limit_of(self, entry: RosterEntry) -> int | None:
        """What the person may approve of the task's kind that day, in minor units; None without a row."""
        if self.currency is None:
            return None
        return entry.limit(matter=self.matter, currency=self.currency, entity=self.entity, on=self.on)


def need_of(
    task: Asked,
    *,
    on: date,
    barred: Collection[str] = (),
    sticky: str | None = None,
    holder: str | None = None,
    given_to: str | None = None,
) -> TaskNeed:
    """What the task asks for on that day."""
    return TaskNeed(
        role=task.role,
        on=on,
        deadline_at=task.deadline_at,
        excluded=frozenset(task.excluded),
        barred=frozenset(barred),
        required_limit_minor=task.required_limit_minor,
        currency=task.currency,
        matter=task.matter or APPROVAL,
        entity=task.entity,
        skills=task.skills or {},
        language=task.language,
        effort_minutes=task.effort_minutes,
        sticky=sticky,
        holder=holder,
        given_to=given_to,
    )
