"""Cases that have ended, an officer who may compact and erase them, and what the trail says of that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg

from graphs.compaction import compact_cases
from graphs.store.people import Actor
from graphs.tasks import Answer
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.people import actor
from tools.clock import utc_now

YEAR = timedelta(days=365)
APPROVED = Answer(decision="approve", reason="as agreed")
NAME = "Ludmila Anonyma"
RETENTION = ("retention.erase", "retention.hold", "retention.run", "retention.policy")


async def officer(engine: Engine) -> Actor:
    """Sven, who may do all that retention needs."""
    await grant(engine.database, "sven", *RETENTION)
    return await actor(engine.database, "sven")


async def finished(engine: Engine, *, amount: int = 5_000, subject: str = "a note") -> str:
    """A case that ended, with an answer where the amount needs one."""
    engine.reader.amount = amount
    accepted = await engine.start(subject=subject)
    case = await engine.advance(accepted.case.id)
    if case.status == "waiting":
        await engine.answer(case.id, "anton", APPROVED)
        case = await engine.advance(case.id)
    assert case.status == "done"
    return case.id


async def compacted(engine: Engine, *case_ids: str) -> int:
    async with engine.database.unit_of_work("acme") as unit:
        return await compact_cases(unit, "acme", case_ids, now=utc_now())


async def last_values(engine: Engine, kind: str) -> dict[str, Any]:
    """The values of the newest entry of a kind."""
    with psycopg.connect(engine.url.replace("interlock_app", "postgres")) as owner:
        row = owner.execute(
            "SELECT v.content FROM audit_entries e JOIN audit_values v USING (tenant, seq) WHERE e.kind = %s "
            "ORDER BY e.seq DESC LIMIT 1",
            (kind,),
        ).fetchone()
    assert row is not None
    return row[0]
