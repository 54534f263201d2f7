"""Messages and the visits that wait for them.

Who matches holds the lock of (tenant, name, correlation key) until its transaction ends, so that a message and a
subscription that are written at the same moment see each other. Then it has the case, as everybody who changes rows of
a case, and only then timers, subscriptions, tasks and the audit head, or transactions deadlock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.lifecycle_tables import Message, Subscription
from graphs.store.rows import affected

LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 4157004))")

MISSED = text(
    """
    SELECT s.id FROM subscriptions s
    WHERE s.status = 'waiting' AND EXISTS (
      SELECT 1 FROM messages m
      WHERE m.tenant = s.tenant AND m.name = s.message AND m.correlation_key = s.correlation_key
        AND m.consumed_at IS NULL AND m.expires_at > :now)
    LIMIT 100
    """
)
"""Visits that wait although their message is there (indexes `cases_waiting_for_message`, `messages_to_receive`)."""


class Messages:
    """The message and subscription rows."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def of_case(self, case_id: str) -> Sequence[tuple[Subscription, Message | None]]:
        """What the case has waited for, in order, with what it received (constraint `subscription_of_visit`)."""
        query = (
            select(Subscription, Message)
            .outerjoin(Message, col(Message.id) == col(Subscription.received))
            .where(col(Subscription.case_id) == case_id)
            .order_by(col(Subscription.since), col(Subscription.id))
        )
        return [(waited, received) for waited, received in (await self._session.execute(query)).all()]

    async def lock(self, tenant: str, name: str, correlation_key: str) -> None:
        """Match for this key alone until the transaction ends."""
        subject = f"{len(tenant)}:{tenant}/{len(name)}:{name}/{correlation_key}"
        await self._session.execute(LOCK, {"subject": subject})

    async def keep(self, message: Message) -> Message | None:
        """Insert the message, or return the one that came with its id before (constraint `message_by_id`)."""
        query = insert(Message).values(**message.model_dump()).on_conflict_do_nothing(constraint="message_by_id")
        inserted = await self._session.execute(query.returning(col(Message.id)))
        if inserted.scalar_one_or_none() is not None:
            return None
        same = select(Message).where(
            col(Message.tenant) == message.tenant, col(Message.message_id) == message.message_id
        )
        return (await self._session.execute(same)).scalar_one()

    async def get(self, row_id: str) -> Message:
        """The message of that row."""
        query = select(Message).where(col(Message.id) == row_id).execution_options(populate_existing=True)
        return (await self._session.execute(query)).scalar_one()

    async def waiting(self, tenant: str, name: str, correlation_key: str) -> Sequence[Subscription]:
        """The visits that wait for such a message, the longest first (index `cases_waiting_for_message`)."""
        query = (
            select(Subscription)
            .where(col(Subscription.tenant) == tenant, col(Subscription.message) == name)
            .where(col(Subscription.correlation_key) == correlation_key, col(Subscription.status) == "waiting")
            .order_by(col(Subscription.since), col(Subscription.id))
            .limit(20)
        )
        return (await self._session.execute(query)).scalars().all()

    async def first_kept(self, tenant: str, name: str, correlation_key: str, *, now: datetime) -> Message | None:
        """The oldest message that waits for its visit and has not expired (index `messages_to_receive`)."""
        query = (
            select(Message)
            .where(col(Message.tenant) == tenant, col(Message.name) == name)
            .where(col(Message.correlation_key) == correlation_key, col(Message.consumed_at).is_(None))
            .where(col(Message.expires_at) > now)
            .order_by(col(Message.received_at), col(Message.id))
            .limit(1)
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def give(self, subscription: Subscription, message: Message, *, now: datetime) -> bool:
        """Give the message to the visit, if it still waits: compare-and-set, under the key's lock."""
        query = update(Subscription).where(col(Subscription.id) == subscription.id)
        query = query.where(col(Subscription.status) == "waiting")
        given = await self._session.execute(query.values(status="matched", received=message.id))
        if affected(given) != 1:
            return False
        taken = update(Message).where(col(Message.id) == message.id)
        await self._session.execute(taken.values(case_id=subscription.case_id, consumed_at=now))
        return True

    async def passed(self, tenant: str, name: str, correlation_key: str) -> Subscription | None:
        """The last visit that waited for such a message and has gone on (index `waits_by_key`)."""
        query = (
            select(Subscription)
            .where(col(Subscription.tenant) == tenant, col(Subscription.message) == name)
            .where(col(Subscription.correlation_key) == correlation_key, col(Subscription.status) != "waiting")
            .order_by(col(Subscription.since).desc(), col(Subscription.id))
            .limit(1)
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def close(self, message: Message, *, now: datetime) -> Message:
        """Nobody receives the message any more (primary key)."""
        await self._session.execute(update(Message).where(col(Message.id) == message.id).values(expires_at=now))
        return Message.model_validate({**message.model_dump(), "expires_at": now})

    async def subscribe(self, subscription: Subscription) -> bool:
        """Insert what a visit waits for, once (constraint `subscription_of_visit`); says whether it did."""
        query = insert(Subscription).values(**subscription.model_dump())
        query = query.on_conflict_do_nothing(constraint="subscription_of_visit")
        inserted = await self._session.execute(query.returning(col(Subscription.id)))
        return inserted.scalar_one_or_none() is not None

    async def of_visit(self, case_id: str, step: str, visit: int) -> Subscription | None:
        """What the visit waits for, or waited for."""
        query = select(Subscription).where(
            col(Subscription.case_id) == case_id, col(Subscription.step) == step, col(Subscription.visit) == visit
        )
        found = await self._session.execute(query.execution_options(populate_existing=True))
        return found.scalar_one_or_none()

    async def pass_over(self, case_id: str, step: str, visit: int) -> bool:
        """The time is up: mark the visit late unless it has its message; says whether it did."""
        query = update(Subscription).where(
            col(Subscription.case_id) == case_id,
            col(Subscription.step) == step,
            col(Subscription.visit) == visit,
            col(Subscription.status) == "waiting",
        )
        return affected(await self._session.execute(query.values(status="late"))) == 1

    async def withdraw(self, case_id: str) -> None:
        """The case waits for nothing any more (constraint `subscription_of_visit`)."""
        query = update(Subscription).where(col(Subscription.case_id) == case_id, col(Subscription.status) == "waiting")
        await self._session.execute(query.values(status="withdrawn"))

    async def missed(self, *, now: datetime) -> Sequence[Subscription]:
        """Visits that wait although their message is there: a process died between subscribing and matching."""
        ids = list((await self._session.execute(MISSED, {"now": now})).scalars())
        return (await self._session.execute(select(Subscription).where(col(Subscription.id).in_(ids)))).scalars().all()
