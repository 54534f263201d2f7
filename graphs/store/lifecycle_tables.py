"""The tables of messages and of what people order a case to do."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant, of_case

LIFECYCLE_TABLES = ("messages", "subscriptions", "steerings")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class Message(SQLModel, table=True):
    """A message from outside. `message_id` is the sender's: it is taken once. Until `expires_at` it can be received."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("tenant", "message_id", name="message_by_id"),
        Index(
            "messages_to_receive",
            "tenant",
            "name",
            "correlation_key",
            "received_at",
            postgresql_where=text("consumed_at IS NULL"),
        ),
    )
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    name: str
    correlation_key: str
    message_id: str
    digest: str
    payload: dict[str, Any] = Field(sa_column=document())
    sent_by: str = Field(foreign_key="users.id")
    received_at: datetime = Field(sa_column=instant())
    expires_at: datetime = Field(sa_column=instant())
    case_id: str | None = Field(default=None, foreign_key="cases.id")
    consumed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class Subscription(SQLModel, table=True):
    """What a wait step's visit waits for. `status`: waiting, then matched, late or withdrawn; once only."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("case_id", "step", "visit", name="subscription_of_visit"),
        Index(
            "cases_waiting_for_message",
            "tenant",
            "message",
            "correlation_key",
            "since",
            postgresql_where=text("status = 'waiting'"),
        ),
        Index("waits_by_key", "tenant", "message", "correlation_key", "since"),
    )
    id: str = Field(primary_key=True)
    tenant: str
    case_id: str = Field(sa_column=of_case())
    step: str
    visit: int
    message: str
    correlation_key: str
    since: datetime = Field(sa_column=instant())
    status: str = "waiting"
    received: str | None = Field(default=None, foreign_key="messages.id")


class Steering(SQLModel, table=True):
    """What a person orders a case to do: cancel, suspend, retry, skip, fork or waive.

    `status`: open, then applied or withdrawn. A case has at most one open order of a kind.
    """

    __tablename__ = "steerings"
    __table_args__ = (
        Index("steerings_of_case", "case_id", "ordered_at"),
        Index("open_steering", "case_id", "kind", unique=True, postgresql_where=text("status = 'open'")),
    )
    id: str = Field(primary_key=True)
    tenant: str
    case_id: str = Field(sa_column=of_case())
    kind: str
    step: str = ""
    reason: str = ""
    ordered_by: str = Field(foreign_key="users.id")
    data: dict[str, Any] = Field(sa_column=document())
    ordered_at: datetime = Field(sa_column=instant())
    status: str = "open"
    ended_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
