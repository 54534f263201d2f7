"""Work through tasks: who delegated, the tabs of the inbox, bulk decisions"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

UNANSWERED = "status IN ('open', 'claimed')"
INDEXES = {
    "inbox_of_role": ("role, deadline_at", UNANSWERED),
    "inbox_unassigned": ("role, deadline_at", f"{UNANSWERED} AND assignee_id IS NULL"),
    "inbox_delegated": ("delegated_by, deadline_at", f"{UNANSWERED} AND delegated_by IS NOT NULL"),
    "tasks_done": ("decided_by, decided_at", "decided_by IS NOT NULL"),
}


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def instant(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    op.execute("ALTER TABLE tasks ADD COLUMN delegated_by varchar REFERENCES users (id)")
    for name, (columns, where) in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON tasks (tenant, {columns}, id) WHERE {where}")
    op.create_table(
        "bulk_decisions",
        words("id"),
        words("tenant"),
        words("user_id"),
        words("key"),
        words("digest"),
        words("decision"),
        sa.Column("task_ids", postgresql.JSONB(), nullable=False),
        instant("created_at"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant", "user_id", "key", name="bulk_by_key"),
    )
    op.create_table(
        "bulk_outcomes",
        words("bulk_id"),
        words("task_id"),
        words("tenant"),
        words("status"),
        words("code", nullable=True),
        words("detail", nullable=True),
        instant("at"),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk_decisions.id"]),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("bulk_id", "task_id"),
    )


def downgrade() -> None:
    op.drop_table("bulk_outcomes")
    op.drop_table("bulk_decisions")
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.execute("ALTER TABLE tasks DROP COLUMN delegated_by")
