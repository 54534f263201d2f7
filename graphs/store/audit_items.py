"""Values of the trail with their salts, as SQL sees them, and salts without those of erased values."""

from __future__ import annotations

from graphs.audit import NO_SALT, SALT_BYTES

NONE = f"'\\x{NO_SALT.hex()}'::bytea"
AUDIT_ITEMS = f"""
CREATE OR REPLACE FUNCTION audit_items(content jsonb, salts bytea)
RETURNS TABLE (name text, value jsonb, salt bytea) LANGUAGE sql IMMUTABLE AS $$
  SELECT i.key, i.value, nullif(substring(salts FROM (i.place - 1)::int * {SALT_BYTES} + 1 FOR {SALT_BYTES}), {NONE})
  FROM (SELECT key, value, row_number() OVER (ORDER BY key COLLATE "C") AS place FROM jsonb_each(content)) AS i
$$;
CREATE OR REPLACE FUNCTION salts_without(content jsonb, salts bytea, erased text[])
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(string_agg(CASE WHEN i.name = ANY (erased) THEN {NONE} ELSE coalesce(i.salt, {NONE}) END, ''::bytea
    ORDER BY i.name COLLATE "C"), ''::bytea)
  FROM audit_items(content, salts) AS i
$$;
"""  # noqa: S608 - nothing from outside
"""`audit_items` are the values of a row of `audit_values`; what was erased has no salt."""

WITHOUT_ITEMS = """
(content, salts) = (
  SELECT t.content || jsonb_object_agg(i.name, 'null'::jsonb), salts_without(t.content, t.salts, array_agg(i.name))
  FROM audit_items(t.content, t.salts) AS i WHERE {found})"""
"""What erases the found values of a row `t` of `audit_values`, each with its salt."""
