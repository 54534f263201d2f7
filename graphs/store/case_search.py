"""What is looked for among cases, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

LIVE = ("running", "waiting", "suspended", "incident", "compensating")
"""Cases that have not ended."""
MAX_WORDS = 8


class CaseOrder(StrEnum):
    """Which cases come first: those that started last, or first, or that are due soonest."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DEADLINE = "deadline"


class WaitingFor(StrEnum):
    """What a case waits for: a task that somebody has, one that nobody has yet, a message, an instant."""

    PERSON = "person"
    TASK = "task"
    MESSAGE = "message"
    TIMER = "timer"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSearch:
    """What is looked for. All of it must be so; of several statuses, one.

    `step` is where a case stands, `owner` has a task of it, `words` stand in its title or begin its id.
    """

    status: tuple[str, ...] = ()
    process: str | None = None
    step: str | None = None
    stage: str | None = None
    words: tuple[str, ...] = ()
    waiting: WaitingFor | None = None
    owner: str | None = None
    overdue: bool = False
    due_before: datetime | None = None
    started_from: datetime | None = None
    started_before: datetime | None = None

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses that a case must have one of; none where any will do."""
        if self.status:
            return tuple(dict.fromkeys(self.status))
        if self.waiting is not None:
            return ("waiting",)
        return LIVE if self.step or self.overdue or self.due_before else ()

    def recorded(self) -> Mapping[str, Any]:
        """As it stands in the trail: only what is looked for."""
        found: dict[str, Any] = {
            "status": list(self.status),
            "process": self.process,
            "step": self.step,
            "stage": self.stage,
            "words": list(self.words),
            "waiting": self.waiting.value if self.waiting else None,
            "owner": self.owner,
            "overdue": self.overdue,
            "due_before": self.due_before.isoformat() if self.due_before else None,
            "started_from": self.started_from.isoformat() if self.started_from else None,
            "started_before": self.started_before.isoformat() if self.started_before else None,
        }
        return {name: value for name, value in found.items() if value}


EVERY_CASE = CaseSearch()
