"""Tasks as they move between people: who has what, and one task handed to somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.people_tables import ApiKey, User
from graphs.store.rows import affected

OPEN_OF = text(
    """
    SELECT id FROM tasks WHERE tenant = :tenant AND assignee_id = :user AND status IN ('open', 'claimed')
    ORDER BY deadline_at, id
    """
)
"""What somebody has open (index `inbox_of_person`)."""
OF_INACTIVE = text(
    """
    SELECT DISTINCT t.tenant, t.assignee_id FROM users u
    JOIN tasks t ON t.tenant = u.tenant AND t.assignee_id = u.id AND t.status IN ('open', 'claimed')
    WHERE NOT u.active
    """
)
"""Who has left and still has something open (index `inbox_of_person`)."""


class WorkforceTasks:
    """The tasks of one tenant's people."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def open_of(self, user_id: str) -> list[str]:
        """Ids of what the person has open, the earliest deadline first."""
        return list((await self._session.execute(OPEN_OF, {"tenant": self._tenant, "user": user_id})).scalars())

    async def sponsored_by(self, user_id: str) -> Sequence[str]:
        """Logins of the active agents for whom the person answers."""
        query = select(col(User.login)).where(
            col(User.tenant) == self._tenant, col(User.sponsor_id) == user_id, col(User.active).is_(True)
        )
        return sorted((await self._session.execute(query)).scalars())

    async def revoke_keys(self, user_id: str, *, now: datetime) -> int:
        """Revoke every key of the user; says how many were live."""
        query = update(ApiKey).where(
            col(ApiKey.user_id) == user_id, col(ApiKey.tenant) == self._tenant, col(ApiKey.revoked_at).is_(None)
        )
        return affected(await self._session.execute(query.values(revoked_at=now)))


async def leavers_with_tasks(session: AsyncSession) -> list[tuple[str, str]]:
    """(tenant, user) of everybody who has left and still has something open, of all tenants the transaction sees."""
    return [(row.tenant, row.assignee_id) for row in await session.execute(OF_INACTIVE)]
