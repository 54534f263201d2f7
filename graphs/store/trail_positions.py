"""How far a projection of the trail has come."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

BEGIN = text("INSERT INTO trail_positions (tenant, kind, seq) VALUES (:tenant, :kind, 0) ON CONFLICT DO NOTHING")
LOCK = text("SELECT seq FROM trail_positions WHERE tenant = :tenant AND kind = :kind FOR UPDATE")
TAKE = text("SELECT seq FROM trail_positions WHERE tenant = :tenant AND kind = :kind FOR UPDATE SKIP LOCKED")
MOVE = text("UPDATE trail_positions SET seq = :seq WHERE tenant = :tenant AND kind = :kind")
HEAD = text("SELECT coalesce(max(seq), 0) FROM audit_heads WHERE tenant = :tenant")


class TrailPositions:
    """The positions of one tenant's projections. A projection is moved by one transaction at a time.

    Entries get their numbers under a lock that is held until they are committed: what is up to the head is all there.
    """

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def locked(self, kind: str) -> tuple[int, int]:
        """How far the projection is, locked until the transaction ends, and where the trail ends now."""
        named = {"tenant": self._tenant, "kind": kind}
        await self._session.execute(BEGIN, named)
        seq = int((await self._session.execute(LOCK, named)).scalar_one())
        return seq, int((await self._session.execute(HEAD, named)).scalar_one())

    async def taken(self, kind: str) -> tuple[int, int] | None:
        """The same, or None while another transaction moves the projection."""
        named = {"tenant": self._tenant, "kind": kind}
        await self._session.execute(BEGIN, named)
        seq = (await self._session.execute(TAKE, named)).scalar_one_or_none()
        return None if seq is None else (int(seq), int((await self._session.execute(HEAD, named)).scalar_one()))

    async def move(self, kind: str, seq: int) -> None:
        """The projection holds everything up to `seq`."""
        await self._session.execute(MOVE, {"tenant": self._tenant, "kind": kind, "seq": seq})
