"""The rows of what people are to be told, on their way from waiting to sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import NotFound
from graphs.store.notice_tables import NoticeRow
from graphs.store.people_tables import User
from graphs.store.rows import affected
from graphs.store.tables import Case, Incident, Task

OPEN_TENANTS = text(
    """
    SELECT t.id FROM tenants t WHERE t.id = ANY (:tenants) AND (
      EXISTS (SELECT FROM notices n WHERE n.tenant = t.id AND n.status = 'waiting'
              AND (n.due_at IS NULL OR n.due_at <= :now))
      OR EXISTS (SELECT FROM notices n WHERE n.tenant = t.id AND n.status IN ('sending', 'failed')))
    """
)
DUE_PEOPLE = text(
    """
    SELECT recipient_id FROM notices WHERE tenant = :tenant AND status = 'waiting' AND due_at <= :now
    GROUP BY recipient_id ORDER BY min(due_at) LIMIT :most
    """
)
ONE_AT_A_TIME = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:person, 19))")
RECENT = text(
    """
    SELECT min(begun_at) AS at FROM notices
    WHERE tenant = :tenant AND recipient_id = :person AND begun_at > :since GROUP BY delivery_id ORDER BY at
    """
)
SETTLE = text(
    """
    UPDATE notices n SET
      status = f.status, why = f.why, message_id = f.message_id,
      sent_at = CASE WHEN f.status = 'sent' THEN f.ended_at ELSE n.sent_at END
    FROM (
      SELECT m.id, e.result ->> 'message_id' AS message_id, coalesce(e.ended_at, c.ended_at) AS ended_at,
        CASE WHEN c.status = 'done' AND e.status = 'confirmed' THEN 'sent' WHEN c.status = 'done' THEN 'obsolete'
             WHEN c.status = 'incident' THEN 'failed' WHEN c.status IN ('cancelled', 'rejected') THEN 'cancelled'
             ELSE 'sending' END AS status,
        CASE WHEN c.status = 'incident' THEN
               (SELECT i.code FROM incidents i WHERE i.case_id = c.id AND i.status = 'open'
                ORDER BY i.created_at DESC LIMIT 1)
             WHEN c.status = 'done' AND e.status = 'confirmed' THEN NULL ELSE c.outcome END AS why
      FROM notices m JOIN cases c ON c.id = m.delivery_id
        LEFT JOIN LATERAL (SELECT x.status, x.result, x.ended_at FROM effects x WHERE x.case_id = c.id
          ORDER BY x.planned_at DESC LIMIT 1) e ON true
      WHERE m.tenant = :tenant AND m.status IN ('sending', 'failed')
    ) f WHERE f.id = n.id AND f.status <> n.status
    """
)
"""What became of deliveries (index `notices_on_their_way`), also of those whose incident was retried."""


class Notices:
    """The notice rows."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def put(self, row: NoticeRow) -> bool:
        """Add it unless one of that id is there (primary key); says whether it did."""
        added = insert(NoticeRow).values(row.model_dump()).on_conflict_do_nothing(index_elements=["id"])
        made = await self._session.execute(added.returning(col(NoticeRow.id)))
        return made.scalar_one_or_none() is not None

    async def put_all(self, rows: Sequence[NoticeRow]) -> None:
        """Add those of which none of that id is there (primary key), in the order of their ids."""
        if rows:
            values = [row.model_dump() for row in sorted(rows, key=lambda row: row.id)]
            await self._session.execute(insert(NoticeRow).values(values).on_conflict_do_nothing(index_elements=["id"]))

    async def open_tenants(self, tenants: Sequence[str], *, now: datetime) -> list[str]:
        """Tenants with something to do: due, not looked at yet, or on its way (indexes `notices_due` and others)."""
        return list((await self._session.execute(OPEN_TENANTS, {"tenants": list(tenants), "now": now})).scalars())

    async def new(self, tenant: str, *, most: int) -> Sequence[NoticeRow]:
        """Waiting ones that nobody has looked at, locked, the oldest first (index `notices_due`)."""
        query = (
            select(NoticeRow)
            .where(col(NoticeRow.tenant) == tenant, col(NoticeRow.status) == "waiting", col(NoticeRow.due_at).is_(None))
            .order_by(col(NoticeRow.created_at), col(NoticeRow.id))
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        return (await self._session.execute(query)).scalars().all()

    async def due_people(self, tenant: str, *, now: datetime, most: int) -> list[str]:
        """Whom something is due for, the longest waiting first (index `notices_due`)."""
        found = await self._session.execute(DUE_PEOPLE, {"tenant": tenant, "now": now, "most": most})
        return list(found.scalars())

    async def take_turn(self, tenant: str, person: str) -> bool:
        """Whether this transaction alone sends to the person: of several workers, one at a time does."""
        return bool((await self._session.execute(ONE_AT_A_TIME, {"person": f"{tenant}/{person}"})).scalar_one())

    async def due_of(self, tenant: str, person: str, *, now: datetime, most: int) -> Sequence[NoticeRow]:
        """What is due for the person, locked, the oldest first (index `notices_of_person`)."""
        query = (
            select(NoticeRow)
            .where(
                col(NoticeRow.tenant) == tenant,
                col(NoticeRow.recipient_id) == person,
                col(NoticeRow.status) == "waiting",
                col(NoticeRow.due_at) <= now,
            )
            .order_by(col(NoticeRow.created_at), col(NoticeRow.id))
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        return (await self._session.execute(query)).scalars().all()

    async def recent(self, tenant: str, person: str, *, since: datetime) -> list[datetime]:
        """When the messages to the person were begun since then, the oldest first (index `notices_begun`)."""
        found = await self._session.execute(RECENT, {"tenant": tenant, "person": person, "since": since})
        return list(found.scalars())

    async def change(self, ids: Iterable[str], **changes: Any) -> None:
        """Set columns of waiting rows (primary key)."""
        query = update(NoticeRow).where(col(NoticeRow.id).in_(list(ids)), col(NoticeRow.status) == "waiting")
        await self._session.execute(query.values(**changes))

    async def plan_again(self, tenant: str, person: str, due_at: datetime | None) -> int:
        """Have all that waits for the person due then, or looked at anew; returns how many (`notices_of_person`)."""
        query = update(NoticeRow).where(
            col(NoticeRow.tenant) == tenant,
            col(NoticeRow.recipient_id) == person,
            col(NoticeRow.status) == "waiting",
        )
        return affected(await self._session.execute(query.values(due_at=due_at)))

    async def settle(self, tenant: str) -> int:
        """Say of those on their way what became of their case; returns how many moved."""
        return affected(await self._session.execute(SETTLE, {"tenant": tenant}))

    async def of_delivery(self, delivery_id: str) -> Sequence[NoticeRow]:
        """The notices that a case delivers (index `notices_of_delivery`)."""
        query = select(NoticeRow).where(col(NoticeRow.delivery_id) == delivery_id)
        query = query.order_by(col(NoticeRow.created_at), col(NoticeRow.id))
        return (await self._session.execute(query)).scalars().all()

    async def named(self, tenant: str, ids: Iterable[str]) -> Sequence[NoticeRow]:
        """The notices with those ids (primary key)."""
        query = select(NoticeRow).where(col(NoticeRow.tenant) == tenant, col(NoticeRow.id).in_(list(ids)))
        return (await self._session.execute(query)).scalars().all()

    async def delivery_of_message(self, tenant: str, message_id: str) -> str | None:
        """The case that sent the mail with that Message-ID (index `notices_by_message`)."""
        query = (
            select(col(NoticeRow.delivery_id))
            .where(col(NoticeRow.tenant) == tenant, col(NoticeRow.message_id) == message_id)
            .limit(1)
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def bounced(self, delivery_id: str, *, why: str) -> int:
        """The case's message has come back; returns how many notices were in it (index `notices_of_delivery`)."""
        query = update(NoticeRow).where(col(NoticeRow.delivery_id) == delivery_id)
        return affected(await self._session.execute(query.values(status="bounced", why=why)))

    async def listed(self, tenant: str, person: str, *, unread: bool, limit: int) -> Sequence[NoticeRow]:
        """The person's notices, the newest first (index `notices_of_person`)."""
        query = select(NoticeRow).where(col(NoticeRow.tenant) == tenant, col(NoticeRow.recipient_id) == person)
        if unread:
            query = query.where(col(NoticeRow.read_at).is_(None))
        query = query.order_by(col(NoticeRow.created_at).desc(), col(NoticeRow.id)).limit(limit)
        return (await self._session.execute(query)).scalars().all()

    async def read(self, tenant: str, person: str, notice_id: str, *, now: datetime) -> NoticeRow:
        """The person has read it, the first time now. Raises `NotFound`, also for somebody else's (primary key)."""
        query = select(NoticeRow).where(
            col(NoticeRow.id) == notice_id, col(NoticeRow.tenant) == tenant, col(NoticeRow.recipient_id) == person
        )
        row = (await self._session.execute(query.with_for_update())).scalar_one_or_none()
        if row is None:
            raise NotFound(f"there is no notice {notice_id} for you")
        if row.read_at is None:
            row.read_at = now
        return row

    async def people(self, ids: Iterable[str]) -> Mapping[str, User]:
        """Users by id (primary key)."""
        found = (await self._session.execute(select(User).where(col(User.id).in_(set(ids))))).scalars()
        return {user.id: user for user in found}

    async def tasks(self, ids: Iterable[str]) -> Mapping[str, Task]:
        """Tasks by id (primary key)."""
        found = (await self._session.execute(select(Task).where(col(Task.id).in_(set(ids))))).scalars()
        return {task.id: task for task in found}

    async def cases(self, ids: Iterable[str]) -> Mapping[str, Case]:
        """Cases by id (primary key)."""
        query = select(Case).where(col(Case.id).in_(set(ids))).execution_options(populate_existing=True)
        return {case.id: case for case in (await self._session.execute(query)).scalars()}

    async def incidents(self, ids: Iterable[str]) -> Mapping[str, Incident]:
        """Incidents by id (primary key)."""
        found = (await self._session.execute(select(Incident).where(col(Incident.id).in_(set(ids))))).scalars()
        return {incident.id: incident for incident in found}
