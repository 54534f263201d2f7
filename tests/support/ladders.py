"""What ladders have done: the escalations of a clock, and who was told."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import col

from graphs.store.escalation_tables import EscalationRow
from graphs.store.escalations import Escalations
from graphs.store.notice_tables import NoticeRow
from tests.support.engine import Engine

LADDER = """
name: remind, at: 50 %, action: remind
name: again, before: 1h, action: remind, urgency: urgent, channel: sms, text: firm.hurry
name: other, after: 1h, action: reassign
name: boss, after: 2h, action: manager, repeat: {every: 1h, at_most: 3}
name: controllers, after: 8h, action: 'role:controller'
"""


async def reached(engine: Engine, clock_id: str) -> Sequence[EscalationRow]:
    """What is on record of the clock's ladder, in order."""
    async with engine.database.unit_of_work("acme") as unit:
        return await Escalations(unit.session).of_clocks([clock_id])


async def states(engine: Engine, clock_id: str) -> list[tuple[str, int, str]]:
    """(rung, number, status) of each step on record, by place."""
    rows = sorted(await reached(engine, clock_id), key=lambda row: (row.round, row.place))
    return [(row.rung, row.number, row.status) for row in rows]


async def notices(engine: Engine, case_id: str) -> list[tuple[str, str]]:
    """(login, kind) of everything that people were told about the case, in order."""
    query = select(NoticeRow).where(col(NoticeRow.case_id) == case_id)
    async with engine.database.unit_of_work("acme") as unit:
        rows = (await unit.session.execute(query.order_by(col(NoticeRow.created_at), col(NoticeRow.kind)))).scalars()
        return [(row.recipient_id.removeprefix("acme-"), row.kind) for row in rows]
