"""Who has a task: what is compared before it changes hands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphs.store.tables import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A task's status, whom it is for, and who delegated it to them."""

    status: str
    assignee_id: str | None
    delegated_by: str | None = None

    @classmethod
    def of(cls, task: Task) -> Holding:
        """As the row says."""
        return cls(status=task.status, assignee_id=task.assignee_id, delegated_by=task.delegated_by)

    def as_seen(self) -> dict[str, Any]:
        """What an answer compares: `status` and `assignee`."""
        return {"status": self.status, "assignee": self.assignee_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """How rules chose whom a task is for: what stands with it, and the team whose it is."""

    assignment: Mapping[str, Any]
    team: str | None = None
