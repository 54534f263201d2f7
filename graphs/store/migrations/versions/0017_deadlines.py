"""Deadlines: calendars, service levels and clocks"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OPEN = "status <> 'stopped'"


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def texts(table: str, key: str, *more: sa.Column[bool]) -> None:
    op.create_table(
        table,
        words("tenant"),
        words(key),
        number("version"),
        sa.Column("yaml", sa.Text(), nullable=False),
        words("digest"),
        words("reason"),
        words("set_by"),
        instant("since"),
        *more,
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("tenant", key, "version"),
    )


def upgrade() -> None:
    texts("calendars", "name", sa.Column("followed", sa.Boolean(), nullable=False))
    op.create_index("calendars_to_follow", "calendars", ["tenant", "name"], postgresql_where=sa.text("NOT followed"))
    texts("service_levels", "process")
    op.create_table(
        "deadline_clocks",
        words("id"),
        words("tenant"),
        sa.Column("case_id", sa.Text(), nullable=False),
        words("scope"),
        words("name"),
        number("visit"),
        words("task_id", nullable=True),
        number("version"),
        words("status"),
        sa.Column("level", postgresql.JSONB(), nullable=True),
        number("levels_version"),
        words("calendar"),
        number("calendar_version"),
        instant("started_at"),
        words("anchor", nullable=True),
        sa.Column("pauses", postgresql.JSONB(), nullable=False),
        instant("due_at", nullable=True),
        instant("breached_at", nullable=True),
        instant("stopped_at", nullable=True),
        words("why", nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("clocks_of_case", "deadline_clocks", ["case_id"])
    running = sa.text("status = 'running' AND breached_at IS NULL")
    op.create_index("clocks_by_due", "deadline_clocks", ["tenant", "due_at"], postgresql_where=running)
    by_calendar = ["tenant", "calendar", "calendar_version"]
    op.create_index("clocks_by_calendar", "deadline_clocks", by_calendar, postgresql_where=sa.text(OPEN))
    of_task = sa.text("task_id IS NOT NULL")
    op.create_index("clocks_of_task", "deadline_clocks", ["task_id"], postgresql_where=of_task)


def downgrade() -> None:
    for table in ("deadline_clocks", "service_levels", "calendars"):
        op.drop_table(table)
