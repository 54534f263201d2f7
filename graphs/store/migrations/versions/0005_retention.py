"""Retention: compacted and erased cases, legal holds, finding and erasing a text

`compacted_cases` holds what is left of a case's tasks and effects; what the trail holds is not repeated.
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT_MENTIONS = """
CREATE FUNCTION text_mentions(value text, parts text[], wholes text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(value = ANY (wholes), false)
    OR coalesce(EXISTS (SELECT FROM unnest(parts) part WHERE position(part IN value) > 0), false)
$$
"""

# The first condition is cheap and lets nothing slip: JSON escapes a text character by character. It may let too much
# through, so every string, number and key is then looked at by itself.
JSON_MENTIONS = r"""
CREATE FUNCTION json_mentions(doc jsonb, parts text[], wholes text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(EXISTS (
    SELECT FROM unnest(parts || wholes) sought
    WHERE position(substr(to_jsonb(sought)::text, 2, length(to_jsonb(sought)::text) - 2) IN doc::text) > 0
  ) AND EXISTS (
    SELECT FROM jsonb_path_query(doc, 'strict $.**') AS found
    WHERE CASE jsonb_typeof(found)
      WHEN 'string' THEN text_mentions(found #>> '{}', parts, wholes)
      WHEN 'number' THEN found #>> '{}' = ANY (parts || wholes)
      WHEN 'object' THEN EXISTS (SELECT FROM jsonb_object_keys(found) name WHERE text_mentions(name, parts, wholes))
      ELSE false END
  ), false)
$$
"""

BYTES_MENTION = """
CREATE FUNCTION bytes_mention(content bytea, parts text[]) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  part text; latin bytea; wide bytea;
BEGIN
  FOREACH part IN ARRAY parts LOOP
    IF position(convert_to(part, 'UTF8') IN content) > 0 THEN
      RETURN true;
    END IF;
    BEGIN
      latin := convert_to(part, 'LATIN1');
      -- UTF-16 of what Latin-1 can say: each byte beside a zero; little endian, which contains big endian but its ends.
      SELECT string_agg(substring(latin FROM i FOR 1), decode('00', 'hex') ORDER BY i) INTO wide
        FROM generate_series(1, length(latin)) i;
      IF position(latin IN content) > 0 OR position(wide IN content) > 0 THEN
        RETURN true;
      END IF;
    EXCEPTION WHEN untranslatable_character THEN
      NULL;
    END;
  END LOOP;
  RETURN false;
END $$
"""

TEXT_WITHOUT = """
CREATE FUNCTION text_without(value text, parts text[], wholes text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  part text;
BEGIN
  IF value = ANY (wholes) THEN
    RETURN '[erased]';
  END IF;
  FOREACH part IN ARRAY parts LOOP
    value := replace(value, part, '[erased]');
  END LOOP;
  RETURN value;
END $$
"""

JSON_WITHOUT = r"""
CREATE FUNCTION json_without(doc jsonb, parts text[], wholes text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN CASE jsonb_typeof(doc)
    WHEN 'string' THEN to_jsonb(text_without(doc #>> '{}', parts, wholes))
    WHEN 'number' THEN CASE WHEN doc #>> '{}' = ANY (parts || wholes) THEN to_jsonb('[erased]'::text) ELSE doc END
    WHEN 'array' THEN coalesce(
      (SELECT jsonb_agg(json_without(item, parts, wholes) ORDER BY place)
       FROM jsonb_array_elements(doc) WITH ORDINALITY AS items(item, place)), '[]')
    WHEN 'object' THEN coalesce(
      (SELECT jsonb_object_agg(text_without(name, parts, wholes), json_without(item, parts, wholes))
       FROM jsonb_each(doc) AS items(name, item)), '{}')
    ELSE doc END;
END $$
"""

ON_HOLD = """
CREATE FUNCTION case_on_hold(case_ text, tenant_ text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM legal_holds h WHERE h.tenant = tenant_ AND h.lifted_at IS NULL AND CASE h.scope
      WHEN 'case' THEN h.subject = case_
      WHEN 'user' THEN EXISTS (SELECT FROM cases c WHERE c.id = case_ AND c.created_by = h.subject)
        OR EXISTS (SELECT FROM audit_entries e WHERE e.case_id = case_ AND e.actor = h.subject)
      ELSE EXISTS (SELECT FROM cases c WHERE c.id = case_
          AND (json_mentions(c.input, ARRAY[h.subject], '{}') OR text_mentions(c.title, ARRAY[h.subject], '{}')))
        OR EXISTS (SELECT FROM audit_entries e JOIN audit_values v ON v.tenant = e.tenant AND v.seq = e.seq
          WHERE e.case_id = case_ AND json_mentions(v.content, ARRAY[h.subject], '{}'))
      END)
$$
"""

FUNCTIONS = (
    TEXT_MENTIONS,
    JSON_MENTIONS,
    BYTES_MENTION,
    TEXT_WITHOUT,
    JSON_WITHOUT,
    ON_HOLD,
)


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def instant(name: str, *, nullable: bool) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.execute("ALTER TABLE cases ADD COLUMN compacted_at timestamptz, ADD COLUMN erased_at timestamptz")
    op.execute(
        "CREATE INDEX cases_to_compact ON cases (tenant, ended_at) WHERE ended_at IS NOT NULL AND compacted_at IS NULL"
    )
    op.execute(
        "CREATE INDEX cases_to_erase ON cases (tenant, ended_at) WHERE ended_at IS NOT NULL AND erased_at IS NULL"
    )
    op.create_table(
        "compacted_cases",
        words("case_id"),
        words("tenant"),
        sa.Column("tasks", postgresql.JSONB(), nullable=False),
        sa.Column("effects", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.execute("CREATE INDEX compacted_tasks ON compacted_cases USING gin (jsonb_path_query_array(tasks, '$[*].id'))")
    op.create_table(
        "legal_holds",
        words("id"),
        words("tenant"),
        words("scope"),
        words("subject"),
        words("why"),
        words("placed_by"),
        instant("since", nullable=False),
        words("lifted_by", nullable=True),
        instant("lifted_at", nullable=True),
        words("lifted_why", nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["placed_by"], ["users.id"]),
        sa.ForeignKeyConstraint(["lifted_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "holds_in_force",
        "legal_holds",
        ["tenant", "scope", "subject"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "retention_policies",
        words("tenant"),
        words("process"),
        words("status"),
        sa.Column("compact_after", sa.Interval(), nullable=True),
        sa.Column("erase_after", sa.Interval(), nullable=True),
        words("set_by"),
        instant("since", nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("tenant", "process", "status"),
    )
    for function in FUNCTIONS:
        op.execute(function)


def downgrade() -> None:
    raise NotImplementedError("a compacted case keeps its tasks and effects here only: there is no way back")
