"""The tables of authority and duties: who may decide on what, in whose place, and who did what to whom."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant, of_case

DUTY_TABLES = ("authority_rows", "delegations", "duty_acts", "duty_registers")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class AuthorityRow(SQLModel, table=True):
    """One row of the tenant's authority matrix; `entity` may be `any`."""

    __tablename__ = "authority_rows"
    __table_args__ = (Index("authority_of_role", "tenant", "role", "matter"),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    role: str
    matter: str
    entity: str
    currency: str
    limit_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    effective_from: date
    effective_to: date | None = None
    set_by: str = Field(foreign_key="users.id")
    since: datetime = Field(sa_column=instant())


class DelegationRow(SQLModel, table=True):
    """`receiver` may answer in the place of `giver` between two days, until it is ended."""

    __tablename__ = "delegations"
    __table_args__ = (Index("delegations_by_end", "tenant", "effective_to"),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    giver: str = Field(foreign_key="users.id")
    receiver: str = Field(foreign_key="users.id")
    cap_minor: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    currency: str | None = None
    effective_from: date
    effective_to: date
    given_at: datetime = Field(sa_column=instant())
    ended_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class DutyActRow(SQLModel, table=True):
    """`who` did `duty` to `subject`; it counts for everybody in `also`, too. Withdrawn where it did not come to be.

    `seq` grows with every act, within a subject in the order in which they were committed.
    """

    __tablename__ = "duty_acts"
    __table_args__ = (
        Index("duties_of_subject", "tenant", "subject", "seq"),
        Index("duties_of_requester", "tenant", "asked_by", "duty", "at"),
    )
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    seq: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), nullable=False))
    who: str = Field(foreign_key="users.id")
    duty: str
    subject: str
    also: list[str] = Field(sa_column=document())
    asked_by: str | None = Field(default=None, foreign_key="users.id")
    amount_minor: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    currency: str | None = None
    case_id: str = Field(sa_column=of_case())
    step: str
    at: datetime = Field(sa_column=instant())
    withdrawn_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class DutyRegisterRow(SQLModel, table=True):
    """The tenant's own rules about duties, in the place of those of the release."""

    __tablename__ = "duty_registers"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    rules: dict[str, Any] = Field(sa_column=document())
    set_by: str = Field(foreign_key="users.id")
    since: datetime = Field(sa_column=instant())
