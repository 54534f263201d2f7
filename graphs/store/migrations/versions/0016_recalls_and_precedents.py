"""What decisions were made with, what people decided before, and recalls"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def words(name: str, *, nullable: bool = False, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable, primary_key=key)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def data(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), nullable=False)


def number(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, primary_key=key, autoincrement=False)


def of_case() -> sa.Column[str]:
    return sa.Column("case_id", sa.Text(), nullable=False)


def refers(*names: str, to: str) -> list[sa.ForeignKeyConstraint]:
    return [sa.ForeignKeyConstraint([name], [to]) for name in names]


def upgrade() -> None:
    op.create_table(
        "trail_positions",
        words("tenant", key=True),
        words("kind", key=True),
        number("seq"),
        *refers("tenant", to="tenants.id"),
    )
    op.create_table(
        "decision_sources",
        words("tenant", key=True),
        number("seq", key=True),
        words("kind", key=True),
        words("name", key=True),
        words("version", key=True),
        words("digest"),
        of_case(),
        words("step"),
        sa.Column("visit", sa.Integer(), nullable=True),
        instant("at"),
    )
    op.create_index("decisions_made_with", "decision_sources", ["tenant", "kind", "name", "seq"])
    _precedents()
    _recalls()


def _precedents() -> None:
    op.create_table(
        "precedents",
        words("tenant", key=True),
        number("seq", key=True),
        words("task_id"),
        of_case(),
        words("process"),
        words("step"),
        words("judged"),
        words("point"),
        words("verdict"),
        words("pack"),
        words("digest"),
        data("exceptions"),
        data("fired"),
        data("facts"),
        words("decision"),
        data("corrected"),
        words("reason"),
        words("decided_by"),
        instant("at"),
        *refers("tenant", to="tenants.id"),
        *refers("case_id", to="cases.id"),
    )
    op.create_index("precedents_of_step", "precedents", ["tenant", "process", "step", "seq"])
    op.create_index("precedent_of_task", "precedents", ["tenant", "task_id"])


def _recalls() -> None:
    op.create_table(
        "recalls",
        words("id", key=True),
        words("tenant"),
        words("kind"),
        words("name"),
        words("version"),
        instant("since", nullable=True),
        instant("until", nullable=True),
        words("reason"),
        words("status"),
        number("up_to"),
        words("ordered_by"),
        instant("ordered_at"),
        words("closed_by", nullable=True),
        instant("closed_at", nullable=True),
        words("closed_because"),
        *refers("tenant", to="tenants.id"),
        *refers("ordered_by", "closed_by", to="users.id"),
    )
    op.create_index("recalls_by_age", "recalls", ["tenant", "ordered_at"])
    op.create_table(
        "recall_decisions",
        words("recall_id", key=True),
        number("seq", key=True),
        words("tenant"),
        of_case(),
        words("step"),
        sa.Column("visit", sa.Integer(), nullable=True),
        instant("at"),
        words("status"),
        words("outcome"),
        words("again"),
        words("hold"),
        words("incident_id", nullable=True),
        instant("judged_at", nullable=True),
        *refers("recall_id", to="recalls.id"),
        *refers("case_id", to="cases.id"),
        *refers("incident_id", to="incidents.id"),
    )
    op.create_index("recalled_of_case", "recall_decisions", ["case_id"])
    op.create_index(
        "recalled_to_judge", "recall_decisions", ["recall_id", "case_id"], postgresql_where=sa.text("status = 'open'")
    )


def downgrade() -> None:
    for table in ("recall_decisions", "recalls", "precedents", "decision_sources", "trail_positions"):
        op.drop_table(table)
