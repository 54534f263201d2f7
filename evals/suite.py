"""A suite: cases, the task they are put to, and pure evaluators of what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Any, Generic, TypeVar

from pydantic_evals import Dataset
from pydantic_evals.evaluators import Evaluator, EvaluatorContext
from pydantic_evals.reporting import EvaluationReport, ReportCase

from evals.figure import Figure
from evals.repetition import passing
from evals.result import CaseResult, Result, hard_gates, shown_input
from tools.llm.question import Origin

InputsT = TypeVar("InputsT")
OutputT = TypeVar("OutputT")
ExpectedT = TypeVar("ExpectedT")
MetadataT = TypeVar("MetadataT")
NOT_RUN = "cases that could not be run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Generic[InputsT, OutputT, ExpectedT, MetadataT]):
    """One run of one case, as evaluators see it."""

    name: str
    inputs: InputsT
    output: OutputT
    expected: ExpectedT
    metadata: MetadataT
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite(Generic[InputsT, OutputT, ExpectedT, MetadataT]):
    """Runs every case of the dataset and judges it.

    A case passes when all `checks` hold. `hard` counts what must never happen, over all runs. `figures` are further
    figures of all runs. `margin` is by how much the share that passes may fall against a baseline. `origin` says
    where a model's answers come from, where there is a model.
    """

    name: str
    dataset: Dataset[InputsT, ExpectedT, MetadataT]
    task: Callable[[InputsT], Awaitable[OutputT]]
    checks: Mapping[str, Callable[[Seen[InputsT, OutputT, ExpectedT, MetadataT]], bool]]
    hard: Mapping[str, Callable[[Seen[InputsT, OutputT, ExpectedT, MetadataT]], int]] = field(default_factory=dict)
    show: Callable[[Seen[InputsT, OutputT, ExpectedT, MetadataT]], tuple[str, str]]
    group: Callable[[MetadataT], str] = lambda _: ""
    figures: Callable[[Sequence[Seen[InputsT, OutputT, ExpectedT, MetadataT]]], Iterable[Figure]] = lambda _: ()
    margin: float = 0.0
    concurrency: int = 1
    origin: Origin | None = None
    notes: tuple[str, ...] = ()

    async def run(self, *, repeat: int = 1) -> Result:
        """Run every case `repeat` times. A case whose task raises fails, and counts as one that could not be run."""
        judged = Dataset[Any, Any, Any](name=self.dataset.name, cases=self.dataset.cases, evaluators=[_Judge(self)])
        report = await judged.evaluate(
            self.task, name=self.name, repeat=repeat, max_concurrency=self.concurrency, progress=False
        )
        return self._result(report, repeat)

    def _result(self, report: EvaluationReport[Any, Any, Any], repeat: int) -> Result:
        runs: dict[str, list[ReportCase[Any, Any, Any]]] = {str(case.name): [] for case in self.dataset.cases}
        for run in report.cases:
            runs[run.source_case_name or run.name].append(run)
        errors: dict[str, list[str]] = {name: [] for name in runs}
        for failure in report.failures:
            errors[failure.source_case_name or failure.name].append(failure.error_message)
        by_name = {str(case.name): case for case in self.dataset.cases}
        cases = tuple(self._case(by_name[name], of_case, errors[name], repeat=repeat) for name, of_case in runs.items())
        seen = [seen_in(run) for of_case in runs.values() for run in of_case]
        hard = {name: sum(count(one) for one in seen) for name, count in self.hard.items()}
        hard[NOT_RUN] = sum(bool(of_case) for of_case in errors.values())
        return Result(
            suite=self.name,
            dataset=self.dataset.name or self.name,
            origin=self.origin,
            repeat=repeat,
            cases=cases,
            figures=(*passing(cases, repeat=repeat, margin=self.margin), *self.figures(seen)),
            hard=hard,
            gates=hard_gates(hard),
            notes=self.notes,
        )

    def _case(
        self, case: Any, runs: Sequence[ReportCase[Any, Any, Any]], errors: Sequence[str], *, repeat: int
    ) -> CaseResult:
        failing = [(run, _failed(run)) for run in runs if _failed(run)]
        expected, got = ("", "; ".join(errors[:1]))
        if runs:
            shown = failing[0][0] if failing else runs[0]
            expected, got = self.show(seen_in(shown))
        return CaseResult(
            name=str(case.name),
            group=self.group(case.metadata),
            runs=repeat,
            passes=len(runs) - len(failing),
            expected=expected,
            got=got if not errors else f"error: {errors[0]}",
            failed=tuple(
                dict.fromkeys([*(name for _, names in failing for name in names), *(["ran"] if errors else [])])
            ),
            seconds=fsum(run.task_duration for run in runs) / len(runs) if runs else None,
            input=shown_input(case.inputs) if failing or errors else "",
        )


@dataclass(repr=False)
class _Judge(Evaluator[Any, Any, Any]):
    """A suite's checks, as pydantic-evals asks for them."""

    suite: Suite[Any, Any, Any, Any]

    def evaluate(self, ctx: EvaluatorContext[Any, Any, Any]) -> Mapping[str, bool]:
        seen = Seen(
            name=ctx.name or "",
            inputs=ctx.inputs,
            output=ctx.output,
            expected=ctx.expected_output,
            metadata=ctx.metadata,
            seconds=ctx.duration,
        )
        return {name: check(seen) for name, check in self.suite.checks.items()}


def seen_in(run: ReportCase[Any, Any, Any]) -> Seen[Any, Any, Any, Any]:
    """The run as evaluators see it."""
    return Seen(
        name=run.source_case_name or run.name,
        inputs=run.inputs,
        output=run.output,
        expected=run.expected_output,
        metadata=run.metadata,
        seconds=run.task_duration,
    )


def _failed(run: ReportCase[Any, Any, Any]) -> tuple[str, ...]:
    """The checks that do not hold; one that raises holds as little as one that says no."""
    broken = tuple(f"{failure.name}: {failure.error_message}" for failure in run.evaluator_failures)
    return (*(name for name, found in run.assertions.items() if not found.value), *broken)
