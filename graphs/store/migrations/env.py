"""Alembic's environment: runs on the connection that `graphs.store.schema` hands over."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from graphs.store import tables

OURS = {*tables.TENANT_TABLES, *tables.SHARED_TABLES}


def only_ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
    """Leave procrastinate's and LangGraph's tables alone."""
    return kind != "table" or name in OURS


connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, include_object=only_ours)
with context.begin_transaction():
    context.run_migrations()
