"""What is to be erased, as SQL: which columns may hold a person's value, how it is found there and what replaces it.

The columns are read from the database's own catalogue: a table that is added later is searched without being named
here. Only what the engine works with by itself (ids, states, digests) is left out.
"""

# ruff: noqa: S608 - every name comes from the catalogue, every value is a parameter

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from graphs.store.audit_items import WITHOUT_ITEMS
from graphs.store.tables import TENANT_TABLES

UNTOUCHED = frozenset(
    {
        "accounts",  # what somebody signs in with; erased by `--user`, like the next three
        "account_sessions",
        "account_tokens",
        "task_links",
        "audit_checkpoints",  # append-only; hashes
        "audit_entries",  # append-only; ids and commitments
        "audit_heads",
        "authority_limits",
        "authority_rows",
        "delegations",
        "duty_registers",
        "model_spend",
        "roles",
        "user_roles",
        "team_members",
        "users",  # a person's own row is erased by `--user`
        "retention_policies",
        "targets",
        "target_limits",
        "target_slots",
        "rule_packs",  # rules, thresholds, ids and counts; why somebody proposed them is in `pack_proposals`
        "pack_replays",
        "pack_activations",
        "pack_limits",
        "agent_tallies",
        "agent_readings",
        "agent_calibrations",  # names of models and prompts, counts, figures
        "stuck_cases",
        "trail_positions",
        "decision_sources",  # ids, and names of models, prompts, rules and connectors
        "information_requests",  # ids, instants, and codes made with the installation's key; the trail has the rest
        "information_replies",
        "forecast_passages",  # ids, instants, names of steps and exceptions
        "forecast_looks",
        "forecasts",
        "analytics_places",  # ids, instants, names of steps and rules; the others are counts
        "analytics_live",
        "analytics_cells",
    }
)
# fmt: off
STRUCTURE = frozenset(
    {
        "id", "tenant", "case_id", "process", "status", "stage", "step", "kind", "scope", "role", "tool",
        "effect_kind", "subject_id", "target", "definition_digest", "trigger_digest", "digest",
        "action_digest", "hash", "idempotency_key", "sha256", "media_type", "currency", "fingerprint", "code",
        "created_by", "decided_by", "assignee_id", "closed_by", "set_by", "placed_by", "lifted_by", "sent_by",
        "ordered_by", "proposed_by", "lease_owner", "excluded", "thread", "namespace", "slot", "parent", "run_id",
        "received",
    }
)
# fmt: on
"""Columns that the engine works with. None of them takes text from outside."""

NAMES_THINGS = frozenset(
    {
        ("switches", "name"),
        ("teams", "name"),
        ("timers", "subject"),
        ("subscriptions", "message"),
        ("duty_acts", "who"),
        ("duty_acts", "also"),
        ("duty_acts", "asked_by"),
        ("duty_acts", "duty"),
        ("deadline_clocks", "name"),
        ("deadline_clocks", "task_id"),
        ("deadline_clocks", "calendar"),
        ("deadline_clocks", "level"),
        ("deadline_clocks", "ladder"),
        ("escalations", "clock_id"),
        ("escalations", "task_id"),
        ("escalations", "rung"),
        ("escalations", "action"),
        ("escalations", "told"),
        ("escalations", "acknowledged_by"),
        ("notices", "recipient_id"),
        ("notices", "task_id"),
        ("notices", "urgency"),
        ("notices", "channel"),
        ("pack_proposals", "pack"),
        ("document_templates", "field"),
        ("agent_outcomes", "decision_class"),
        ("agent_outcomes", "model"),
        ("agent_outcomes", "prompt_digest"),
        ("precedents", "task_id"),
        ("precedents", "judged"),
        ("precedents", "point"),
        ("precedents", "verdict"),
        ("precedents", "pack"),
        ("precedents", "exceptions"),
        ("precedents", "fired"),
        ("precedents", "decision"),
        ("precedent_vectors", "task_id"),
        ("precedent_vectors", "model"),
        ("precedent_vectors", "view"),
        ("recalls", "name"),
        ("recalls", "version"),
        ("recall_decisions", "recall_id"),
        ("recall_decisions", "hold"),
        ("recall_decisions", "incident_id"),
        ("incidents", "failed_step"),
        ("operations", "about"),
        ("operation_items", "operation_id"),
        ("saved_views", "screen"),
        ("saved_views", "owner_id"),
        ("operation_items", "incident_id"),
        ("tasks", "team"),
        ("tasks", "skills"),
        ("tasks", "language"),
        ("work_profiles", "user_id"),
        ("work_profiles", "zone"),
        ("work_profiles", "calendar"),
        ("work_profiles", "languages"),
        ("work_profiles", "skills"),
        ("work_profiles", "manager_id"),
        ("absences", "user_id"),
        ("absences", "substitute_id"),
        ("absences", "ended_by"),
        ("team_terms", "team_id"),
        ("team_terms", "roles"),
        ("team_terms", "lead_id"),
        ("team_terms", "strategy"),
        ("chat_conversations", "user_id"),
        ("chat_turns", "conversation_id"),
        ("chat_turns", "user_id"),
        ("chat_turns", "source"),
        ("audit_values", "salts"),  # random bytes
    }
)
ONLY = {"legal_holds": "t.lifted_at IS NOT NULL"}
"""A hold in force stays: it is why something may not be erased."""

STAYS = ("step", "process")
"""Audit values that say where a case went: kept when all of a case is erased."""

BLANKS: Mapping[tuple[str, str], str] = {
    ("compacted_cases", "tasks"): """
      (SELECT coalesce(jsonb_agg(r - ARRAY['title', 'question', 'reasons', 'evidence', 'action', 'form', 'decision',
        'required_limit_minor', 'duties', 'changes', 'assignment']), '[]') FROM jsonb_array_elements(t.tasks) r)""",
    ("compacted_cases", "effects"): """
      (SELECT coalesce(jsonb_agg(r - ARRAY['arguments', 'result', 'error']), '[]')
        FROM jsonb_array_elements(t.effects) r)""",
    ("cases", "trigger_key"): r"""
      CASE WHEN t.trigger_key ~ '^(unkeyed|erased)-' OR t.trigger_key ~ '^document-[0-9a-f]{40}$' THEN t.trigger_key
        ELSE 'erased-' || gen_random_uuid() END""",
    ("tasks", "decision"): """
      CASE WHEN t.decision IS NOT NULL THEN jsonb_build_object('decision', t.decision -> 'decision') END""",
}
"""What a column becomes when all of a case is erased, where it is not simply emptied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """`parts` are sought within texts, `wholes` as whole texts, `names` as names in the trail; or `everything`.

    With a `case_id` only there.
    """

    parts: tuple[str, ...] = ()
    wholes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    case_id: str | None = None
    everything: bool = False

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of every statement made here."""
        return {
            "parts": list(self.parts),
            "wholes": list(self.wholes),
            "names": list(self.names),
            "case": self.case_id,
            "stays": list(STAYS),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SoughtColumn:
    """A column of text, JSON, bytes, or numbers that may be absent."""

    name: str
    type: str
    nullable: bool
    unique: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SoughtTable:
    """A table that may hold values of a person; `key` names its primary key."""

    name: str
    key: tuple[str, ...]
    columns: tuple[SoughtColumn, ...]
    of_case: bool = field(default=False)

    @property
    def removed(self) -> bool:
        """Whether a row that holds the value goes as a whole: bytes cannot be rewritten."""
        return any(column.type == "bytea" for column in self.columns)

    @property
    def case(self) -> str:
        """The case that a row belongs to, as SQL."""
        match self.name:
            case "cases":
                return "t.id"
            case "checkpoints":
                return "t.thread"
            case "audit_values":
                return "(SELECT e.case_id FROM audit_entries e WHERE e.tenant = t.tenant AND e.seq = t.seq)"
            case _:
                return "t.case_id" if self.of_case else "NULL::text"

    def concerns(self, sought: Sought) -> bool:
        """Whether the table can hold what is sought."""
        return sought.case_id is None or self.case != "NULL::text"

    def rows(self, sought: Sought, *, lock: bool) -> str:
        """Key, case and columns of the rows that hold what is sought."""
        named = ", ".join(
            f"CASE WHEN {self._found(column, sought)} THEN '{column.name}' END" for column in self.columns
        )
        key = ", ".join(f"t.{column}" for column in self.key)
        return (
            f"SELECT jsonb_build_array({key})::text AS key, {self.case} AS case_id, "
            f"array_remove(ARRAY[{named}], NULL) AS columns FROM {self.name} t WHERE {self._where(sought)} ORDER BY 1"
            + (" FOR UPDATE OF t" if lock else "")
        )

    def erase(self, sought: Sought) -> str:
        """The statement that erases what is sought."""
        if self.removed:
            return f"DELETE FROM {self.name} t WHERE {self._where(sought)}"
        return f"UPDATE {self.name} t SET {', '.join(self._blanked(sought))} WHERE {self._where(sought)}"

    def _blanked(self, sought: Sought) -> list[str]:
        if self.name == "audit_values":
            return [WITHOUT_ITEMS.format(found=item_found(sought))]
        values = [f"{column.name} = {self._without(column, sought)}" for column in self.columns]
        return [*values, "trigger_digest = 'erased'"] if self.name == "cases" and sought.everything else values

    def _where(self, sought: Sought) -> str:
        conditions = ["t.tenant = :tenant", ONLY.get(self.name, "true")]
        if sought.case_id is not None and self.name == "audit_values":
            conditions.append("t.seq IN (SELECT e.seq FROM audit_entries e WHERE e.case_id = :case)")
        elif sought.case_id is not None:
            conditions.append(f"{self.case} = :case")
        conditions.append(f"({' OR '.join(self._found(column, sought) for column in self.columns)})")
        return " AND ".join(conditions)

    def _found(self, column: SoughtColumn, sought: Sought) -> str:
        name = f"t.{column.name}"
        if self.name == "audit_values":
            return f"EXISTS (SELECT FROM audit_items(t.content, t.salts) AS i WHERE {item_found(sought)})"
        if sought.everything:
            return f"{name} IS DISTINCT FROM {self._without(column, sought)}" if column.type != "bytea" else "true"
        return mentions(name, column.type)

    def _without(self, column: SoughtColumn, sought: Sought) -> str:
        name = f"t.{column.name}"
        if sought.everything:
            return BLANKS.get((self.name, column.name)) or blank(name, column)
        if column.type == "number":
            return f"CASE WHEN {mentions(name, column.type)} THEN NULL ELSE {name} END"
        if column.unique:
            return f"CASE WHEN {mentions(name, column.type)} THEN 'erased-' || gen_random_uuid() ELSE {name} END"
        return f"{'json' if column.type == 'jsonb' else 'text'}_without({name}, :parts, :wholes)"


def mentions(name: str, type_: str) -> str:
    """Whether a column holds what is sought."""
    match type_:
        case "jsonb":
            return f"json_mentions({name}, :parts, :wholes)"
        case "bytea":
            return f"bytes_mention({name}, :parts)"
        case "number":
            return f"coalesce({name}::text = ANY (:parts) OR {name}::text = ANY (:wholes), false)"
        case _:
            return f"text_mentions({name}, :parts, :wholes)"


def item_found(sought: Sought) -> str:
    """Whether a value of the trail, `i`, holds what is sought and is not erased."""
    within = (
        "EXISTS (SELECT FROM unnest(CAST(:names AS text[])) AS sought(key) WHERE i.name = sought.key OR "
        "jsonb_path_exists(i.value, ('lax $.**.' || to_jsonb(sought.key)::text)::jsonpath))"
    )
    holds = "i.name <> ALL (:stays)" if sought.everything else f"({within} OR json_mentions(i.value, :parts, :wholes))"
    return f"i.salt IS NOT NULL AND {holds}"


def blank(name: str, column: SoughtColumn) -> str:
    """The empty value of a column; what is empty stays so."""
    if column.type == "number":
        return "NULL"
    if column.type == "jsonb":
        return (
            f"CASE jsonb_typeof({name}) WHEN 'array' THEN '[]'::jsonb WHEN 'object' THEN '{{}}'::jsonb ELSE {name} END"
        )
    filled = "'erased-' || gen_random_uuid()" if column.unique else "'[erased]'"
    return f"CASE WHEN {name} IS NULL OR {name} = '' OR {name} LIKE 'erased-%' THEN {name} ELSE {filled} END"


COLUMNS = """
SELECT c.relname AS table, a.attname AS name, y.typname AS type, NOT a.attnotnull AS nullable,
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND a.attnum = ANY (i.indkey)) AS "unique",
  a.attname = 'case_id' AS of_case,
  coalesce((SELECT place FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(number, place)
    WHERE i.indrelid = c.oid AND i.indisprimary AND k.number = a.attnum), 0) AS key_place
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type y ON y.oid = a.atttypid
WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (:tables) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""
SEARCHED = tuple(sorted(name for name in TENANT_TABLES if name not in UNTOUCHED))
TYPES = {"text": "text", "varchar": "text", "jsonb": "jsonb", "bytea": "bytea", "int8": "number"}


def sought_tables(rows: Iterable[Mapping[str, object]]) -> list[SoughtTable]:
    """The tables from the catalogue's rows (`COLUMNS`)."""
    by_table: dict[str, list[Mapping[str, object]]] = {}
    for row in rows:
        by_table.setdefault(str(row["table"]), []).append(row)
    return [sought_table(name, columns) for name, columns in by_table.items()]


def sought_table(name: str, rows: Sequence[Mapping[str, object]]) -> SoughtTable:
    """One table from its rows of the catalogue."""
    keys = sorted((row for row in rows if row["key_place"]), key=lambda row: str(row["key_place"]))
    return SoughtTable(
        name=name,
        key=tuple(str(row["name"]) for row in keys),
        of_case=any(row["of_case"] for row in rows),
        columns=tuple(
            SoughtColumn(
                name=str(row["name"]),
                type=TYPES[str(row["type"])],
                nullable=bool(row["nullable"]),
                unique=bool(row["unique"]),
            )
            for row in rows
            if row["type"] in TYPES and takes_value(name, row)
        ),
    )


def takes_value(table: str, row: Mapping[str, object]) -> bool:
    """Whether a column may hold a value from outside. A number that must be there is the engine's own."""
    column = str(row["name"])
    counts = row["type"] == "int8" and not row["nullable"]
    return not counts and column not in STRUCTURE and (table, column) not in NAMES_THINGS
