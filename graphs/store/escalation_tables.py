"""The table of escalations: the rungs of a clock's ladder that were reached, left out or refused."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant, of_case

ESCALATION_TABLES = ("escalations",)
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class EscalationRow(SQLModel, table=True):
    """One step of a ladder: `rung` for the time `number` (0 the first), planned for `planned_at`.

    `status` is `reached`, `skipped` (a higher one was due with it), or `refused` (what it does could not be done;
    `why` says why). `told` are (user, why) of the people that were told. `round` tells a restarted clock's apart.
    """

    __tablename__ = "escalations"
    __table_args__ = (Index("escalations_of_clock", "clock_id", "at", "place"),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    case_id: str = Field(sa_column=of_case())
    clock_id: str
    task_id: str | None = None
    round: datetime = Field(sa_column=instant())
    place: int
    rung: str
    number: int
    action: str
    status: str
    planned_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    at: datetime = Field(sa_column=instant())
    probability_bps: int | None = None
    told: list[dict[str, Any]] = Field(sa_column=document())
    why: str | None = None
    acknowledged_by: str | None = Field(default=None, foreign_key="users.id")
    acknowledged_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
