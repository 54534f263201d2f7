"""The conversations of one person. The database shows no other's."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import NotFound
from graphs.store.chat_tables import ConversationRow, TurnRow
from graphs.store.inbox_tabs import Place
from graphs.store.rows import affected

AS_PERSON = text("SELECT set_config('app.person', :person, true)")
MOST_KEPT = 200
"""Conversations of a person; the oldest goes when another one begins."""
MOST_TURNS = 200
"""Questions of a conversation that are shown."""
TOO_MANY = text(
    """
    DELETE FROM chat_conversations WHERE id IN (
      SELECT id FROM chat_conversations WHERE tenant = :tenant AND user_id = :person
      ORDER BY updated_at DESC, id DESC OFFSET :kept)
    """
)
"""Index `conversations_of_person`."""


class Conversations:
    """The rows of one person; enter every transaction with `as_person` first."""

    def __init__(self, session: AsyncSession, tenant: str, person: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant
        self._person = person

    async def as_person(self) -> Conversations:
        """From here on the transaction sees this person's rows; without it, none."""
        await self._session.execute(AS_PERSON, {"person": self._person})
        return self

    async def begin(self, row: ConversationRow) -> None:
        """Insert it; of more than `MOST_KEPT` the oldest goes."""
        self._session.add(row)
        await self._session.flush()
        await self._session.execute(TOO_MANY, {"tenant": self._tenant, "person": self._person, "kept": MOST_KEPT})

    async def get(self, conversation_id: str, *, lock: bool = False) -> ConversationRow:
        """The conversation (primary key). Raises `NotFound`, also for another person's."""
        query = select(ConversationRow).where(
            col(ConversationRow.id) == conversation_id,
            col(ConversationRow.tenant) == self._tenant,
            col(ConversationRow.user_id) == self._person,
        )
        if lock:
            query = query.with_for_update()
        found = (await self._session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()
        if found is None:
            raise NotFound(f"you have no conversation {conversation_id}")
        return found

    async def page(self, *, after: Place | None, limit: int) -> Sequence[ConversationRow]:
        """Conversations, the one that was asked in last first (index `conversations_of_person`)."""
        query = select(ConversationRow).where(
            col(ConversationRow.tenant) == self._tenant, col(ConversationRow.user_id) == self._person
        )
        if after is not None:
            query = query.where(tuple_(col(ConversationRow.updated_at), col(ConversationRow.id)) < (after.at, after.id))
        query = query.order_by(col(ConversationRow.updated_at).desc(), col(ConversationRow.id).desc()).limit(limit)
        return (await self._session.execute(query)).scalars().all()

    async def turns(self, conversation_id: str) -> Sequence[TurnRow]:
        """The last questions of the conversation, in order (primary key)."""
        query = select(TurnRow).where(col(TurnRow.conversation_id) == conversation_id)
        found = await self._session.execute(query.order_by(col(TurnRow.place).desc()).limit(MOST_TURNS))
        return list(reversed(found.scalars().all()))

    async def add(self, conversation: ConversationRow, turn: TurnRow) -> TurnRow:
        """Put the turn at the end of the conversation, which the transaction has locked or made."""
        query = select(func.max(col(TurnRow.place))).where(col(TurnRow.conversation_id) == conversation.id)
        turn.place = ((await self._session.execute(query)).scalar_one_or_none() or 0) + 1
        self._session.add(turn)
        await self._session.execute(
            update(ConversationRow).where(col(ConversationRow.id) == conversation.id).values(updated_at=turn.asked_at)
        )
        await self._session.flush()
        return turn

    async def drop(self, conversation_id: str) -> None:
        """Delete the conversation with its questions. Raises `NotFound`."""
        query = delete(ConversationRow).where(
            col(ConversationRow.id) == conversation_id,
            col(ConversationRow.tenant) == self._tenant,
            col(ConversationRow.user_id) == self._person,
        )
        if affected(await self._session.execute(query)) != 1:
            raise NotFound(f"you have no conversation {conversation_id}")
