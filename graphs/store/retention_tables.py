"""The tables of retention: how long is kept what, and what a legal hold keeps from being touched."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant, span

RETENTION_TABLES = ("compacted_cases", "legal_holds", "retention_policies")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""

ANY = "*"
"""A policy for every process, or for every status."""


class CompactedRows(SQLModel, table=True):
    """What is left of the tasks and effects of a compacted case: the columns that the trail does not hold."""

    __tablename__ = "compacted_cases"
    case_id: str = Field(primary_key=True)
    tenant: str
    tasks: list[dict[str, Any]] = Field(sa_column=document())
    effects: list[dict[str, Any]] = Field(sa_column=document())


class LegalHold(SQLModel, table=True):
    """What must stay as it is. `scope` is `case`, `user` or `party`; in force until `lifted_at`."""

    __tablename__ = "legal_holds"
    __table_args__ = (
        Index("holds_in_force", "tenant", "scope", "subject", unique=True, postgresql_where=text("lifted_at IS NULL")),
    )
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    scope: str
    subject: str
    why: str
    placed_by: str = Field(foreign_key="users.id")
    since: datetime = Field(sa_column=instant())
    lifted_by: str | None = Field(default=None, foreign_key="users.id")
    lifted_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    lifted_why: str | None = None


class RetentionPolicy(SQLModel, table=True):
    """Ages after a case's end at which it is compacted and erased; without an age it never is.

    `process` and `status` may be `*`; the row that names more wins, the process before the status.
    """

    __tablename__ = "retention_policies"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    process: str = Field(primary_key=True)
    status: str = Field(primary_key=True)
    compact_after: timedelta | None = Field(default=None, sa_column=span())
    erase_after: timedelta | None = Field(default=None, sa_column=span())
    set_by: str = Field(foreign_key="users.id")
    since: datetime = Field(sa_column=instant())
