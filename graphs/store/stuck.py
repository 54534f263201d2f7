"""Cases that rest and have nothing that will ever wake them, and what was done about cases that nobody moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.cases import IdleCase
from graphs.store.jobs import ADVANCE
from graphs.store.operation_tables import StuckCaseRow

ALONE = text("SELECT pg_try_advisory_xact_lock(4157025)")
RESTING = text(
    """
    WITH slice AS MATERIALIZED (
      SELECT c.tenant, c.id, c.status, c.journaled, c.epoch, c.lease_owner, c.updated_at, c.lease_until FROM cases c
      WHERE c.status IN ('waiting', 'incident', 'suspended') AND c.id > :after ORDER BY c.id LIMIT :most
    ), asked AS MATERIALIZED (
      SELECT s.* FROM slice s
      WHERE (s.lease_until IS NULL OR s.lease_until < clock_timestamp())
        AND NOT EXISTS (SELECT FROM tasks t
          WHERE t.case_id = s.id AND t.status IN ('open', 'claimed') AND s.status = 'waiting')
    ), bare AS MATERIALIZED (
      SELECT s.* FROM asked s
      WHERE (s.status <> 'waiting' OR NOT EXISTS (
          SELECT FROM timers t WHERE t.case_id = s.id AND t.status = 'set'
            AND t.subject IN ('step', 'wait', 'retry', 'turn', 'switch', 'undo')))
        AND (s.status <> 'waiting' OR NOT EXISTS (
          SELECT FROM subscriptions u WHERE u.case_id = s.id AND u.status = 'waiting'
            AND (u.tenant, u.message) IN (
              SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:messages AS text[])))))
        AND (s.status <> 'incident' OR NOT EXISTS (
          SELECT FROM incidents i WHERE i.case_id = s.id AND i.status = 'open'))
        AND (s.status <> 'suspended' OR NOT EXISTS (
          SELECT FROM steerings o WHERE o.case_id = s.id AND o.status = 'open' AND o.kind = 'suspend'))
    ), queued AS MATERIALIZED (
      SELECT pair ->> 1 AS id FROM procrastinate_jobs j, jsonb_array_elements(j.args -> 'cases') AS pair
      WHERE j.status IN ('todo', 'doing') AND j.task_name = :task AND EXISTS (SELECT FROM bare)
    ), found AS (
      SELECT tenant, id, status, journaled, epoch, lease_owner, updated_at FROM bare
      WHERE id NOT IN (SELECT id FROM queued) ORDER BY id LIMIT 100
    )
    SELECT e.last, e.seen, f.* FROM (SELECT max(id) AS last, count(*) AS seen FROM slice) e LEFT JOIN found f ON true
    """
)
"""Indexes `cases_at_rest`, `task_of_visit`, `timers_of_case`, `subscription_of_visit`, `incidents_of_case`,
`open_steering`. Each wait is written in the transaction that makes its case wait: a case without one has lost it."""

SENDERS = text(
    """
    SELECT DISTINCT u.tenant FROM users u JOIN user_roles m ON m.user_id = u.id AND m.tenant = u.tenant
    JOIN roles r ON r.tenant = m.tenant AND r.name = m.role
    WHERE u.active AND jsonb_exists(r.permissions, 'message.send')
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some of the cases that rest: those without anything that will wake them, up to the case `last`, of `seen`."""

    found: Sequence[IdleCase]
    last: str
    seen: int


class StuckCases:
    """What is known of cases that nobody moves."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def alone(self) -> bool:
        """Whether nobody else looks, until this transaction ends."""
        return bool((await self._session.execute(ALONE)).scalar_one())

    async def senders(self) -> list[str]:
        """The tenants in which somebody may send messages."""
        return list((await self._session.execute(SENDERS)).scalars())

    async def resting(self, *, after: str, most: int, receivable: Sequence[tuple[str, str]]) -> Slice:
        """The next cases that rest, behind the case `after`; `receivable` are the messages that may come, by tenant."""
        parameters = {
            "after": after,
            "most": most,
            "task": ADVANCE,
            "tenants": [tenant for tenant, _ in receivable],
            "messages": [message for _, message in receivable],
        }
        rows = (await self._session.execute(RESTING, parameters)).all()
        names = ("tenant", "id", "status", "journaled", "epoch", "lease_owner", "updated_at")
        found = [IdleCase(**{name: getattr(row, name) for name in names}) for row in rows if row.id is not None]
        return Slice(found=found, last=rows[0].last or "", seen=rows[0].seen)

    async def known(self, case_ids: Sequence[str]) -> Mapping[str, StuckCaseRow]:
        """What was done about these cases before (primary key)."""
        query = select(StuckCaseRow).where(col(StuckCaseRow.case_id).in_(case_ids))
        return {row.case_id: row for row in (await self._session.execute(query)).scalars()}

    async def keep(self, row: StuckCaseRow) -> None:
        """Remember it, in the place of what was known of the case."""
        values = row.model_dump()
        query = insert(StuckCaseRow).values(values)
        await self._session.execute(query.on_conflict_do_update(index_elements=["case_id"], set_=values))

    async def forget(self, *case_ids: str, before: datetime | None = None, older: timedelta = timedelta(0)) -> None:
        """These cases are seen to; or, `before` an instant, all that were not found stuck since for so long."""
        query = delete(StuckCaseRow)
        if before is not None:
            query = query.where(col(StuckCaseRow.nudged_at) < before - older)
        else:
            query = query.where(col(StuckCaseRow.case_id).in_(case_ids))
        await self._session.execute(query)
