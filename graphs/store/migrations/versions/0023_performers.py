"""Chosen performers"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "performer_choices",
        sa.Column("case_id", sa.Text(), nullable=False),
        words("step"),
        sa.Column("visit", sa.Integer(), nullable=False),
        words("tenant"),
        words("work"),
        words("performer"),
        words("kind"),
        words("tool"),
        words("target"),
        sa.Column("explained", postgresql.JSONB(), nullable=False),
        instant("chosen_at"),
        instant("ended_at", nullable=True),
        words("outcome", nullable=True),
        words("detail", nullable=True),
        sa.Column("took", sa.Interval(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("case_id", "step", "visit"),
    )
    busy = sa.text("ended_at IS NULL")
    op.create_index("performers_busy", "performer_choices", ["tenant", "target"], postgresql_where=busy)
    took = sa.text("took IS NOT NULL")
    op.create_index("performers_took", "performer_choices", ["tenant", "work", "ended_at"], postgresql_where=took)


def downgrade() -> None:
    op.drop_table("performer_choices")
