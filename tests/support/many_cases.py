"""Thousands of cases in one statement: of two processes, in every status, some with tasks, clocks and messages."""

from __future__ import annotations

import psycopg

CASES = """
INSERT INTO cases (id, tenant, process, version, definition_digest, status, stage, step, title, trigger_key,
  trigger_digest, input, summary, created_by, created_at, updated_at, ended_at, epoch, attempt, journaled)
SELECT 'c' || lpad(n::text, 7, '0'), %(tenant)s, CASE WHEN n %% 50 = 0 THEN 'rare' ELSE %(process)s END, 1, 'd',
  s.status, CASE WHEN n %% 3 = 0 THEN 'intake' ELSE 'posting' END, 'look_up', 'R-' || n || ', Supplier ' || n %% 97,
  'bulk-' || n, 'd', '{}', '{}', %(user)s, now() - n * interval '1 minute', now() - n * interval '30 seconds',
  CASE WHEN s.status IN ('done', 'rejected', 'cancelled') THEN now() END, 0, 0, 1
FROM generate_series(1, %(number)s) n, LATERAL (SELECT CASE
  WHEN n %% 100 = 7 AND %(halted)s THEN 'incident' WHEN n %% 100 = 8 AND %(halted)s THEN 'suspended'
  WHEN n %% 100 = 9 THEN 'cancelled' WHEN n %% 3 = 0 THEN 'waiting' ELSE 'done' END AS status) s
"""
TASKS = """
INSERT INTO tasks (id, tenant, case_id, step, visit, title, question, status, role, assignee_id, reasons, evidence,
  form, digest, excluded, deadline_at, overdue, created_at)
SELECT 't' || c.id, c.tenant, c.id, 'approve', 1, c.title, 'May it be done?', 'open', 'approver',
  CASE WHEN right(c.id, 1) = '3' THEN NULL ELSE %(assignee)s END, '[]', '{}',
  '{"choices": ["approve"], "fields": [], "evidence_required": []}', 'd', '[]',
  c.created_at + interval '5 days', false, c.created_at
FROM cases c WHERE c.tenant = %(tenant)s AND c.trigger_key LIKE 'bulk-%%' AND c.status = 'waiting'
  AND (right(c.id, 1) <> '6' OR NOT %(halted)s)
"""
SUBSCRIPTIONS = """
INSERT INTO subscriptions (id, tenant, case_id, step, visit, message, correlation_key, since, status)
SELECT 's' || c.id, c.tenant, c.id, 'await_payment', 1, 'payment.received', c.title, c.created_at, 'waiting'
FROM cases c WHERE c.tenant = %(tenant)s AND c.trigger_key LIKE 'bulk-%%' AND c.status = 'waiting'
  AND right(c.id, 1) = '6' AND %(halted)s
"""


def fill_cases(
    owner_url: str,
    number: int,
    *,
    tenant: str = "acme",
    user: str = "acme-clara",
    assignee: str,
    process: str = "toy",
    halted: bool = True,
) -> None:
    """Put so many cases beside what is there; the higher its number, the older a case.

    Some are `halted` by incidents, orders and messages that are not there: not where a worker looks for stuck cases.
    """
    values: dict[str, object] = {"halted": halted}
    values |= {"tenant": tenant, "user": user, "assignee": assignee, "process": process, "number": number}
    with psycopg.connect(owner_url, autocommit=True) as owner:
        for statement in (CASES, TASKS, SUBSCRIPTIONS):
            owner.execute(statement, values)
        for table in ("cases", "tasks", "subscriptions"):
            owner.execute(f"VACUUM ANALYZE {table}".encode())
