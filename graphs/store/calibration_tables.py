"""The tables of measured confidence: reviewed decisions, counts of all decisions, calibrations."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant, of_case

CALIBRATION_TABLES = ("agent_outcomes", "agent_tallies", "agent_readings", "agent_calibrations")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""

OPEN, CLOSED = "open", "closed"
"""Whether the decisions of a calibration's identity may count by themselves."""


class AgentOutcomeRow(SQLModel, table=True):
    """A decision that a person reviewed: what the agent chose, what the person chose. `seq` is the trail's entry."""

    __tablename__ = "agent_outcomes"
    __table_args__ = (
        Index("outcomes_of_identity", "tenant", "decision_class", "class_version", "model", "prompt_digest", "seq"),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    case_id: str = Field(sa_column=of_case())
    step: str
    decision_class: str
    class_version: int
    model: str
    prompt_digest: str
    raw_bps: int
    choice: str
    person_choice: str
    was_right: bool
    blind: bool
    at: datetime = Field(sa_column=instant())


class AgentTallyRow(SQLModel, table=True):
    """How many decisions of an identity were answered on a day at one raw confidence; reviewed or not.

    `calibration_id` is the calibration that judged them, empty where there was none.
    """

    __tablename__ = "agent_tallies"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    decision_class: str = Field(primary_key=True)
    class_version: int = Field(primary_key=True)
    model: str = Field(primary_key=True)
    prompt_digest: str = Field(primary_key=True)
    calibration_id: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    raw_bps: int = Field(primary_key=True)
    decided: int
    automatic: int
    blind: int


class AgentReadingRow(SQLModel, table=True):
    """How far the trail has been read for outcomes."""

    __tablename__ = "agent_readings"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))


class AgentCalibrationRow(SQLModel, table=True):
    """A calibration of one identity. The newest counts; once closed it stays closed.

    `upto_seq` is the last entry of the trail that it could see, `closed_seq` the last before drift closed it: what
    was reviewed before that says nothing any more.
    """

    __tablename__ = "agent_calibrations"
    __table_args__ = (
        Index(
            "newest_calibration", "tenant", "decision_class", "class_version", "model", "prompt_digest", "made_at", "id"
        ),
    )
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    decision_class: str
    class_version: int
    model: str
    prompt_digest: str
    made_at: datetime = Field(sa_column=instant())
    made_by: str = Field(foreign_key="users.id")
    upto_seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    calibration: dict[str, Any] = Field(sa_column=document())
    digest: str
    status: str
    why: str
    closed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    closed_seq: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
