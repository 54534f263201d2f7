"""A canary value, planted wherever a person's value can enter, is found nowhere once it is erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import pytest
from structlog.testing import capture_logs

from graphs.erasure import ErasureDesk, ErasurePlan, ErasureRequest
from graphs.holds import HoldDesk, HoldScope, OnLegalHold
from graphs.store.embedded import EmbeddedPostgres
from tests.conftest import TestDatabase
from tests.support.api import grant
from tests.support.canary import CANARY, NUMBER, places_in_dump, places_in_exports, places_in_tables, planted
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.retention import compacted

REASON = "request 2026-17 under Art. 17"
VALUE = ErasureRequest(value=CANARY)


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """With an officer who may do all that retention needs."""
    await grant(engine.database, "sven", "retention.erase", "retention.hold", "incident.retry")
    return engine


async def erase(engine: Engine, request: ErasureRequest) -> ErasurePlan:
    """Plan, confirm, erase."""
    desk = ErasureDesk(services=engine.services)
    officer = await actor(engine.database, "sven")
    plan = await desk.plan(officer, request)
    return await desk.erase(officer, request, reason=REASON, confirmed=plan.digest)


async def places(engine: Engine, database: TestDatabase, case_id: str, *sought: str) -> list[str]:
    """Every place that holds one of the texts."""
    return [
        *places_in_tables(database, *sought),
        *places_in_dump(database, *sought),
        *await places_in_exports(engine, case_id, *sought),
    ]


async def sound(engine: Engine) -> int:
    """How many values are erased in a chain that verifies."""
    checked = await engine.verification()
    assert checked.sound, checked.problems
    return checked.erased


def told(logs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Events whose fields hold the canary."""
    return sorted({entry["event"] for entry in logs if any(CANARY in str(told) for told in entry.values())})


async def test_the_canary_is_planted_everywhere(engine: Engine, own_database: TestDatabase) -> None:
    case_id = await planted(engine)
    assert places_in_tables(own_database, CANARY) == [
        "audit_values",
        "cases",
        "documents",
        "incidents",
        "tasks",
    ]
    assert places_in_dump(own_database, CANARY)
    assert len(await places_in_exports(engine, case_id, CANARY)) >= 5


async def test_an_erased_value_is_found_nowhere(engine: Engine, own_database: TestDatabase) -> None:
    case_id = await planted(engine)
    with capture_logs() as logs:
        plan = await erase(engine, VALUE)
        assert await places(engine, own_database, case_id, CANARY) == []
    assert told(logs) == []
    assert (plan.erased, plan.cases, plan.rows["documents"]) == (True, (case_id,), 1)
    assert await sound(engine) >= 5


async def test_an_erased_value_is_found_nowhere_in_a_compacted_case(engine: Engine, own_database: TestDatabase) -> None:
    case_id = await planted(engine)
    await compacted(engine, case_id)
    await erase(engine, VALUE)
    assert await places(engine, own_database, case_id, CANARY) == []
    assert await sound(engine) >= 5


async def test_a_number_is_found_and_erased_too(engine: Engine, own_database: TestDatabase) -> None:
    case_id = await planted(engine)
    await erase(engine, ErasureRequest(value=str(NUMBER)))
    assert await places(engine, own_database, case_id, f": {NUMBER}", f'"{NUMBER}"') == []
    await sound(engine)


@pytest.mark.parametrize("first_compacted", [False, True])
async def test_nothing_of_an_erased_case_is_found(
    engine: Engine, own_database: TestDatabase, first_compacted: bool
) -> None:
    case_id = await planted(engine)
    if first_compacted:
        await compacted(engine, case_id)
    await erase(engine, ErasureRequest(case_id=case_id))
    assert await places(engine, own_database, case_id, CANARY, f": {NUMBER}", f'"{NUMBER}"') == []
    await sound(engine)


async def test_a_named_value_is_erased_wherever_the_case_has_it(engine: Engine, own_database: TestDatabase) -> None:
    case_id = await planted(engine)
    await erase(engine, ErasureRequest(case_id=case_id, names=("sender",)))
    assert await places(engine, own_database, case_id, f"{CANARY} <zed@example.org>") == []
    assert "audit_values" in places_in_tables(own_database, CANARY), "only the named value goes"
    await sound(engine)


async def test_a_legal_hold_keeps_every_value(engine: Engine, own_database: TestDatabase) -> None:
    case_id = await planted(engine)
    before = places_in_tables(own_database, CANARY)
    officer = await actor(engine.database, "sven")
    hold = await HoldDesk(services=engine.services).place(officer, HoldScope.CASE, case_id, why="court case 7")
    for request in (VALUE, ErasureRequest(case_id=case_id), ErasureRequest(case_id=case_id, names=("sender",))):
        with pytest.raises(OnLegalHold, match=case_id):
            await erase(engine, request)
    assert places_in_tables(own_database, CANARY) == before
    await HoldDesk(services=engine.services).lift(officer, hold.id, why="settled")
    await erase(engine, VALUE)
    assert places_in_tables(own_database, CANARY) == []


OUTSIDE_CASES = (
    "INSERT INTO messages (id, tenant, name, correlation_key, message_id, digest, payload, sent_by, received_at, "
    "expires_at) VALUES ('m', 'acme', 'paid', %(canary)s::text, %(canary)s::text, 'd', "
    "jsonb_build_object(%(canary)s::text, 1), 'acme-sven', now(), now())",
    "INSERT INTO switches (tenant, scope, name, off, reason, set_by, since) "
    "VALUES ('acme', 'tool', 'toy.write', false, %(canary)s, 'acme-sven', now())",
    "INSERT INTO checkpoints (tenant, thread, namespace, slot, id, covered, data, writes) "
    "VALUES ('acme', 'analysis', '', '1', '1', 0, convert_to(%(canary)s, 'UTF8'), '')",
)
"""Places that belong to no case: early messages, reasons of switches, threads kept for analysis."""


async def test_what_belongs_to_no_case_is_found_too(engine: Engine, own_database: TestDatabase) -> None:
    with psycopg.connect(own_database.owner_url) as owner:
        for statement in OUTSIDE_CASES:
            owner.execute(statement.encode(), {"canary": CANARY})
    plan = await erase(engine, VALUE)
    assert dict(plan.rows) == {"checkpoints": 1, "messages": 1, "switches": 1}
    assert places_in_tables(own_database, CANARY) == []
    assert places_in_dump(own_database, CANARY) == []


async def test_the_log_of_the_database_server_never_holds_it(engine: Engine, server: EmbeddedPostgres) -> None:
    await planted(engine)
    await erase(engine, VALUE)
    assert CANARY.encode() not in server.server.log.read_bytes()


class LogHoldsIt(AssertionError):
    """An event of the log holds the canary."""


async def test_the_log_of_a_run_never_holds_it(engine: Engine) -> None:
    with capture_logs() as logs:
        await planted(engine)
    if told(logs):
        raise LogHoldsIt(told(logs))
