"""Lists of cases in order, operations on cases, saved views"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None


def words(name: str, **options: object) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), **{"nullable": False, **options})


def upgrade() -> None:
    op.drop_index("cases_by_age", "cases")
    op.create_index("cases_by_age", "cases", ["tenant", "created_at", "id"])
    op.create_index("cases_by_status", "cases", ["tenant", "status", "created_at", "id"])
    op.add_column("operations", words("about", server_default="incidents"))
    # An item is found by its place: one that is about a case has no incident.
    op.drop_constraint("operation_items_pkey", "operation_items", type_="primary")
    op.alter_column("operation_items", "incident_id", nullable=True)
    op.create_primary_key("operation_items_pkey", "operation_items", ["operation_id", "place"])
    op.create_table(
        "saved_views",
        words("id"),
        words("tenant"),
        words("screen"),
        words("owner_id"),
        words("name"),
        words("search"),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("views_of_screen", "saved_views", ["tenant", "screen", "owner_id", "name"], unique=True)


def downgrade() -> None:
    op.drop_table("saved_views")
    op.execute("DELETE FROM operation_items WHERE incident_id IS NULL")
    op.execute("DELETE FROM operations WHERE about = 'cases'")
    op.drop_constraint("operation_items_pkey", "operation_items", type_="primary")
    op.alter_column("operation_items", "incident_id", nullable=False)
    op.create_primary_key("operation_items_pkey", "operation_items", ["operation_id", "incident_id"])
    op.drop_column("operations", "about")
    op.drop_index("cases_by_status", "cases")
    op.drop_index("cases_by_age", "cases")
    op.create_index("cases_by_age", "cases", ["tenant", "created_at"])
