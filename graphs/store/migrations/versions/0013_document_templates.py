"""Document templates: where a vendor prints a field, as reviewers' corrections have taught"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def words(name: str) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "document_templates",
        words("id"),
        words("tenant"),
        words("vendor"),
        words("field"),
        sa.Column("template", postgresql.JSONB(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        words("created_by"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "templates_in_use",
        "document_templates",
        ["tenant", "created_at", "id"],
        postgresql_where=sa.text("retired_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("document_templates")
