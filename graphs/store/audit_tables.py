"""The tables of the audit trail: heads, entries, their values, and checkpoints."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant

AUDIT_TABLES = ("audit_heads", "audit_entries", "audit_values", "audit_checkpoints")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class AuditHead(SQLModel, table=True):
    """The end of a tenant's chain: the last sequence number and hash."""

    __tablename__ = "audit_heads"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    hash: str


class AuditEntry(SQLModel, table=True):
    """One append-only record. `commitments` are the salted hashes of its values, packed with their names.

    `hash` covers that of the entry before, which has the number before.

    An entry with a `visit` is also the journal of that visit of the step: such a visit never runs again. Number 0 is
    no visit but an order that lets the case go on at the step.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("audit_of_case", "case_id", "seq"),
        Index("visit_once", "case_id", "step", "visit", unique=True, postgresql_where=text("visit > 0")),
        Index(
            "decisions_of_trail",
            "tenant",
            "seq",
            postgresql_where=text("kind IN ('agent.decided', 'answer.applied')"),
        ),
    )
    tenant: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True))
    at: datetime = Field(sa_column=instant())
    kind: str
    actor: str
    case_id: str | None = None
    step: str | None = None
    visit: int | None = None
    commitments: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AuditValue(SQLModel, table=True):
    """The values an entry commits to, apart from it, so that they can be erased and the chain stays sound.

    `content` has the values by name, and `salts` theirs one behind the other in the order of the names. What is erased
    is null in the one and all zeros in the other.
    """

    __tablename__ = "audit_values"
    tenant: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True))
    content: dict[str, Any] = Field(sa_column=document())
    salts: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AuditCheckpoint(SQLModel, table=True):
    """A signed tree head over the first `size` entries of a tenant's trail; append-only.

    `peaks` are the hashes of the tree's full subtrees, from which the next checkpoint goes on.
    """

    __tablename__ = "audit_checkpoints"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    size: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_column=instant())
    peaks: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    note: str
