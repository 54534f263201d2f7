"""The tables of review quality: what was looked at, how much is checked, and the checks."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant

QUALITY_TABLES = ("task_views", "quality_rates", "quality_probes", "quality_rounds")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class TaskView(SQLModel, table=True):
    """One visit of one person to one task, updated in place: `evidence` is seconds by name of what was opened."""

    __tablename__ = "task_views"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    task_id: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True, foreign_key="users.id")
    visit: int = Field(primary_key=True)
    opened_at: datetime = Field(sa_column=instant())
    seen_at: datetime = Field(sa_column=instant())
    seconds: int = 0
    evidence: dict[str, Any] = Field(sa_column=document())


class QualityRate(SQLModel, table=True):
    """How many of the tasks for a role are asked a second time, and beside how many a known case is put."""

    __tablename__ = "quality_rates"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    role: str = Field(primary_key=True)
    second_bps: int
    known_bps: int
    reason: str
    set_by: str = Field(foreign_key="users.id")
    set_at: datetime = Field(sa_column=instant())


class QualityProbe(SQLModel, table=True):
    """A known-answer case or a blind second review: of which task, through which copy, and what came of it.

    `status`: `waiting` for its turn, `asked`, `scored`, or `void` where nobody was asked the same question.
    `expected` is what is right, or what the first reviewer said; `drawn_by` the task beside which it was put.
    """

    __tablename__ = "quality_probes"
    __table_args__ = (
        Index("probe_of_task", "tenant", "kind", "task_id", unique=True),
        Index("probe_of_copy", "tenant", "copy_id", unique=True),
        Index("probe_of_draw", "tenant", "drawn_by", unique=True, postgresql_where=text("kind = 'known'")),
        Index("probes_scored", "tenant", "answered_at", postgresql_where=text("status = 'scored'")),
        Index("probes_waiting", "tenant", "role", "created_at", postgresql_where=text("status = 'waiting'")),
    )
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    kind: str
    task_id: str
    case_id: str
    step: str
    role: str
    expected: dict[str, Any] = Field(sa_column=document())
    excluded: list[str] = Field(sa_column=document())
    status: str
    reason: str = ""
    ordered_by: str = Field(foreign_key="users.id")
    created_at: datetime = Field(sa_column=instant())
    copy_id: str | None = None
    drawn_by: str | None = None
    asked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    answered_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    answered_by: str | None = Field(default=None, foreign_key="users.id")
    given: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    right: bool | None = None


class QualityRound(SQLModel, table=True):
    """Up to which instant a tenant's answers were drawn from."""

    __tablename__ = "quality_rounds"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    upto: datetime = Field(sa_column=instant())
