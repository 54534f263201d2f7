"""Group commit: what is written at a moment is one flush, of those who just came and those it lets go on alike."""

from __future__ import annotations

import asyncio

import psycopg

from graphs.audit import AuditRecord
from graphs.store.writer import Change
from tests.conftest import TestDatabase
from tests.support.engine import Engine
from tests.support.patience import eventually
from tests.support.queued import waiting_for_locks
from tools.clock import utc_now

STEPS = 3
HELD = "SELECT FROM audit_heads WHERE tenant = 'acme' FOR UPDATE"


async def written(engine: Engine, who: str) -> None:
    """As a case does: one step after the other, each committed before the next."""
    for step in range(STEPS):
        change = Change("acme")
        change.record(AuditRecord(kind="step.noted", actor=who, values={"step": step}), utc_now())
        await engine.database.writer.commit(change)


async def one_waits(database: TestDatabase) -> bool:
    return await waiting_for_locks(database.owner_url) == 1


async def test_who_came_during_a_flush_and_who_it_let_go_on_write_together(
    engine: Engine, own_database: TestDatabase
) -> None:
    await engine.start()
    writer = engine.database.writer
    before = writer.flushes
    async with await psycopg.AsyncConnection.connect(own_database.owner_url) as holder:
        await holder.execute(HELD)
        first = [asyncio.create_task(written(engine, f"first {number}")) for number in range(3)]
        await eventually(lambda: one_waits(own_database), within_seconds=20)
        later = [asyncio.create_task(written(engine, f"later {number}")) for number in range(3)]
        await asyncio.sleep(0)
        await holder.rollback()
        await asyncio.gather(*first, *later)
    assert writer.flushes - before == STEPS + 1
    assert (await engine.verification()).sound


async def test_somebody_alone_does_not_wait_for_others(engine: Engine) -> None:
    await engine.start()
    before = engine.database.writer.flushes
    await written(engine, "alone")
    assert engine.database.writer.flushes - before == STEPS
