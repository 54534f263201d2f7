"""The suites `agents.<class>` and `cost.<class>`: every case of a decision class asked of a model, or of a cassette."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

from evals.agents.asking import AgentRun, Ask, Asks, Weigh, ask_once
from evals.agents.case import AgentCases, AgentExpected, AgentInputs, AgentMetadata
from evals.agents.figures import (
    NOT_SHOWN,
    RIGHT_MARGIN,
    Run,
    choice_of,
    control_figures,
    cost_figures,
    model_figures,
)
from evals.figure import Figure
from evals.result import Result
from evals.suite import Suite
from tools.llm.question import Origin

AGENTS: Final = "agents"
COST: Final = "cost"
OTHER_ORIGIN: Final = "answers of another origin than the run"
UNPROVEN: Final = "answers with a quote that is nowhere, and no signal"
OVER_BUDGET: Final = "cases over their budget"
NO_TIMES: Final = "latency is not shown: nothing was asked while this ran"
AT_ONCE: Final = 4

Task = Callable[[AgentInputs], Awaitable[AgentRun]]
"""What comes of a case."""


async def run_agents(
    asks: Asks, cases: AgentCases, ask: Ask, weigh: Weigh, *, origin: Origin, repeat: int = 1
) -> Result:
    """Ask every case. With scripted answers only the way of the questions is shown, and nothing of a model."""
    return await agents_result(asks, cases, asking(asks, ask, weigh), origin=origin, repeat=repeat)


async def agents_result(
    asks: Asks, cases: AgentCases, task: Task, *, origin: Origin, repeat: int = 1, notes: tuple[str, ...] = ()
) -> Result:
    """The suite `agents.<class>` over what `task` makes of each case."""

    def figures(seen: Sequence[Run]) -> Iterator[Figure]:
        yield from control_figures(seen)
        if origin != "scripted":
            yield from model_figures(seen)

    told = (*((NOT_SHOWN,) if origin == "scripted" else ()), *notes)
    suite = _suite(AGENTS, asks, cases, task, origin=origin, figures=figures, notes=told)
    return await suite.run(repeat=repeat)


async def run_cost(asks: Asks, cases: AgentCases, ask: Ask, weigh: Weigh, *, origin: Origin, repeat: int = 1) -> Result:
    """Ask every case and count what it takes; a case that takes more than its budget fails the suite."""
    return await cost_result(asks, cases, asking(asks, ask, weigh), origin=origin, repeat=repeat)


async def cost_result(
    asks: Asks, cases: AgentCases, task: Task, *, origin: Origin, repeat: int = 1, notes: tuple[str, ...] = ()
) -> Result:
    """The suite `cost.<class>` over what `task` makes of each case."""

    def figures(seen: Sequence[Run]) -> Iterator[Figure]:
        return cost_figures(seen, timed=origin == "live")

    told = (*(() if origin == "live" else (NO_TIMES,)), *notes)
    suite = _suite(COST, asks, cases, task, origin=origin, figures=figures, notes=told)
    return await suite.run(repeat=repeat)


def asking(asks: Asks, ask: Ask, weigh: Weigh) -> Task:
    """Asks each case as the process would, and weighs the reply."""

    async def task(inputs: AgentInputs) -> AgentRun:
        return await ask_once(asks, inputs, ask, weigh)

    return task


def _suite(
    family: str,
    asks: Asks,
    cases: AgentCases,
    task: Task,
    *,
    origin: Origin,
    figures: Callable[[Sequence[Run]], Iterator[Figure]],
    notes: tuple[str, ...],
) -> Suite[AgentInputs, AgentRun, AgentExpected, AgentMetadata]:
    judges = family == AGENTS and origin != "scripted"
    return Suite(
        name=f"{family}.{asks.name}",
        dataset=cases,
        task=task,
        checks={"right": lambda seen: choice_of(seen) == seen.expected.choice} if judges else {},
        hard={
            OTHER_ORIGIN: lambda seen: int(seen.output.weighed is not None and seen.output.origin != origin),
            UNPROVEN: lambda seen: _unproven(seen.output),
            OVER_BUDGET: lambda seen: _over(seen.output, asks),
        },
        show=lambda seen: (seen.expected.choice if judges else "an answer", _reached(seen.output)),
        group=lambda metadata: f"{metadata.difficulty}.{metadata.exception}",
        figures=figures,
        margin=RIGHT_MARGIN if judges else 0.0,
        concurrency=AT_ONCE,
        origin=origin,
        notes=notes,
    )


def _unproven(run: AgentRun) -> int:
    found = run.weighed
    return int(found is not None and found.verified < found.quotes and not found.signals)


def _over(run: AgentRun, asks: Asks) -> int:
    used, budget = run.usage, asks.budget
    tokens = used.tokens_in + used.tokens_out
    money = used.cost_micros or 0
    return int(used.calls > budget.calls or tokens > budget.tokens or money > budget.cost_micros)


def _reached(run: AgentRun) -> str:
    answer = run.weighed.choice if run.weighed else f"no answer ({run.failure})"
    return f"{answer}, then {run.way}"
