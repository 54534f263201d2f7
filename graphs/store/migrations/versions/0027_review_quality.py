"""Review quality: what was looked at, known-answer cases, blind second reviews"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TENANT = (["tenant"], ["tenants.id"])


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def document(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "task_views",
        words("tenant"),
        words("task_id"),
        words("user_id"),
        number("visit"),
        instant("opened_at"),
        instant("seen_at"),
        number("seconds"),
        document("evidence"),
        sa.ForeignKeyConstraint(*TENANT),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("tenant", "task_id", "user_id", "visit"),
    )
    op.create_table(
        "quality_rates",
        words("tenant"),
        words("role"),
        number("second_bps"),
        number("known_bps"),
        words("reason"),
        words("set_by"),
        instant("set_at"),
        sa.ForeignKeyConstraint(*TENANT),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("tenant", "role"),
    )
    op.create_table(
        "quality_rounds",
        words("tenant"),
        instant("upto"),
        sa.ForeignKeyConstraint(*TENANT),
        sa.PrimaryKeyConstraint("tenant"),
    )
    probes()


def probes() -> None:
    op.create_table(
        "quality_probes",
        *(words(name) for name in ("id", "tenant", "kind", "task_id", "case_id", "step", "role")),
        document("expected"),
        document("excluded"),
        words("status"),
        words("reason"),
        words("ordered_by"),
        instant("created_at"),
        words("copy_id", nullable=True),
        words("drawn_by", nullable=True),
        instant("asked_at", nullable=True),
        instant("answered_at", nullable=True),
        words("answered_by", nullable=True),
        document("given", nullable=True),
        sa.Column("right", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(*TENANT),
        sa.ForeignKeyConstraint(["ordered_by"], ["users.id"]),
        sa.ForeignKeyConstraint(["answered_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("probe_of_task", "quality_probes", ["tenant", "kind", "task_id"], unique=True)
    op.create_index("probe_of_copy", "quality_probes", ["tenant", "copy_id"], unique=True)
    for name, columns, where, unique in (
        ("probe_of_draw", ["tenant", "drawn_by"], "kind = 'known'", True),
        ("probes_scored", ["tenant", "answered_at"], "status = 'scored'", False),
        ("probes_waiting", ["tenant", "role", "created_at"], "status = 'waiting'", False),
    ):
        op.create_index(name, "quality_probes", columns, unique=unique, postgresql_where=sa.text(where))
    answered = sa.text("status = 'answered'")
    op.create_index("tasks_answered", "tasks", ["tenant", "decided_at"], postgresql_where=answered)


def downgrade() -> None:
    op.drop_index("tasks_answered", "tasks")
    for table in ("quality_probes", "quality_rounds", "quality_rates", "task_views"):
        op.drop_table(table)
