"""Claims: a worker takes cases with all it needs to go on, many in one statement.

Taking a case is a compare-and-set of its lease, which also gives it a new epoch. The answer brings the checkpoint,
the journal where the checkpoint does not cover it, the answers given so far, the timers that fired, and the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from graphs.store.arrays import TextArray
from graphs.store.batched import Batched
from graphs.store.tenants import tenant_array

CREATE_CLAIM = """
DROP FUNCTION IF EXISTS claim_cases(text, text[], text, interval);
CREATE FUNCTION claim_cases(tenants_ text, ids text[], owner_ text, lease_ interval)
RETURNS TABLE (
  id text, tenant text, process text, version int, definition_digest text, status text, step text,
  created_by text, created_at timestamptz, input jsonb, summary jsonb, ordered boolean, takeovers int,
  epoch bigint, attempt int, journaled int, checkpoint_id text, parent text, covered int, data bytea, writes bytea,
  journal jsonb, answers jsonb, fired jsonb, messages jsonb, effects jsonb
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE mine text[];
BEGIN
  PERFORM set_config('app.tenants', tenants_, true);
  WITH taken AS (
    UPDATE cases c SET epoch = c.epoch + 1, lease_owner = owner_, lease_until = clock_timestamp() + lease_,
      takeovers = CASE WHEN c.lease_owner IS NOT NULL THEN coalesce(c.takeovers, 0) + 1 END
    FROM unnest(ids) AS r(id)
    WHERE c.id = r.id AND c.status IN ('running', 'waiting', 'compensating')
      AND (c.lease_until IS NULL OR c.lease_until < clock_timestamp())
    RETURNING c.id
  )
  SELECT array_agg(id) INTO mine FROM taken;
  RETURN QUERY
  SELECT t.id::text, t.tenant::text, t.process::text, t.version, t.definition_digest::text,
    t.status::text, t.step::text, t.created_by::text, t.created_at, t.input, t.summary,
    EXISTS (SELECT FROM steerings o
      WHERE o.case_id = t.id AND o.status = 'open' AND o.kind IN ('retry', 'skip', 'fork')),
    coalesce(t.takeovers, 0),
    t.epoch, t.attempt, t.journaled, k.id::text, k.parent::text,
    k.covered, k.data, k.writes,
    CASE WHEN t.journaled > coalesce(k.covered, 0) THEN (
      SELECT jsonb_agg(jsonb_build_array(e.step, e.visit, v.content -> 'update') ORDER BY e.seq)
      FROM audit_entries e JOIN audit_values v ON v.tenant = e.tenant AND v.seq = e.seq
      WHERE e.case_id = t.id AND e.visit IS NOT NULL) END,
    CASE WHEN t.journaled > 0 THEN (
      SELECT jsonb_object_agg(a.id, a.decision) FROM tasks a
        WHERE a.case_id = t.id AND coalesce(a.status, '') = 'answered'
        AND NOT EXISTS (SELECT FROM timers u
          WHERE u.subject = 'undo' AND u.subject_id = a.id AND u.status IN ('set', 'paused'))) END,
    CASE WHEN t.journaled > 0 THEN (
      SELECT jsonb_agg(f.id) FROM timers f WHERE f.case_id = t.id AND f.subject = 'step' AND f.status = 'fired') END,
    CASE WHEN t.journaled > 0 THEN (
      SELECT jsonb_object_agg(s.step || '#' || s.visit, CASE WHEN s.status = 'late' THEN '{"late": true}'
        ELSE jsonb_build_object('message', m.id, 'message_id', m.message_id, 'payload', m.payload) END)
      FROM subscriptions s LEFT JOIN messages m ON m.id = s.received
      WHERE s.case_id = t.id AND s.status IN ('matched', 'late')) END,
    CASE WHEN t.journaled > 0 THEN (
      SELECT jsonb_object_agg(x.idempotency_key, jsonb_build_object('status', x.status, 'digest', x.action_digest,
        'result', x.result, 'sends', x.sends,
        'age', extract(epoch FROM clock_timestamp() - coalesce(x.sent_at, x.planned_at))))
      FROM effects x WHERE x.case_id = t.id) END
  FROM cases t LEFT JOIN checkpoints k ON k.thread = t.id AND k.namespace = '' AND k.slot = ''
  WHERE t.id = ANY (mine);
END $$;
"""
"""The lease is taken first, and what goes with it is read by a statement of its own: one that had to wait for another
transaction's change of the case would read everything but that row as it was before the change. An answer that may
still be undone is not there yet: its window is a timer (constraint `timer_of_subject`)."""
CLAIM = "SELECT * FROM claim_cases(%s, %s, %s, %s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCheckpoint:
    """A running case's checkpoint, still sealed."""

    id: str
    parent: str | None
    covered: int
    data: bytes
    writes: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedCase:
    """A case under this worker's lease.

    `journal` are (step, visit, update) in order, where the checkpoint does not hold them all; `answers` by task,
    `fired` are timers, `messages` by `step#visit`, `effects` by idempotency key; `ordered` says that a person's order
    to retry, skip or fork is to be carried out first; `takeovers` how many workers in a row held it and were lost.
    """

    id: str
    tenant: str
    process: str
    version: int
    definition_digest: str
    status: str
    step: str
    created_by: str
    created_at: datetime
    input: Mapping[str, Any]
    summary: Mapping[str, Any]
    ordered: bool
    takeovers: int
    epoch: int
    attempt: int
    journaled: int
    checkpoint: SavedCheckpoint | None = None
    journal: Sequence[tuple[str, int, Mapping[str, Any]]] = ()
    answers: Mapping[str, Mapping[str, Any]]
    fired: frozenset[str] = frozenset()
    messages: Mapping[str, Mapping[str, Any]]
    effects: Mapping[str, Mapping[str, Any]]


def leased(row: Mapping[str, Any]) -> LeasedCase:
    """A row of the answer."""
    checkpoint = None
    if row["checkpoint_id"] is not None:
        checkpoint = SavedCheckpoint(
            id=row["checkpoint_id"],
            parent=row["parent"],
            covered=row["covered"],
            data=row["data"],
            writes=row["writes"],
        )
    return LeasedCase(
        id=row["id"],
        tenant=row["tenant"],
        process=row["process"],
        version=row["version"],
        definition_digest=row["definition_digest"],
        status=row["status"],
        step=row["step"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        input=row["input"],
        summary=row["summary"],
        ordered=row["ordered"],
        takeovers=row["takeovers"],
        epoch=row["epoch"],
        attempt=row["attempt"],
        journaled=row["journaled"],
        checkpoint=checkpoint,
        journal=[(step, visit, update) for step, visit, update in row["journal"] or ()],
        answers=row["answers"] or {},
        fired=frozenset(row["fired"] or ()),
        messages=row["messages"] or {},
        effects=row["effects"] or {},
    )


class Claims:
    """Takes leases for the worker called `owner`; what is asked for at a moment goes out together."""

    def __init__(self, url: str, *, role: str | None, owner: str, lease: timedelta) -> None:
        """Connects when first needed. A lease is counted by the database's clock: workers' clocks differ."""
        self._owner = owner
        self._lease = lease
        self._batched: Batched[tuple[str, str], LeasedCase] = Batched(url, role=role, fetch=self._claim)

    async def take(self, tenant: str, case_id: str) -> LeasedCase | None:
        """The case under a new lease, or None while another run holds it or it is at rest.

        Raises `psycopg.Error`.
        """
        return await self._batched.ask((tenant, case_id))

    async def close(self) -> None:
        """Close the connection."""
        await self._batched.close()

    async def _claim(
        self, connection: AsyncConnection[DictRow], asked: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], LeasedCase]:
        tenants = tenant_array(sorted({tenant for tenant, _ in asked}))
        ids = TextArray(sorted(case_id for _, case_id in asked))
        arguments = (tenants, ids, self._owner, self._lease)
        cursor = await connection.execute(CLAIM, arguments, binary=True)
        return {(row["tenant"], row["id"]): leased(row) for row in await cursor.fetchall()}
