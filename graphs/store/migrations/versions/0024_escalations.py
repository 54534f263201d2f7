"""Escalations: the ladders of clocks, and what was reached of them"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

AT_RISK = "status IN ('running', 'paused') AND (breached_at IS NOT NULL OR at_risk_since IS NOT NULL)"


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def upgrade() -> None:
    # A worker of the release before writes clocks without these columns.
    op.add_column("deadline_clocks", sa.Column("ladder", postgresql.JSONB(), nullable=True))
    op.add_column("deadline_clocks", number("climbed", nullable=True))
    op.add_column("deadline_clocks", instant("at_risk_since", nullable=True))
    op.create_index("clocks_at_risk", "deadline_clocks", ["tenant", "due_at", "id"], postgresql_where=sa.text(AT_RISK))
    op.create_table(
        "escalations",
        words("id"),
        words("tenant"),
        sa.Column("case_id", sa.Text(), nullable=False),
        words("clock_id"),
        words("task_id", nullable=True),
        instant("round"),
        number("place"),
        words("rung"),
        number("number"),
        words("action"),
        words("status"),
        instant("planned_at", nullable=True),
        instant("at"),
        number("probability_bps", nullable=True),
        sa.Column("told", postgresql.JSONB(), nullable=False),
        words("why", nullable=True),
        words("acknowledged_by", nullable=True),
        instant("acknowledged_at", nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("escalations_of_clock", "escalations", ["clock_id", "at", "place"])


def downgrade() -> None:
    op.drop_table("escalations")
    op.drop_index("clocks_at_risk", "deadline_clocks")
    for column in ("at_risk_since", "climbed", "ladder"):
        op.drop_column("deadline_clocks", column)
