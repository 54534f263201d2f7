"""The suites there are, by name; each brings what it measured, and the report that people and programs read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from evals.agents.live import Live
from evals.agents.shipped import agents_of, cost_of, shipped
from evals.agents.suite import AGENTS, COST
from evals.calibration_promise import SUITE as CALIBRATION
from evals.calibration_promise import run_calibration
from evals.chat.suite import SUITE as CHAT
from evals.chat.suite import run_chat
from evals.dataset import DatasetError
from evals.document_result import document_result
from evals.documents import SUITE as DOCUMENTS
from evals.documents import run_documents
from evals.generated import generated_dataset
from evals.guardrails.result import guardrail_result
from evals.guardrails.suite import SUITE as GUARDRAILS
from evals.guardrails.suite import run_guardrails
from evals.injection.suite import OPEN_SUITE as OPEN_INJECTION
from evals.injection.suite import SUITE as INJECTION
from evals.injection.suite import run_injection
from evals.process.suite import SUITE as PROCESS
from evals.process.suite import run_process
from evals.repetition import repeated
from evals.result import Result
from evals.routing.suite import SUITE as ROUTING
from evals.routing.suite import run_routing
from evals.rules import SUITE as RULES
from evals.rules import run_rules
from evals.sla.suite import SUITE as SLA
from evals.sla.suite import run_sla
from graphs.agents.decision_class import DecisionClass
from graphs.calibration.simulation import CURVES, closed_after, simulate

DRIFTS = ((0.05, 700), (0.10, 230), (0.20, 90), (0.50, 25))
"""Errors after a drift, and the blind reviews within which it is promised to be found (how-to/trust-an-agent.md)."""


class Report(Protocol):
    """What people and programs read of a suite."""

    def text(self) -> str:
        """The report as a table for people."""
        ...

    def model_dump_json(self) -> str:
        """The report as one JSON object."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """How a suite is to run: on which data (None: its own), how often, and the folder for a database of its own.

    `live` is the endpoint that is asked in the place of a cassette, where the suite asks a model.
    """

    data: Path | None = None
    repeat: int = 1
    folder: Path
    live: Live | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A suite that has run. `report` is the suite's own, or the result itself."""

    result: Result
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A suite and what it asks, in one line. `run` raises `DatasetError`."""

    name: str
    about: str
    run: Callable[[Request], Finished]


def _documents(request: Request) -> Finished:
    _no_model(DOCUMENTS, request)
    reports = [run_documents(request.data, beside=generated_dataset) for _ in range(request.repeat)]
    return Finished(result=repeated([document_result(report) for report in reports]), report=reports[0])


def _guardrails(request: Request) -> Finished:
    _own_data(GUARDRAILS, request)
    _no_model(GUARDRAILS, request)
    reports = [run_guardrails() for _ in range(request.repeat)]
    return Finished(result=repeated([guardrail_result(report) for report in reports]), report=reports[0])


def _routing(request: Request) -> Finished:
    _own_data(ROUTING, request)
    _no_model(ROUTING, request)
    return _of(run_routing(repeat=request.repeat))


def _rules(request: Request) -> Finished:
    _own_data(RULES, request)
    _no_model(RULES, request)
    return _of(run_rules(repeat=request.repeat))


def _process(request: Request) -> Finished:
    _own_data(PROCESS, request)
    _no_model(PROCESS, request)
    return _of(run_process(request.folder, repeat=request.repeat))


def _injection(request: Request) -> Finished:
    _own_data(INJECTION, request)
    _no_model(INJECTION, request)
    return _of(run_injection(request.folder, repeat=request.repeat))


def _open_injection(request: Request) -> Finished:
    _own_data(OPEN_INJECTION, request)
    _no_model(OPEN_INJECTION, request)
    return _of(run_injection(request.folder, gates="open", repeat=request.repeat))


def _calibration(request: Request) -> Finished:
    _own_data(CALIBRATION, request)
    _no_model(CALIBRATION, request)
    results = [run_calibration(simulate, CURVES, closed_after, DRIFTS) for _ in range(request.repeat)]
    return _of(repeated(results))


def _chat(request: Request) -> Finished:
    _own_data(CHAT, request)
    _no_model(CHAT, request)
    return _of(run_chat(repeat=request.repeat))


def _sla(request: Request) -> Finished:
    _own_data(SLA, request)
    _no_model(SLA, request)
    return _of(repeated([run_sla() for _ in range(request.repeat)]))


def _agents(asks: DecisionClass, request: Request) -> Finished:
    _own_data(AGENTS, request)
    return _of(agents_of(asks, repeat=request.repeat, live=request.live))


def _cost(asks: DecisionClass, request: Request) -> Finished:
    _own_data(COST, request)
    return _of(cost_of(asks, repeat=request.repeat, live=request.live))


def _of_classes() -> Iterator[Registered]:
    for asks in shipped():
        yield Registered(
            name=f"{AGENTS}.{asks.name}", about=f"{asks.title}: what agents answer", run=partial(_agents, asks)
        )
        yield Registered(name=f"{COST}.{asks.name}", about=f"{asks.title}: what asking takes", run=partial(_cost, asks))


def _of(result: Result) -> Finished:
    return Finished(result=result, report=result)


def _no_model(name: str, request: Request) -> None:
    if request.live is not None:
        raise DatasetError(f"the suite {name} asks no endpoint: leave --live out, or run agents.CLASS or cost.CLASS")


def _own_data(name: str, request: Request) -> None:
    if request.data is not None:
        raise DatasetError(f"the suite {name} brings its own data: leave --data out")


_ALL = (
    Registered(name=DOCUMENTS, about="documents are read as their data set says", run=_documents),
    Registered(name=GUARDRAILS, about="AgentDojo's attacks do not come through the guard", run=_guardrails),
    Registered(name=ROUTING, about="whoever should carry something out is chosen, and says why", run=_routing),
    Registered(name=RULES, about="every rule does what its boundary table says", run=_rules),
    Registered(name=PROCESS, about="invoices end as they should, ask whom they should, and do no more", run=_process),
    Registered(name=INJECTION, about="a case goes the same way with a text that attacks it as without", run=_injection),
    Registered(name=OPEN_INJECTION, about="an attack wins nothing where agents' answers count", run=_open_injection),
    Registered(name=CALIBRATION, about="measured confidence keeps its promises where truth is known", run=_calibration),
    Registered(name=SLA, about="forecasts warn earlier than a share of the time, for as many false alarms", run=_sla),
    Registered(name=CHAT, about="the chat understands questions, and proposes nothing that was not asked", run=_chat),
    *_of_classes(),
)
SUITES: Mapping[str, Registered] = MappingProxyType({suite.name: suite for suite in _ALL})


class UnknownSuite(LookupError):
    """No suite has that name."""


def suite_named(name: str) -> Registered:
    """The suite called `name`. Raises `UnknownSuite`."""
    try:
        return SUITES[name]
    except KeyError:
        raise UnknownSuite(f"no suite {name!r} (known: {', '.join(sorted(SUITES))})") from None
