"""Rule packs with their proposals, replays, activations and limits; how often a case's worker was lost"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def text_column(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def instant_column(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def number_column(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def document_column(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)


def upgrade() -> None:
    op.create_table(
        "rule_packs",
        text_column("digest"),
        text_column("tenant"),
        text_column("pack"),
        text_column("version"),
        text_column("yaml"),
        text_column("canonical"),
        text_column("note"),
        text_column("stored_by"),
        instant_column("stored_at"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("digest", "tenant"),
    )
    op.create_index("packs_by_name", "rule_packs", ["tenant", "pack", "stored_at"])
    op.create_table(
        "pack_proposals",
        text_column("id"),
        text_column("tenant"),
        text_column("pack"),
        text_column("digest"),
        document_column("parameters"),
        instant_column("from_at", nullable=True),
        sa.Column("cases_since", sa.Date(), nullable=True),
        text_column("reason"),
        text_column("status"),
        text_column("proposed_by"),
        instant_column("proposed_at"),
        text_column("decided_by", nullable=True),
        instant_column("decided_at", nullable=True),
        sa.ForeignKeyConstraint(["digest", "tenant"], ["rule_packs.digest", "rule_packs.tenant"]),
        sa.ForeignKeyConstraint(["proposed_by"], ["users.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("proposals_by_pack", "pack_proposals", ["tenant", "pack", "proposed_at"])
    op.create_table(
        "pack_replays",
        text_column("id"),
        text_column("tenant"),
        text_column("proposal_id"),
        number_column("against"),
        text_column("made_by"),
        instant_column("made_at"),
        document_column("report"),
        text_column("report_digest"),
        sa.ForeignKeyConstraint(["proposal_id"], ["pack_proposals.id"]),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("replays_of_proposal", "pack_replays", ["proposal_id", "made_at"])
    op.create_table(
        "pack_activations",
        text_column("tenant"),
        text_column("pack"),
        number_column("number"),
        text_column("digest"),
        document_column("parameters"),
        text_column("proposed_by"),
        text_column("approved_by"),
        instant_column("activated_at"),
        instant_column("from_at"),
        sa.Column("cases_since", sa.Date(), nullable=True),
        text_column("proposal_id", nullable=True),
        text_column("replay_id", nullable=True),
        text_column("report_digest", nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["digest", "tenant"], ["rule_packs.digest", "rule_packs.tenant"]),
        sa.ForeignKeyConstraint(["proposal_id"], ["pack_proposals.id"]),
        sa.ForeignKeyConstraint(["replay_id"], ["pack_replays.id"]),
        sa.PrimaryKeyConstraint("tenant", "pack", "number"),
    )
    op.create_table(
        "pack_limits",
        text_column("tenant"),
        text_column("pack"),
        number_column("max_newly_allowed_bps"),
        number_column("max_newly_blocked_bps"),
        number_column("max_extra_tasks_bps"),
        number_column("max_unknown_bps"),
        document_column("max_money_allowed"),
        number_column("window_days"),
        number_column("report_hours"),
        text_column("set_by"),
        instant_column("since"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("tenant", "pack"),
    )
    op.execute("ALTER TABLE cases ADD COLUMN takeovers integer")


def downgrade() -> None:
    op.drop_column("cases", "takeovers")
    for table in ("pack_limits", "pack_activations", "pack_replays", "pack_proposals", "rule_packs"):
        op.drop_table(table)
