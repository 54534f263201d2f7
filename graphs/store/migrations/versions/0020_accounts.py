"""Accounts: passwords, sessions, tokens, links to tasks"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = ("accounts", "account_sessions", "account_tokens", "task_links", "sign_in_pauses")


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def of_user() -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
    ]


def upgrade() -> None:
    op.create_table(
        "accounts",
        words("user_id"),
        words("tenant"),
        words("login_key"),
        words("password_hash", nullable=True),
        instant("password_set_at", nullable=True),
        instant("created_at"),
        *of_user(),
        sa.PrimaryKeyConstraint("user_id"),
        sa.UniqueConstraint("tenant", "login_key", name="account_by_login"),
    )
    op.create_table(
        "account_sessions",
        words("id"),
        words("tenant"),
        words("user_id"),
        words("secret_hash"),
        words("address"),
        words("agent"),
        instant("started_at"),
        instant("seen_at"),
        instant("confirmed_at"),
        instant("expires_at"),
        instant("ended_at", nullable=True),
        words("why_ended", nullable=True),
        *of_user(),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("secret_hash"),
    )
    op.create_index("sessions_of_user", "account_sessions", ["tenant", "user_id", "started_at"])
    op.create_table(
        "account_tokens",
        words("id"),
        words("tenant"),
        words("user_id"),
        words("purpose"),
        words("created_by"),
        instant("created_at"),
        instant("expires_at"),
        instant("used_at", nullable=True),
        instant("replaced_at", nullable=True),
        *of_user(),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("tokens_of_user", "account_tokens", ["tenant", "user_id", "created_at"])
    op.create_table(
        "task_links",
        words("id"),
        words("tenant"),
        words("user_id"),
        words("task_id"),
        words("task_digest"),
        instant("created_at"),
        instant("expires_at"),
        instant("used_at", nullable=True),
        *of_user(),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("links_of_task", "task_links", ["tenant", "task_id"])
    op.create_table(
        "sign_in_pauses",
        words("key"),
        sa.Column("failures", sa.Integer(), nullable=False),
        instant("last_at"),
        instant("until_at"),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("pauses_by_age", "sign_in_pauses", ["last_at"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
