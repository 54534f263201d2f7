"""A case that can never be read ends as an incident after its attempts; the others never notice."""

from __future__ import annotations

import asyncio

import psycopg

from tests.chaos.invariants import rest, violations
from tests.chaos.process import POISON, STRAIGHT
from tests.conftest import TestDatabase
from tests.support.engine import Engine

HURRY = """
UPDATE timers SET due_at = now() - interval '10 seconds'
WHERE case_id = %s AND subject = 'retry' AND status = 'set'
"""


async def hurry(engine: Engine, urls: TestDatabase, case_id: str) -> None:
    """Let the case's back-offs be over as soon as they are set."""
    while True:
        with psycopg.connect(urls.owner_url) as owner:
            owner.execute(HURRY, (case_id,))
        await engine.sweep.run()
        await asyncio.sleep(0.05)


async def test_a_case_that_always_fails_ends_as_an_incident_and_holds_up_nobody(
    engine: Engine, own_database: TestDatabase
) -> None:
    accepted = {
        f"before-{number}": (await engine.start(key=f"before-{number}", subject=STRAIGHT)).case.id for number in (1, 2)
    }
    poisoned = accepted["poison"] = (await engine.start(key="poison", subject=POISON)).case.id
    async with engine.working():
        hurrying = asyncio.create_task(hurry(engine, own_database, poisoned))
        for number in (1, 2, 3):
            case_id = accepted[f"after-{number}"] = (
                await engine.start(key=f"after-{number}", subject=STRAIGHT)
            ).case.id
            assert (await engine.until(case_id, "done", "incident")).status == "done"
        assert (await engine.until(poisoned, "incident", within_seconds=40)).status == "incident"
        hurrying.cancel()
        await rest(engine.database, within_seconds=20)
    parked = (await engine.trail_of(poisoned)).count("case.parked")
    [incident] = await engine.incidents_of(poisoned)
    assert (parked, incident.status, incident.message) == (5, "open", "toy.read: the document cannot be read")
    assert len(engine.notebook.written) == len(accepted) - 1
    assert await violations(engine.database, engine.notebook.written, accepted=accepted) == []
