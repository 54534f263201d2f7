"""The tables of the chat: what somebody asked, what it was understood as, and what a model said. No answer is kept.

An answer is asked for anew whenever a conversation is looked at: it is as true as the moment, and seen with the rights
of the moment. Beside the tenant's rows a person sees their own only (`OWN_ROWS`).
"""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Text
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant

CHAT_TABLES = ("chat_conversations", "chat_turns")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""
EVERYBODY = "*"
"""Whose rows an erasure sees. No user has this id: an id is a tenant's name, a hyphen and a login."""
OWN_ROWS = "".join(
    f"""
DROP POLICY IF EXISTS own_rows ON {table};
CREATE POLICY own_rows ON {table} AS RESTRICTIVE
  USING (coalesce(current_setting('app.person', true) IN (user_id, '{EVERYBODY}'), false))
  WITH CHECK (coalesce(current_setting('app.person', true) IN (user_id, '{EVERYBODY}'), false));
"""
    for table in CHAT_TABLES
)
"""Whoever does not say for whom they ask sees nothing."""


class ConversationRow(SQLModel, table=True):
    """One person's conversation; its title is its first question."""

    __tablename__ = "chat_conversations"
    __table_args__ = (Index("conversations_of_person", "tenant", "user_id", "updated_at", "id"),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    user_id: str = Field(foreign_key="users.id")
    title: str
    created_at: datetime = Field(sa_column=instant())
    updated_at: datetime = Field(sa_column=instant())


class TurnRow(SQLModel, table=True):
    """One question with what it was understood as: `command` is null where it was not.

    `source` is `command`, `grammar` or `model`, and `none` without a command; `said` is what a model said.
    """

    __tablename__ = "chat_turns"
    conversation_id: str = Field(
        sa_column=Column(Text, ForeignKey("chat_conversations.id", ondelete="CASCADE"), primary_key=True)
    )
    place: int = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    user_id: str = Field(foreign_key="users.id")
    asked_at: datetime = Field(sa_column=instant())
    question: str
    command: str | None = None
    source: str
    said: str | None = None
    context: dict[str, Any] = Field(sa_column=document())
