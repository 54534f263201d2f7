"""The tables of the workforce: how people work, when they are away, and the terms of teams."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant

WORKFORCE_TABLES = ("work_profiles", "absences", "team_terms")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class WorkProfile(SQLModel, table=True):
    """How a person works, as it was set; the highest version counts.

    `calendar` names a business calendar, whose hours are read in the person's own `zone`; `skills` are levels by name.
    """

    __tablename__ = "work_profiles"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    user_id: str = Field(primary_key=True, foreign_key="users.id")
    version: int = Field(primary_key=True)
    zone: str
    calendar: str | None = None
    languages: list[str] = Field(sa_column=document())
    skills: dict[str, int] = Field(sa_column=document())
    open_limit: int | None = None
    manager_id: str | None = Field(default=None, foreign_key="users.id")
    reason: str
    set_by: str = Field(foreign_key="users.id")
    since: datetime = Field(sa_column=instant())


class AbsenceRow(SQLModel, table=True):
    """Days on which a person is away, counted where they are. It is never deleted, only ended.

    `substitute_left_at` is when its substitute left: somebody else has to be named.
    """

    __tablename__ = "absences"
    __table_args__ = (Index("absences_by_end", "tenant", "last_day", postgresql_where=text("ended_at IS NULL")),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    user_id: str = Field(foreign_key="users.id")
    first_day: date
    last_day: date
    reason: str
    substitute_id: str | None = Field(default=None, foreign_key="users.id")
    set_by: str = Field(foreign_key="users.id")
    since: datetime = Field(sa_column=instant())
    ended_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    ended_by: str | None = Field(default=None, foreign_key="users.id")
    substitute_left_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class TeamTerms(SQLModel, table=True):
    """Whose tasks a team takes, who leads it and how one of it is chosen; the highest version counts."""

    __tablename__ = "team_terms"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    team_id: str = Field(primary_key=True, foreign_key="teams.id")
    version: int = Field(primary_key=True)
    roles: list[str] = Field(sa_column=document())
    lead_id: str | None = Field(default=None, foreign_key="users.id")
    strategy: str
    queue: bool = False
    reason: str
    set_by: str = Field(foreign_key="users.id")
    since: datetime = Field(sa_column=instant())
