"""What people ask each other about a task"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def words(name: str) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "questions",
        words("id"),
        words("tenant"),
        sa.Column("case_id", sa.Text(), nullable=False),
        words("task_id"),
        words("asked_by"),
        words("asked_of"),
        sa.Column("wanted", postgresql.JSONB(), nullable=False),
        instant("asked_at"),
        instant("deadline_at"),
        words("status"),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        instant("answered_at", nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"]),
        sa.ForeignKeyConstraint(["asked_of"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("questions_of_task", "questions", ["task_id", "asked_at"])
    still = sa.text("status = 'open'")
    op.create_index("questions_of_person", "questions", ["tenant", "asked_of", "deadline_at"], postgresql_where=still)


def downgrade() -> None:
    op.drop_table("questions")
