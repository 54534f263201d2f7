"""Measured confidence on a database: what is counted, what opens a gate, and what keeps or makes it closed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from graphs.agents.gate import Gate
from graphs.audit import AuditRecord
from graphs.calibration.desk import CalibrationOrder
from graphs.calibration.drift import FOUND_WITHIN
from graphs.calibration.gates import UNREADABLE, MeasuredGates
from graphs.calibration.outcome import Split
from graphs.calibration.reading import OutcomeReading
from graphs.calibration.recorded import outcome_of
from graphs.errors import Invalid, NotFound, PermissionMissing
from graphs.store.calibrations import Calibrations
from graphs.store.outcomes import Outcomes
from tests.conftest import TestDatabase
from tests.support.api import grant
from tests.support.calibrated import (
    NEXT_PROMPT,
    WITH_TARGET,
    Reviewed,
    calibrated_engine,
    colour,
    identity,
    outcome,
)
from tests.support.dutiful import add_agent
from tests.support.engine import Engine
from tests.support.people import actor, populate
from tests.support.retention import last_values
from tests.support.toy import PACK, toy_rulebook

READ_AGAIN = 0.501
COPY = text("UPDATE cases SET summary = jsonb_build_object('analysis_of', 'x') WHERE id = :id")


@pytest.fixture
async def reviewed(engine: Engine) -> Reviewed:
    """Sven may calibrate; nothing was reviewed yet."""
    await grant(engine.database, "sven", "agents.calibrate")
    return Reviewed(engine=calibrated_engine(engine))


async def counted(reviewed: Reviewed) -> list[tuple[int, bool, bool]]:
    async with reviewed.database.unit_of_work("acme") as unit:
        rows = await Outcomes(unit.session, "acme").of(identity())
        return [(row.raw_bps, row.was_right, row.blind) for row in rows]


def decision(**change: Any) -> dict[str, Any]:
    told = {"status": "answered", "calibration": "c", "autonomous": True}
    return {**outcome(), **told, **change}


async def test_reviews_are_read_off_the_trail_once_however_often_it_is_read(reviewed: Reviewed) -> None:
    await reviewed.review(outcome(), outcome(raw_bps=8_000, right=False, blind=True), read=False)
    await asyncio.gather(*[reviewed.read() for _ in range(4)])
    assert await reviewed.read() == 0
    await reviewed.review(outcome(raw_bps=500))
    assert await counted(reviewed) == [(10_000, True, False), (8_000, False, True), (500, True, False)]


async def test_a_worker_looks_at_every_tenant_and_reads_only_what_is_new(reviewed: Reviewed) -> None:
    await populate(reviewed.database, "bolt")
    reading = OutcomeReading(services=reviewed.engine.services)
    await reviewed.review(outcome(), outcome(), read=False)
    assert [await reading.run(), await reading.run()] == [2, 0]


async def test_a_reading_that_begins_anew_adds_nothing(reviewed: Reviewed) -> None:
    await reviewed.review(outcome(), outcome())
    async with reviewed.database.unit_of_work("acme") as unit:
        await Outcomes(unit.session, "acme").read_upto(0)
    assert await reviewed.read() == 2
    assert len(await counted(reviewed)) == 2


async def test_what_is_not_whole_does_not_count_and_stops_nothing(reviewed: Reviewed) -> None:
    await reviewed.review(outcome(raw_bps=10_001), {"class": "colour"}, outcome())
    assert len(await counted(reviewed)) == 1


async def test_copies_for_analysis_and_answers_without_an_agent_do_not_count(reviewed: Reviewed) -> None:
    [copy] = await reviewed.review(outcome(), read=False)
    async with reviewed.database.unit_of_work("acme") as unit:
        await unit.session.execute(COPY, {"id": copy})
        unit.record("acme", AuditRecord(kind="answer.applied", actor="acme-clara", values={"answer": {}}))
    assert await reviewed.read() == 2
    assert await counted(reviewed) == []


async def test_all_decisions_are_counted_by_calibration_day_and_confidence(reviewed: Reviewed) -> None:
    await reviewed.decide(decision(), decision(autonomous=False, blind=True), decision(raw_bps=5_000))
    await reviewed.decide(decision(calibration=None, autonomous=False), {"status": "not_asked"})
    async with reviewed.database.unit_of_work("acme") as unit:
        rows = await Outcomes(unit.session, "acme").tallies(identity())
    assert [(row.calibration_id, row.raw_bps, row.decided, row.automatic, row.blind) for row in rows] == [
        ("c", 5_000, 1, 1, 0),
        ("", 10_000, 1, 0, 0),
        ("c", 10_000, 2, 1, 1),
    ]


async def test_a_gate_is_closed_until_something_was_calibrated(reviewed: Reviewed) -> None:
    await reviewed.enough()
    assert await reviewed.gate() == Gate(open=False, why="nothing has been calibrated yet")


async def test_what_is_proven_opens_the_gate_and_is_on_record(reviewed: Reviewed) -> None:
    await reviewed.enough()
    [made] = await reviewed.calibrate(reason="after the pilot")
    gate = await reviewed.gate()
    assert (made.opened, made.looks, gate.open, gate.calibration) == (True, 1, True, made.id)
    assert gate.why.endswith("at most 5 % wrong at 95 % is proven")
    assert gate.admits(gate.calibrated(10_000))
    assert not gate.admits(gate.calibrated(9_999))
    values = await last_values(reviewed.engine, "calibration.made")
    assert (values["calibration"], values["reason"], values["status"]) == (made.id, "after the pilot", "open")
    assert (await reviewed.engine.verification()).sound


async def test_another_version_of_the_class_begins_with_nothing(reviewed: Reviewed) -> None:
    await reviewed.enough()
    await reviewed.calibrate()
    calibrated_engine(reviewed.engine, asks=colour(version=2))
    new, old = await reviewed.gate(class_version=2), await reviewed.gate()
    assert (new.open, old.open) == (False, False)
    assert old.why == "no process asks colour version 1"


async def test_the_active_rules_can_close_a_gate_at_any_time(reviewed: Reviewed) -> None:
    await reviewed.enough()
    await reviewed.calibrate()
    assert (await reviewed.gate()).open
    reviewed.engine.rulebook = toy_rulebook(WITH_TARGET.replace("value: 500,", "value: 499,"))
    gate = await reviewed.gate()
    assert gate.why == "the rules now allow 4.99 % wrong, and the calibration is for 5 %: calibrate again"
    assert not gate.open


async def test_without_a_target_nothing_is_calibrated_and_it_is_said_why(reviewed: Reviewed) -> None:
    await reviewed.enough()
    reviewed.engine.rulebook = toy_rulebook(PACK)
    [made] = await reviewed.calibrate()
    assert (made.calibration, made.opened, made.id, made.looks) == (None, False, None, 0)
    assert "it allows no error" in made.why


async def test_a_class_that_never_decides_alone_is_measured_and_stays_closed(reviewed: Reviewed) -> None:
    calibrated_engine(reviewed.engine, asks=colour(alone=False))
    await reviewed.enough()
    [made] = await reviewed.calibrate()
    gate = await reviewed.gate()
    assert made.calibration is not None
    assert made.calibration.proven
    assert (made.opened, gate.open, gate.calibrated(10_000)) == (False, False, made.calibration.points[-1][1])


async def test_a_worse_calibration_closes_what_a_better_one_opened(reviewed: Reviewed) -> None:
    await reviewed.enough()
    await reviewed.calibrate()
    await reviewed.review(*[outcome(right=False)] * 60)
    [worse] = await reviewed.calibrate()
    assert (worse.opened, worse.looks, (await reviewed.gate()).open) == (False, 2, False)


async def test_a_dry_run_shows_the_same_and_changes_nothing(reviewed: Reviewed) -> None:
    await reviewed.enough()
    [shown] = await reviewed.calibrate(dry_run=True, reason="")
    assert (shown.opened, shown.id, (await reviewed.gate()).open) == (True, None, False)
    [made] = await reviewed.calibrate()
    assert made.calibration == shown.calibration


async def test_an_order_covers_only_what_it_names(reviewed: Reviewed) -> None:
    await reviewed.review(outcome(), outcome(model="m-2", prompt_digest=NEXT_PROMPT.digest))
    assert [one.identity for one in await reviewed.calibrate(model="m-1")] == [identity()]
    with pytest.raises(NotFound, match="no reviewed decisions"):
        await reviewed.calibrate(prompt="colour@2")


async def test_only_who_may_calibrates_and_says_why(reviewed: Reviewed) -> None:
    await reviewed.review(outcome())
    with pytest.raises(Invalid, match="reason"):
        await reviewed.calibrate(reason=" ")
    dora = await actor(reviewed.database, "dora")
    with pytest.raises(PermissionMissing, match=r"agents\.calibrate"):
        await reviewed.desk.calibrate(dora, CalibrationOrder(reason="r"))
    await add_agent(reviewed.database, sponsor="dora", limit=1)
    await grant(reviewed.database, "bot", "agents.calibrate")
    bot = await actor(reviewed.database, "bot")
    with pytest.raises(PermissionMissing, match="calibrated by people only"):
        await reviewed.desk.calibrate(bot, CalibrationOrder(reason="r"))


async def drifted(reviewed: Reviewed) -> str:
    """The calibration whose gate blind reviews have closed."""
    await reviewed.enough()
    [made] = await reviewed.calibrate()
    reviews = FOUND_WITHIN[5_000]
    await reviewed.review(*[outcome(blind=True, right=number % 2 == 0) for number in range(reviews)])
    assert made.id is not None
    return made.id


async def test_drift_in_blind_reviews_closes_the_gate_by_itself_on_record(reviewed: Reviewed) -> None:
    made = await drifted(reviewed)
    gate = await reviewed.gate()
    values = await last_values(reviewed.engine, "gate.closed")
    assert (gate.open, values["calibration"], values["why"]) == (False, made, gate.why)
    assert "blind reviews since the calibration found the answer wrong" in gate.why
    assert (await reviewed.engine.verification()).sound


async def test_reviews_that_saw_the_answer_are_no_drift(reviewed: Reviewed) -> None:
    await reviewed.enough()
    await reviewed.calibrate()
    await reviewed.review(*[outcome(right=False)] * FOUND_WITHIN[5_000])
    assert (await reviewed.gate()).open


async def test_after_drift_only_what_was_reviewed_since_counts(reviewed: Reviewed) -> None:
    await drifted(reviewed)
    with pytest.raises(NotFound, match="no reviewed decisions"):
        await reviewed.calibrate(model="m-2")
    [soon] = await reviewed.calibrate()
    assert (soon.opened, soon.calibration.counts.cases if soon.calibration else None) == (False, 0)
    assert "only what was reviewed since drift closed the gate counts" in soon.why
    await reviewed.enough()
    [later] = await reviewed.calibrate()
    assert (later.opened, (await reviewed.gate()).open) == (True, True)


async def test_other_questions_than_before_close_the_gate(reviewed: Reviewed) -> None:
    await reviewed.enough()
    [made] = await reviewed.calibrate()
    unsure = decision(calibration=made.id, raw_bps=5_000, autonomous=False)
    await reviewed.decide(*[unsure] * 299)
    assert (await reviewed.gate()).open
    await reviewed.decide(unsure)
    gate = await reviewed.gate()
    assert (gate.open, "0 of the last 300 decisions are above the threshold" in gate.why) == (False, True)


async def test_a_closed_calibration_cannot_be_opened_or_changed_by_whoever_writes(
    reviewed: Reviewed, own_database: TestDatabase
) -> None:
    made = await drifted(reviewed)
    with psycopg.connect(own_database.owner_url) as owner, pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute("UPDATE agent_calibrations SET status = 'open' WHERE id = %s", (made,))
    with psycopg.connect(own_database.app_url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("UPDATE agent_calibrations SET calibration = '{}'")


async def test_a_calibration_that_is_not_what_its_digest_says_closes_the_gate(
    reviewed: Reviewed, own_database: TestDatabase
) -> None:
    await reviewed.enough()
    [made] = await reviewed.calibrate()
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("ALTER TABLE agent_calibrations DISABLE TRIGGER close_only")
        owner.execute("UPDATE agent_calibrations SET calibration = jsonb_set(calibration, '{threshold_bps}', '1')")
    gate = await reviewed.gate()
    assert (gate.open, gate.why) == (False, f"calibration {made.id} cannot be read by this release")


async def test_a_process_knows_within_half_a_second_that_a_gate_was_closed(reviewed: Reviewed) -> None:
    services, seconds = reviewed.engine.services, [0.0]
    gates = MeasuredGates(services=lambda: services, monotonic=lambda: seconds[0])
    await reviewed.enough()
    [made] = await reviewed.calibrate()
    assert (await gates.of("acme", identity())).open
    async with reviewed.database.unit_of_work("acme") as unit:
        await Calibrations(unit.session, "acme").close(made.id or "", why="drift", at=services.clock(), seq=1)
    assert (await gates.of("acme", identity())).open
    seconds[0] += READ_AGAIN
    assert not (await gates.of("acme", identity())).open


async def test_a_database_that_does_not_answer_closes_every_gate(
    reviewed: Reviewed, own_database: TestDatabase
) -> None:
    services, seconds = reviewed.engine.services, [0.0]
    gates = MeasuredGates(services=lambda: services, monotonic=lambda: seconds[0])
    await reviewed.enough()
    await reviewed.calibrate()
    assert (await gates.of("acme", identity())).open
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        owner.execute("BEGIN")
        owner.execute("LOCK TABLE agent_calibrations IN ACCESS EXCLUSIVE MODE")
        seconds[0] += READ_AGAIN
        assert await gates.of("acme", identity()) == Gate(open=False, why=UNREADABLE)
        owner.execute("ROLLBACK")


async def test_one_decision_a_case_counts_and_cases_stay_in_their_split(reviewed: Reviewed) -> None:
    await reviewed.review(*[outcome()] * 20, split=Split.CHECK)
    [made] = await reviewed.calibrate()
    assert made.calibration is not None
    counts = made.calibration.counts
    assert (counts.fit, counts.threshold, counts.check) == (0, 0, 20)
    async with reviewed.database.unit_of_work("acme") as unit:
        rows = await Outcomes(unit.session, "acme").of(identity())
    assert len({outcome_of(row).case_id for row in rows}) == 20


async def test_status_says_of_every_class_where_it_stands_and_why(reviewed: Reviewed) -> None:
    sven = await actor(reviewed.database, "sven")
    [unknown] = await reviewed.desk.status(sven)
    assert (unknown.autonomous, unknown.why) == (False, "no decision of this class has been reviewed yet")
    await reviewed.enough()
    await reviewed.calibrate()
    reviewed.engine.clock.ahead = timedelta(hours=1)
    await reviewed.review(outcome(blind=True), outcome(blind=True, right=False))
    [known] = await reviewed.desk.status(sven)
    [one] = known.identities
    assert (known.autonomous, one.outcomes, one.blind, one.blind_wrong, one.asked_now) == (True, 162, 2, 1, True)
    assert one.watched is not None
    assert (one.watched.drift.reviews, one.watched.drift.wrong, one.watched.drift.found) == (2, 1, False)
