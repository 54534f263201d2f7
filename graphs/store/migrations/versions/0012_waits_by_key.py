"""Waits by key: whether anybody has waited for a message, and gone on, is read from an index"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX waits_by_key ON subscriptions (tenant, message, correlation_key, since)")


def downgrade() -> None:
    op.execute("DROP INDEX waits_by_key")
