"""The shipped decision classes with their cases, asked of the cassette that comes with them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

from evals.agents.asking import Ask
from evals.agents.case import AgentCases, agent_cases
from evals.agents.classes import decision_classes
from evals.agents.live import Live, asked_live
from evals.agents.script import scripted_cassette
from evals.agents.suite import agents_result, asking, cost_result
from evals.agents.weighing import weigher
from evals.dataset import DatasetError
from evals.result import Result
from graphs.agents.decision_class import DecisionClass
from tools.llm.cassette import CassetteText, CassetteUnreadable, read_cassette, write_cassette
from tools.llm.gateway import replaying
from tools.llm.question import AskArguments, Origin, Reply

FOLDER: Final = Path(str(files("evals")))
CASES: Final = FOLDER / "datasets" / "agents"
CASSETTES: Final = FOLDER / "cassettes" / "agents"


class CassetteUnwritable(DatasetError):
    """A cassette cannot be written where it should be."""


Results = Callable[..., Awaitable[Result]]
"""`agents_result` or `cost_result`."""


class CassetteMissing(DatasetError):
    """A decision class has no cassette, or one that cannot be read."""


def shipped() -> Iterator[DecisionClass]:
    """The classes that have both cases and a cassette, in order."""
    yield from (asks for asks in decision_classes().values() if _cases(asks).is_file() and _cassette(asks).is_file())


def agents_of(asks: DecisionClass, *, repeat: int = 1, cassettes: Path = CASSETTES, live: Live | None = None) -> Result:
    """How good the answers are: those on the class's cassette, or a live endpoint's.

    Raises `CassetteMissing`, `CasesInvalid`, and what `asked_live` raises.
    """
    return asyncio.run(_run(asks, agents_result, cassettes, live, repeat=repeat))


def cost_of(asks: DecisionClass, *, repeat: int = 1, cassettes: Path = CASSETTES, live: Live | None = None) -> Result:
    """What the answers cost: those on the class's cassette, or a live endpoint's.

    Raises `CassetteMissing`, `CasesInvalid`, and what `asked_live` raises.
    """
    return asyncio.run(_run(asks, cost_result, cassettes, live, repeat=repeat))


def cases_of(asks: DecisionClass) -> AgentCases:
    """The class's cases. Raises `CasesInvalid`."""
    return agent_cases(_cases(asks))


def write_script(asks: DecisionClass, out: Path) -> CassetteText:
    """Write a scripted cassette of the class's cases to `out`. Raises `CasesInvalid`, `CassetteUnwritable`."""
    cassette = scripted_cassette(asks, cases_of(asks))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_cassette(out, cassette)
    except OSError as error:
        raise CassetteUnwritable(f"{out} cannot be written: {error.strerror}") from error
    return cassette


async def _run(asks: DecisionClass, results: Results, cassettes: Path, live: Live | None, *, repeat: int) -> Result:
    cases, weigh = cases_of(asks), weigher(asks)
    if live is not None:
        heard = await asked_live(asks, cases, weigh, live, repeat=repeat)
        return await results(asks, heard.cases, heard.again, origin=heard.origin, repeat=repeat, notes=heard.notes)
    ask, origin = _replayed(asks, cassettes)
    return await results(asks, cases, asking(asks, ask, weigh), origin=origin, repeat=repeat)


def _replayed(asks: DecisionClass, cassettes: Path) -> tuple[Ask, Origin]:
    file = _cassette(asks, cassettes)
    try:
        origin, gateway = read_cassette(file).origin, replaying(file)
    except CassetteUnreadable as error:
        raise CassetteMissing(f"{error}: record one, or leave the suite out") from error

    questions = {question.name: question for question in asks.questions}

    async def ask(arguments: AskArguments) -> Reply:
        return await gateway.ask(questions[arguments.question], arguments)

    return ask, origin


def _cases(asks: DecisionClass) -> Path:
    return CASES / f"{asks.name}.yaml"


def _cassette(asks: DecisionClass, folder: Path = CASSETTES) -> Path:
    return folder / f"{asks.name}.json"
