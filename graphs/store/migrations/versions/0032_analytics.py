"""Analytics: where open cases stand, how many at each step, and counts by day"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def words(name: str) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False)


def whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def large(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def instant(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    op.create_table(
        "analytics_places",
        words("case_id"),
        words("tenant"),
        words("process"),
        whole("version"),
        words("step"),
        instant("since"),
        instant("started_at"),
        sa.Column("touched", sa.Boolean(), nullable=False),
        sa.Column("reworked", sa.Boolean(), nullable=False),
        large("cost_micros"),
        sa.Column("rules", postgresql.ARRAY(postgresql.TEXT()), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("oldest_at_step", "analytics_places", ["tenant", "process", "version", "step", "since"])
    op.create_table(
        "analytics_live",
        words("tenant"),
        words("process"),
        whole("version"),
        words("step"),
        large("cases"),
        large("since_ms"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant", "process", "version", "step"),
    )
    op.create_table(
        "analytics_cells",
        words("tenant"),
        words("process"),
        words("measure"),
        sa.Column("day", sa.Date(), nullable=False),
        whole("version"),
        words("subject"),
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        large("count"),
        large("total"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant", "process", "measure", "day", "version", "subject", "bucket"),
    )


def downgrade() -> None:
    for table in ("analytics_cells", "analytics_live", "analytics_places"):
        op.drop_table(table)
