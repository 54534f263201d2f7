"""Failures: what may pass is tried again, what cannot is an incident that names its reason."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from graphs.runtime.parking import FIRST_BACKOFF, MAX_ATTEMPTS
from graphs.store.tables import Timer
from tests.conftest import TestDatabase
from tests.support.databases import break_without_a_word, hang_up
from tests.support.engine import Engine
from tests.support.toy import Notebook
from tools.errors import Permanent, Transient
from tools.resilience import READ_ATTEMPTS


def busy(times: int) -> list[Exception]:
    return [Transient("busy", tool="toy.read") for _ in range(times)]


async def retry_of(engine: Engine, case_id: str) -> Timer | None:
    case = await engine.case(case_id)
    async with engine.database.unit_of_work("acme") as unit:
        return await unit.timers.get("retry", case_id, case.epoch)


@pytest.mark.parametrize(("failures", "parked"), [(READ_ATTEMPTS - 1, False), (READ_ATTEMPTS, True)])
async def test_a_read_is_tried_again_within_its_step_before_the_case_is_parked(
    engine: Engine, failures: int, parked: bool
) -> None:
    engine.reader.faults = busy(failures)
    accepted = await engine.start()
    case = await engine.advance(accepted.case.id)
    assert engine.reader.calls == READ_ATTEMPTS
    assert ((await retry_of(engine, case.id)) is not None) is parked
    assert case.status == ("running" if parked else "done")


async def test_the_pause_doubles_with_every_attempt(engine: Engine) -> None:
    engine.reader.faults = busy(READ_ATTEMPTS * 3)
    accepted = await engine.start()
    pauses = []
    for _ in range(3):
        before = engine.clock()
        await engine.advance(accepted.case.id)
        timer = await retry_of(engine, accepted.case.id)
        assert timer is not None
        pauses.append(timer.due_at - before)
    assert pauses[0] >= FIRST_BACKOFF
    assert pauses[1] >= 2 * FIRST_BACKOFF
    assert pauses[2] >= 4 * FIRST_BACKOFF
    assert (await engine.trail_of(accepted.case.id)).count("case.parked") == 3


async def test_after_the_last_attempt_it_is_an_incident(engine: Engine) -> None:
    engine.notebook.faults = [Transient("busy", tool="toy.write", code="busy") for _ in range(MAX_ATTEMPTS)]
    accepted = await engine.start()
    before_the_last = await engine.advance(accepted.case.id, times=MAX_ATTEMPTS - 1)
    assert before_the_last.status == "running"
    case = await engine.advance(accepted.case.id)
    [incident] = await engine.incidents_of(case.id)
    assert (case.status, incident.code, incident.kind) == ("incident", "busy", "Transient")


async def test_a_finished_step_starts_the_count_anew(engine: Engine) -> None:
    engine.reader.faults = busy(READ_ATTEMPTS)
    engine.notebook.faults = [Transient("busy", tool="toy.write") for _ in range(MAX_ATTEMPTS - 1)]
    accepted = await engine.start()
    case = await engine.advance(accepted.case.id, times=MAX_ATTEMPTS + 1)
    assert (case.status, case.attempt) == ("done", 0)


async def test_a_parked_case_goes_on_by_itself(engine: Engine) -> None:
    engine.reader.faults = busy(READ_ATTEMPTS)
    accepted = await engine.start()
    async with engine.working():
        case = await engine.until(accepted.case.id, "done")
    assert engine.notebook.calls == 1
    assert "case.parked" in await engine.trail_of(case.id)


async def test_a_read_that_can_never_work_is_an_incident_at_once(engine: Engine) -> None:
    engine.reader.faults = [Permanent("no such record", tool="toy.read", code="gone")]
    accepted = await engine.start()
    case = await engine.advance(accepted.case.id)
    [incident] = await engine.incidents_of(case.id)
    assert (case.status, incident.code, engine.reader.calls) == ("incident", "gone", 1)
    assert "no such record" in incident.message
    assert (await engine.trail_of(case.id))[-1] == "incident.opened"


async def test_an_unclassified_failure_of_a_read_is_an_incident(engine: Engine) -> None:
    engine.reader.faults = [RuntimeError("what is this")]
    accepted = await engine.start()
    case = await engine.advance(accepted.case.id)
    assert case.status == "incident"
    assert [incident.code for incident in await engine.incidents_of(case.id)] == ["unclassified"]


async def test_equal_failures_share_a_fingerprint(engine: Engine) -> None:
    engine.reader.faults = [Permanent("one", code="gone"), Permanent("two", code="gone"), Permanent("x", code="shut")]
    cases = [(await engine.start()).case.id for _ in range(3)]
    prints = []
    for case_id in cases:
        await engine.advance(case_id)
        prints += [incident.fingerprint for incident in await engine.incidents_of(case_id)]
    assert prints[0] == prints[1] != prints[2]


async def test_no_worker_touches_an_incident_until_a_person_sets_the_case_running(engine: Engine) -> None:
    engine.reader.faults = [Permanent("gone")]
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    assert (await engine.advance(accepted.case.id)).status == "incident"
    assert engine.reader.calls == 1
    async with engine.database.unit_of_work("acme") as unit:
        await unit.cases.set_status(accepted.case.id, "running", now=engine.clock())
    assert (await engine.advance(accepted.case.id)).status == "done"


class CuttingNotebook(Notebook):
    """Cuts every connection to the database while it writes, once."""

    def __init__(self, owner_url: str) -> None:
        super().__init__()
        self._owner_url = owner_url

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        result = await super().execute(arguments, key=key)
        hang_up(self._owner_url)
        return result


async def test_a_database_connection_that_ends_during_a_call_is_replaced_unseen(
    engine: Engine, own_database: TestDatabase
) -> None:
    engine.notebook = CuttingNotebook(own_database.owner_url)
    accepted = await engine.start()
    case = await engine.advance(accepted.case.id)
    assert (case.status, len(engine.notebook.written)) == ("done", 1)
    assert "case.parked" not in await engine.trail_of(case.id)
    assert (await engine.verification()).sound


async def test_a_database_connection_that_breaks_without_a_word_is_no_incident(
    engine: Engine, own_database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_without_a_word(monkeypatch)
    engine.notebook = CuttingNotebook(own_database.owner_url)
    accepted = await engine.start()
    parked = await engine.advance(accepted.case.id)
    assert (parked.status, parked.lease_owner) == ("running", None)
    assert (await engine.trail_of(parked.id))[-1] == "case.parked"
    case = await engine.advance(accepted.case.id)
    assert (case.status, len(engine.notebook.written)) == ("done", 1)
    assert (await engine.verification()).sound
