"""Cases asked of a real endpoint, one after the other, within a number of calls; and the suite over what came of them.

Whether the endpoint is a model is known from its answers alone: a scripted server says that it is one. So all cases
are asked first, and the suite is made of the answers afterwards.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic_evals import Dataset

from evals.agents.asking import AgentRun, Ask, Weigh, ask_once
from evals.agents.case import AgentCases, AgentInputs
from evals.dataset import DatasetError
from graphs.agents.decision_class import DecisionClass
from tools.llm.cassette import CassetteUnreadable
from tools.llm.endpoint import Endpoint
from tools.llm.errors import ModelBusy, ModelUnavailable
from tools.llm.gateway import Gateway, open_gateway, open_recording
from tools.llm.question import AskArguments, Origin, Reply

OUT = frozenset({ModelUnavailable.code, ModelBusy.code})
"""Failures that are an endpoint's and no model's."""

Progress = Callable[[str], None]
"""Is told in a line how far it is."""


class BudgetTooSmall(DatasetError):
    """The calls that are allowed do not cover one case."""


class EndpointOut(DatasetError):
    """The endpoint stopped answering: what was not answered says nothing of a model, so nothing is shown."""


class RecordingRefused(DatasetError):
    """What is answered cannot be kept in the file that was named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The endpoint to ask, how many calls may be made of it (None: as many as the cases need), and what is kept.

    `record` is a cassette that the answers are written to, also those of a run that breaks off.
    """

    endpoint: Endpoint
    calls: int | None = None
    record: Path | None = None
    progress: Progress = field(default=lambda _line: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of the cases that were asked."""

    cases: AgentCases
    runs: Mapping[str, deque[AgentRun]]
    origin: Origin
    notes: tuple[str, ...]

    async def again(self, inputs: AgentInputs) -> AgentRun:
        """What came of the case, once for each time that it was asked."""
        return self.runs[inputs.model_dump_json()].popleft()


async def asked_live(asks: DecisionClass, cases: AgentCases, weigh: Weigh, live: Live, *, repeat: int) -> Heard:
    """Ask every case `repeat` times.

    Raises `BudgetTooSmall`, `EndpointOut`, `RecordingRefused`, `FieldsNotAllowed`.
    """
    most = asks.budget.calls * repeat
    if live.calls is not None and live.calls < most:
        raise BudgetTooSmall(
            f"one case of {asks.name} may take {most} calls: allow at least that many with --budget-calls"
        )
    try:
        opened = open_recording(live.endpoint, live.record) if live.record else open_gateway(live.endpoint)
        async with opened as gateway:
            return await _asked(asks, cases, _asking(asks, gateway), weigh, live, repeat=repeat)
    except (CassetteUnreadable, OSError) as error:
        raise RecordingRefused(f"--record: {error}") from error


async def _asked(asks: DecisionClass, cases: AgentCases, ask: Ask, weigh: Weigh, live: Live, *, repeat: int) -> Heard:
    runs: dict[str, deque[AgentRun]] = defaultdict(deque)
    asked, used, origins = [], 0, set[str]()
    for number, case in enumerate(cases.cases, start=1):
        # A case is begun only where its whole budget is left, so that none is cut short and judged all the same.
        if live.calls is not None and live.calls - used < asks.budget.calls * repeat:
            break
        of_case = [await ask_once(asks, case.inputs, ask, weigh) for _ in range(repeat)]
        used += sum(run.usage.calls for run in of_case)
        if out := [run.failure for run in of_case if run.failure in OUT]:
            raise EndpointOut(
                f"the endpoint did not answer {case.name} ({out[0]}, after {used} calls): see whether it is up"
            )
        runs[case.inputs.model_dump_json()].extend(of_case)
        origins.update(run.origin for run in of_case)
        live.progress(f"{number} of {len(cases.cases)}: {case.name}, {of_case[-1].way}; {used} calls so far")
        asked.append(case)
    left_out = len(cases.cases) - len(asked)
    notes = [f"{left_out} of {len(cases.cases)} cases were not asked: {used} calls of {live.calls} were made"]
    return Heard(
        cases=Dataset(name=cases.name, cases=asked),
        runs=runs,
        origin="scripted" if "scripted" in origins else "live",
        notes=tuple(notes) if left_out else (),
    )


def _asking(asks: DecisionClass, gateway: Gateway) -> Ask:
    questions = {question.name: question for question in asks.questions}

    async def ask(arguments: AskArguments) -> Reply:
        return await gateway.ask(questions[arguments.question], arguments)

    return ask
