"""Handlers: a failure starts the process that looks after it, once, and linked in both trails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from graphs.handler_case import HandlerCase, HandlerFailed, failure_of, handler_case, start_handler
from graphs.handlers import Failure, Handler, error_names, handler_for
from graphs.ledger import OutcomeUnknown
from graphs.process import ProcessRegistry
from graphs.runtime.incident import incident_of
from graphs.state import CaseView
from graphs.store.tables import Case
from tests.support.engine import Engine
from tests.support.toy import toy_definition
from tests.support.waiting import view_of
from tools.clock import utc_now
from tools.errors import Permanent, Transient


def body(case: CaseView, failure: Failure) -> Mapping[str, Any]:
    return {"subject": f"{case.input['subject']}: {failure.code} after {failure.step or 'nothing'}"}


HANDLER = Handler(errors=("closed", "Transient"), process="look_after", input=body)
LOOK_AFTER = replace(toy_definition(), name="look_after")


def registry(handler: Handler = HANDLER) -> ProcessRegistry:
    return ProcessRegistry([replace(toy_definition(), handlers=(handler,)), LOOK_AFTER])


async def handling(engine: Engine, error: Exception, *, handler: Handler = HANDLER, **summary: str) -> Any:
    """A failed case, and what its failure starts."""
    case = (await engine.start()).case
    failed = Case(**{**case.model_dump(), "summary": summary})
    known = registry(handler)
    incident = incident_of(failed, error, after="check", now=utc_now())
    return handler_case(known.latest("toy"), known, failed, view_of(failed), failure_of(incident, error), now=utc_now())


async def started(engine: Engine, found: Any) -> None:
    async with engine.database.unit_of_work("acme") as unit:
        await start_handler(unit, "acme", found)


def test_an_error_is_known_by_its_code_and_by_its_classes() -> None:
    error = OutcomeUnknown("who knows", tool="t", ask_at=utc_now())
    assert error_names(error, "outcome_unknown") == {"outcome_unknown", "OutcomeUnknown", "Transient", "ToolError"}


@pytest.mark.parametrize(
    ("names", "handles"),
    [({"closed", "Permanent"}, True), ({"busy", "Transient"}, True), ({"gone", "Permanent"}, False), ({"cl"}, False)],
)
def test_a_handler_takes_what_it_names(names: set[str], handles: bool) -> None:
    failure = Failure(incident="i", step="", code="", message="", names=frozenset(names))
    assert (handler_for([HANDLER], failure) is HANDLER) is handles


async def test_a_failure_starts_a_case_of_its_handlers_process(engine: Engine) -> None:
    found = await handling(engine, Permanent("no", code="closed"))
    await started(engine, found)
    case = await engine.case(found.case.id)
    assert (case.process, case.status, case.created_by) == ("look_after", "running", "acme-clara")
    assert case.title == "a note: closed after check"
    assert case.trigger_key == f"incident-{case.summary['handles']}"


async def test_both_trails_name_the_other_case(engine: Engine) -> None:
    found = await handling(engine, Permanent("no", code="closed"))
    await started(engine, found)
    failed = found.case.summary["of"]
    async with engine.database.unit_of_work("acme") as unit:
        [*_, (entry, values)] = await unit.audit_log.of_case(failed)
        [(begun, linked)] = await unit.audit_log.of_case(found.case.id)
    assert (entry.kind, values["handler"]) == ("handler.started", found.case.id)
    assert (begun.kind, linked["of"], linked["handles"]) == ("case.started", failed, values["incident"])


async def test_an_incident_starts_its_handler_once(engine: Engine) -> None:
    found = await handling(engine, Permanent("no", code="closed"))
    await started(engine, found)
    await started(engine, found)
    assert (await engine.trail_of(found.case.id)) == ["case.started"]
    assert (await engine.trail_of(found.case.summary["of"])).count("handler.started") == 1


async def test_a_failure_nobody_names_starts_nothing(engine: Engine) -> None:
    assert await handling(engine, Permanent("no", code="gone")) is None


@pytest.mark.parametrize("mark", ["handles", "analysis_of"])
async def test_a_handlers_own_failure_and_an_analysis_start_nothing(engine: Engine, mark: str) -> None:
    assert await handling(engine, Transient("busy"), **{mark: "x"}) is None


@pytest.mark.parametrize("given", [{}, {"other": 1}, None])
async def test_a_handler_that_cannot_be_asked_does_not_hide_the_incident(engine: Engine, given: Any) -> None:
    handler = replace(HANDLER, input=lambda case, failure: given)
    found = await handling(engine, Transient("busy"), handler=handler)
    assert isinstance(found, HandlerFailed)
    await started(engine, found)
    assert (await engine.trail_of(found.record.case_id or ""))[-1] == "handler.failed"


async def test_the_handlers_case_runs_to_its_end(engine: Engine) -> None:
    found = await handling(engine, Transient("busy"))
    assert isinstance(found, HandlerCase)
    engine.definitions = tuple(registry())
    await started(engine, found)
    assert (await engine.advance(found.case.id)).status == "done"
