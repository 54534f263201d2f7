"""The tables of what is learned from the trail afterwards: what decisions were made with, precedents, recalls."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, text
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant, of_case

RECALL_TABLES = ("trail_positions", "decision_sources", "precedents", "recalls", "recall_decisions")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""

OPEN, CHANGED, CONFIRMED, UNKNOWN, CLOSED = "open", "changed", "confirmed", "unknown", "closed"
"""What becomes of a recalled decision: nobody has looked, it comes out otherwise, the same, or only a person can say.
A changed or unknown one is closed with its incident."""


class TrailPosition(SQLModel, table=True):
    """How far a projection of the trail has come: every entry up to `seq` is in it."""

    __tablename__ = "trail_positions"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    kind: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))


class DecisionSource(SQLModel, table=True):
    """What an entry's decision was made with: a model, a prompt, a rule, a pack or a connector, and which version.

    Ids and names only: what was decided stands in the trail. Like the trail it refers to no other table.
    """

    __tablename__ = "decision_sources"
    __table_args__ = (Index("decisions_made_with", "tenant", "kind", "name", "seq"),)
    tenant: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True))
    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    digest: str
    case_id: str
    step: str
    visit: int | None = None
    at: datetime = Field(sa_column=instant())


class Precedent(SQLModel, table=True):
    """What a person decided about a question, and the facts of the verdict that asked it.

    `judged` is the step that was judged, `fired` the rules that asked. Values of a person stand in `facts`, `corrected`
    and `reason` only, where an erasure finds them.
    """

    __tablename__ = "precedents"
    __table_args__ = (
        Index("precedents_of_step", "tenant", "process", "step", "seq"),
        Index("precedent_of_task", "tenant", "task_id"),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True))
    task_id: str
    case_id: str = Field(sa_column=of_case())
    process: str
    step: str
    judged: str
    point: str
    verdict: str
    pack: str
    digest: str
    exceptions: list[str] = Field(sa_column=document())
    fired: list[str] = Field(sa_column=document())
    facts: dict[str, Any] = Field(sa_column=document())
    decision: str
    corrected: dict[str, str] = Field(sa_column=document())
    reason: str
    decided_by: str
    at: datetime = Field(sa_column=instant())


class Recall(SQLModel, table=True):
    """Decisions that a person looks at again, because what they were made with was wrong.

    `source`, `name` and `version` say what; `up_to` is the entry of the trail up to which its decisions are in.
    """

    __tablename__ = "recalls"
    __table_args__ = (Index("recalls_by_age", "tenant", "ordered_at"),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    kind: str
    name: str
    version: str
    since: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    until: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    reason: str
    status: str
    up_to: int = Field(sa_column=Column(BigInteger, nullable=False))
    ordered_by: str = Field(foreign_key="users.id")
    ordered_at: datetime = Field(sa_column=instant())
    closed_by: str | None = Field(default=None, foreign_key="users.id")
    closed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    closed_because: str = ""


class RecalledDecision(SQLModel, table=True):
    """A decision of a recall: the trail's entry `seq`, what it was, and what it is now.

    `hold` says what freezing has done to its case: `suspended` by the recall, or the status in which it rests anyhow.
    """

    __tablename__ = "recall_decisions"
    __table_args__ = (
        Index("recalled_of_case", "case_id"),
        Index("recalled_to_judge", "recall_id", "case_id", postgresql_where=text("status = 'open'")),
    )
    recall_id: str = Field(primary_key=True, foreign_key="recalls.id")
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True))
    tenant: str
    case_id: str = Field(sa_column=of_case())
    step: str
    visit: int | None = None
    at: datetime = Field(sa_column=instant())
    status: str
    outcome: str
    again: str = ""
    hold: str = ""
    incident_id: str | None = Field(default=None, foreign_key="incidents.id")
    judged_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
