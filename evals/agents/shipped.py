"""The shipped decision classes with their cases, asked of the cassette that comes with them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

from evals.agents.asking import Ask
from evals.agents.case import agent_cases
from evals.agents.suite import run_agents, run_cost
from evals.agents.weighing import weigher
from evals.dataset import DatasetError
from evals.result import Result
from graphs.agents.decision_class import DecisionClass
from graphs.processes.procure_to_pay.agents import DECISION_CLASSES
from tools.llm.cassette import CassetteUnreadable, read_cassette
from tools.llm.gateway import replaying
from tools.llm.question import AskArguments, Origin, Reply

FOLDER: Final = Path(str(files("evals")))
CASES: Final = FOLDER / "datasets" / "agents"
CASSETTES: Final = FOLDER / "cassettes" / "agents"

Runs = Callable[..., Awaitable[Result]]


class CassetteMissing(DatasetError):
    """A decision class has no cassette, or one that cannot be read."""


def shipped() -> Iterator[DecisionClass]:
    """The classes that have both cases and a cassette, in order."""
    yield from (asks for asks in DECISION_CLASSES if _cases(asks).is_file() and _cassette(asks).is_file())


def agents_of(asks: DecisionClass, *, repeat: int = 1, cassettes: Path = CASSETTES) -> Result:
    """How good the answers on the class's cassette are. Raises `CassetteMissing`, `CasesInvalid`."""
    return asyncio.run(_run(asks, run_agents, cassettes, repeat=repeat))


def cost_of(asks: DecisionClass, *, repeat: int = 1, cassettes: Path = CASSETTES) -> Result:
    """What the answers on the class's cassette cost. Raises `CassetteMissing`, `CasesInvalid`."""
    return asyncio.run(_run(asks, run_cost, cassettes, repeat=repeat))


async def _run(asks: DecisionClass, runs: Runs, cassettes: Path, *, repeat: int) -> Result:
    ask, origin = _replayed(asks, cassettes)
    return await runs(asks, agent_cases(_cases(asks)), ask, weigher(asks), origin=origin, repeat=repeat)


def _replayed(asks: DecisionClass, cassettes: Path) -> tuple[Ask, Origin]:
    file = _cassette(asks, cassettes)
    try:
        origin, gateway = read_cassette(file).origin, replaying(file)
    except CassetteUnreadable as error:
        raise CassetteMissing(f"{error}: record one, or leave the suite out") from error

    async def ask(arguments: AskArguments) -> Reply:
        return await gateway.ask(asks.question, arguments)

    return ask, origin


def _cases(asks: DecisionClass) -> Path:
    return CASES / f"{asks.name}.yaml"


def _cassette(asks: DecisionClass, folder: Path = CASSETTES) -> Path:
    return folder / f"{asks.name}.json"
