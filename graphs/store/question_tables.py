"""The table of what people ask each other about a task. What was asked and answered stands in the trail alone."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant, of_case

QUESTION_TABLES = ("questions",)
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class QuestionRow(SQLModel, table=True):
    """One question to one person; `status` is `open` or `answered`, `wanted` has the kinds of the fields asked for."""

    __tablename__ = "questions"
    __table_args__ = (
        Index("questions_of_task", "task_id", "asked_at"),
        Index("questions_of_person", "tenant", "asked_of", "deadline_at", postgresql_where=text("status = 'open'")),
    )
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    case_id: str = Field(sa_column=of_case())
    task_id: str
    asked_by: str = Field(foreign_key="users.id")
    asked_of: str = Field(foreign_key="users.id")
    wanted: dict[str, str] = Field(sa_column=document())
    asked_at: datetime = Field(sa_column=instant())
    deadline_at: datetime = Field(sa_column=instant())
    status: str
    overdue: bool = False
    answered_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
