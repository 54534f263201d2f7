"""Who people are to an identity provider, and what is known of API keys"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def words(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable, server_default=default)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "account_identities",
        words("id"),
        words("tenant"),
        words("user_id"),
        words("issuer"),
        words("subject"),
        words("how"),
        instant("linked_at"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant", "issuer", "subject", name="identity_by_subject"),
        sa.UniqueConstraint("tenant", "user_id", "issuer", name="identity_of_user"),
    )
    op.create_table(
        "sign_in_attempts",
        words("id"),
        words("next_path"),
        words("token_id", nullable=True),
        words("user_id", nullable=True),
        instant("started_at"),
        instant("expires_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("attempts_by_age", "sign_in_attempts", ["expires_at"])
    op.add_column("account_sessions", words("issuer", nullable=True))
    op.add_column("api_keys", words("name", default=""))
    op.add_column("api_keys", words("created_by", nullable=True))
    op.add_column("api_keys", instant("used_at", nullable=True))
    op.add_column("api_keys", instant("expires_at", nullable=True))
    op.create_index("keys_of_tenant", "api_keys", ["tenant", "created_at", "id"])


def downgrade() -> None:
    op.drop_index("keys_of_tenant", "api_keys")
    for column in ("expires_at", "used_at", "created_by", "name"):
        op.drop_column("api_keys", column)
    op.drop_column("account_sessions", "issuer")
    op.drop_table("sign_in_attempts")
    op.drop_table("account_identities")
