"""Delivery of notices: when each is due, by which case it goes, how people want to be told, and in which words"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


INDEXES = {
    "notices_due": (["tenant", "due_at"], "status = 'waiting'"),
    "notices_on_their_way": (["tenant", "status"], "status IN ('sending', 'failed')"),
    "notices_of_delivery": (["delivery_id"], "delivery_id IS NOT NULL"),
    "notices_begun": (["tenant", "recipient_id", "begun_at"], "begun_at IS NOT NULL"),
    "notices_by_message": (["tenant", "message_id"], "message_id IS NOT NULL"),
}
COLUMNS = ("due_at", "begun_at", "delivery_id", "message_id", "why")


def upgrade() -> None:
    for name in COLUMNS:
        column = instant(name, nullable=True) if name.endswith("_at") else words(name, nullable=True)
        op.add_column("notices", column)
    for name, (columns, where) in INDEXES.items():
        op.create_index(name, "notices", columns, postgresql_where=sa.text(where))
    op.create_table(
        "notice_preferences",
        words("tenant"),
        words("user_id"),
        sa.Column("wants", postgresql.JSONB(), nullable=False),
        words("set_by"),
        instant("since"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_table(
        "notice_texts",
        words("tenant"),
        words("kind"),
        words("language"),
        sa.Column("version", sa.Integer(), nullable=False),
        words("title"),
        words("body"),
        words("reason"),
        words("set_by"),
        instant("since"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("tenant", "kind", "language", "version"),
    )


def downgrade() -> None:
    op.drop_table("notice_texts")
    op.drop_table("notice_preferences")
    for name in INDEXES:
        op.drop_index(name, "notices")
    for name in COLUMNS:
        op.drop_column("notices", name)
