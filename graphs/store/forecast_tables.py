"""The tables of forecasts: passages that are learned from, looks at clocks, and forecasts that are held to account."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Double, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from graphs.store.columns import instant, of_case

FORECAST_TABLES = ("forecast_passages", "forecast_looks", "forecasts")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""

ALERT = "at_risk"
"""The point of forecasts that went out with an alert; the others have the name of a share of the clock's time."""
MET, BREACHED, VOID = "met", "breached", "void"
"""What became of what was forecast; `void` where the clock was stopped by somebody, or the case was taken elsewhere."""


class ForecastPassage(SQLModel, table=True):
    """A passage of a case through a step, read off the trail; `seq` is the entry with which it began.

    `label` is what sets its question apart, `performer` the user who had it, `ahead` how many tasks were before it.
    `left_at`, `stage_left_at` and `over_at` are when step, stage and case were left; `halts` are (from, to) of every
    pause of the case's clocks. Of each step the highest `rank`s are kept.
    """

    __tablename__ = "forecast_passages"
    __table_args__ = (
        Index("passages_of_step", "tenant", "process", "step", "rank"),
        Index("passages_under_way", "case_id", postgresql_where=text("over_at IS NULL")),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    case_id: str = Field(sa_column=of_case())
    process: str
    version: int
    step: str
    stage: str
    label: str
    performer: str | None = None
    ahead: int | None = None
    began_at: datetime = Field(sa_column=instant())
    left_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    stage_left_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    over_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    halts: list[list[str | None]] = Field(sa_column=Column(JSONB, nullable=False))
    rank: float = Field(sa_column=Column(Double, nullable=False))


class ForecastLook(SQLModel, table=True):
    """The last look at a running clock: the probability in basis points, None where nothing can be said."""

    __tablename__ = "forecast_looks"
    __table_args__ = (
        Index("looks_by_risk", "tenant", "probability_bps"),
        Index("looks_due", "tenant", "next_at"),
    )
    clock_id: str = Field(primary_key=True, foreign_key="deadline_clocks.id")
    tenant: str
    case_id: str = Field(sa_column=of_case())
    clock_version: int
    looked_at: datetime = Field(sa_column=instant())
    next_at: datetime = Field(sa_column=instant())
    probability_bps: int | None = None


class ForecastRow(SQLModel, table=True):
    """A forecast that was issued at a fixed point of a clock's life, or with an alert, and what became of it.

    `lead_seconds` is the business time from it to the due instant, `basis` on how many passages it rests.
    """

    __tablename__ = "forecasts"
    __table_args__ = (
        Index("forecasts_to_settle", "tenant", "due_at", postgresql_where=text("outcome IS NULL")),
        Index("forecasts_by_settling", "tenant", "process", "settled_at"),
        Index("forecasts_of_clock", "clock_id"),
    )
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    case_id: str = Field(sa_column=of_case())
    clock_id: str = Field(foreign_key="deadline_clocks.id")
    clock_version: int
    process: str
    scope: str
    name: str
    level: str
    point: str
    issued_at: datetime = Field(sa_column=instant())
    due_at: datetime = Field(sa_column=instant())
    probability_bps: int
    basis: int
    lead_seconds: int
    outcome: str | None = None
    settled_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
