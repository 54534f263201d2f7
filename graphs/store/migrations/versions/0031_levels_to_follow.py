"""Which service levels cases still wait for, which looks are due, and what a role was given by a release"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("service_levels", sa.Column("to_follow", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    # Cases that were accepted by the release before, and that no worker has taken, get their clocks at the next look.
    op.execute("UPDATE service_levels SET to_follow = gen_random_uuid()::text")
    still = sa.text("to_follow IS NOT NULL")
    op.create_index("levels_to_follow", "service_levels", ["tenant", "process"], postgresql_where=still)
    op.create_index("looks_due", "forecast_looks", ["tenant", "next_at"])
    op.add_column("roles", sa.Column("given", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("roles", "given")
    op.drop_index("looks_due", "forecast_looks")
    op.drop_index("levels_to_follow", "service_levels")
    op.drop_column("service_levels", "to_follow")
