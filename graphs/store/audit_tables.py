"""The table of the trail's checkpoints. Entries, values and heads stand in `tables.py`."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import Field, SQLModel

from graphs.store.columns import instant

AUDIT_TABLES = ("audit_checkpoints",)
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


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
