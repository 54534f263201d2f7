"""Roles, row-level security, append-only audit: what the database itself refuses.

Idempotent SQL, run by the owner after every migration.
"""

from __future__ import annotations

from graphs.store.account_tables import SHOW_PRESENTED
from graphs.store.append_audit import APPEND_AUDIT
from graphs.store.asked_tasks import CREATE_ASKED_TASKS
from graphs.store.audit_items import AUDIT_ITEMS
from graphs.store.calibrations import CLOSED_FOR_GOOD
from graphs.store.chat_tables import OWN_ROWS
from graphs.store.claims import CREATE_CLAIM
from graphs.store.databases import APP_ROLE
from graphs.store.jobs import CREATE_LINES
from graphs.store.pack_tables import APPEND_ONLY_PACKS
from graphs.store.statements import CREATE_FLUSH
from graphs.store.tables import TENANT_TABLES
from graphs.store.timers import CREATE_DUE_TIMERS

QUEUE_ROLE = "interlock_queue"

ROLES = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN
    CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{QUEUE_ROLE}') THEN
    CREATE ROLE {QUEUE_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    GRANT {APP_ROLE}, {QUEUE_ROLE} TO CURRENT_USER;
  END IF;
END $$;
"""
"""Roles belong to the whole server, so two databases migrated at once may both want to make them."""

TENANT_SEEN = "coalesce(tenant = ANY ((SELECT current_setting('app.tenants', true)::text[])::text[]), false)"
"""The setting is read and taken apart once a statement, by the sub-select, and not for each row that is looked at or
written: that costs more the more tenants there are.

Within `coalesce` it filters and is never what an index is read by. Bare, it is offered to every index that begins
with the tenant, and PostgreSQL, which takes a tenant of a table not yet analysed for next to no rows, reads all of the
tenant's rows to find one by its id. A query that wants such an index names its tenant."""
POLICY = f"""
ALTER TABLE {{table}} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {{table}} FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_rows ON {{table}};
CREATE POLICY tenant_rows ON {{table}} USING ({TENANT_SEEN}) WITH CHECK ({TENANT_SEEN});
"""

AUDIT = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE OR REPLACE FUNCTION refuse_all_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.tenant, NEW.seq) IS DISTINCT FROM (OLD.tenant, OLD.seq)
     OR octet_length(NEW.salts) <> octet_length(OLD.salts)
     OR EXISTS (
       SELECT FROM audit_items(OLD.content, OLD.salts) AS o
       FULL JOIN audit_items(NEW.content, NEW.salts) AS n USING (name)
       WHERE (n.value, n.salt) IS DISTINCT FROM (o.value, o.salt)
         AND (o.value IS NULL OR n.value IS DISTINCT FROM 'null' OR n.salt IS NOT NULL)) THEN
    RAISE EXCEPTION 'audit_values can only be erased' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS append_only ON audit_entries;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entries
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS no_truncate ON audit_entries;
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS append_only ON audit_checkpoints;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_checkpoints
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS no_truncate ON audit_checkpoints;
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit_checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS erase_only ON audit_values;
CREATE TRIGGER erase_only BEFORE UPDATE ON audit_values
  FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure();
DROP TRIGGER IF EXISTS no_delete ON audit_values;
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON audit_values
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

PACK_TEXTS = """
DROP TRIGGER IF EXISTS append_only ON {table};
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS no_truncate ON {table};
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

GRANTS = f"""
GRANT USAGE ON SCHEMA public TO {APP_ROLE};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP_ROLE};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {APP_ROLE};
REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries FROM {APP_ROLE};
REVOKE UPDATE, DELETE, TRUNCATE ON audit_values FROM {APP_ROLE};
REVOKE UPDATE, DELETE, TRUNCATE ON audit_checkpoints FROM {APP_ROLE};
GRANT UPDATE (content, salts) ON audit_values TO {APP_ROLE};
REVOKE DELETE ON audit_heads FROM {APP_ROLE};
REVOKE UPDATE, DELETE, TRUNCATE ON {", ".join(APPEND_ONLY_PACKS)} FROM {APP_ROLE};
REVOKE UPDATE, DELETE, TRUNCATE ON agent_calibrations FROM {APP_ROLE};
GRANT UPDATE (status, why, closed_at, closed_seq) ON agent_calibrations TO {APP_ROLE};
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {APP_ROLE};
"""

QUEUE_OWNER = f"""
GRANT USAGE, CREATE ON SCHEMA public TO {QUEUE_ROLE};
DO $$ DECLARE item record; BEGIN
  FOR item IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename LIKE 'procrastinate_%' LOOP
    EXECUTE format('ALTER TABLE %I OWNER TO {QUEUE_ROLE}', item.tablename);
  END LOOP;
END $$;
"""


def statements() -> list[str]:
    """The SQL that secures a migrated database, in order."""
    policies = [POLICY.format(table=table) for table in TENANT_TABLES]
    return [
        *policies,
        SHOW_PRESENTED,
        OWN_ROWS,
        APPEND_AUDIT,
        CREATE_LINES,
        CREATE_FLUSH,
        CREATE_CLAIM,
        CREATE_ASKED_TASKS,
        CREATE_DUE_TIMERS,
        AUDIT_ITEMS,
        AUDIT,
        *(PACK_TEXTS.format(table=table) for table in APPEND_ONLY_PACKS),
        CLOSED_FOR_GOOD,
        QUEUE_OWNER,
        GRANTS,
    ]
