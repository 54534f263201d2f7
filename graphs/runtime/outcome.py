"""What a visit of a step leaves: data and route for the state, and rows for the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEnd:
    """How the case ends with this step."""

    status: Literal["done", "rejected", "cancelled"]
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """The question that a visit puts to a person.

    `duties` are what approving it does, to whom; `changes` what is different from what was approved before.
    `skills` are the levels it needs, by name; `sticky` is what it is about, where one person should have all of that.
    """

    id: str
    step: str
    visit: int
    title: str
    question: str
    role: str
    reasons: list[dict[str, Any]]
    evidence: Mapping[str, Any]
    action: Mapping[str, Any] | None
    form: Mapping[str, Any]
    digest: str
    excluded: list[str]
    required_limit_minor: int | None
    currency: str | None
    deadline_at: datetime
    created_at: datetime
    matter: str | None = None
    entity: str | None = None
    duties: list[dict[str, Any]] | None = None
    changes: list[dict[str, Any]] | None = None
    skills: dict[str, int] | None = None
    effort_minutes: int | None = None
    language: str | None = None
    sticky: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """What a visit of a step leaves: data and route for the state; the rest for the same transaction.

    `kind` and `values` are its audit entry, which is also its journal. `fault` is why the rules could not be trusted
    with it: an incident beside the task, for whoever looks after the rules.
    """

    route: str
    data: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "step.ended"
    actor: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    task: NewTask | None = None
    end: CaseEnd | None = None
    fault: str | None = None
