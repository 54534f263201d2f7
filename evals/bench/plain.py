"""The engine with one rule, and without audit trail and deadlines: what those cost is measured against it.

It keeps what a case cannot go on without: the journal (each visit's step and update), tasks, leases and the effect
ledger. Nothing is salted, hashed or chained, no verdict is kept, and no head is locked. What reads the trail beside the
cases, as the counters of analytics do, reads the journal here: it is no part of what trail and deadlines cost.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import psycopg

from graphs.audit import AuditRecord, Prepared
from graphs.store.append_audit import APPEND_PARAMETERS
from policies.canonical import canonical_json

JOURNAL = ("step", "update", "end")

WITHOUT_TRAIL = """
CREATE SEQUENCE journal_numbers;
GRANT USAGE ON SEQUENCE journal_numbers TO PUBLIC;
ALTER TABLE audit_heads RENAME TO audit_heads_of_trail;
CREATE VIEW audit_heads AS SELECT t.id AS tenant, n.last_value AS seq, '' AS hash FROM tenants t, journal_numbers n;
GRANT SELECT ON audit_heads TO PUBLIC;
CREATE OR REPLACE FUNCTION append_audit(@parameters@) RETURNS void LANGUAGE sql AS $$
  WITH numbered AS MATERIALIZED (
    SELECT nextval('journal_numbers') AS seq, r.*
      FROM unnest(tenants, ats, kinds, actors, cases, steps, visits, contents)
      AS r(tenant, at, kind, actor, case_id, step, visit, content)
  ), kept AS (
    INSERT INTO audit_entries (tenant, seq, at, kind, actor, case_id, step, visit, commitments, hash)
    SELECT tenant, seq, at, kind, actor, case_id, step, visit, '', '' FROM numbered
  )
  INSERT INTO audit_values (tenant, seq, content, salts)
  SELECT tenant, seq, content::jsonb, '' FROM numbered WHERE content IS NOT NULL
$$;
CREATE FUNCTION no_deadline() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER no_deadline BEFORE INSERT ON timers FOR EACH ROW WHEN (NEW.subject = 'task')
  EXECUTE FUNCTION no_deadline();
""".replace("@parameters@", APPEND_PARAMETERS)


def take_off(owner_url: str) -> None:
    """Take trail and deadlines off a database with Interlock's tables."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(WITHOUT_TRAIL)


def journaled(record: AuditRecord, *, tenant: str, at: datetime, random: Callable[[int], bytes]) -> Prepared:  # noqa: ARG001
    """The entry with what the journal needs of it: nothing, if it is no visit."""
    held = [(name, record.values[name]) for name in JOURNAL if record.visit is not None and name in record.values]
    content = [f'"{name}":{canonical_json(value).decode()}' for name, value in held]
    return Prepared.of(record, tenant=tenant, at=at, content=content)
