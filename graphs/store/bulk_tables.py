"""The tables of bulk decisions: what was asked for at once, and what became of each task."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant

BULK_TABLES = ("bulk_decisions", "bulk_outcomes")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class BulkDecision(SQLModel, table=True):
    """One decision about many tasks, asked for under a key; `digest` tells whether a repeated request is the same."""

    __tablename__ = "bulk_decisions"
    __table_args__ = (UniqueConstraint("tenant", "user_id", "key", name="bulk_by_key"),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    user_id: str = Field(foreign_key="users.id")
    key: str
    digest: str
    decision: str
    task_ids: list[str] = Field(sa_column=document())
    created_at: datetime = Field(sa_column=instant())


class BulkOutcome(SQLModel, table=True):
    """What became of one task: `status` is `accepted` or `refused`; `code` and `detail` say why."""

    __tablename__ = "bulk_outcomes"
    bulk_id: str = Field(primary_key=True, foreign_key="bulk_decisions.id")
    task_id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    status: str
    code: str | None = None
    detail: str | None = None
    at: datetime = Field(sa_column=instant())
