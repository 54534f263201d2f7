"""The tables of accounts: passwords, identities, sessions, tokens, links to tasks, and what is known of strangers."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from graphs.store.columns import instant

ACCOUNT_TABLES = ("accounts", "account_identities", "account_sessions", "account_tokens", "task_links")
"""For `TENANT_TABLES`: each is under FORCEd row-level security."""
PAUSE_TABLES = ("sign_in_pauses", "sign_in_attempts")
"""For `SHARED_TABLES`: an attempt is counted, or begun, before anybody knows whose it is. They hold no secret."""

SHOW_PRESENTED = """
DROP POLICY IF EXISTS presented_row ON account_sessions;
CREATE POLICY presented_row ON account_sessions FOR SELECT
  USING (secret_hash = nullif(current_setting('app.presented', true), ''));
DROP POLICY IF EXISTS presented_row ON account_tokens;
CREATE POLICY presented_row ON account_tokens FOR SELECT
  USING (id = nullif(current_setting('app.presented', true), ''));
"""
"""Whoever presents a secret sees its row, and no other, before the tenant is known."""


class AccountRow(SQLModel, table=True):
    """How a person signs in; `login_key` is the login as it is compared. Without a password nobody does yet."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("tenant", "login_key", name="account_by_login"),)
    user_id: str = Field(primary_key=True, foreign_key="users.id")
    tenant: str = Field(foreign_key="tenants.id")
    login_key: str
    password_hash: str | None = None
    password_set_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    created_at: datetime = Field(sa_column=instant())


class IdentityRow(SQLModel, table=True):
    """Who a person is to an identity provider. Its issuer and subject are what counts: mail and login may change."""

    __tablename__ = "account_identities"
    __table_args__ = (
        UniqueConstraint("tenant", "issuer", "subject", name="identity_by_subject"),
        UniqueConstraint("tenant", "user_id", "issuer", name="identity_of_user"),
    )
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    user_id: str = Field(foreign_key="users.id")
    issuer: str
    subject: str
    how: str
    linked_at: datetime = Field(sa_column=instant())


class SignInAttemptRow(SQLModel, table=True):
    """Somebody who was sent to the identity provider; `id` is the SHA-256 of what stands in their cookie.

    `token_id` names the invitation that they bring, `user_id` who is to prove themselves once more.
    """

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index("attempts_by_age", "expires_at"),)
    id: str = Field(primary_key=True)
    next_path: str
    token_id: str | None = None
    user_id: str | None = None
    started_at: datetime = Field(sa_column=instant())
    expires_at: datetime = Field(sa_column=instant())


class SessionRow(SQLModel, table=True):
    """A session; `secret_hash` is the SHA-256 of what stands in the cookie. `why_ended` says how it ended.

    `issuer` is the identity provider that the person proved themselves to, None where a password did.
    """

    __tablename__ = "account_sessions"
    __table_args__ = (Index("sessions_of_user", "tenant", "user_id", "started_at"),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    user_id: str = Field(foreign_key="users.id")
    secret_hash: str = Field(unique=True)
    address: str
    agent: str
    started_at: datetime = Field(sa_column=instant())
    seen_at: datetime = Field(sa_column=instant())
    confirmed_at: datetime = Field(sa_column=instant())
    expires_at: datetime = Field(sa_column=instant())
    ended_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    why_ended: str | None = None
    issuer: str | None = None


class AccountTokenRow(SQLModel, table=True):
    """An invitation or a reset: who has its token may set the password once."""

    __tablename__ = "account_tokens"
    __table_args__ = (Index("tokens_of_user", "tenant", "user_id", "created_at"),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    user_id: str = Field(foreign_key="users.id")
    purpose: str
    created_by: str = Field(foreign_key="users.id")
    created_at: datetime = Field(sa_column=instant())
    expires_at: datetime = Field(sa_column=instant())
    used_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    replaced_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class TaskLinkRow(SQLModel, table=True):
    """A link to a task for one person, opened at most once; `task_digest` is of what the task showed."""

    __tablename__ = "task_links"
    __table_args__ = (Index("links_of_task", "tenant", "task_id"),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    user_id: str = Field(foreign_key="users.id")
    task_id: str
    task_digest: str
    created_at: datetime = Field(sa_column=instant())
    expires_at: datetime = Field(sa_column=instant())
    used_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class SignInPauseRow(SQLModel, table=True):
    """How many attempts failed in a row for an account or from an address, and until when none is taken."""

    __tablename__ = "sign_in_pauses"
    __table_args__ = (Index("pauses_by_age", "last_at"),)
    key: str = Field(primary_key=True)
    failures: int
    last_at: datetime = Field(sa_column=instant())
    until_at: datetime = Field(sa_column=instant())
