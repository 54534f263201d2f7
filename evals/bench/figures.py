"""Figures: what one round of a side measured, and what several rounds say together."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

METRICS = ("cases_per_s", "cpu_ms_per_case", "commits_per_case", "rows_per_case", "bytes_per_case")
"""What is stated of every side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One round of one side with so many worker processes."""

    processes: int
    cases: int
    figures: dict[str, float]
    notes: dict[str, str] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    """What the check after the round found wrong; anything here makes the figures void."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All rounds of one side: medians at its best number of processes, or why there are none."""

    name: str
    rounds: tuple[Measured, ...] = ()
    missing: str | None = None
    extras: dict[str, Any] = field(default_factory=dict)
    void: str | None = None

    @property
    def processes(self) -> int | None:
        """The number of worker processes with the highest median."""
        counts = sorted({measured.processes for measured in self.rounds})
        return max(counts, key=lambda count: self.median("cases_per_s", count) or 0.0, default=None)

    def of(self, processes: int | None) -> list[Measured]:
        """The rounds with that many processes."""
        return [measured for measured in self.rounds if measured.processes == processes]

    def median(self, figure: str, processes: int | None = None) -> float | None:
        """The median of a figure, at the best number of processes unless another is named."""
        rounds = self.of(processes if processes is not None else self.processes)
        values = [measured.figures[figure] for measured in rounds if figure in measured.figures]
        return statistics.median(values) if values else None

    @property
    def reason(self) -> str | None:
        """Why there are no figures."""
        broken = [problem for measured in self.rounds for problem in measured.broken]
        return self.void or self.missing or (broken[0] if broken else None)

    def as_json(self) -> dict[str, Any]:
        """The figures as they are printed: null with a reason where they are void or missing."""
        reason, best = self.reason, self.processes
        shown: dict[str, Any] = {name: None if reason else rounded(self.median(name)) for name in METRICS}
        if self.missing:
            return {**shown, "missing": self.missing}
        if reason:
            shown["void"] = reason
        else:
            rates = [measured.figures["cases_per_s"] for measured in self.of(best)]
            by_count = {
                str(m): rounded(self.median("cases_per_s", m)) for m in sorted({r.processes for r in self.rounds})
            }
            shown |= {"min": rounded(min(rates)), "max": rounded(max(rates)), "processes": best}
            shown |= {"cases_per_s_by_processes": by_count, "rounds": len(rates)}
            shown |= {name: rounded(self.median(name)) for name in self._others(best)}
            shown |= self.of(best)[0].notes
        return {**shown, **self.extras}

    def _others(self, processes: int | None) -> list[str]:
        return [name for name in self.of(processes)[0].figures if name not in METRICS]


def rounded(value: float | None) -> float | None:
    """To two places behind the point."""
    return None if value is None else round(value, 2)


def ratio(one: float | None, other: float | None) -> float | None:
    """How many times `other` goes into `one`."""
    return round(one / other, 2) if one is not None and other else None


def share_lost(slower: float | None, faster: float | None) -> float | None:
    """Which share of `faster` is gone with `slower`."""
    return round(1 - slower / faster, 4) if slower is not None and faster else None


def interlocks_ratios(summaries: Sequence[Summary]) -> dict[str, float | None]:
    """Interlock's median as a multiple of each peer's."""
    rates = {summary.name: None if summary.reason else summary.median("cases_per_s") for summary in summaries}
    ours = rates.pop("interlock", None)
    return {name: ratio(ours, rate) for name, rate in rates.items()}
