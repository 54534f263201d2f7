"""Measured confidence: reviewed decisions of agents, counts of all decisions, calibrations"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

IDENTITY = ("decision_class", "class_version", "model", "prompt_digest")


def words(name: str) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False)


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def place(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def claim(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def identity() -> tuple[sa.Column[str], sa.Column[int], sa.Column[str], sa.Column[str]]:
    return words("decision_class"), number("class_version"), words("model"), words("prompt_digest")


def of_tenant() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant"], ["tenants.id"])


def upgrade() -> None:
    op.create_table(
        "agent_outcomes",
        words("tenant"),
        place("seq"),
        sa.Column("case_id", sa.Text(), nullable=False),
        words("step"),
        *identity(),
        number("raw_bps"),
        words("choice"),
        words("person_choice"),
        claim("was_right"),
        claim("blind"),
        instant("at"),
        of_tenant(),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("tenant", "seq"),
    )
    op.create_index("outcomes_of_identity", "agent_outcomes", ["tenant", *IDENTITY, "seq"])
    op.create_table(
        "agent_tallies",
        words("tenant"),
        *identity(),
        words("calibration_id"),
        sa.Column("day", sa.Date(), nullable=False),
        number("raw_bps"),
        number("decided"),
        number("automatic"),
        number("blind"),
        of_tenant(),
        sa.PrimaryKeyConstraint("tenant", *IDENTITY, "calibration_id", "day", "raw_bps"),
    )
    op.create_table("agent_readings", words("tenant"), place("seq"), of_tenant(), sa.PrimaryKeyConstraint("tenant"))
    op.create_table(
        "agent_calibrations",
        words("id"),
        words("tenant"),
        *identity(),
        instant("made_at"),
        words("made_by"),
        place("upto_seq"),
        sa.Column("calibration", postgresql.JSONB(), nullable=False),
        words("digest"),
        words("status"),
        words("why"),
        instant("closed_at", nullable=True),
        place("closed_seq", nullable=True),
        of_tenant(),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("newest_calibration", "agent_calibrations", ["tenant", *IDENTITY, "made_at", "id"])
    op.execute(
        "CREATE INDEX decisions_of_trail ON audit_entries (tenant, seq) "
        "WHERE kind IN ('agent.decided', 'answer.applied')"
    )


def downgrade() -> None:
    op.execute("DROP INDEX decisions_of_trail")
    for table in ("agent_calibrations", "agent_readings", "agent_tallies", "agent_outcomes"):
        op.drop_table(table)
