"""A fault of the rules engine: a person decides, and an incident says that the rules need looking after."""

from __future__ import annotations

from typing import Any

import pytest

from policies.engine import DurableRuleset
from policies.judgement import RuleBook
from policies.pack_file import read_pack
from tests.support.api import caller, grant
from tests.support.engine import Engine
from tests.support.toy import PACK
from tools.errors import Permanent

CLOSE: dict[str, Any] = {"reason": "the pack is repaired"}


class Mute(DurableRuleset):
    """An engine in which neither a rule nor its complement fires for 666."""

    def run(self, fact: str) -> set[str]:
        return set() if "666" in fact else super().run(fact)


@pytest.fixture
async def faulty(engine: Engine) -> Engine:
    """Its rules cannot be trusted with what it reads; Sven may close incidents."""
    engine.reader.amount = 666
    engine.rulebook = RuleBook(read_pack(PACK, name="toy"), open_ruleset=Mute)
    await grant(engine.database, "sven", "incident.retry")
    return engine


async def test_a_person_is_asked_and_an_incident_is_open(faulty: Engine) -> None:
    case_id = (await faulty.start()).case.id
    case = await faulty.advance(case_id)
    [incident] = await faulty.incidents_of(case_id)
    assert (case.status, faulty.notebook.written) == ("waiting", [])
    assert [reason["severity"] for reason in (await faulty.task_of(case_id)).reasons] == ["fault"]
    assert (incident.status, incident.code, incident.step) == ("open", "engine_fault", "check")
    assert (await faulty.verification()).sound


async def test_faults_of_one_step_share_a_fingerprint(faulty: Engine) -> None:
    cases = [(await faulty.start(subject=name)).case.id for name in ("a", "b")]
    for case_id in cases:
        await faulty.advance(case_id)
    [first], [second] = [await faulty.incidents_of(case_id) for case_id in cases]
    assert first.id != second.id
    assert first.fingerprint == second.fingerprint


async def test_it_is_closed_with_a_reason_once_and_the_case_keeps_its_task(faulty: Engine) -> None:
    case_id = (await faulty.start()).case.id
    await faulty.advance(case_id)
    [incident] = await faulty.incidents_of(case_id)
    path = f"/incidents/{incident.id}/close"
    async with caller(faulty, "sven") as sven, caller(faulty, "clara") as clara:
        denied = await clara.post(path, json=CLOSE)
        unsaid = await sven.post(path, json={"reason": " "})
        closed = await sven.post(path, json=CLOSE)
        again = await sven.post(path, json=CLOSE)
        retried = await sven.post(f"/incidents/{incident.id}/retry")
    assert [a.status_code for a in (denied, unsaid, closed, again, retried)] == [403, 422, 200, 409, 409]
    assert (closed.json()["status"], closed.json()["closed_by"]) == ("closed", "acme-sven")
    assert (await faulty.task_of(case_id)).status == "open"
    assert "incident.closed" in await faulty.trail_of(case_id)


async def test_what_stopped_its_case_is_retried_not_closed(engine: Engine) -> None:
    await grant(engine.database, "sven", "incident.retry")
    engine.reader.faults = [Permanent("gone", tool="toy.read")]
    case_id = (await engine.start()).case.id
    await engine.advance(case_id)
    [incident] = await engine.incidents_of(case_id)
    async with caller(engine, "sven") as sven:
        answer = await sven.post(f"/incidents/{incident.id}/close", json=CLOSE)
    assert (answer.status_code, answer.json()["code"]) == (409, "case_stopped")
    assert [one.status for one in await engine.incidents_of(case_id)] == ["open"]
