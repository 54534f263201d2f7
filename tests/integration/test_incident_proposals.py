"""A proposed fix and the people beside it: who applies it, who acts first, and what it was worth."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from graphs.case_desk import CaseDesk
from graphs.errors import AlreadyAnswered, PermissionMissing
from graphs.incidents import IncidentDesk
from graphs.resolution.desk import NothingToApply, ResolutionDesk
from graphs.resolution.identity import resolution_id
from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.api import caller
from tests.support.people import actor
from tests.support.resolving import CORRECTION, ResolvingEngine, ScriptedModel, answer, apply, operated, proposed

REROUTE = answer("re_route", to_step="look_up")


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> ResolvingEngine:
    """Tenant `acme`, its service, and Sven, who may do by hand what fixes do."""
    return await operated(database, own_database.app_url)


async def test_a_person_applies_what_was_proposed_once(engine: ResolvingEngine) -> None:
    incident = await proposed(engine)
    first, second = await apply(engine, incident), await apply(engine, incident)
    assert (first.created, second.created, first.case.id) == (True, False, second.case.id)
    assert (await engine.resolves(incident, applied=True)).outcome == "done: correct_field"
    [effect] = await engine.effects_of(incident)
    assert effect.tool == "incident.correct"
    assert (await engine.incident(incident)).closed_by == "acme-sven"
    assert (await engine.advance(incident.case_id, times=2)).status == "done"


async def test_what_a_person_applies_is_judged_like_any_other_fix(engine: ResolvingEngine) -> None:
    incident = await proposed(engine, answer("correct_field", field="code", value="AB-99"))
    await apply(engine, incident)
    assert "value_unproven" in ((await engine.resolves(incident, applied=True)).outcome or "")
    assert await engine.effects_of(incident) == []


async def test_nobody_applies_what_they_may_not_do_by_hand(engine: ResolvingEngine) -> None:
    incident = await proposed(engine)
    with pytest.raises(PermissionMissing, match=r"case\.steer"):
        await apply(engine, incident, "clara")


async def test_an_agent_applies_nothing_whatever_its_rights(engine: ResolvingEngine) -> None:
    incident = await proposed(engine)
    agent = replace(await actor(engine.database, "sven"), kind="agent")
    with pytest.raises(PermissionMissing, match="applied by a person"):
        await ResolutionDesk(services=engine.services).apply(agent, incident.id)


async def test_a_resolution_that_somebody_starts_by_hand_moves_no_case(engine: ResolvingEngine) -> None:
    incident = await proposed(engine)
    body = {"incident": incident.id, "of": incident.case_id, "error": ["Transient"], "applies": "anything"}
    forged = await engine.start_resolution(body, login="clara")
    case = await engine.advance(forged)
    await engine.let_time_pass()
    case = await engine.advance(forged)
    assert "not_its_resolution" in (case.outcome or "")
    assert (await engine.incident(incident)).status == "open"


async def test_a_proposal_to_leave_it_cannot_be_applied(engine: ResolvingEngine) -> None:
    incident = await proposed(engine, answer("leave_to_person"))
    with pytest.raises(NothingToApply):
        await apply(engine, incident)


async def test_a_closed_incident_takes_no_fix(engine: ResolvingEngine) -> None:
    incident = await proposed(engine)
    await engine.retry_by_hand(incident)
    with pytest.raises(AlreadyAnswered):
        await apply(engine, incident)


async def test_a_person_who_acts_first_wins(engine: ResolvingEngine) -> None:
    engine.model = ScriptedModel(CORRECTION)
    incident = await engine.fails()
    await engine.advance(resolution_id(incident.id))
    await engine.retry_by_hand(incident)
    assert "overtaken" in ((await engine.resolves(incident)).outcome or "")
    assert await engine.effects_of(incident) == []
    assert (await engine.incident(incident)).closed_by == "acme-sven"


async def test_person_and_agent_at_once_let_the_case_go_on_once(engine: ResolvingEngine) -> None:
    engine.model = ScriptedModel(answer("retry_now"))
    incident = await engine.passes_over()
    await engine.advance(resolution_id(incident.id))
    await engine.let_time_pass()
    desk, sven = IncidentDesk(services=engine.services), await actor(engine.database, "sven")
    await asyncio.gather(
        engine.advance(resolution_id(incident.id)), desk.retry(sven, incident.id), return_exceptions=True
    )
    assert (await engine.trail_of(incident.case_id)).count("incident.retried") == 1
    assert len([e for e in await engine.effects_of(incident) if e.status == "confirmed"]) <= 1
    assert (await engine.case(resolution_id(incident.id))).status == "done"


async def outcomes(engine: ResolvingEngine, incident: Any) -> list[tuple[str, bool]]:
    async with engine.database.unit_of_work("acme") as unit:
        entries = await unit.audit_log.of_case(resolution_id(incident.id))
    found = [values["outcome"] for entry, values in entries if entry.kind == "answer.applied"]
    return [(outcome["person"], outcome["right"]) for outcome in found]


async def test_applying_says_that_the_proposal_was_right(engine: ResolvingEngine) -> None:
    incident = await proposed(engine)
    await apply(engine, incident)
    await apply(engine, incident)
    await engine.resolves(incident, applied=True)
    assert await outcomes(engine, incident) == [("correct_field:code=ab-71", True)]


async def test_retrying_by_hand_says_what_would_have_been_right(engine: ResolvingEngine) -> None:
    incident = await proposed(engine)
    await engine.retry_by_hand(incident)
    assert await outcomes(engine, incident) == [("retry_now", False)]


async def test_steering_by_hand_says_what_would_have_been_right(engine: ResolvingEngine) -> None:
    incident = await proposed(engine, REROUTE)
    desk = CaseDesk(services=engine.services)
    await desk.retry(await actor(engine.database, "sven"), incident.case_id, "look_up", "again")
    assert await outcomes(engine, incident) == [("re_route:look_up", True)]


async def test_a_fix_that_nobody_chose_says_nothing_about_itself(engine: ResolvingEngine) -> None:
    engine.model = ScriptedModel(CORRECTION)
    incident = await engine.fails()
    await engine.resolves(incident)
    assert await outcomes(engine, incident) == []


async def test_the_proposal_is_shown_with_the_incident_and_applied_over_the_api(engine: ResolvingEngine) -> None:
    incident = await proposed(engine)
    async with caller(engine, "sven") as sven, caller(engine, "clara") as clara:
        shown = (await sven.get(f"/incidents/{incident.id}")).json()
        refused = await clara.post(f"/incidents/{incident.id}/apply")
        applied = await sven.post(f"/incidents/{incident.id}/apply")
        await engine.resolves(incident, applied=True)
        after = (await sven.get(f"/incidents/{incident.id}")).json()
        late = await sven.post(f"/incidents/{incident.id}/apply")
    proposal = shown["proposal"]
    assert (proposal["status"], proposal["choice"], proposal["applied_by"]) == (
        "answered",
        "correct_field:code=ab-71",
        None,
    )
    assert proposal["ended"] == "left to a person: not_autonomous"
    assert (refused.status_code, applied.json()["created"]) == (403, True)
    assert (after["status"], after["proposal"]["applied_by"]) == ("closed", "acme-sven")
    assert after["proposal"]["applied_outcome"] == "done: correct_field"
    assert late.status_code == 409


async def test_an_incident_about_which_nobody_was_asked_has_no_proposal(engine: ResolvingEngine) -> None:
    incident = await engine.fails()
    async with caller(engine, "sven") as sven:
        assert (await sven.get(f"/incidents/{incident.id}")).json()["proposal"] is None
        assert (await sven.post(f"/incidents/{incident.id}/apply")).json()["code"] == "nothing_to_apply"


async def test_a_proposal_drawn_for_blind_review_is_hidden_until_somebody_has_decided(engine: ResolvingEngine) -> None:
    engine.model = ScriptedModel(CORRECTION)
    incident = await engine.fails()
    engine.draws(incident)
    await engine.resolves(incident)
    async with caller(engine, "sven") as sven:
        shown = (await sven.get(f"/incidents/{incident.id}")).json()["proposal"]
        refused = await sven.post(f"/incidents/{incident.id}/apply")
        await engine.retry_by_hand(incident)
        after = (await sven.get(f"/incidents/{incident.id}")).json()["proposal"]
    assert (shown["blind"], shown["choice"], shown["answer"]) == (True, None, None)
    assert "AB-71" not in str(shown)
    assert refused.status_code == 409
    assert after["choice"] == "correct_field:code=ab-71"
