"""The tables of an organisation: its people, what they may do, their teams, and their keys."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from graphs.store.columns import document, instant

PEOPLE_TABLES = ("users", "roles", "user_roles", "teams", "team_members", "authority_limits")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""
UNGUARDED_TABLES = ("tenants", "api_keys")
"""For `SHARED_TABLES`: names of organisations, and keys, which are searched by hash before the tenant is known."""


class Tenant(SQLModel, table=True):
    """An organisation whose rows nobody else sees."""

    __tablename__ = "tenants"
    id: str = Field(primary_key=True)
    name: str


class User(SQLModel, table=True):
    """Who acts; `kind` is `person`, `service` (starts cases) or `agent`, for which the person `sponsor_id` answers."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("tenant", "login", name="user_by_login"),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    login: str
    name: str
    kind: str
    email: str | None = None
    active: bool = True
    created_at: datetime = Field(sa_column=instant())
    sponsor_id: str | None = Field(default=None, foreign_key="users.id")


class Role(SQLModel, table=True):
    """A named set of permissions; `given` is what a release gave it, None where none did or it was not noted."""

    __tablename__ = "roles"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    name: str = Field(primary_key=True)
    title: str
    permissions: list[str] = Field(sa_column=document())
    given: list[str] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))


class UserRole(SQLModel, table=True):
    """A user's role."""

    __tablename__ = "user_roles"
    tenant: str
    user_id: str = Field(primary_key=True, foreign_key="users.id")
    role: str = Field(primary_key=True)


class Team(SQLModel, table=True):
    """A group of users that shares a queue."""

    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("tenant", "name", name="team_by_name"),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    name: str


class TeamMember(SQLModel, table=True):
    """A user's membership in a team."""

    __tablename__ = "team_members"
    tenant: str
    team_id: str = Field(primary_key=True, foreign_key="teams.id")
    user_id: str = Field(primary_key=True, foreign_key="users.id")


class AuthorityLimit(SQLModel, table=True):
    """How much a user may approve in a matter (`subject`), in minor units of `currency`, between two dates."""

    __tablename__ = "authority_limits"
    __table_args__ = (Index("authority_of_user", "tenant", "user_id", "subject"),)
    id: str = Field(primary_key=True)
    tenant: str
    user_id: str = Field(foreign_key="users.id")
    subject: str
    max_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency: str
    effective_from: date
    effective_to: date | None = None
    entity: str = "any"


class ApiKey(SQLModel, table=True):
    """A key's SHA-256; the key itself is shown once and never stored. `used_at` is its last use, to the hour."""

    __tablename__ = "api_keys"
    __table_args__ = (Index("keys_of_tenant", "tenant", "created_at", "id"),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    user_id: str = Field(foreign_key="users.id")
    key_hash: str = Field(unique=True)
    created_at: datetime = Field(sa_column=instant())
    revoked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    name: str = Field(default="", sa_column_kwargs={"server_default": ""})
    created_by: str | None = None
    used_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    expires_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
