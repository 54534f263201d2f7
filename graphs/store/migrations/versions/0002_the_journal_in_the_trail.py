"""The journal in the audit trail, one row of values an entry, sealed checkpoints"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UNDER_WAY = "SELECT count(*) FROM cases WHERE status IN ('running', 'waiting', 'incident')"
TRIGGERS = {"audit_entries": ("append_only", "no_truncate"), "audit_values": ("erase_only", "no_delete")}


class CasesUnderWay(RuntimeError):
    """Cases of version 0.1.0 are under way; their checkpoints cannot be read by this version."""


def upgrade() -> None:
    count = op.get_bind().execute(sa.text(UNDER_WAY)).scalar_one()
    if count:
        raise CasesUnderWay(
            f"{count} cases are still under way with Interlock 0.1.0: "
            "finish or cancel them with that version, then upgrade"
        )
    for table, names in TRIGGERS.items():
        for name in names:
            op.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
    upgrade_values()
    op.drop_table("steps")
    for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes", "checkpoint_migrations"):
        op.execute(f"DROP TABLE IF EXISTS {table}")
    add_checkpoints()
    op.add_column("audit_entries", sa.Column("visit", sa.Integer(), nullable=True))
    visited = sa.text("visit > 0")
    op.create_index("visit_once", "audit_entries", ["case_id", "step", "visit"], unique=True, postgresql_where=visited)
    for table, constraint in (
        ("audit_entries", "audit_entries_tenant_fkey"),
        ("audit_heads", "audit_heads_tenant_fkey"),
    ):
        op.drop_constraint(constraint, table)
    op.add_column("cases", sa.Column("journaled", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("cases", "journaled", server_default=None)
    op.drop_index("cases_to_look_after", "cases")
    op.create_index(
        "cases_under_way", "cases", ["id"], postgresql_where=sa.text("status IN ('running', 'compensating')")
    )
    op.execute("ALTER TABLE cases SET (fillfactor = 50)")
    op.create_index("timers_due", "timers", ["due_at"], postgresql_where=sa.text("status = 'set'"))
    op.create_index("timers_of_case", "timers", ["case_id"])


def upgrade_values() -> None:
    """One row an entry instead of one a value."""
    op.rename_table("audit_values", "audit_values_by_name")
    op.execute("ALTER INDEX audit_values_pkey RENAME TO audit_values_by_name_pkey")
    op.create_table(
        "audit_values",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "seq"),
    )
    op.execute(
        "INSERT INTO audit_values"
        " SELECT tenant, seq, jsonb_object_agg(name, jsonb_build_object('salt', salt, 'value', value))"
        " FROM audit_values_by_name GROUP BY tenant, seq"
    )
    op.drop_table("audit_values_by_name")


def add_checkpoints() -> None:
    """One row a running case; a row a checkpoint where history is kept."""
    op.create_table(
        "checkpoints",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("covered", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("writes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("thread", "namespace", "slot"),
    )
    op.execute("ALTER TABLE checkpoints SET (fillfactor = 50)")
