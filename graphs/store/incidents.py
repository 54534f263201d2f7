"""Incidents: what automation could not resolve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import AlreadyAnswered, NotFound
from graphs.store.rows import affected
from graphs.store.tables import Incident

GROUPS = text(
    """
    WITH sums AS (
      SELECT i.fingerprint, count(*) FILTER (WHERE i.status = 'open') AS open,
        count(*) FILTER (WHERE i.status <> 'open') AS closed, count(DISTINCT i.case_id) AS cases,
        min(i.created_at) AS first_seen, max(i.created_at) AS last_seen
      FROM incidents i
      WHERE i.tenant = :tenant AND (CAST(:only AS text) IS NULL OR i.fingerprint = :only)
        AND (CAST(:status AS text) IS DISTINCT FROM 'open' OR i.fingerprint IN (
          SELECT o.fingerprint FROM incidents o WHERE o.tenant = :tenant AND o.status = 'open'))
      GROUP BY i.fingerprint
    )
    SELECT s.*, n.step, n.failed_step, n.tool, n.kind, n.code, n.shape, n.message, c.process,
      (SELECT array_agg(DISTINCT k.version) FROM incidents v JOIN cases k ON k.id = v.case_id
        WHERE v.tenant = :tenant AND v.fingerprint = s.fingerprint) AS versions
    FROM sums s
    JOIN LATERAL (
      SELECT * FROM incidents i WHERE i.tenant = :tenant AND i.fingerprint = s.fingerprint
      ORDER BY i.created_at DESC LIMIT 1) n ON true
    JOIN cases c ON c.id = n.case_id
    WHERE (CAST(:status AS text) IS DISTINCT FROM 'closed' OR s.open = 0)
      AND (CAST(:process AS text) IS NULL OR c.process = :process)
    ORDER BY s.last_seen DESC, s.fingerprint LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """Incidents with one fingerprint, and what the newest of them says. `versions` are of the process."""

    fingerprint: str
    open: int
    closed: int
    cases: int
    first_seen: datetime
    last_seen: datetime
    process: str
    versions: Sequence[int]
    step: str
    failed_step: str | None
    tool: str | None
    kind: str
    code: str
    shape: str | None
    message: str


class Incidents:
    """The incident rows."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def open(self, incident: Incident) -> bool:
        """Open the incident unless the case has one of that fingerprint open; says whether it did."""
        query = select(col(Incident.id)).where(
            col(Incident.case_id) == incident.case_id,
            col(Incident.fingerprint) == incident.fingerprint,
            col(Incident.status) == "open",
        )
        if (await self._session.execute(query)).first() is not None:
            return False
        self._session.add(incident)
        return True

    async def get(self, incident_id: str) -> Incident:
        """The incident. Raises `NotFound`."""
        query = select(Incident).where(col(Incident.id) == incident_id)
        incident = (await self._session.execute(query)).scalar_one_or_none()
        if incident is None:
            raise NotFound(f"there is no incident {incident_id}")
        return incident

    async def close(self, incident_id: str, *, by: str, now: datetime) -> None:
        """Close it once. Raises `AlreadyAnswered`."""
        query = update(Incident).where(col(Incident.id) == incident_id, col(Incident.status) == "open")
        changed = await self._session.execute(query.values(status="closed", closed_at=now, closed_by=by))
        if affected(changed) != 1:
            raise AlreadyAnswered(f"incident {incident_id} is closed")

    async def close_all(self, case_id: str, *, by: str, now: datetime) -> None:
        """Close the case's open incidents (index `incidents_of_case`)."""
        query = update(Incident).where(col(Incident.case_id) == case_id, col(Incident.status) == "open")
        await self._session.execute(query.values(status="closed", closed_at=now, closed_by=by))

    async def listed(self, tenant: str, *, status: str | None, limit: int) -> Sequence[Incident]:
        """Incidents, newest first (index `open_incidents`)."""
        query = (
            select(Incident)
            .where(col(Incident.tenant) == tenant)
            .order_by(col(Incident.created_at).desc())
            .limit(limit)
        )
        if status:
            query = query.where(col(Incident.status) == status)
        return (await self._session.execute(query)).scalars().all()

    async def many(self, incident_ids: Sequence[str]) -> Sequence[Incident]:
        """These incidents (primary key)."""
        query = select(Incident).where(col(Incident.id).in_(incident_ids))
        return (await self._session.execute(query)).scalars().all()

    async def of_group(
        self, tenant: str, fingerprint: str, *, status: str | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Incident]:
        """Incidents of a group, the oldest first, behind `after` (index `incidents_of_group`)."""
        query = select(Incident).where(col(Incident.tenant) == tenant, col(Incident.fingerprint) == fingerprint)
        if status:
            query = query.where(col(Incident.status) == status)
        if after:
            query = query.where(tuple_(col(Incident.created_at), col(Incident.id)) > after)
        query = query.order_by(col(Incident.created_at), col(Incident.id)).limit(limit)
        return (await self._session.execute(query)).scalars().all()

    async def groups(self, tenant: str, *, status: str | None, process: str | None, limit: int) -> list[GroupRow]:
        """Groups, the one that failed last first (indexes `open_incidents`, `incidents_of_group`).

        `status`: `open` for those with an open incident, `closed` for those without one.
        """
        values = {"tenant": tenant, "only": None, "status": status, "process": process, "limit": limit}
        return [GroupRow(**row) for row in (await self._session.execute(GROUPS, values)).mappings()]

    async def group(self, tenant: str, fingerprint: str) -> GroupRow:
        """The group. Raises `NotFound`."""
        values = {"tenant": tenant, "only": fingerprint, "status": None, "process": None, "limit": 1}
        row = (await self._session.execute(GROUPS, values)).mappings().first()
        if row is None:
            raise NotFound(f"there is no group {fingerprint}")
        return GroupRow(**row)

    async def sizes(self, tenant: str, fingerprints: Sequence[str]) -> dict[str, int]:
        """How many open incidents each of these groups has (index `open_incidents`)."""
        query = (
            select(col(Incident.fingerprint), func.count())
            .where(
                col(Incident.tenant) == tenant,
                col(Incident.status) == "open",
                col(Incident.fingerprint).in_(fingerprints),
            )
            .group_by(col(Incident.fingerprint))
        )
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def of_case(self, case_id: str) -> Sequence[Incident]:
        """The incidents of a case (index `incidents_of_case`)."""
        query = select(Incident).where(col(Incident.case_id) == case_id).order_by(col(Incident.created_at))
        return (await self._session.execute(query)).scalars().all()
