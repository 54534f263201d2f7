"""Limits per target, and kill switches"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ADMIT = """
CREATE FUNCTION admit_call(
  p_tenant text, p_target text, p_holder text, p_case text, p_now timestamptz, p_until timestamptz,
  p_slots integer, p_interval interval, p_burst integer, p_guarded boolean,
  OUT verdict text, OUT ask_at timestamptz, OUT slot integer, OUT probe boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  state targets%ROWTYPE;
BEGIN
  probe := false;
  -- A worker that freezes in this transaction must not hold up the others.
  PERFORM set_config('idle_in_transaction_session_timeout', '2000', true);
  SELECT * INTO state FROM targets t WHERE t.tenant = p_tenant AND t.target = p_target;
  IF NOT FOUND THEN
    INSERT INTO targets (tenant, target, breaker, failures) VALUES (p_tenant, p_target, 'closed', 0)
      ON CONFLICT DO NOTHING;
    SELECT * INTO state FROM targets t WHERE t.tenant = p_tenant AND t.target = p_target;
  END IF;
  IF p_interval IS NOT NULL OR (p_guarded AND state.breaker <> 'closed') THEN
    SELECT * INTO state FROM targets t WHERE t.tenant = p_tenant AND t.target = p_target FOR UPDATE;
  END IF;
  IF p_guarded AND state.breaker <> 'closed' THEN
    IF p_now < state.retry_at THEN
      verdict := state.breaker;
      ask_at := state.retry_at;
      RETURN;
    END IF;
    probe := true;
  END IF;
  IF p_interval IS NOT NULL AND p_now < state.next_free_at - (p_burst - 1) * p_interval THEN
    verdict := 'rate_limited';
    ask_at := state.next_free_at - (p_burst - 1) * p_interval;
    RETURN;
  END IF;
  IF p_slots IS NOT NULL THEN
    slot := take_slot(p_tenant, p_target, p_holder, p_case, p_now, p_until, p_slots);
    IF slot IS NULL THEN
      verdict := 'no_slot';
      ask_at := (SELECT min(s.held_until) FROM target_slots s
                 WHERE s.tenant = p_tenant AND s.target = p_target AND s.slot < p_slots);
      RETURN;
    END IF;
  END IF;
  IF p_interval IS NOT NULL THEN
    UPDATE targets t SET next_free_at = greatest(t.next_free_at, p_now) + p_interval
      WHERE t.tenant = p_tenant AND t.target = p_target;
  END IF;
  IF probe THEN
    UPDATE targets t SET breaker = 'half_open', retry_at = p_until, probe_holder = p_holder
      WHERE t.tenant = p_tenant AND t.target = p_target;
  END IF;
  verdict := 'admitted';
END $$
"""

TAKE_SLOT = """
CREATE FUNCTION take_slot(
  p_tenant text, p_target text, p_holder text, p_case text, p_now timestamptz, p_until timestamptz, p_slots integer
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  taken integer;
BEGIN
  FOR attempt IN 1..2 LOOP
    UPDATE target_slots s SET holder = p_holder, case_id = p_case, held_until = p_until
      WHERE s.tenant = p_tenant AND s.target = p_target AND s.slot = (
        SELECT free.slot FROM target_slots free
          WHERE free.tenant = p_tenant AND free.target = p_target AND free.slot < p_slots
            AND (free.holder IS NULL OR free.held_until <= p_now)
          ORDER BY free.slot LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING s.slot INTO taken;
    EXIT WHEN FOUND OR attempt = 2;
    EXIT WHEN (SELECT count(*) FROM target_slots s
               WHERE s.tenant = p_tenant AND s.target = p_target AND s.slot < p_slots) >= p_slots;
    INSERT INTO target_slots (tenant, target, slot)
      SELECT p_tenant, p_target, number FROM generate_series(0, p_slots - 1) AS number ON CONFLICT DO NOTHING;
  END LOOP;
  RETURN taken;
END $$
"""

SETTLE = """
CREATE FUNCTION settle_call(
  p_tenant text, p_target text, p_holder text, p_now timestamptz, p_slot integer, p_outcome text,
  p_failures integer, p_cool_down interval,
  OUT breaker text, OUT failures integer, OUT retry_at timestamptz, OUT changed boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
  state targets%ROWTYPE;
BEGIN
  changed := false;
  PERFORM set_config('idle_in_transaction_session_timeout', '2000', true);
  -- What a crash of the server may forget here comes back by itself: a slot runs out, a breaker counts anew.
  PERFORM set_config('synchronous_commit', 'off', true);
  IF p_slot IS NOT NULL THEN
    UPDATE target_slots s SET holder = NULL, case_id = NULL, held_until = NULL
      WHERE s.tenant = p_tenant AND s.target = p_target AND s.slot = p_slot AND s.holder = p_holder;
  END IF;
  breaker := 'closed';
  failures := 0;
  IF p_failures IS NULL THEN
    RETURN;
  END IF;
  IF p_outcome = 'failed' THEN
    INSERT INTO targets (tenant, target, breaker, failures) VALUES (p_tenant, p_target, 'closed', 0)
      ON CONFLICT DO NOTHING;
  END IF;
  SELECT * INTO state FROM targets t WHERE t.tenant = p_tenant AND t.target = p_target;
  IF NOT FOUND OR (state.breaker = 'closed' AND (p_outcome = 'none' OR (p_outcome = 'answered' AND state.failures = 0)))
  THEN
    failures := coalesce(state.failures, 0);
    RETURN;
  END IF;
  SELECT * INTO state FROM targets t WHERE t.tenant = p_tenant AND t.target = p_target FOR UPDATE;
  breaker := state.breaker;
  failures := state.failures;
  retry_at := state.retry_at;
  IF state.breaker = 'closed' AND p_outcome = 'answered' THEN
    failures := 0;
  ELSIF state.breaker = 'closed' AND p_outcome = 'failed' THEN
    failures := state.failures + 1;
    IF failures >= p_failures THEN
      breaker := 'open';
      retry_at := p_now + p_cool_down;
    END IF;
  ELSIF state.breaker = 'half_open' AND state.probe_holder = p_holder THEN
    CASE p_outcome
      WHEN 'answered' THEN
        breaker := 'closed';
        failures := 0;
        retry_at := NULL;
      WHEN 'failed' THEN
        breaker := 'open';
        retry_at := p_now + p_cool_down;
      ELSE
        breaker := 'open';
        retry_at := p_now;
    END CASE;
  ELSE
    RETURN;
  END IF;
  changed := breaker <> state.breaker;
  UPDATE targets t SET breaker = settle_call.breaker, failures = settle_call.failures,
      retry_at = settle_call.retry_at, probe_holder = NULL
    WHERE t.tenant = p_tenant AND t.target = p_target;
END $$
"""


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "switches",
        text("tenant"),
        text("scope"),
        text("name"),
        sa.Column("off", sa.Boolean(), nullable=False),
        text("reason"),
        text("set_by"),
        instant("since", nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("tenant", "scope", "name"),
    )
    op.create_table(
        "target_limits",
        text("tenant"),
        text("target"),
        sa.Column("max_concurrent", sa.Integer(), nullable=True),
        sa.Column("rate_calls", sa.Integer(), nullable=True),
        sa.Column("rate_per", sa.Interval(), nullable=True),
        sa.Column("rate_burst", sa.Integer(), nullable=True),
        sa.Column("breaker_failures", sa.Integer(), nullable=True),
        sa.Column("breaker_cool_down", sa.Interval(), nullable=True),
        text("set_by"),
        instant("since", nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("tenant", "target"),
    )
    op.create_table(
        "targets",
        text("tenant"),
        text("target"),
        text("breaker"),
        sa.Column("failures", sa.Integer(), nullable=False),
        instant("retry_at"),
        text("probe_holder", nullable=True),
        instant("next_free_at"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant", "target"),
    )
    op.create_table(
        "target_slots",
        text("tenant"),
        text("target"),
        sa.Column("slot", sa.Integer(), nullable=False),
        text("holder", nullable=True),
        text("case_id", nullable=True),
        instant("held_until"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant", "target", "slot"),
    )
    for function in (TAKE_SLOT, ADMIT, SETTLE):
        op.execute(function)


def downgrade() -> None:
    for function in ("admit_call", "take_slot", "settle_call"):
        op.execute(f"DROP FUNCTION {function}")
    for table in ("target_slots", "targets", "target_limits", "switches"):
        op.drop_table(table)
