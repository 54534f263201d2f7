"""The table of document templates: what reviewers' corrections have taught of a vendor's pages."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant, of_case

TEMPLATE_TABLES = ("document_templates",)
"""For `TENANT_TABLES`: under FORCEd row-level security."""


class DocumentTemplateRow(SQLModel, table=True):
    """Where `vendor` prints `field`, taught by the person `created_by` in a case; retired once it was wrong twice.

    `id` is the digest of all that it says: taught again, it is the same row.
    """

    __tablename__ = "document_templates"
    __table_args__ = (
        Index("templates_in_use", "tenant", "created_at", "id", postgresql_where=text("retired_at IS NULL")),
    )
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    vendor: str
    field: str
    template: dict[str, Any] = Field(sa_column=document())
    wrong: int = 0
    case_id: str = Field(sa_column=of_case())
    created_by: str = Field(foreign_key="users.id")
    created_at: datetime = Field(sa_column=instant())
    retired_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
