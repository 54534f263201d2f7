"""Notices: what people are to be told"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "notices",
        words("id"),
        words("tenant"),
        words("recipient_id"),
        words("kind"),
        words("case_id", nullable=True),
        words("task_id", nullable=True),
        sa.Column("values", postgresql.JSONB(), nullable=False),
        words("urgency"),
        words("channel", nullable=True),
        words("status"),
        instant("created_at"),
        instant("sent_at", nullable=True),
        instant("read_at", nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["recipient_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    waiting = sa.text("status = 'waiting'")
    op.create_index("notices_waiting", "notices", ["tenant", "created_at"], postgresql_where=waiting)
    op.create_index("notices_of_person", "notices", ["tenant", "recipient_id", "created_at"])


def downgrade() -> None:
    op.drop_table("notices")
