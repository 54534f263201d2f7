"""The tables of what somebody outside is asked by mail about a task, and of the mails that came of it.

Addresses and texts stand in the trail of the task's case alone: these rows hold ids, instants, and codes that nobody
without the installation's key can make.
"""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Text
from sqlmodel import Field, SQLModel

from graphs.store.columns import instant, of_case

INFORMATION_TABLES = ("information_requests", "information_replies")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class InformationRow(SQLModel, table=True):
    """One request, under the id of the case of `information_request` that sends its mails.

    `status` is `open`, then once `answered`, `withdrawn`, `expired` or `closed`. `mail_ref` and `reminder_ref` are the
    own part of the Message-IDs of its mails; `tag_mac` is what its reply tag is, `address_mac` whom it is put to.
    """

    __tablename__ = "information_requests"
    __table_args__ = (
        Index("information_of_task", "task_id", "asked_at"),
        Index("information_by_mail", "tenant", "mail_ref", unique=True),
        Index("information_by_reminder", "tenant", "reminder_ref", unique=True),
        Index("information_by_tag", "tenant", "tag_mac", unique=True),
    )
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    case_id: str = Field(sa_column=of_case())
    task_id: str
    asked_by: str = Field(foreign_key="users.id")
    source: str
    address_mac: str
    tag_mac: str
    mail_ref: str
    reminder_ref: str
    asked_at: datetime = Field(sa_column=instant())
    deadline_at: datetime = Field(sa_column=instant())
    remind_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    status: str = "open"
    closed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    undelivered: str | None = None


class InformationReplyRow(SQLModel, table=True):
    """One mail that came of a request; `standing` says what it counts as. Its id is the same at every delivery."""

    __tablename__ = "information_replies"
    __table_args__ = (Index("replies_of_request", "request_id", "received_at"),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    case_id: str = Field(sa_column=of_case())
    request_id: str = Field(sa_column=Column(Text, ForeignKey("information_requests.id"), nullable=False))
    standing: str
    received_at: datetime = Field(sa_column=instant())
