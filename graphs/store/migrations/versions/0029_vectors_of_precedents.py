"""Vectors of the texts that people were asked about"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def words(name: str) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "precedent_vectors",
        words("tenant"),
        words("task_id"),
        sa.Column("case_id", sa.Text(), nullable=False),
        words("digest"),
        words("model"),
        words("view"),
        sa.Column("material", postgresql.JSONB(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("tenant", "task_id"),
    )


def downgrade() -> None:
    op.drop_table("precedent_vectors")
