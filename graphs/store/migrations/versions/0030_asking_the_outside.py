"""What somebody outside is asked by mail about a task, and what came of it"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    requests, replies = "information_requests", "information_replies"
    op.create_table(
        requests,
        words("id"),
        words("tenant"),
        sa.Column("case_id", sa.Text(), nullable=False),
        words("task_id"),
        words("asked_by"),
        words("source"),
        words("address_mac"),
        words("tag_mac"),
        words("mail_ref"),
        words("reminder_ref"),
        instant("asked_at"),
        instant("deadline_at"),
        instant("remind_at", nullable=True),
        words("status"),
        instant("closed_at", nullable=True),
        words("undelivered", nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("information_of_task", requests, ["task_id", "asked_at"])
    op.create_index("information_by_mail", requests, ["tenant", "mail_ref"], unique=True)
    op.create_index("information_by_reminder", requests, ["tenant", "reminder_ref"], unique=True)
    op.create_index("information_by_tag", requests, ["tenant", "tag_mac"], unique=True)
    op.create_table(
        replies,
        words("id"),
        words("tenant"),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        words("standing"),
        instant("received_at"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["information_requests.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("replies_of_request", replies, ["request_id", "received_at"])


def downgrade() -> None:
    op.drop_table("information_replies")
    op.drop_table("information_requests")
