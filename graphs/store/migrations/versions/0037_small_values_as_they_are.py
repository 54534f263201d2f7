"""Values of the trail up to 4 KB are kept as they are, not compressed"""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of new rows; those that are there stay as they were written.
    op.execute("ALTER TABLE audit_values SET (toast_tuple_target = 4080)")


def downgrade() -> None:
    op.execute("ALTER TABLE audit_values RESET (toast_tuple_target)")
