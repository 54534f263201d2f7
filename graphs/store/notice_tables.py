"""The table of what people are to be told."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant

NOTICE_TABLES = ("notices",)
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class NoticeRow(SQLModel, table=True):
    """One thing that one person is to be told; `status` is `waiting` until it is on its way."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("notices_waiting", "tenant", "created_at", postgresql_where=text("status = 'waiting'")),
        Index("notices_of_person", "tenant", "recipient_id", "created_at"),
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
