"""Incidents by their cause, operations on all of a group, and cases that were found stuck"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    for name in ("failed_step", "tool", "shape"):
        op.add_column("incidents", words(name, nullable=True))
    op.create_index("incidents_of_group", "incidents", ["tenant", "fingerprint", "created_at"])
    resting = sa.text("status IN ('waiting', 'incident', 'suspended')")
    op.create_index("cases_at_rest", "cases", ["id"], postgresql_where=resting)
    operations()
    items()
    stuck()


def operations() -> None:
    op.create_table(
        "operations",
        *(words(name) for name in ("id", "tenant", "kind", "fingerprint")),
        sa.Column("request", postgresql.JSONB(), nullable=False),
        sa.Column("chosen", postgresql.JSONB(), nullable=False),
        words("reason"),
        words("ordered_by"),
        instant("ordered_at"),
        *(whole(name) for name in ("total", "canary", "at_once")),
        words("status"),
        words("why"),
        words("closed_by", nullable=True),
        instant("ended_at", nullable=True),
        words("lease_owner", nullable=True),
        instant("lease_until", nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["ordered_by"], ["users.id"]),
        sa.ForeignKeyConstraint(["closed_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    running = sa.text("status = 'running'")
    op.create_index("operations_by_age", "operations", ["tenant", "ordered_at"])
    op.create_index(
        "operation_of_group", "operations", ["tenant", "fingerprint"], unique=True, postgresql_where=running
    )
    op.create_index("operations_under_way", "operations", ["id"], postgresql_where=running)


def items() -> None:
    op.create_table(
        "operation_items",
        *(words(name) for name in ("operation_id", "incident_id", "tenant")),
        sa.Column("case_id", sa.Text(), nullable=False),
        whole("place"),
        *(words(name) for name in ("status", "code", "message")),
        whole("passed"),
        instant("moved_at", nullable=True),
        instant("ended_at", nullable=True),
        sa.ForeignKeyConstraint(["operation_id"], ["operations.id"]),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("operation_id", "incident_id"),
    )
    under_way = sa.text("status IN ('waiting', 'moving')")
    op.create_index("items_under_way", "operation_items", ["operation_id", "place"], postgresql_where=under_way)


def stuck() -> None:
    op.create_table(
        "stuck_cases",
        *(words(name) for name in ("case_id", "tenant", "status")),
        whole("journaled"),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        instant("found_at"),
        instant("nudged_at"),
        *(whole(name) for name in ("ran", "lost", "unseen")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id"),
    )


def downgrade() -> None:
    for table in ("stuck_cases", "operation_items", "operations"):
        op.drop_table(table)
    op.drop_index("cases_at_rest", "cases")
    op.drop_index("incidents_of_group", "incidents")
    for name in ("shape", "tool", "failed_step"):
        op.drop_column("incidents", name)
