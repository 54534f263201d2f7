"""Messages, subscriptions, steerings"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def text_column(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def instant_column(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "messages",
        text_column("id"),
        text_column("tenant"),
        text_column("name"),
        text_column("correlation_key"),
        text_column("message_id"),
        text_column("digest"),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        text_column("sent_by"),
        instant_column("received_at"),
        instant_column("expires_at"),
        text_column("case_id", nullable=True),
        instant_column("consumed_at", nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["sent_by"], ["users.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant", "message_id", name="message_by_id"),
    )
    op.create_index(
        "messages_to_receive",
        "messages",
        ["tenant", "name", "correlation_key", "received_at"],
        postgresql_where=sa.text("consumed_at IS NULL"),
    )
    op.create_table(
        "subscriptions",
        text_column("id"),
        text_column("tenant"),
        sa.Column("case_id", sa.Text(), nullable=False),
        text_column("step"),
        sa.Column("visit", sa.Integer(), nullable=False),
        text_column("message"),
        text_column("correlation_key"),
        instant_column("since"),
        text_column("status"),
        text_column("received", nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["received"], ["messages.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "step", "visit", name="subscription_of_visit"),
    )
    op.create_index(
        "cases_waiting_for_message",
        "subscriptions",
        ["tenant", "message", "correlation_key", "since"],
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "steerings",
        text_column("id"),
        text_column("tenant"),
        sa.Column("case_id", sa.Text(), nullable=False),
        text_column("kind"),
        text_column("step"),
        text_column("reason"),
        text_column("ordered_by"),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        instant_column("ordered_at"),
        text_column("status"),
        instant_column("ended_at", nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["ordered_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("steerings_of_case", "steerings", ["case_id", "ordered_at"])
    op.create_index(
        "open_steering", "steerings", ["case_id", "kind"], unique=True, postgresql_where=sa.text("status = 'open'")
    )


def downgrade() -> None:
    op.drop_table("steerings")
    op.drop_table("subscriptions")
    op.drop_table("messages")
