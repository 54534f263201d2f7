"""Forecasts: passages that are learned from, looks at clocks, forecasts that are held to account"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def of_case() -> sa.Column[str]:
    return sa.Column("case_id", sa.Text(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "forecast_passages",
        words("tenant"),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        of_case(),
        words("process"),
        whole("version"),
        words("step"),
        words("stage"),
        words("label"),
        words("performer", nullable=True),
        whole("ahead", nullable=True),
        instant("began_at"),
        instant("left_at", nullable=True),
        instant("stage_left_at", nullable=True),
        instant("over_at", nullable=True),
        sa.Column("halts", postgresql.JSONB(), nullable=False),
        sa.Column("rank", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("tenant", "seq"),
    )
    op.create_index("passages_of_step", "forecast_passages", ["tenant", "process", "step", "rank"])
    under_way = sa.text("over_at IS NULL")
    op.create_index("passages_under_way", "forecast_passages", ["case_id"], postgresql_where=under_way)
    op.create_table(
        "forecast_looks",
        words("clock_id"),
        words("tenant"),
        of_case(),
        whole("clock_version"),
        instant("looked_at"),
        instant("next_at"),
        whole("probability_bps", nullable=True),
        sa.ForeignKeyConstraint(["clock_id"], ["deadline_clocks.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("clock_id"),
    )
    op.create_index("looks_by_risk", "forecast_looks", ["tenant", "probability_bps"])
    op.create_table(
        "forecasts",
        words("id"),
        words("tenant"),
        of_case(),
        words("clock_id"),
        whole("clock_version"),
        words("process"),
        words("scope"),
        words("name"),
        words("level"),
        words("point"),
        instant("issued_at"),
        instant("due_at"),
        whole("probability_bps"),
        whole("basis"),
        whole("lead_seconds"),
        words("outcome", nullable=True),
        instant("settled_at", nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["clock_id"], ["deadline_clocks.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "forecasts_to_settle", "forecasts", ["tenant", "due_at"], postgresql_where=sa.text("outcome IS NULL")
    )
    op.create_index("forecasts_by_settling", "forecasts", ["tenant", "process", "settled_at"])
    op.create_index("forecasts_of_clock", "forecasts", ["clock_id"])


def downgrade() -> None:
    for table in ("forecasts", "forecast_looks", "forecast_passages"):
        op.drop_table(table)
