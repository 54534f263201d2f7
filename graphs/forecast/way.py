"""How entries of the trail become passages: one begins with the entry that leads to a step, and ends with the next.

Pure. What somebody steered away, skipped or cancelled did not end by itself: it is forgotten, not learned from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from graphs.store.forecast_tables import ForecastPassage
from graphs.store.passages import WayEntry
from policies.forecast_sample import rank

StageOf = Callable[[str, int, str], str]
"""The stage of a step of a process's version; empty where that is not known."""


@dataclass(slots=True)
class Way:
    """The passages of cases while entries are read; `changed` are those to write, `gone` those to forget, by `seq`."""

    tenant: str
    stage_of: StageOf
    by_case: dict[str, list[ForecastPassage]] = field(default_factory=dict)
    changed: dict[int, ForecastPassage] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    tasks: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, tenant: str, known: Iterable[ForecastPassage], stage_of: StageOf) -> Way:
        """Going on from what is known of the cases."""
        way = cls(tenant=tenant, stage_of=stage_of)
        for row in known:
            way.by_case.setdefault(row.case_id, []).append(row)
        return way

    def read(self, entries: Sequence[WayEntry]) -> None:
        """Take the entries, in their order."""
        for entry in entries:
            self._read(entry)

    def _read(self, entry: WayEntry) -> None:
        passages = self.by_case.setdefault(entry.case_id, [])
        match entry.kind:
            case "deadline.paused":
                self._halt(passages, entry.at)
            case "steering.ordered":
                if entry.ordered == "suspend":
                    self._halt(passages, entry.at)
            case "deadline.resumed" | "case.resumed":
                self._resume(passages, entry.at)
            case "case.cancelled":
                self._forget(passages)
            case "case.steered" | "step.skipped":
                self._forget(passages)
                self._begin(entry, entry.route or (entry.step if entry.visit == 0 else None))
            case _:
                if entry.visit:
                    self._visited(passages, entry)

    def _visited(self, passages: list[ForecastPassage], entry: WayEntry) -> None:
        for one in passages:
            if one.left_at is None:
                left_at = entry.answered_at or entry.at
                one.left_at = max(left_at, one.began_at)
                self.changed[one.seq] = one
        if entry.ended:
            for one in passages:
                one.over_at, one.stage_left_at = entry.at, one.stage_left_at or entry.at
                self.changed[one.seq] = one
            passages.clear()
            return
        stage = self.stage_of(entry.process, entry.version, entry.route or "")
        for one in passages:
            if one.stage_left_at is None and one.stage != stage:
                one.stage_left_at = entry.at
                self.changed[one.seq] = one
        self._begin(entry, entry.route)

    def _begin(self, entry: WayEntry, step: str | None) -> None:
        if not step:
            return
        begun = ForecastPassage(
            tenant=self.tenant,
            seq=entry.seq,
            case_id=entry.case_id,
            process=entry.process,
            version=entry.version,
            step=step,
            stage=self.stage_of(entry.process, entry.version, step),
            label=entry.label,
            performer=entry.assignee_id,
            began_at=entry.at,
            halts=[],
            rank=rank(f"{self.tenant}/{entry.case_id}/{entry.seq}", entry.at),
        )
        self.by_case[entry.case_id].append(begun)
        self.changed[begun.seq] = begun
        if entry.task_id is not None:
            self.tasks[begun.seq] = entry.task_id

    def _halt(self, passages: list[ForecastPassage], at: datetime) -> None:
        for one in passages:
            if not one.halts or one.halts[-1][1] is not None:
                one.halts = [*one.halts, [at.isoformat(), None]]
                self.changed[one.seq] = one

    def _resume(self, passages: list[ForecastPassage], at: datetime) -> None:
        for one in passages:
            if one.halts and one.halts[-1][1] is None:
                one.halts = [*one.halts[:-1], [one.halts[-1][0], at.isoformat()]]
                self.changed[one.seq] = one

    def _forget(self, passages: list[ForecastPassage]) -> None:
        for one in passages:
            self.changed.pop(one.seq, None)
            self.gone.add(one.seq)
        passages.clear()
