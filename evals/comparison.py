"""A result beside a committed baseline: a figure may not get worse by more than its margin.

What is compared is the worse bound of each figure's interval, so that fewer cases, which prove less, count as worse.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from evals.figure import Figure, format_number
from evals.metrics import mcnemar
from evals.result import GateResult, Result
from tools.llm.question import Origin

COMMITTED = Path(str(files("evals"))) / "baselines"
"""Where the baselines of the shipped suites stand: one JSON file a suite."""
_ROUNDING = 1e-9
"""Two sums of the same numbers may differ by so much."""


class BaselineUnfit(Exception):
    """A baseline cannot be read, is of something else, or may not be made of this result."""


class Baseline(BaseModel):
    """What a result is held against. `cases` is a digest of all cases' names, so that pairs can be told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    suite: str
    dataset: str
    origin: Origin | None
    cases: str
    count: int
    failing: tuple[str, ...]
    figures: dict[str, Figure]


def committed(suite: str) -> Path:
    """The file of the suite's committed baseline."""
    return COMMITTED / f"{suite}.json"


def baseline_of(result: Result) -> Baseline:
    """The baseline that this result makes. Raises `BaselineUnfit` when the result does not pass its own gates."""
    if not result.passed:
        failed = ", ".join(gate.name for gate in result.gates if not gate.passed) or "it has no gate"
        raise BaselineUnfit(f"{result.suite}: a result that does not pass makes no baseline ({failed})")
    return Baseline(
        suite=result.suite,
        dataset=result.dataset,
        origin=result.origin,
        cases=_digest(result),
        count=len(result.cases),
        failing=tuple(sorted(case.name for case in result.failing)),
        figures={figure.name: figure for figure in result.figures if figure.margin is not None},
    )


def write_baseline(result: Result, path: Path) -> None:
    """Write the baseline that this result makes. Raises `BaselineUnfit`."""
    content = baseline_of(result).model_dump_json(indent=1) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise BaselineUnfit(f"{path} cannot be written: {error.strerror}") from error


def read_baseline(path: Path) -> Baseline:
    """The baseline in the file. Raises `BaselineUnfit`."""
    try:
        return Baseline.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BaselineUnfit(f"there is no baseline {path}: make one with --update-baseline, and commit it") from error
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise BaselineUnfit(f"{path} is no baseline: {error}") from error


def compared(result: Result, baseline: Baseline) -> Result:
    """The result with a gate for every figure of the baseline. Raises `BaselineUnfit` when that is of other data."""
    for what in ("suite", "dataset", "origin"):
        now, then = getattr(result, what), getattr(baseline, what)
        if now != then:
            raise BaselineUnfit(f"the baseline is of {what} {then!r}, the result of {now!r}")
    now_figures = {figure.name: figure for figure in result.figures}
    gates = tuple(_gate(then, now_figures.get(name)) for name, then in baseline.figures.items())
    if not gates:
        raise BaselineUnfit(f"the baseline of {baseline.suite} has no figure to compare with")
    return result.beside(gates, _notes(result, baseline))


def _gate(then: Figure, now: Figure | None) -> GateResult:
    name = f"{then.name} against the baseline"
    bound = "lower" if then.better == "higher" else "upper"
    if now is None or now.margin is None or now.worst is None or then.worst is None:
        return GateResult(
            name=name, reached="–", demanded="measured", passed=False, why=("it is no longer measured or compared",)
        )
    fall = then.worst - now.worst if now.better == "higher" else now.worst - then.worst
    limit = then.worst - now.margin if now.better == "higher" else then.worst + now.margin
    sign = "≥" if now.better == "higher" else "≤"
    return GateResult(
        name=name,
        reached=format_number(now.worst, now.unit),
        demanded=f"{sign} {format_number(limit, now.unit)}",
        passed=fall <= now.margin + _ROUNDING,
        why=(f"the {bound} bound was {format_number(then.worst, then.unit)}: {then.text()}; now {now.text()}",),
    )


def _notes(result: Result, baseline: Baseline) -> Iterator[str]:
    if _digest(result) != baseline.cases:
        yield f"the cases are not those of the baseline ({len(result.cases)} now, {baseline.count} then)"
        return
    before, now = set(baseline.failing), {case.name for case in result.failing}
    p = mcnemar(only_before=len(now - before), only_now=len(before - now))
    yield (
        f"of {baseline.count} cases {len(now - before)} passed only in the baseline and {len(before - now)} pass only "
        f"now (McNemar, exact: p = {p:.3f})"
    )
    if now - before:
        yield f"newly failing: {', '.join(sorted(now - before)[:10])}"


def _digest(result: Result) -> str:
    return hashlib.sha256(json.dumps(sorted(case.name for case in result.cases)).encode()).hexdigest()
