"""Runs of evaluation suites as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.views.view import View
from evals.comparison import Baseline
from evals.figure import Figure, Unit, format_number
from evals.result import CaseResult, GateResult
from evals.run_record import Difference, RunBrief, RunRecord
from graphs.store.cases import TaskCase


class EvaluationRun(View):
    """A run of a suite in a few numbers."""

    id: str
    suite: str
    dataset: str
    origin: Annotated[str | None, Field(description="Where a model's answers came from; null without a model.")]
    started_at: datetime
    seconds: float
    version: Annotated[str, Field(description="Release of Interlock that ran it.")]
    against: Annotated[str, Field(description="Baseline that it was held against; empty for none.")]
    repeat: int
    passed: bool
    cases: int
    failing: int
    gates: int
    failed_gates: list[str]

    @classmethod
    def of(cls, brief: RunBrief) -> EvaluationRun:
        """The run as it is shown."""
        values = brief.model_dump() | {"failed_gates": list(brief.failed_gates)}
        return cls(**values)


class EvaluationRunPage(View):
    """Runs of this machine, newest first."""

    runs: list[EvaluationRun]
    next: Annotated[str | None, Field(description="Cursor of the following page, null on the last.")]


class EvaluationGate(View):
    """One demand, and what was reached."""

    name: str
    reached: str
    demanded: str
    passed: bool
    why: list[str]

    @classmethod
    def of(cls, gate: GateResult) -> EvaluationGate:
        """The gate as it is shown."""
        return cls(name=gate.name, reached=gate.reached, demanded=gate.demanded, passed=gate.passed, why=list(gate.why))


class EvaluationFigure(View):
    """A number with its interval at 95 %, and what it was in the run before and in the committed baseline."""

    name: str
    unit: Unit
    better: Literal["higher", "lower"]
    samples: int
    value: float | None
    lower: float | None
    upper: float | None
    shown: Annotated[str, Field(description="The value in its unit.")]
    before: Annotated[float | None, Field(description="In the run before.")]
    before_shown: str | None
    baseline: Annotated[float | None, Field(description="In the baseline of this release.")]
    baseline_shown: str | None

    @classmethod
    def of(cls, figure: Figure, before: Figure | None, baseline: Figure | None) -> EvaluationFigure:
        """The figure beside the others."""
        return cls(
            name=figure.name,
            unit=figure.unit,
            better=figure.better,
            samples=figure.samples,
            value=figure.value,
            lower=figure.lower,
            upper=figure.upper,
            shown=format_number(figure.value, figure.unit),
            before=before.value if before else None,
            before_shown=format_number(before.value, before.unit) if before else None,
            baseline=baseline.value if baseline else None,
            baseline_shown=format_number(baseline.value, baseline.unit) if baseline else None,
        )


class ExampleCase(View):
    """The business case that an example was made of."""

    id: str
    title: str


class EvaluationExample(View):
    """An example that did not pass every time.

    What was made of a task is named and shown to whoever may read its case, and to nobody else.
    """

    name: str
    group: str
    runs: int
    passes: int
    expected: str
    got: str
    failed: list[str]
    newly: Annotated[bool, Field(description="Whether it passed in the run before.")]
    task: Annotated[str | None, Field(description="The answered task that it was made of.")]
    case: Annotated[ExampleCase | None, Field(description="That task's case.")]
    input: Annotated[str, Field(description="What it was put as, as JSON; empty where the suite keeps none.")]
    withheld: Annotated[bool, Field(description="Made of a task whose case is not here, or not for you to read.")]

    @classmethod
    def of(cls, case: CaseResult, cases: Mapping[str, TaskCase], *, newly: bool) -> EvaluationExample:
        """The example as it is shown to somebody who may read these cases, each by its task."""
        task = task_of(case.name)
        found = cases.get(task) if task else None
        withheld = task is not None and found is None
        return cls(
            name=case.name,
            group=case.group,
            runs=case.runs,
            passes=case.passes,
            expected=case.expected,
            got=case.got,
            failed=list(case.failed),
            newly=newly,
            task=task if found else None,
            case=ExampleCase(id=found.id, title=found.title) if found else None,
            input="" if withheld else case.input,
            withheld=withheld,
        )


class EvaluationDetail(View):
    """A run with its gates, figures and failing cases, beside the run before."""

    run: EvaluationRun
    gates: list[EvaluationGate]
    figures: list[EvaluationFigure]
    failing: list[EvaluationExample]
    notes: list[str]
    before: Annotated[EvaluationRun | None, Field(description="The run before, of the same suite, data and origin.")]
    newly_passing: list[str]

    @classmethod
    def of(
        cls, run: RunRecord, since: Difference | None, baseline: Baseline | None, cases: Mapping[str, TaskCase]
    ) -> EvaluationDetail:
        """The run as it is shown to somebody who may read these cases, each by its task."""
        before = since.figures if since else {}
        then = baseline.figures if baseline else {}
        newly = since.newly_failing if since else ()
        return cls(
            run=EvaluationRun.of(run.brief),
            gates=[EvaluationGate.of(gate) for gate in run.gates],
            figures=[EvaluationFigure.of(one, before.get(one.name), then.get(one.name)) for one in run.figures],
            failing=_failing(run.cases, newly, cases),
            notes=list(run.notes),
            before=EvaluationRun.of(since.before) if since else None,
            newly_passing=list(since.newly_passing) if since else [],
        )


def _failing(
    results: Sequence[CaseResult], newly: Sequence[str], cases: Mapping[str, TaskCase]
) -> list[EvaluationExample]:
    """What failed newly comes first."""
    found = [EvaluationExample.of(one, cases, newly=one.name in newly) for one in results if not one.passed]
    return sorted(found, key=lambda one: not one.newly)


def task_of(name: str) -> str | None:
    """The id of the task that an evaluation case was made of (`task_` and its id without dashes)."""
    digits = name.removeprefix("task_")
    if digits == name or len(digits) != 32 or not set(digits) <= set("0123456789abcdef"):
        return None
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
