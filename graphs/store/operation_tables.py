"""The tables of bulk operations on incidents and cases, and of cases that were found stuck."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, text
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant, of_case

OPERATION_TABLES = ("operations", "operation_items", "stuck_cases")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""

RUNNING, DONE, STOPPED, CANCELLED = "running", "done", "stopped", "cancelled"
"""What an operation is: under way; through; given up because its fix did not help; ended by a person."""
WAITING, MOVING, FAILED, LEFT = "waiting", "moving", "failed", "left"
"""What an item is before it is `done`: not begun; ordered, and not yet known what came of it; refused or failed again;
left as it was, because the operation ended or somebody else was first."""
INCIDENTS, CASES = "incidents", "cases"
"""What the items of an operation are about."""


class OperationRow(SQLModel, table=True):
    """One order about many: the open incidents of a group, or chosen cases (`about`).

    `request` is the order, `chosen` which ones were meant, `fingerprint` the group's, or the digest of order and cases.

    The worker called `lease_owner` works it off until `lease_until`; any other may then.
    """

    __tablename__ = "operations"
    __table_args__ = (
        Index("operations_by_age", "tenant", "ordered_at"),
        Index("operation_of_group", "tenant", "fingerprint", unique=True, postgresql_where=text("status = 'running'")),
        Index("operations_under_way", "id", postgresql_where=text("status = 'running'")),
    )
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    kind: str
    fingerprint: str
    request: dict[str, Any] = Field(sa_column=document())
    chosen: dict[str, Any] = Field(sa_column=document())
    reason: str
    ordered_by: str = Field(foreign_key="users.id")
    ordered_at: datetime = Field(sa_column=instant())
    total: int
    canary: int
    at_once: int
    status: str = RUNNING
    why: str = ""
    closed_by: str | None = Field(default=None, foreign_key="users.id")
    ended_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    lease_owner: str | None = None
    lease_until: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    about: str = Field(default=INCIDENTS, sa_column_kwargs={"server_default": INCIDENTS})


class OperationItemRow(SQLModel, table=True):
    """One incident or case of an operation.

    `passed` is how many visits the case's journal had when it was ordered to go on.
    """

    __tablename__ = "operation_items"
    __table_args__ = (
        Index("items_under_way", "operation_id", "place", postgresql_where=text("status IN ('waiting', 'moving')")),
    )
    operation_id: str = Field(primary_key=True, foreign_key="operations.id")
    place: int = Field(primary_key=True)
    incident_id: str | None = Field(default=None, foreign_key="incidents.id")
    tenant: str
    case_id: str = Field(sa_column=of_case())
    status: str = WAITING
    code: str = ""
    message: str = ""
    passed: int = 0
    moved_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    ended_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class StuckCaseRow(SQLModel, table=True):
    """A case that nobody moves, and how often it was put in motion since it last moved: `status` and `journaled` say.

    `ran`: a worker had it and gave it back as it was; `lost`: its worker died with it; `unseen`: no worker took it.
    """

    __tablename__ = "stuck_cases"
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    tenant: str
    status: str
    journaled: int
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False))
    found_at: datetime = Field(sa_column=instant())
    nudged_at: datetime = Field(sa_column=instant())
    ran: int = 0
    lost: int = 0
    unseen: int = 0
