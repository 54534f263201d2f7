"""Runs suites, holds them against their baselines, and writes what CI servers and people read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.comparison import BaselineUnfit, committed, compared, read_baseline, write_baseline
from evals.dataset import DatasetError
from evals.junit import junit
from evals.page import page
from evals.result import GateResult, Result, gate_rows
from evals.suites import SUITES, Finished, Registered, Request, suite_named

ALL = "all"
BASELINE = "baseline"
"""Stands for the suite's committed baseline."""


class RunRefused(Exception):
    """A run was asked for that cannot be made; says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What a run is held against and what it writes; `against` is `baseline` or the path of one."""

    against: str | None = None
    update: bool = False
    junit: Path | None = None
    html: Path | None = None


def run_suites(name: str, request: Request, outputs: Outputs) -> Iterator[Finished]:
    """Each finished suite, `all` in turn, once it is compared; then the files are written.

    A suite of `all` that cannot be run is a failed gate; asked for by its name it raises `DatasetError`. Raises
    `UnknownSuite`, `RunRefused` and `BaselineUnfit`.
    """
    suites = _asked_for(name, request, outputs)
    for path in (outputs.junit, outputs.html):
        _make_room(path)
    results: list[Result] = []
    for suite in suites:
        finished = _finished(suite, request, outputs, alone=name != ALL)
        results.append(finished.result)
        yield finished
    _write(results, outputs)


def _asked_for(name: str, request: Request, outputs: Outputs) -> Sequence[Registered]:
    if request.live is not None and outputs.update and outputs.against in (None, BASELINE):
        raise RunRefused("the committed baseline is of a cassette: name a file of your own with --against")
    if name != ALL:
        return (suite_named(name),)
    if request.live is not None:
        raise RunRefused("--live is of one suite: name agents.CLASS or cost.CLASS instead of `all`")
    if request.data is not None:
        raise RunRefused("--data is of one suite: name the suite instead of `all`")
    if outputs.against not in (None, BASELINE):
        raise RunRefused("a baseline file is of one suite: name the suite instead of `all`, or use --against baseline")
    return tuple(SUITES.values())


def _finished(suite: Registered, request: Request, outputs: Outputs, *, alone: bool) -> Finished:
    try:
        path = committed(suite.name) if outputs.against in (None, BASELINE) else Path(str(outputs.against))
        # Read before the suite runs: what it would be held against is missed now, not after an hour.
        before = read_baseline(path) if outputs.against is not None and not outputs.update else None
        finished = suite.run(request)
        if outputs.update and not finished.result.passed:
            note = "no baseline was made of this run: it does not pass its own gates"
            return Finished(result=finished.result.beside((), [note]), report=finished.report)
        if outputs.update:
            write_baseline(finished.result, path)
            before = read_baseline(path) if outputs.against is not None else None
        if before is None:
            return finished
        return Finished(result=compared(finished.result, before), report=finished.report)
    except (DatasetError, BaselineUnfit) as error:
        if alone:
            raise
        failed = GateResult(name="can be run", reached="no", demanded="yes", passed=False, why=(str(error),))
        result = Result(suite=suite.name, dataset="–", cases=(), gates=(failed,))
        return Finished(result=result, report=result)


def _make_room(path: Path | None) -> None:
    """Empty the file, so that no earlier result is taken for this one. Raises `RunRefused`."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    except OSError as error:
        raise RunRefused(f"{path} cannot be written: {error.strerror}") from error


def _write(results: Sequence[Result], outputs: Outputs) -> None:
    for path, content in ((outputs.junit, junit), (outputs.html, page)):
        if path is not None:
            path.write_text(content(results), encoding="utf-8")


def as_text(finished: Finished) -> str:
    """The suite's own report for people, and under it what the comparison adds."""
    if isinstance(finished.report, Result):
        return finished.result.text()
    added = [*gate_rows(_added(finished)), *(f"note: {note}" for note in finished.result.notes)]
    return finished.report.text() + "".join(f"{row}\n" for row in added)


def as_json(finished: Finished) -> str:
    """The suite's own report as one JSON object; a comparison's gates stand under `compared`."""
    if isinstance(finished.report, Result):
        return finished.result.model_dump_json()
    own = json.loads(finished.report.model_dump_json())
    compared_gates = [gate.model_dump(mode="json") for gate in _added(finished)]
    own |= {"passed": finished.result.passed, "compared": compared_gates, "notes": list(finished.result.notes)}
    return json.dumps(own, ensure_ascii=False, allow_nan=False)


def _added(finished: Finished) -> Sequence[GateResult]:
    """The gates that the suite's own report does not show: hard ones and those of a comparison."""
    if isinstance(finished.report, Result):
        return ()
    shown = {str(gate.get("name")) for gate in json.loads(finished.report.model_dump_json()).get("gates", ())}
    return tuple(gate for gate in finished.result.gates if gate.name not in shown)
