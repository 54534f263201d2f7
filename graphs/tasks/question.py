"""A question to a colleague about a task, and its answer: as they are asked, checked and recorded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from graphs.errors import Invalid, ProtectedField
from graphs.forms import entered_value
from graphs.steering import person_fact
from graphs.store.question_tables import QuestionRow
from policies.fact import Fact
from policies.protected import is_protected

ASKED, REPLIED, OVERDUE = "question.asked", "question.answered", "question.overdue"
"""Kinds of audit entries."""
KINDS = frozenset({"text", "date", "amount", "number"})
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
MAX_TEXT = 4000
MAX_WANTED = 20
SOON = timedelta(days=1)
LONGEST = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is asked of the person called `to` (login or id); `wanted` are fields by name, each with its kind."""

    to: str
    text: str
    wanted: Mapping[str, str] = field(default_factory=dict)
    deadline_at: datetime | None = None

    def due(self, now: datetime) -> datetime:
        """By when: as asked, else in a day. Raises `Invalid`."""
        due = self.deadline_at or now + SOON
        if not now < due <= now + LONGEST:
            raise Invalid(f"deadline_at: from now on, and within {LONGEST.days} days")
        return due

    def check(self) -> None:
        """Raises `Invalid`; `ProtectedField` for what nobody may say, because it comes from named sources only."""
        check_text(self.text)
        if len(self.wanted) > MAX_WANTED:
            raise Invalid(f"fields: at most {MAX_WANTED}")
        for name, kind in self.wanted.items():
            if is_protected(name):
                raise ProtectedField(f"{name} accepts no value from a colleague: look at its source")
            if NAME.fullmatch(name) is None or kind not in KINDS:
                raise Invalid(f"fields: {name!r} of kind {kind!r} (kinds: {', '.join(sorted(KINDS))})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a colleague answers: a text, values of the fields that were asked for, or both."""

    text: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    def facts(self, wanted: Mapping[str, str], by: str) -> dict[str, Fact]:
        """The values as facts that a person gave. Raises `Invalid`."""
        if self.text.strip() or not self.values:
            check_text(self.text)
        unknown = sorted(self.values.keys() - wanted.keys())
        if unknown:
            raise Invalid(f"values: {', '.join(unknown)} was not asked for")
        return {name: person_fact(entered_value(name, wanted[name], value), by) for name, value in self.values.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with its answer; erased texts are None. `open` while it may be answered."""

    row: QuestionRow
    open: bool
    text: str | None = None
    answer: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def check_text(text: str) -> None:
    """Raises `Invalid`."""
    if not text.strip():
        raise Invalid("text: say something")
    if len(text) > MAX_TEXT:
        raise Invalid(f"text: at most {MAX_TEXT} characters")
