"""The tables of rule packs: texts, proposals, replays, activations, limits."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant

PACK_TABLES = ("rule_packs", "pack_proposals", "pack_replays", "pack_activations", "pack_limits")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""

APPEND_ONLY_PACKS = ("rule_packs", "pack_replays", "pack_activations")
"""What was judged by, replayed and activated stays as it was."""

OPEN, ACTIVATED, WITHDRAWN = "open", "activated", "withdrawn"
"""What becomes of a proposal."""


class StoredPack(SQLModel, table=True):
    """The text of a rule pack. `digest` is the SHA-256 of `canonical`; `stored_by` a user, `package` or `release`."""

    __tablename__ = "rule_packs"
    __table_args__ = (Index("packs_by_name", "tenant", "pack", "stored_at"),)
    digest: str = Field(primary_key=True)
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    pack: str
    version: str
    yaml: str
    canonical: str
    note: str
    stored_by: str
    stored_at: datetime = Field(sa_column=instant())


class PackProposal(SQLModel, table=True):
    """What somebody wants to be active: a pack with the tenant's parameters; `status` is open, activated, withdrawn."""

    __tablename__ = "pack_proposals"
    __table_args__ = (
        ForeignKeyConstraint(["digest", "tenant"], ["rule_packs.digest", "rule_packs.tenant"]),
        Index("proposals_by_pack", "tenant", "pack", "proposed_at"),
    )
    id: str = Field(primary_key=True)
    tenant: str
    pack: str
    digest: str
    parameters: dict[str, Any] = Field(sa_column=document())
    from_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    cases_since: date | None = None
    reason: str
    status: str
    proposed_by: str = Field(foreign_key="users.id")
    proposed_at: datetime = Field(sa_column=instant())
    decided_by: str | None = Field(default=None, foreign_key="users.id")
    decided_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class PackReplay(SQLModel, table=True):
    """What a proposal would have done, against the activation with the number `against`."""

    __tablename__ = "pack_replays"
    __table_args__ = (Index("replays_of_proposal", "proposal_id", "made_at"),)
    id: str = Field(primary_key=True)
    tenant: str
    proposal_id: str = Field(foreign_key="pack_proposals.id")
    against: int
    made_by: str = Field(foreign_key="users.id")
    made_at: datetime = Field(sa_column=instant())
    report: dict[str, Any] = Field(sa_column=document())
    report_digest: str


class PackActivation(SQLModel, table=True):
    """The `number`th activation of a pack: the newest that covers a case counts.

    It covers from `from_at`, and with `cases_since` only cases that started on that day or later. The first is by
    `package`. Why stands in its proposal.
    """

    __tablename__ = "pack_activations"
    __table_args__ = (ForeignKeyConstraint(["digest", "tenant"], ["rule_packs.digest", "rule_packs.tenant"]),)
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    pack: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    digest: str
    parameters: dict[str, Any] = Field(sa_column=document())
    proposed_by: str
    approved_by: str
    activated_at: datetime = Field(sa_column=instant())
    from_at: datetime = Field(sa_column=instant())
    cases_since: date | None = None
    proposal_id: str | None = Field(default=None, foreign_key="pack_proposals.id")
    replay_id: str | None = Field(default=None, foreign_key="pack_replays.id")
    report_digest: str | None = None


class PackLimits(SQLModel, table=True):
    """How much a new version of a pack may change at once. Shares are hundredths of a percent of the replayed cases.

    `max_money_allowed` holds minor units by currency; a currency that is not in it has none.
    """

    __tablename__ = "pack_limits"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    pack: str = Field(primary_key=True)
    max_newly_allowed_bps: int
    max_newly_blocked_bps: int
    max_extra_tasks_bps: int
    max_unknown_bps: int
    max_money_allowed: dict[str, int] = Field(sa_column=document())
    window_days: int
    report_hours: int
    set_by: str = Field(foreign_key="users.id")
    since: datetime = Field(sa_column=instant())
