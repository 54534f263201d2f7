"""The suite `routing`: the right performer, and the right person without piling all work on one.

Performers are chosen in scenarios made from a seed and in some that people wrote; people in simulated weeks.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from pydantic_evals import Dataset

from evals.case_file import load_cases
from evals.figure import Figure, share
from evals.repetition import PASSED, passing, repeated
from evals.result import Result
from evals.routing.generated import generated_cases
from evals.routing.load_balance import run_load_balance
from evals.routing.scenario import RoutingExpected, RoutingInputs, RoutingMetadata, candidate, routed
from evals.suite import Seen, Suite
from graphs.routing.performers.choice import Choice

SUITE: Final = "routing"
CASES: Final = Path(str(files("evals"))) / "datasets" / "routing.yaml"

Run = Seen[RoutingInputs, Choice, RoutingExpected, RoutingMetadata]


def routing_cases(path: Path = CASES) -> Dataset[RoutingInputs, RoutingExpected, RoutingMetadata]:
    """The cases that people wrote, and those made from a seed. Raises `CasesInvalid`."""
    written = load_cases(path, inputs=RoutingInputs, expected=RoutingExpected, metadata=RoutingMetadata)
    written.cases.extend(generated_cases())
    return written


def run_routing(*, repeat: int = 1) -> Result:
    """Choose in every scenario, and give out every week. Raises `CasesInvalid`."""
    return beside(run_performers(repeat=repeat), repeated([run_load_balance() for _ in range(repeat)]))


def run_performers(*, repeat: int = 1) -> Result:
    """Choose in every scenario. Raises `CasesInvalid`."""
    return asyncio.run(_suite(routing_cases()).run(repeat=repeat))


def beside(performers: Result, people: Result) -> Result:
    """Both as one result: what passes is counted over all cases."""
    cases = (*performers.cases, *people.cases)
    rest = [figure for figure in (*performers.figures, *people.figures) if not figure.name.startswith("pass")]
    margins = {figure.name: figure.margin for figure in performers.figures}
    return performers.model_copy(
        update={
            "dataset": f"{performers.dataset}, {people.dataset}",
            "cases": cases,
            "figures": (*passing(cases, repeat=performers.repeat, margin=margins[PASSED]), *rest),
            "hard": {**performers.hard, **people.hard},
            "gates": (*performers.gates, *people.gates),
            "notes": (*performers.notes, *people.notes),
        }
    )


def _suite(
    dataset: Dataset[RoutingInputs, RoutingExpected, RoutingMetadata],
) -> Suite[RoutingInputs, Choice, RoutingExpected, RoutingMetadata]:
    async def task(inputs: RoutingInputs) -> Choice:
        return routed(inputs)

    return Suite(
        name=SUITE,
        dataset=dataset,
        task=task,
        checks={"right performer": right, "every alternative explained": explained},
        hard={"performers chosen that something excludes": excluded},
        show=lambda seen: (str(seen.expected.performer), f"{seen.output.performer}: {seen.output.because}"),
        group=lambda metadata: metadata.situation,
        figures=_by_situation,
    )


def right(seen: Run) -> bool:
    """Whether it is the performer that is right by construction."""
    return seen.output.performer == seen.expected.performer


def explained(seen: Run) -> bool:
    """Whether each alternative has its reason, in the order in which they were declared."""
    names = [found.candidate.name for found in seen.output.considered]
    told = all(found.why for found in seen.output.considered) and bool(seen.output.because)
    return told and names == [way.name for way in seen.inputs.ways]


def excluded(seen: Run) -> int:
    """1 where somebody was chosen whom the data, the rules or a switch exclude."""
    chosen = next((way for way in seen.inputs.ways if way.name == seen.output.performer), None)
    if chosen is None:
        return 0
    found = candidate(chosen, amount=seen.inputs.amount)
    return int(found.against is not None or found.standing.off is not None)


def _by_situation(seen: Sequence[Run]) -> Iterator[Figure]:
    by: defaultdict[str, list[Run]] = defaultdict(list)
    for one in seen:
        by[one.metadata.situation].append(one)
    for situation, of_it in by.items():
        yield share(f"{situation}: right performer", sum(map(right, of_it)), len(of_it), margin=0.0)
