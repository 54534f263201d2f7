"""The inbox in order: what is unanswered is read from an index by deadline, however much of it there is"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UNANSWERED = "WHERE status IN ('open', 'claimed')"


def upgrade() -> None:
    op.execute("DROP INDEX inbox")
    op.execute(f"CREATE INDEX inbox ON tasks (tenant, deadline_at, id) {UNANSWERED}")
    op.execute(f"CREATE INDEX inbox_of_person ON tasks (tenant, assignee_id, deadline_at, id) {UNANSWERED}")


def downgrade() -> None:
    op.execute("DROP INDEX inbox_of_person")
    op.execute("DROP INDEX inbox")
    op.execute("CREATE INDEX inbox ON tasks (tenant, status, assignee_id, deadline_at)")
