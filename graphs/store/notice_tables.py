"""The tables of what people are to be told, how they want to be told it, and in which words."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant

NOTICE_TABLES = ("notices", "notice_preferences", "notice_texts")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class NoticeRow(SQLModel, table=True):
    """One thing that one person is to be told.

    `status` is `waiting` (until `due_at`, which the dispatcher sets when it first sees the row), `sending` (by the
    case `delivery_id`, begun at `begun_at`), `sent`, `failed` (that case has an open incident), `cancelled` (it was
    cancelled), `bounced`, or, without a delivery, `obsolete`, `muted` or `no_channel`. `why` says why it is not sent.
    `message_id` is that of the mail it was sent in.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("notices_waiting", "tenant", "created_at", postgresql_where=text("status = 'waiting'")),
        Index("notices_of_person", "tenant", "recipient_id", "created_at"),
        Index("notices_due", "tenant", "due_at", postgresql_where=text("status = 'waiting'")),
        Index("notices_on_their_way", "tenant", "status", postgresql_where=text("status IN ('sending', 'failed')")),
        Index("notices_of_delivery", "delivery_id", postgresql_where=text("delivery_id IS NOT NULL")),
        Index("notices_begun", "tenant", "recipient_id", "begun_at", postgresql_where=text("begun_at IS NOT NULL")),
        Index("notices_by_message", "tenant", "message_id", postgresql_where=text("message_id IS NOT NULL")),
    )
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    recipient_id: str = Field(foreign_key="users.id")
    kind: str
    case_id: str | None = None
    task_id: str | None = None
    values: dict[str, Any] = Field(sa_column=document())
    urgency: str = "normal"
    channel: str | None = None
    status: str = "waiting"
    created_at: datetime = Field(sa_column=instant())
    sent_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    read_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    due_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    begun_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    delivery_id: str | None = None
    message_id: str | None = None
    why: str | None = None


class NoticePreferencesRow(SQLModel, table=True):
    """How a person wants to be told things; `wants` is a `graphs.notices.preferences.Preferences` as JSON."""

    __tablename__ = "notice_preferences"
    tenant: str = Field(foreign_key="tenants.id")
    user_id: str = Field(primary_key=True, foreign_key="users.id")
    wants: dict[str, Any] = Field(sa_column=document())
    set_by: str = Field(foreign_key="users.id")
    since: datetime = Field(sa_column=instant())


class NoticeTextRow(SQLModel, table=True):
    """A tenant's own text of a kind in a language; the highest version counts. One that is empty takes it back."""

    __tablename__ = "notice_texts"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    kind: str = Field(primary_key=True)
    language: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    title: str
    body: str
    reason: str
    set_by: str = Field(foreign_key="users.id")
    since: datetime = Field(sa_column=instant())
