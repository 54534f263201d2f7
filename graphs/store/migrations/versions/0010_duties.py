"""Authority and duties: the matrix, delegations, acts of duty, sponsors, and what a lapsed approval differs in"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def user(*names: str) -> list[sa.ForeignKeyConstraint]:
    return [sa.ForeignKeyConstraint([name], ["users.id"]) for name in names]


def upgrade() -> None:
    op.execute("ALTER TABLE users ADD COLUMN sponsor_id varchar REFERENCES users (id)")
    op.execute("ALTER TABLE authority_limits ADD COLUMN entity varchar NOT NULL DEFAULT 'any'")
    op.execute(
        "ALTER TABLE tasks ADD COLUMN matter varchar, ADD COLUMN entity varchar, ADD COLUMN duties jsonb, "
        "ADD COLUMN changes jsonb"
    )
    op.create_table(
        "authority_rows",
        words("id"),
        words("tenant"),
        words("role"),
        words("matter"),
        words("entity"),
        words("currency"),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        words("set_by"),
        instant("since"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        *user("set_by"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("authority_of_role", "authority_rows", ["tenant", "role", "matter"])
    op.create_table(
        "delegations",
        words("id"),
        words("tenant"),
        words("giver"),
        words("receiver"),
        sa.Column("cap_minor", sa.BigInteger(), nullable=True),
        words("currency", nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=False),
        instant("given_at"),
        instant("ended_at", nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        *user("giver", "receiver"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("delegations_by_end", "delegations", ["tenant", "effective_to"])
    op.create_table(
        "duty_acts",
        words("id"),
        words("tenant"),
        sa.Column("seq", sa.BigInteger(), sa.Identity(), nullable=False),
        words("who"),
        words("duty"),
        words("subject"),
        sa.Column("also", postgresql.JSONB(), nullable=False),
        words("asked_by", nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        words("currency", nullable=True),
        sa.Column("case_id", sa.Text(), nullable=False),
        words("step"),
        instant("at"),
        instant("withdrawn_at", nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        *user("who", "asked_by"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("duties_of_subject", "duty_acts", ["tenant", "subject", "seq"])
    op.create_index("duties_of_requester", "duty_acts", ["tenant", "asked_by", "duty", "at"])


def downgrade() -> None:
    raise NotImplementedError("who did what to whom is kept here only: there is no way back")
