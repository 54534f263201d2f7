"""The table of chosen performers: who was to carry out a proposal, why, and what came of it."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant, of_case, span

PERFORMER_TABLES = ("performer_choices",)
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class PerformerChoice(SQLModel, table=True):
    """One choice, of a visit of a proposal. It is open until something came of it: `ended_at`, `outcome`, `detail`.

    `work` is `process/step/performer`: what durations are learned of; `took` is one, where a call or a person's work
    was measured from its beginning to its end.
    """

    __tablename__ = "performer_choices"
    __table_args__ = (
        Index("performers_busy", "tenant", "target", postgresql_where=text("ended_at IS NULL")),
        Index("performers_took", "tenant", "work", "ended_at", postgresql_where=text("took IS NOT NULL")),
    )
    case_id: str = Field(sa_column=of_case(primary_key=True))
    step: str = Field(primary_key=True)
    visit: int = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    work: str
    performer: str
    kind: str
    tool: str
    target: str
    explained: dict[str, Any] = Field(sa_column=document())
    chosen_at: datetime = Field(sa_column=instant())
    ended_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    outcome: str | None = None
    detail: str | None = None
    took: timedelta | None = Field(default=None, sa_column=span())
