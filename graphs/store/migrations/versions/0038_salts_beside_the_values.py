"""Salts of the trail stand beside the values, one behind the other, and no longer in each of them"""

from __future__ import annotations

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

APPEND_ARGUMENTS = "text[], timestamptz[], text[], text[], text[], text[], bigint[], text[], text[], bytea[]"
APART = """
CREATE FUNCTION values_apart(content jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_object_agg(key, value -> 'value'), '{}') FROM jsonb_each(content)
$$;
CREATE FUNCTION salts_apart(content jsonb) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(string_agg(coalesce(decode(value ->> 'salt', 'hex'), decode(repeat('00', 16), 'hex')), ''::bytea
    ORDER BY key COLLATE "C"), ''::bytea)
  FROM jsonb_each(content)
$$;
"""
TOGETHER = """
CREATE FUNCTION values_and_salts(content jsonb, salts bytea) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_object_agg(i.name, jsonb_build_object('value', i.value, 'salt', encode(i.salt, 'hex'))), '{}')
  FROM audit_items(content, salts) AS i
$$;
"""


def upgrade() -> None:
    # A change of type rewrites the table as it stands: no trigger fires, and no row-level security hides a row.
    op.execute(APART)
    op.execute("ALTER TABLE audit_values ADD COLUMN salts bytea")
    op.execute(
        "ALTER TABLE audit_values ALTER COLUMN content TYPE jsonb USING values_apart(content), "
        "ALTER COLUMN salts TYPE bytea USING salts_apart(content), ALTER COLUMN salts SET NOT NULL"
    )
    op.execute("DROP FUNCTION values_apart(jsonb); DROP FUNCTION salts_apart(jsonb)")
    # A worker of an earlier release finds nothing to append with, and nothing is written that nobody could read.
    op.execute(f"DROP FUNCTION IF EXISTS append_audit({APPEND_ARGUMENTS}, text[])")


def downgrade() -> None:
    op.execute(TOGETHER)
    op.execute(
        "ALTER TABLE audit_values ALTER COLUMN content TYPE jsonb USING values_and_salts(content, salts), "
        "DROP COLUMN salts"
    )
    op.execute("DROP FUNCTION values_and_salts(jsonb, bytea)")
    op.execute("DROP FUNCTION salts_without(jsonb, bytea, text[]); DROP FUNCTION audit_items(jsonb, bytea)")
    op.execute(f"DROP FUNCTION IF EXISTS append_audit({APPEND_ARGUMENTS}, bytea[], text[])")
