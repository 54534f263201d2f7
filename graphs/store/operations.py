"""Operations: their rows, their items, and what became of the cases that were let go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import NotFound
from graphs.store.operation_tables import (
    DONE,
    FAILED,
    LEFT,
    MOVING,
    RUNNING,
    WAITING,
    OperationItemRow,
    OperationRow,
)
from graphs.store.rows import affected

MOST_ITEMS = 10_000
CHOSEN = """
  FROM incidents i JOIN cases c ON c.id = i.case_id
  WHERE i.tenant = :tenant AND i.fingerprint = :fingerprint AND i.status = 'open'
    AND (CAST(:versions AS int[]) IS NULL OR c.version = ANY (CAST(:versions AS int[])))
    AND (CAST(:before AS timestamptz) IS NULL OR i.created_at < CAST(:before AS timestamptz))
    AND (CAST(:incidents AS text[]) IS NULL OR i.id = ANY (CAST(:incidents AS text[])))
"""
"""Index `open_incidents`."""
TAKE = text(
    f"""
    INSERT INTO operation_items
      (operation_id, incident_id, tenant, case_id, place, status, code, message, passed)
    SELECT :operation, i.id, i.tenant, i.case_id, row_number() OVER (ORDER BY i.created_at, i.id), 'waiting', '', '', 0
    {CHOSEN} ORDER BY i.created_at, i.id LIMIT :most
    """
)
TAKE_CASES = text(
    """
    INSERT INTO operation_items
      (operation_id, tenant, case_id, place, status, code, message, passed)
    SELECT :operation, c.tenant, c.id, row_number() OVER (ORDER BY c.created_at, c.id), 'waiting', '', '', 0
    FROM cases c WHERE c.tenant = :tenant AND c.id = ANY (CAST(:cases AS text[]))
    """
)
FIRST_CHOSEN = text(f"SELECT i.id, count(*) OVER () AS total {CHOSEN} ORDER BY i.created_at, i.id LIMIT :most")
LEASE = text(
    """
    UPDATE operations SET lease_owner = :owner, lease_until = clock_timestamp() + CAST(:lease AS interval)
    WHERE id = :id AND status = 'running'
      AND (lease_owner IS NULL OR lease_owner = :owner OR lease_until < clock_timestamp())
    """
)
UNDER_WAY = text(
    """
    SELECT o.tenant, o.id FROM operations o WHERE o.status = 'running'
    UNION SELECT i.tenant, i.operation_id FROM operation_items i WHERE i.status IN ('waiting', 'moving') ORDER BY 2
    """
)
"""Indexes `operations_under_way`, `items_under_way`."""
BEGUN = text(
    """
    UPDATE operation_items i SET status = 'moving', moved_at = :now, passed = :orders + c.journaled
    FROM cases c WHERE c.id = i.case_id AND i.operation_id = :operation AND i.place = :place
      AND i.status = 'waiting'
    """
)
MOVED = text(
    """
    SELECT i.place, i.case_id, i.passed, c.status, c.journaled, n.status AS incident_status,
      f.code, f.message, a.status AS applied_status, a.outcome AS applied_outcome
    FROM operation_items i JOIN cases c ON c.id = i.case_id LEFT JOIN incidents n ON n.id = i.incident_id
    LEFT JOIN cases a ON a.tenant = i.tenant AND a.trigger_key = 'apply-' || i.incident_id AND a.process = :applies
    LEFT JOIN LATERAL (
      SELECT o.code, o.message FROM incidents o WHERE o.case_id = i.case_id AND o.status = 'open'
      ORDER BY o.created_at DESC LIMIT 1) f ON true
    WHERE i.operation_id = :operation AND i.status = 'moving' ORDER BY i.place
    """
)
"""Indexes `items_under_way`, `incidents_of_case`, `case_by_trigger`."""


class ItemTaken(Exception):
    """The item is no longer waiting: another worker has begun it, or the operation has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which open incidents of a group are meant; all of them where nothing is said."""

    tenant: str
    fingerprint: str
    versions: tuple[int, ...] = ()
    before: datetime | None = None
    incidents: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, Any]:
        """For the statements."""
        return {
            "tenant": self.tenant,
            "fingerprint": self.fingerprint,
            "versions": list(self.versions) or None,
            "before": self.before,
            "incidents": list(self.incidents) or None,
        }

    def recorded(self) -> dict[str, Any]:
        """As it is stored with the operation."""
        before = self.before.isoformat() if self.before else None
        return {"versions": list(self.versions), "before": before, "incidents": list(self.incidents)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A case that an operation let go on, as it stands now. `code` and `message` are of its newest open incident.

    `incident_status` is of the incident that the item is about, None where it is about the case.
    """

    place: int
    case_id: str
    passed: int
    status: str
    journaled: int
    incident_status: str | None
    code: str | None
    message: str | None
    applied_status: str | None
    applied_outcome: str | None


class Operations:
    """The rows of operations."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def add(self, row: OperationRow) -> bool:
        """Add it unless its group has one under way (index `operation_of_group`); says whether it did."""
        added = insert(OperationRow).values(row.model_dump())
        added = added.on_conflict_do_nothing(
            index_elements=["tenant", "fingerprint"], index_where=text("status = 'running'")
        )
        found = await self._session.execute(added.returning(col(OperationRow.id)))
        return found.scalar_one_or_none() is not None

    async def take(self, operation: OperationRow, chosen: Chosen) -> int:
        """Make an item of each incident that is meant, the oldest first, at most `MOST_ITEMS`; returns how many."""
        parameters = {**chosen.parameters, "operation": operation.id, "most": MOST_ITEMS}
        return await self._taken(operation, affected(await self._session.execute(TAKE, parameters)))

    async def take_cases(self, operation: OperationRow, case_ids: Sequence[str]) -> int:
        """Make an item of each of these cases that is the tenant's, the oldest first; returns how many."""
        values = {"operation": operation.id, "tenant": operation.tenant, "cases": list(case_ids)}
        return await self._taken(operation, affected(await self._session.execute(TAKE_CASES, values)))

    async def _taken(self, operation: OperationRow, total: int) -> int:
        changed = update(OperationRow).where(col(OperationRow.id) == operation.id).values(total=total)
        await self._session.execute(changed)
        return total

    async def first_chosen(self, chosen: Chosen, *, limit: int) -> tuple[list[str], int]:
        """The oldest incidents that are meant, and how many there are."""
        rows = (await self._session.execute(FIRST_CHOSEN, {**chosen.parameters, "most": limit})).all()
        return [row.id for row in rows], rows[0].total if rows else 0

    async def of_group(self, tenant: str, fingerprint: str) -> OperationRow | None:
        """The operation under way for the group (index `operation_of_group`)."""
        query = select(OperationRow).where(
            col(OperationRow.tenant) == tenant,
            col(OperationRow.fingerprint) == fingerprint,
            col(OperationRow.status) == RUNNING,
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def get(self, operation_id: str) -> OperationRow:
        """The operation. Raises `NotFound`, also for another tenant's."""
        query = select(OperationRow).where(col(OperationRow.id) == operation_id)
        row = (await self._session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()
        if row is None:
            raise NotFound(f"there is no operation {operation_id}")
        return row

    async def listed(self, tenant: str, *, limit: int) -> Sequence[OperationRow]:
        """Operations, newest first (index `operations_by_age`)."""
        query = select(OperationRow).where(col(OperationRow.tenant) == tenant)
        query = query.order_by(col(OperationRow.ordered_at).desc()).limit(limit)
        return (await self._session.execute(query)).scalars().all()

    async def under_way(self) -> list[tuple[str, str]]:
        """(tenant, operation) of those that are running, or whose last items have no outcome yet."""
        return [(row.tenant, row.id) for row in await self._session.execute(UNDER_WAY)]

    async def lease(self, operation_id: str, *, owner: str, for_: timedelta) -> bool:
        """Work the operation off as `owner`, alone, by the database's clock; says whether it may."""
        values = {"id": operation_id, "owner": owner, "lease": for_}
        return affected(await self._session.execute(LEASE, values)) == 1

    async def end(self, operation_id: str, status: str, *, now: datetime, why: str = "", by: str | None = None) -> bool:
        """End it once, leaving what has not begun as it was; says whether it was running."""
        query = update(OperationRow).where(col(OperationRow.id) == operation_id, col(OperationRow.status) == RUNNING)
        values = {"status": status, "why": why, "closed_by": by, "ended_at": now, "lease_owner": None}
        if affected(await self._session.execute(query.values(**values, lease_until=None))) != 1:
            return False
        left = update(OperationItemRow).where(
            col(OperationItemRow.operation_id) == operation_id, col(OperationItemRow.status) == WAITING
        )
        await self._session.execute(left.values(status=LEFT, ended_at=now))
        return True

    async def counts(self, *operation_ids: str) -> dict[str, dict[str, int]]:
        """How many items of each operation are in which state (primary key)."""
        query = (
            select(col(OperationItemRow.operation_id), col(OperationItemRow.status), func.count())
            .where(col(OperationItemRow.operation_id).in_(operation_ids))
            .group_by(col(OperationItemRow.operation_id), col(OperationItemRow.status))
        )
        found: dict[str, dict[str, int]] = {operation_id: {} for operation_id in operation_ids}
        for operation_id, status, number in (await self._session.execute(query)).all():
            found[operation_id][status] = number
        return found

    async def outcomes(self, operation_id: str) -> list[bool]:
        """What became of the cases that were tried, in the order it was known: True for one that went on."""
        row = OperationItemRow
        query = (
            select(case((col(row.status) == DONE, True), else_=False))
            .where(
                col(row.operation_id) == operation_id,
                col(row.moved_at).is_not(None),
                col(row.status).in_((DONE, FAILED)),
            )
            .order_by(col(row.ended_at), col(row.place))
        )
        return list((await self._session.execute(query)).scalars())

    async def next_waiting(self, operation_id: str, *, limit: int) -> Sequence[OperationItemRow]:
        """The items whose turn it is (index `items_under_way`)."""
        row = OperationItemRow
        query = (
            select(row)
            .where(col(row.operation_id) == operation_id, col(row.status) == WAITING)
            .order_by(col(row.place))
            .limit(limit)
        )
        return (await self._session.execute(query)).scalars().all()

    async def begun(self, operation_id: str, place: int, *, orders: int, now: datetime) -> None:
        """The case of the item was let go on, in this transaction: compare-and-set, so that it happens once.

        `orders` is how many entries the order adds to its journal. Raises `ItemTaken`.
        """
        values = {"operation": operation_id, "place": place, "orders": orders, "now": now}
        if affected(await self._session.execute(BEGUN, values)) != 1:
            raise ItemTaken

    async def moved(self, operation_id: str, *, applies: str) -> list[Moved]:
        """The cases that were let go on and of which nothing more is known; `applies` is the process of fixes."""
        result = await self._session.execute(MOVED, {"operation": operation_id, "applies": applies})
        return [Moved(**row) for row in result.mappings()]

    async def settle(
        self, operation_id: str, place: int, status: str, *, now: datetime, code: str = "", message: str = ""
    ) -> None:
        """What became of an item that has no outcome yet."""
        row = OperationItemRow
        query = update(row).where(
            col(row.operation_id) == operation_id,
            col(row.place) == place,
            col(row.status).in_((WAITING, MOVING)),
        )
        await self._session.execute(query.values(status=status, code=code, message=message, ended_at=now))

    async def page(
        self, operation_id: str, *, status: str | None, after: int, limit: int
    ) -> Sequence[OperationItemRow]:
        """Items behind `after`, in their order (primary key)."""
        row = OperationItemRow
        query = select(row).where(col(row.operation_id) == operation_id, col(row.place) > after)
        if status:
            query = query.where(col(row.status) == status)
        return (await self._session.execute(query.order_by(col(row.place)).limit(limit))).scalars().all()


def progress_of(counts: Mapping[str, int]) -> dict[str, int]:
    """The sums of an operation, each state with a number."""
    return {status: counts.get(status, 0) for status in (WAITING, MOVING, DONE, FAILED, LEFT)}
