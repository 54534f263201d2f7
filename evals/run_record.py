"""A run of a suite as it is kept: what it found, when, how long it took, and what it is held beside."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from evals.comparison import Baseline, BaselineUnfit, committed, read_baseline
from evals.figure import Figure
from evals.result import CaseResult, GateResult, Result
from tools.llm.question import Origin


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RunBrief(_Model):
    """A run in a few numbers. `against` says what it was held against while it ran; empty for nothing."""

    id: str
    suite: str
    dataset: str
    origin: Origin | None
    started_at: datetime
    seconds: float
    version: str
    against: str
    repeat: int
    passed: bool
    cases: int
    failing: int
    gates: int
    failed_gates: tuple[str, ...]


class RunRecord(_Model):
    """A run with everything it found."""

    brief: RunBrief
    cases: tuple[CaseResult, ...]
    figures: tuple[Figure, ...]
    gates: tuple[GateResult, ...]
    notes: tuple[str, ...]

    @property
    def failing(self) -> frozenset[str]:
        """Names of the cases that did not pass every time."""
        return frozenset(case.name for case in self.cases if not case.passed)


class Difference(_Model):
    """What changed between two runs of one suite over the same data. Cases that only one of them has are no change."""

    before: RunBrief
    newly_failing: tuple[str, ...]
    newly_passing: tuple[str, ...]
    figures: dict[str, Figure]


def record_of(
    result: Result, *, run_id: str, started_at: datetime, seconds: float, version: str, against: str
) -> RunRecord:
    """The record of a finished suite."""
    brief = RunBrief(
        id=run_id,
        suite=result.suite,
        dataset=result.dataset,
        origin=result.origin,
        started_at=started_at,
        seconds=round(seconds, 3),
        version=version,
        against=against,
        repeat=result.repeat,
        passed=result.passed,
        cases=len(result.cases),
        failing=len(result.failing),
        gates=len(result.gates),
        failed_gates=tuple(gate.name for gate in result.gates if not gate.passed),
    )
    return RunRecord(brief=brief, cases=result.cases, figures=result.figures, gates=result.gates, notes=result.notes)


def difference(now: RunRecord, before: RunRecord) -> Difference:
    """What changed since `before`."""
    names = {case.name for case in now.cases} & {case.name for case in before.cases}
    return Difference(
        before=before.brief,
        newly_failing=tuple(sorted((now.failing - before.failing) & names)),
        newly_passing=tuple(sorted((before.failing - now.failing) & names)),
        figures={figure.name: figure for figure in before.figures},
    )


def committed_baseline(run: RunBrief) -> Baseline | None:
    """The baseline that this release brings for the suite; None where there is none for the same data and origin."""
    try:
        found = read_baseline(committed(run.suite))
    except BaselineUnfit:
        return None
    return found if (found.dataset, found.origin) == (run.dataset, run.origin) else None
