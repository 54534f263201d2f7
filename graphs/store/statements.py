"""The statements of a flush, one a table: each takes the rows of all members at once, as arrays.

They are compiled into one function in the database, so that a flush is one call and one commit. In order: what a
member must still hold (its lease, an unanswered task, a new trigger), the rows that follow from it, and last the
audit trail, whose heads stay locked only from there to the commit.

A guarded statement names each row's member; a row that it does not change is refused, and with it its member.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from graphs.audit import Prepared
from graphs.store.jobs import ADVANCE, CASE_QUEUE, FIRST
from graphs.store.ladder_timers import LADDER_TIMER

REFUSED = "IL001"
"""SQLSTATE of a flush in which members were refused; the message is `<statement>:<member>,<member>…`."""

ROWS = "{rows}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """`columns` are (name, type); `sql` reads them as `r` from `{rows}`.

    Where `guarded`, the first two columns are `m` (the member) and `key`, and `sql` returns the keys it changed.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    sql: str
    guarded: bool = False

    def parameter(self, column: str) -> str:
        """The function's parameter that holds a column."""
        return f"{self.name}_{column}_"

    @property
    def rows(self) -> str:
        """The FROM item."""
        return self._rows(self.columns)

    def _rows(self, columns: Sequence[tuple[str, str]]) -> str:
        arrays = ", ".join(self.parameter(name) for name, _ in columns)
        return f"unnest({arrays}) AS r({', '.join(name for name, _ in columns)})"

    @property
    def block(self) -> str:
        """The statement as a block of the function."""
        body = self.sql.strip().replace(ROWS, self.rows)
        first = self.parameter(self.columns[0][0])
        if not self.guarded:
            return f"IF cardinality({first}) > 0 THEN\n{body};\nEND IF;"
        return (
            f"IF cardinality({first}) > 0 THEN\n"
            f"WITH changed(key) AS ({body})\n"
            f"SELECT string_agg(r.m::text, ',') INTO refused FROM {self._rows(MEMBER)}\n"
            "WHERE r.key NOT IN (SELECT key FROM changed);\n"
            "IF refused IS NOT NULL THEN\n"
            f"RAISE EXCEPTION '{self.name}:%', refused USING ERRCODE = '{REFUSED}';\n"
            "END IF;\nEND IF;"
        )


def json_text(value: Any) -> str:
    """A value for a column that `sql` reads as JSON. Raises `TypeError` for what is not plain data."""
    return orjson.dumps(value).decode()


def record_insert(table: str, conflict: str) -> str:
    """Insert whole rows, given as JSON."""
    records = f"LATERAL jsonb_populate_record(NULL::{table}, r.body::jsonb) AS t"
    return f"INSERT INTO {table} SELECT t.* FROM {ROWS}, {records} {conflict}"


TEXT, BIGINT, BYTEA, INSTANT, BOOLEAN = "text", "bigint", "bytea", "timestamptz", "boolean"
MEMBER = (("m", BIGINT), ("key", TEXT))

ACCEPT = Statement(
    name="accept",
    columns=(*MEMBER, ("body", TEXT)),
    sql=record_insert("cases", "ON CONFLICT (tenant, process, trigger_key) DO NOTHING RETURNING id"),
    guarded=True,
)
# A case was accepted whose service levels could not be read: workers give it the clocks that it should have.
UNCLOCKED = Statement(
    name="unclocked",
    columns=(("tenant", TEXT), ("process", TEXT)),
    sql="""
    UPDATE service_levels s SET to_follow = gen_random_uuid()::text
    FROM (SELECT l.tenant, l.process, l.version FROM service_levels l
      WHERE (l.tenant, l.process) IN (SELECT r.tenant, r.process FROM {rows})
      ORDER BY l.tenant, l.process, l.version FOR NO KEY UPDATE) AS w
    WHERE s.tenant = w.tenant AND s.process = w.process AND s.version = w.version
    """,
)
FENCE = Statement(
    name="fence",
    columns=(
        *MEMBER,
        ("epoch", BIGINT),
        ("status", TEXT),
        ("stage", TEXT),
        ("step", TEXT),
        ("title", TEXT),
        ("outcome", TEXT),
        ("visits", BIGINT),
        ("release", BOOLEAN),
        ("ended", BOOLEAN),
        ("at", INSTANT),
    ),
    sql="""
    UPDATE cases c SET
      status = CASE
        -- The case asked before; an answer that came meanwhile, and that no visit has taken, keeps it running.
        WHEN r.status = 'waiting' AND r.visits = 0 AND EXISTS (
          -- Told so that only the index of the case's own tasks fits, not that of all answered ones.
          SELECT FROM tasks t WHERE t.case_id = c.id AND coalesce(t.status, '') = 'answered' AND NOT EXISTS (
            SELECT FROM audit_entries e WHERE e.case_id = c.id AND e.step = t.step AND e.visit = t.visit)
        ) THEN c.status
        ELSE coalesce(r.status, c.status) END,
      stage = coalesce(r.stage, c.stage), step = coalesce(r.step, c.step),
      title = coalesce(r.title, c.title), outcome = coalesce(r.outcome, c.outcome),
      attempt = CASE WHEN r.visits > 0 THEN 0 ELSE c.attempt END, journaled = c.journaled + r.visits,
      lease_owner = CASE WHEN r.release THEN NULL ELSE c.lease_owner END,
      lease_until = CASE WHEN r.release THEN NULL ELSE c.lease_until END,
      takeovers = CASE WHEN r.visits = 0 THEN c.takeovers END,
      ended_at = CASE WHEN r.ended THEN r.at ELSE c.ended_at END, updated_at = r.at
    FROM {rows} WHERE c.id = r.key AND c.epoch = r.epoch RETURNING c.id
    """,
    guarded=True,
)
# The case before its task: that is the order in which everybody locks them.
# A flush with an answer has all its cases by their ids before it changes one: another process's flush may hold the same
# ones, and which of an update's rows comes first is the planner's choice.
CASES_IN_ORDER = """
IF cardinality(proceed_case_id_) > 0 AND cardinality(proceed_case_id_) + cardinality(fence_m_) > 1 THEN
PERFORM FROM cases c WHERE c.id = ANY (proceed_case_id_ || fence_key_) ORDER BY c.id FOR NO KEY UPDATE;
END IF;
"""
# A state within `coalesce` is never looked for in the index of all rows that are in it: the row is found by its key.
CONTINUE = Statement(
    name="proceed",
    columns=(("case_id", TEXT), ("at", INSTANT)),
    sql="""
    UPDATE cases c SET status = 'running', attempt = 0, updated_at = r.at
    FROM {rows} WHERE c.id = r.case_id AND coalesce(c.status = 'waiting', false)
    """,
)
# One column: a function of PostgreSQL takes at most 100 arguments. The answer is for the task as it was looked at: not
# once somebody else has taken it, or was given it, meanwhile.
ANSWER = Statement(
    name="answer",
    columns=(*MEMBER, ("body", TEXT)),
    sql="""
    UPDATE tasks t SET status = 'answered', decided_by = b."by", decision = b.decision, decided_at = b.at
    FROM {rows} CROSS JOIN LATERAL jsonb_to_record(r.body::jsonb)
      AS b("by" text, decision jsonb, at timestamptz, status text, assignee text)
    WHERE t.id = r.key AND coalesce(t.status IN ('open', 'claimed') AND t.status = b.status, false)
      AND t.assignee_id IS NOT DISTINCT FROM b.assignee RETURNING t.id
    """,
    guarded=True,
)
CHECKPOINT = Statement(
    name="checkpoint",
    columns=(
        ("tenant", TEXT),
        ("thread", TEXT),
        ("namespace", TEXT),
        ("slot", TEXT),
        ("id", TEXT),
        ("parent", TEXT),
        ("run_id", TEXT),
        ("covered", BIGINT),
        ("data", BYTEA),
        ("writes", BYTEA),
    ),
    sql="""
    INSERT INTO checkpoints SELECT r.* FROM {rows} ON CONFLICT (thread, namespace, slot) DO UPDATE
    SET id = excluded.id, parent = excluded.parent, covered = excluded.covered,
      data = excluded.data, writes = excluded.writes
    """,
)
WRITES = Statement(
    name="writes",
    columns=(("thread", TEXT), ("namespace", TEXT), ("slot", TEXT), ("id", TEXT), ("data", BYTEA)),
    sql="""
    UPDATE checkpoints k SET writes = k.writes || r.data
    FROM {rows} WHERE k.thread = r.thread AND k.namespace = r.namespace AND k.slot = r.slot AND k.id = r.id
    """,
)
# Timers of clocks stay: each clock stops with the visit, and one that stopped too late is still to be marked.
ENDED = Statement(
    name="ended",
    columns=(("case_id", TEXT),),
    sql="""
    WITH gone AS (DELETE FROM checkpoints k USING {rows} WHERE k.thread = r.case_id)
    DELETE FROM timers t USING {rows} WHERE t.case_id = r.case_id AND coalesce(t.subject <> 'clock', true)
    """,
)
TASKS = Statement(
    name="tasks",
    columns=(("body", TEXT),),
    sql=record_insert("tasks", "ON CONFLICT (case_id, step, visit) DO NOTHING"),
)
NOTICES = Statement(
    name="notices",
    columns=(("body", TEXT),),
    sql=record_insert("notices", "ON CONFLICT (id) DO NOTHING"),
)
TIMERS = Statement(
    name="timers",
    columns=(("body", TEXT),),
    sql=record_insert("timers", "ON CONFLICT (subject, subject_id, visit) DO NOTHING"),
)
SUBSCRIPTIONS = Statement(
    name="subscriptions",
    columns=(("body", TEXT),),
    sql=record_insert("subscriptions", "ON CONFLICT (case_id, step, visit) DO NOTHING"),
)
INCIDENTS = Statement(
    name="incidents",
    columns=(("body", TEXT),),
    sql=record_insert("incidents", "ON CONFLICT (id) DO NOTHING"),
)
TIMERS_OFF = Statement(
    name="timers_off",
    columns=(("subject", TEXT), ("subject_id", TEXT)),
    sql="""
    DELETE FROM timers t USING {rows}
    WHERE t.subject = r.subject AND t.subject_id = r.subject_id AND coalesce(t.status = 'set', false)
    """,
)
# When an effect was sent is the database's time: how long ago that was decides what "not found" means.
EFFECT_SENT = Statement(
    name="effect_sent",
    columns=(*MEMBER, ("body", TEXT)),
    sql="""
    INSERT INTO effects SELECT t.* FROM {rows}, LATERAL jsonb_populate_record(
      NULL::effects, r.body::jsonb || jsonb_build_object('sent_at', clock_timestamp())) AS t
    ON CONFLICT (tenant, idempotency_key) DO NOTHING RETURNING idempotency_key
    """,
    guarded=True,
)
EFFECT_RESENT = Statement(
    name="effect_resent",
    columns=(*MEMBER, ("tenant", TEXT), ("action", TEXT)),
    sql="""
    UPDATE effects e SET status = 'sent', sent_at = clock_timestamp(), sends = e.sends + 1, error = NULL,
      ended_at = NULL, tool = r.action::jsonb ->> 'tool', effect_kind = r.action::jsonb ->> 'effect_kind',
      action_digest = r.action::jsonb ->> 'action_digest', arguments = r.action::jsonb -> 'arguments'
    FROM {rows} WHERE e.tenant = r.tenant AND e.idempotency_key = r.key
      AND e.status IN ('planned', 'sent', 'unknown', 'refused') RETURNING e.idempotency_key
    """,
    guarded=True,
)
EFFECT_CONCLUDED = Statement(
    name="effect_concluded",
    columns=(*MEMBER, ("tenant", TEXT), ("status", TEXT), ("result", TEXT), ("error", TEXT), ("at", INSTANT)),
    sql="""
    UPDATE effects e SET status = r.status, result = r.result::jsonb, error = r.error, ended_at = r.at
    FROM {rows} WHERE e.tenant = r.tenant AND e.idempotency_key = r.key AND e.status IN ('sent', 'unknown')
    RETURNING e.idempotency_key
    """,
    guarded=True,
)
# Who looks at a subject's acts and adds one after another's was added, looks again: locked, no act can come between.
DUTY_LOCKS = Statement(
    name="duty_locks",
    columns=(("subject", TEXT),),
    sql="""
    PERFORM pg_advisory_xact_lock(hashtextextended('duty:' || r.subject, 0))
    FROM (SELECT DISTINCT subject FROM {rows} ORDER BY subject) r
    """,
)
DUTIES = Statement(
    name="duties",
    columns=(
        *MEMBER,
        ("seen", BIGINT),
        ("id", TEXT),
        ("tenant", TEXT),
        ("who", TEXT),
        ("duty", TEXT),
        ("subject", TEXT),
        ("also", TEXT),
        ("asked_by", TEXT),
        ("amount_minor", BIGINT),
        ("currency", TEXT),
        ("case_id", TEXT),
        ("step", TEXT),
        ("at", INSTANT),
    ),
    sql="""
    INSERT INTO duty_acts AS a
      (id, tenant, who, duty, subject, also, asked_by, amount_minor, currency, case_id, step, at)
    SELECT r.id, r.tenant, r.who, r.duty, r.subject, r.also::jsonb, r.asked_by, r.amount_minor, r.currency, r.case_id,
      r.step, r.at FROM {rows}
    WHERE r.seen = coalesce((SELECT max(d.seq) FROM duty_acts d WHERE d.tenant = r.tenant AND d.subject = r.subject), 0)
    ON CONFLICT (id) DO UPDATE SET withdrawn_at = NULL, at = excluded.at, also = excluded.also,
      amount_minor = excluded.amount_minor, currency = excluded.currency RETURNING a.tenant || '/' || a.subject
    """,
    guarded=True,
)
DUTIES_WITHDRAWN = Statement(
    name="duties_withdrawn",
    columns=(("id", TEXT), ("at", INSTANT)),
    sql="UPDATE duty_acts a SET withdrawn_at = r.at FROM {rows} WHERE a.id = r.id",
)
# One column each: a function of PostgreSQL takes at most 100 arguments, and rows of these are few.
TEMPLATES = Statement(
    name="templates",
    columns=(("row", TEXT),),
    sql="""
    INSERT INTO document_templates (id, tenant, vendor, field, template, wrong, case_id, created_by, created_at)
    SELECT j.id, j.tenant, j.vendor, j.field, j.template, 0, j.case_id, j.created_by, j.created_at
    FROM {rows}, jsonb_populate_record(NULL::document_templates, r.row::jsonb) AS j
    ON CONFLICT (id) DO NOTHING
    """,
)
TEMPLATES_WRONG = Statement(
    name="templates_wrong",
    columns=(("id", TEXT),),
    sql="""
    UPDATE document_templates d SET wrong = d.wrong + 1,
      retired_at = CASE WHEN d.wrong + 1 >= 2 THEN coalesce(d.retired_at, clock_timestamp()) END
    FROM {rows} WHERE d.id = r.id
    """,
)
# One column, whole rows: a clock that changes twice in a flush counts as it was last. What the sweep has written about
# it (a breach, how far its ladder is climbed, a newer calendar's due instant) stays. Its timers follow: set while it
# runs, that of its breach kept where it stopped late.
CLOCKS = Statement(
    name="clocks",
    columns=(("body", TEXT),),
    sql="""
    DELETE FROM timers t USING {rows}
    WHERE t.subject IN ('clock', 'ladder') AND t.subject_id = r.body::jsonb ->> 'id';
    INSERT INTO deadline_clocks AS k SELECT DISTINCT ON (j.id) j.* FROM {rows},
      LATERAL jsonb_populate_record(NULL::deadline_clocks, r.body::jsonb) AS j ORDER BY j.id, j.version DESC
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status, level = excluded.level,
      anchor = excluded.anchor, pauses = excluded.pauses, stopped_at = excluded.stopped_at, why = excluded.why,
      levels_version = excluded.levels_version, ladder = excluded.ladder,
      due_at = CASE WHEN excluded.status = 'stopped' AND excluded.calendar_version < k.calendar_version
        THEN k.due_at ELSE excluded.due_at END,
      calendar_version = CASE WHEN excluded.status = 'stopped' THEN k.calendar_version
        ELSE excluded.calendar_version END
    WHERE k.status <> 'stopped';
    INSERT INTO timers (id, tenant, case_id, subject, subject_id, visit, due_at, status)
    SELECT DISTINCT k.id || '/' || k.version, k.tenant, k.case_id, 'clock', k.id, k.version, k.due_at, 'set'
    FROM {rows} JOIN deadline_clocks k ON k.id = r.body::jsonb ->> 'id'
    WHERE k.breached_at IS NULL AND (k.status = 'running' OR (k.status = 'stopped' AND k.stopped_at > k.due_at));
    """
    + LADDER_TIMER
    + """
    FROM (SELECT DISTINCT r.body::jsonb ->> 'id' AS id FROM {rows}) w JOIN deadline_clocks k ON k.id = w.id
    WHERE k.status = 'running' AND k.ladder IS NOT NULL) n WHERE n.at IS NOT NULL;
    UPDATE calendars c SET followed = false FROM {rows}
    WHERE c.tenant = r.body::jsonb ->> 'tenant' AND c.name = r.body::jsonb ->> 'calendar'
      AND c.version > (r.body::jsonb ->> 'calendar_version')::int
    """,
)
# One column, whole rows. What came of a choice is written by the visit that ends it; nothing opens it again.
PERFORMERS = Statement(
    name="performers",
    columns=(("body", TEXT),),
    sql="""
    INSERT INTO performer_choices AS p SELECT DISTINCT ON (j.case_id, j.step, j.visit) j.* FROM {rows},
      LATERAL jsonb_populate_record(NULL::performer_choices, r.body::jsonb) AS j
      ORDER BY j.case_id, j.step, j.visit, j.ended_at NULLS LAST
    ON CONFLICT (case_id, step, visit) DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome,
      detail = excluded.detail, took = excluded.took
    WHERE p.ended_at IS NULL
    """,
)
# `behind` counts the cases of the job and of the tenant's jobs before it; without a tenant it stands in no line.
JOBS = Statement(
    name="jobs",
    columns=(("arguments", TEXT), ("tenant", TEXT), ("behind", BIGINT)),
    sql=f"""
    PERFORM procrastinate_defer_jobs_v1(array_agg(ROW('{CASE_QUEUE}', '{ADVANCE}',
      CASE WHEN r.tenant IS NULL THEN {FIRST} ELSE turn_in_line(r.tenant, true, r.behind::integer) END,
      NULL, NULL, r.arguments::jsonb, NULL)::procrastinate_job_to_defer_v1))
    FROM {{rows}}
    """,
)
AUDIT_TYPES = {
    "tenant": TEXT,
    "at": INSTANT,
    "kind": TEXT,
    "actor": TEXT,
    "case_id": TEXT,
    "step": TEXT,
    "visit": BIGINT,
    "head": TEXT,
    "tail": TEXT,
    "commitments": BYTEA,
    "salts": BYTEA,
    "content": TEXT,
}
AUDIT_COLUMNS = tuple((name, AUDIT_TYPES[name]) for name in Prepared._fields)
"""An entry is sent as it is: its fields are the columns, in their order."""
AUDIT = Statement(
    name="audit",
    columns=AUDIT_COLUMNS,
    sql="PERFORM append_audit(" + ", ".join(f"audit_{name}_" for name, _ in AUDIT_COLUMNS) + ")",
)

STATEMENTS = (
    ACCEPT,
    FENCE,
    CONTINUE,
    ANSWER,
    CHECKPOINT,
    WRITES,
    ENDED,
    TASKS,
    NOTICES,
    TIMERS,
    SUBSCRIPTIONS,
    INCIDENTS,
    TIMERS_OFF,
    EFFECT_SENT,
    EFFECT_RESENT,
    EFFECT_CONCLUDED,
    DUTY_LOCKS,
    DUTIES,
    DUTIES_WITHDRAWN,
    TEMPLATES,
    TEMPLATES_WRONG,
    CLOCKS,
    PERFORMERS,
    UNCLOCKED,
    JOBS,
    AUDIT,
)


def flush_body() -> str:
    """The function's parameters and body."""
    parameters = [f"{s.parameter(name)} {kind}[]" for s in STATEMENTS for name, kind in s.columns]
    blocks = "\n".join(statement.block for statement in STATEMENTS)
    return (
        f"(tenants_ text, {', '.join(parameters)}) RETURNS void LANGUAGE plpgsql AS $$\n"
        "#variable_conflict use_column\n"
        "DECLARE refused text;\nBEGIN\nPERFORM set_config('app.tenants', tenants_, true);\n"
        f"{CASES_IN_ORDER}{blocks}\nEND $$"
    )


BODY = flush_body()
FLUSH = f"flush_{hashlib.sha256(BODY.encode()).hexdigest()[:12]}"
"""The function's name tells its body, so that two releases can work on one database."""

CREATE_FLUSH = f"CREATE OR REPLACE FUNCTION {FLUSH}{BODY};"
COLUMNS = sum(len(statement.columns) for statement in STATEMENTS)
CALL_FLUSH = f"SELECT {FLUSH}({', '.join(f'${number + 1}' for number in range(COLUMNS + 1))})".encode()
