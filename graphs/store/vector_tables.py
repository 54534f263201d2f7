"""The table of vectors: the texts of questions as an embedding model has placed them."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant, of_case

VECTOR_TABLES = ("precedent_vectors",)
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class PrecedentVector(SQLModel, table=True):
    """The vector of one task's question: `digest` is of text and model, so another model's is never taken for it.

    A vector derives from the text, so it goes with it: an erasure finds the text in `material`, and removes the whole
    row, because bytes cannot be rewritten. `vector` holds float32, little-endian, of length 1.
    """

    __tablename__ = "precedent_vectors"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    task_id: str = Field(primary_key=True)
    case_id: str = Field(sa_column=of_case())
    digest: str
    model: str
    view: str
    material: dict[str, Any] = Field(sa_column=document())
    vector: bytes
    at: datetime = Field(sa_column=instant())
