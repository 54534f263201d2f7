"""The table of saved views: a name for the filter of a screen."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from graphs.store.columns import instant

VIEW_TABLES = ("saved_views",)
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""


class SavedView(SQLModel, table=True):
    """What `owner_id` calls a filter of a screen; `search` is the address's part behind the question mark."""

    __tablename__ = "saved_views"
    __table_args__ = (Index("views_of_screen", "tenant", "screen", "owner_id", "name", unique=True),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    screen: str
    owner_id: str = Field(foreign_key="users.id")
    name: str
    search: str
    shared: bool = False
    saved_at: datetime = Field(sa_column=instant())
