"""The rows of information requests, and of the mails that came of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import NotFound
from graphs.store.inbox import UNANSWERED
from graphs.store.information_tables import InformationReplyRow, InformationRow
from graphs.store.people_tables import Tenant
from graphs.store.rows import affected
from graphs.store.tables import Case, Effect, Task

OPEN, ANSWERED, WITHDRAWN, EXPIRED, CLOSED = "open", "answered", "withdrawn", "expired", "closed"
TRY = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:subject, 4157030))")
TAKE = text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 4157030))")
"""A lock of the request's own, before every other: what happens to one request happens one after the other."""


class InformationRequests:
    """The request rows."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def take(self, request_id: str) -> None:
        """Have the request for this transaction alone. To be called before anything is locked."""
        await self._session.execute(TAKE, {"subject": request_id})

    async def take_if_free(self, request_id: str) -> bool:
        """The same without waiting, for who holds other locks already; says whether it was free."""
        return bool((await self._session.execute(TRY, {"subject": request_id})).scalar_one())

    async def company(self, tenant: str) -> str:
        """What the tenant is called (primary key)."""
        return (await self._session.execute(select(col(Tenant.name)).where(col(Tenant.id) == tenant))).scalar_one()

    async def add(self, row: InformationRow) -> None:
        """Insert it."""
        self._session.add(row)
        await self._session.flush()

    async def get(self, request_id: str) -> InformationRow:
        """The request (primary key). Raises `NotFound`, also for another tenant's."""
        found = await self.find(request_id)
        if found is None:
            raise NotFound(f"there is no information request {request_id}")
        return found

    async def find(self, request_id: str) -> InformationRow | None:
        """The same, None where there is none."""
        query = select(InformationRow).where(col(InformationRow.id) == request_id)
        return (await self._session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()

    async def of_task(self, task_id: str) -> Sequence[InformationRow]:
        """The requests about a task, the oldest first (index `information_of_task`)."""
        query = select(InformationRow).where(col(InformationRow.task_id) == task_id)
        query = query.order_by(col(InformationRow.asked_at), col(InformationRow.id))
        return (await self._session.execute(query)).scalars().all()

    async def open_of_task(self, task_id: str) -> int:
        """How many of them are open (index `information_of_task`)."""
        query = select(func.count()).where(col(InformationRow.task_id) == task_id, col(InformationRow.status) == OPEN)
        return int((await self._session.execute(query)).scalar_one())

    async def of_mail(self, tenant: str, ref: str) -> InformationRow | None:
        """The request that sent the mail with this part of its Message-ID (`information_by_mail`, `_by_reminder`)."""
        either = or_(col(InformationRow.mail_ref) == ref, col(InformationRow.reminder_ref) == ref)
        query = select(InformationRow).where(col(InformationRow.tenant) == tenant, either).limit(1)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def of_tag(self, tenant: str, tag_mac: str) -> InformationRow | None:
        """The request with this reply tag (index `information_by_tag`)."""
        query = select(InformationRow).where(
            col(InformationRow.tenant) == tenant, col(InformationRow.tag_mac) == tag_mac
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def awaited(self, task_id: str, *, but: str, now: datetime) -> bool:
        """Whether an answer to another request about the task is waited for, can come and is not overdue.

        Uses the index `information_of_task`.
        """
        query = select(col(InformationRow.id)).where(
            col(InformationRow.task_id) == task_id,
            col(InformationRow.id) != but,
            col(InformationRow.status) == OPEN,
            col(InformationRow.undelivered).is_(None),
            col(InformationRow.deadline_at) > now,
            ~_stopped(),
        )
        return (await self._session.execute(query.limit(1))).scalar_one_or_none() is not None

    async def is_stopped(self, request_id: str) -> bool:
        """Whether the request is open and an incident stops its case before any mail is out (primary keys)."""
        query = select(col(InformationRow.id)).where(
            col(InformationRow.id) == request_id, col(InformationRow.status) == OPEN, _stopped()
        )
        return (await self._session.execute(query)).scalar_one_or_none() is not None

    async def still_asked(self, task_ids: Collection[str]) -> frozenset[str]:
        """Those of the tasks that are unanswered (primary key)."""
        query = select(col(Task.id)).where(col(Task.id).in_(task_ids), col(Task.status).in_(UNANSWERED))
        return frozenset((await self._session.execute(query)).scalars())

    async def close(self, request_id: str, status: str, *, now: datetime, of_task: bool = True) -> bool:
        """Close an open request, once; says whether it did. With `of_task` only while its task is unanswered."""
        query = update(InformationRow).where(col(InformationRow.id) == request_id, col(InformationRow.status) == OPEN)
        if of_task:
            query = query.where(_asked_still())
        closed = query.values(status=status, closed_at=now).execution_options(synchronize_session=False)
        return affected(await self._session.execute(closed)) == 1

    async def could_not_deliver(self, request_id: str, *, why: str) -> bool:
        """Say of an open request that its mail came back, once; says whether that is news."""
        query = update(InformationRow).where(
            col(InformationRow.id) == request_id,
            col(InformationRow.status) == OPEN,
            col(InformationRow.undelivered).is_(None),
        )
        marked = query.values(undelivered=why).execution_options(synchronize_session=False)
        return affected(await self._session.execute(marked)) == 1

    async def add_reply(self, row: InformationReplyRow) -> bool:
        """Insert what came, once; says whether it is new (primary key)."""
        query = insert(InformationReplyRow).values(**row.model_dump()).on_conflict_do_nothing(index_elements=["id"])
        inserted = await self._session.execute(query.returning(col(InformationReplyRow.id)))
        return inserted.scalar_one_or_none() is not None

    async def has_reply(self, reply_id: str) -> bool:
        """Whether it came before (primary key)."""
        query = select(col(InformationReplyRow.id)).where(col(InformationReplyRow.id) == reply_id)
        return (await self._session.execute(query)).scalar_one_or_none() is not None

    async def replies(self, request_ids: Collection[str]) -> Sequence[InformationReplyRow]:
        """What came of the requests, the oldest first (index `replies_of_request`)."""
        query = select(InformationReplyRow).where(col(InformationReplyRow.request_id).in_(request_ids))
        query = query.order_by(col(InformationReplyRow.received_at), col(InformationReplyRow.id))
        return (await self._session.execute(query)).scalars().all()


def _stopped() -> ColumnElement[bool]:
    """Whether an incident stops the request's case before any mail is out (primary key, `effects_of_case`)."""
    halted = exists().where(col(Case.id) == col(InformationRow.id), col(Case.status) == "incident")
    sent = exists().where(col(Effect.case_id) == col(InformationRow.id), col(Effect.status) == "confirmed")
    return halted & ~sent


def _asked_still() -> ColumnElement[bool]:
    """Whether the request's task is unanswered (primary key)."""
    return exists().where(col(Task.id) == col(InformationRow.task_id), col(Task.status).in_(UNANSWERED))
