"""The workforce: how people work, absences, terms of teams, and how tasks were given out"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

OPEN = sa.text("status IN ('open', 'claimed')")
INBOX = ["tenant", "assignee_id", "deadline_at", "id"]


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def document(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), nullable=nullable)


def number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def of_user(*columns: str) -> list[sa.ForeignKeyConstraint]:
    return [sa.ForeignKeyConstraint([column], ["users.id"]) for column in columns]


def upgrade() -> None:
    op.create_table(
        "work_profiles",
        words("tenant"),
        words("user_id"),
        number("version"),
        words("zone"),
        words("calendar", nullable=True),
        document("languages"),
        document("skills"),
        number("open_limit", nullable=True),
        words("manager_id", nullable=True),
        words("reason"),
        words("set_by"),
        instant("since"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        *of_user("user_id", "manager_id", "set_by"),
        sa.PrimaryKeyConstraint("tenant", "user_id", "version"),
    )
    op.create_table(
        "absences",
        words("id"),
        words("tenant"),
        words("user_id"),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        words("reason"),
        words("substitute_id", nullable=True),
        words("set_by"),
        instant("since"),
        instant("ended_at", nullable=True),
        words("ended_by", nullable=True),
        instant("substitute_left_at", nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        *of_user("user_id", "substitute_id", "set_by", "ended_by"),
        sa.PrimaryKeyConstraint("id"),
    )
    in_force = sa.text("ended_at IS NULL")
    op.create_index("absences_by_end", "absences", ["tenant", "last_day"], postgresql_where=in_force)
    op.create_table(
        "team_terms",
        words("tenant"),
        words("team_id"),
        number("version"),
        document("roles"),
        words("lead_id", nullable=True),
        words("strategy"),
        sa.Column("queue", sa.Boolean(), nullable=False),
        words("reason"),
        words("set_by"),
        instant("since"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"]),
        *of_user("lead_id", "set_by"),
        sa.PrimaryKeyConstraint("tenant", "team_id", "version"),
    )
    for column in (document("assignment", nullable=True), words("team", nullable=True)):
        op.add_column("tasks", column)
    for column in (document("skills", nullable=True), number("effort_minutes", nullable=True)):
        op.add_column("tasks", column)
    op.add_column("tasks", words("language", nullable=True))
    op.drop_index("inbox_of_person", "tasks")
    op.create_index("inbox_of_person", "tasks", INBOX, postgresql_where=OPEN, postgresql_include=["effort_minutes"])
    in_team = sa.text("team IS NOT NULL")
    op.create_index("turns_of_team", "tasks", ["tenant", "team", "assignee_id", "created_at"], postgresql_where=in_team)
    sticky = sa.text("(assignment ->> 'sticky')")
    about = sa.text("assignment ->> 'sticky' IS NOT NULL")
    op.create_index("tasks_about_the_same", "tasks", ["tenant", sticky, "created_at"], postgresql_where=about)


def downgrade() -> None:
    for index in ("tasks_about_the_same", "turns_of_team", "inbox_of_person"):
        op.drop_index(index, "tasks")
    op.create_index("inbox_of_person", "tasks", INBOX, postgresql_where=OPEN)
    for column in ("assignment", "team", "skills", "effort_minutes", "language"):
        op.drop_column("tasks", column)
    for table in ("team_terms", "absences", "work_profiles"):
        op.drop_table(table)
