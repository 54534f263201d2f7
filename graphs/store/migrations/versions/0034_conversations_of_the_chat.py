"""What people ask the chat, and what it was understood as"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def instant(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    op.create_table(
        "chat_conversations",
        words("id"),
        words("tenant"),
        words("user_id"),
        words("title"),
        instant("created_at"),
        instant("updated_at"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("conversations_of_person", "chat_conversations", ["tenant", "user_id", "updated_at", "id"])
    op.create_table(
        "chat_turns",
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        words("tenant"),
        words("user_id"),
        instant("asked_at"),
        words("question"),
        words("command", nullable=True),
        words("source"),
        words("said", nullable=True),
        sa.Column("context", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["chat_conversations.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("conversation_id", "place"),
    )


def downgrade() -> None:
    op.drop_table("chat_turns")
    op.drop_table("chat_conversations")
