"""The tables of decision agents: what their questions have used."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from graphs.store.columns import instant

MODEL_TABLES = ("model_spend",)
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class ModelSpendRow(SQLModel, table=True):
    """What is used or reserved of a day's ceiling; tokens in and out together, money in millionths."""

    __tablename__ = "model_spend"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    day: date = Field(primary_key=True)
    calls: int = Field(sa_column=Column(BigInteger, nullable=False))
    tokens: int = Field(sa_column=Column(BigInteger, nullable=False))
    cost_micros: int = Field(sa_column=Column(BigInteger, nullable=False))
    changed_at: datetime = Field(sa_column=instant())
