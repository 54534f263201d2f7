"""The tables of limits and switches: what every worker must know before it calls a tool."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Field, SQLModel

from graphs.store.columns import instant, span

ADMISSION_TABLES = ("switches", "target_limits", "targets", "target_slots")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class Switch(SQLModel, table=True):
    """A kill switch; `scope` is `tool`, `process` or `agent`. A switch without a row is on."""

    __tablename__ = "switches"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    scope: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    off: bool
    reason: str
    set_by: str = Field(foreign_key="users.id")
    since: datetime = Field(sa_column=instant())


class TargetLimit(SQLModel, table=True):
    """What an operator has set for a target; it goes before what its tools declare."""

    __tablename__ = "target_limits"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    target: str = Field(primary_key=True)
    max_concurrent: int | None = None
    rate_calls: int | None = None
    rate_per: timedelta | None = Field(default=None, sa_column=span())
    rate_burst: int | None = None
    breaker_failures: int | None = None
    breaker_cool_down: timedelta | None = Field(default=None, sa_column=span())
    set_by: str = Field(foreign_key="users.id")
    since: datetime = Field(sa_column=instant())


class Target(SQLModel, table=True):
    """A target as it stands.

    `breaker` is `closed`, `open` (until `retry_at`) or `half_open` (one probe by `probe_holder`, which counts as
    dead at `retry_at`). `next_free_at` is the token bucket: the instant at which it will be full again. `next_turn_at`
    is when the last of those that wait for the target asks again.
    """

    __tablename__ = "targets"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    target: str = Field(primary_key=True)
    breaker: str = "closed"
    failures: int = 0
    retry_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    probe_holder: str | None = None
    next_free_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    next_turn_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class TargetSlot(SQLModel, table=True):
    """One of the calls that a target takes at once; free without a holder, or once `held_until` has passed."""

    __tablename__ = "target_slots"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    target: str = Field(primary_key=True)
    slot: int = Field(primary_key=True)
    holder: str | None = None
    case_id: str | None = None
    held_until: datetime | None = Field(default=None, sa_column=instant(nullable=True))
