"""Incidents: what automation could not resolve."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import AlreadyAnswered, NotFound
from graphs.store.rows import affected
from graphs.store.tables import Incident


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

    async def of_case(self, case_id: str) -> Sequence[Incident]:
        """The incidents of a case (index `incidents_of_case`)."""
        query = select(Incident).where(col(Incident.case_id) == case_id).order_by(col(Incident.created_at))
        return (await self._session.execute(query)).scalars().all()
