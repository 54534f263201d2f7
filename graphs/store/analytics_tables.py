"""The tables of analytics: where open cases stand, how many at each step, and counts by day."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Index, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field, SQLModel

from graphs.store.columns import instant

ANALYTICS_TABLES = ("analytics_places", "analytics_live", "analytics_cells")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class AnalyticsPlace(SQLModel, table=True):
    """Where an open case stands since when, as far as the trail was read; gone once the case has ended."""

    __tablename__ = "analytics_places"
    __table_args__ = (Index("oldest_at_step", "tenant", "process", "version", "step", "since"),)
    case_id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    process: str
    version: int
    step: str
    since: datetime = Field(sa_column=instant())
    started_at: datetime = Field(sa_column=instant())
    touched: bool
    reworked: bool
    cost_micros: int = Field(sa_column=Column(BigInteger, nullable=False))
    rules: list[str] = Field(sa_column=Column(ARRAY(TEXT), nullable=False))


class AnalyticsLive(SQLModel, table=True):
    """How many cases stand at a step; `since_ms` is the sum of since when, in milliseconds since 2020."""

    __tablename__ = "analytics_live"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    process: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    step: str = Field(primary_key=True)
    cases: int = Field(sa_column=Column(BigInteger, nullable=False))
    since_ms: int = Field(sa_column=Column(BigInteger, nullable=False))


class AnalyticsCell(SQLModel, table=True):
    """A count of a day (UTC), and a total of what was counted: see `Measure`. The key is read from the left."""

    __tablename__ = "analytics_cells"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    process: str = Field(primary_key=True)
    measure: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    version: int = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    bucket: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    count: int = Field(sa_column=Column(BigInteger, nullable=False))
    total: int = Field(sa_column=Column(BigInteger, nullable=False))
