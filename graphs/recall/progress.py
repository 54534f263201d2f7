"""How far a recall has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphs.store.decision_sources import TouchedDecision
from graphs.store.recall_tables import Recall


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was made with the target: the first decisions, and how many of how many cases there are.

    `versions` are (version, digest, decisions) of everything called so.
    """

    decisions: Sequence[TouchedDecision]
    total: int
    cases: int
    versions: Sequence[tuple[str, str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallProgress:
    """A recall with its sums: `decisions` by what became of them, `holds` cases by what freezing did to them.

    `to_freeze` and `to_judge` say whether another call has anything left to do.
    """

    recall: Recall
    decisions: Mapping[str, int]
    holds: Mapping[str, int]
    to_freeze: bool
    to_judge: bool

    @property
    def total(self) -> int:
        """How many decisions the recall has."""
        return sum(self.decisions.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallPage:
    """A recall's progress with some of its decisions, behind an entry of the trail."""

    progress: RecallProgress
    decisions: Sequence[Mapping[str, Any]]
