"""The tables of deadlines: calendars, service levels, and the clocks of cases."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant, of_case

DEADLINE_TABLES = ("calendars", "service_levels", "deadline_clocks")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


AT_RISK = "status IN ('running', 'paused') AND (breached_at IS NOT NULL OR at_risk_since IS NOT NULL)"


class CalendarRow(SQLModel, table=True):
    """A business calendar as it was set; the highest version counts.

    `followed` says that every clock that is counted in it has been computed by this version or a newer one.
    """

    __tablename__ = "calendars"
    __table_args__ = (Index("calendars_to_follow", "tenant", "name", postgresql_where=text("NOT followed")),)
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    name: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    yaml: str = Field(sa_column=Column(Text, nullable=False))
    digest: str
    reason: str
    set_by: str = Field(foreign_key="users.id")
    since: datetime = Field(sa_column=instant())
    followed: bool = False


class ServiceLevelsRow(SQLModel, table=True):
    """The service levels of a process as they were set; the highest version counts.

    `to_follow` is there while cases may have been accepted without a clock because nobody knew of these levels.
    """

    __tablename__ = "service_levels"
    __table_args__ = (Index("levels_to_follow", "tenant", "process", postgresql_where=text("to_follow IS NOT NULL")),)
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    process: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    yaml: str = Field(sa_column=Column(Text, nullable=False))
    digest: str
    reason: str
    set_by: str = Field(foreign_key="users.id")
    since: datetime = Field(sa_column=instant())
    to_follow: str | None = None


class ClockRow(SQLModel, table=True):
    """A clock of a case: what it is about (`scope`, `name`, `visit`, `task_id`), by which level, and when it is due.

    `status` is `running`, `paused`, `stopped` or `unknown` (`why` says what is missing). `pauses` are (reason, from,
    to, by) with the open one last. A clock that has been breached goes on until it is stopped. `ladder` has the steps
    of its escalation with their instants; the first `climbed` of them are behind, whatever their instants say.
    """

    __tablename__ = "deadline_clocks"
    __table_args__ = (
        Index("clocks_of_case", "case_id"),
        Index("clocks_by_due", "tenant", "due_at", postgresql_where=text("status = 'running' AND breached_at IS NULL")),
        Index(
            "clocks_by_calendar",
            "tenant",
            "calendar",
            "calendar_version",
            postgresql_where=text("status <> 'stopped'"),
        ),
        Index("clocks_of_task", "task_id", postgresql_where=text("task_id IS NOT NULL")),
        Index("clocks_at_risk", "tenant", "due_at", "id", postgresql_where=text(AT_RISK)),
    )
    id: str = Field(primary_key=True)
    tenant: str
    case_id: str = Field(sa_column=of_case())
    scope: str
    name: str
    visit: int = 0
    task_id: str | None = None
    version: int = 1
    status: str
    level: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    levels_version: int
    calendar: str
    calendar_version: int
    started_at: datetime = Field(sa_column=instant())
    anchor: str | None = None
    pauses: list[dict[str, Any]] = Field(sa_column=document())
    due_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    breached_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    stopped_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    why: str | None = None
    ladder: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    climbed: int | None = 0
    at_risk_since: datetime | None = Field(default=None, sa_column=instant(nullable=True))
