"""Ten thousand open tasks and three thousand answered ones, as an inbox has them after a bad week."""

from __future__ import annotations

import psycopg

FILL = """
INSERT INTO tasks (id, tenant, case_id, step, visit, title, question, status, role, assignee_id, delegated_by, reasons,
  evidence, form, digest, excluded, deadline_at, overdue, created_at, decided_at, decided_by)
SELECT lpad(n::text, 6, '0'), 'acme', %(case)s, 'approve', n + 1000,
  'Approve the invoice: R-' || n || ', Supplier ' || n %% 97,
  'May erp.invoice.draft be done as proposed?',
  CASE WHEN n > 10000 THEN 'answered' WHEN n %% 5 = 0 THEN 'claimed' ELSE 'open' END,
  CASE WHEN n %% 5 < 3 THEN 'approver' ELSE 'ap_clerk' END,
  CASE WHEN n %% 6 = 0 THEN NULL WHEN n %% 40 = 1 THEN 'acme-berta'
    WHEN n %% 2 = 0 THEN 'acme-dora' ELSE 'acme-emil' END,
  CASE WHEN n %% 200 = 5 THEN 'acme-berta' END,
  '[]', '{}', '{"choices": ["approve"], "fields": [], "evidence_required": []}', 'd', '[]',
  now() + (n - 300) * interval '1 minute', n < 200, now(),
  CASE WHEN n > 10000 THEN now() - n * interval '1 second' END,
  CASE WHEN n > 10000 THEN CASE WHEN n %% 3 = 0 THEN 'acme-berta' ELSE 'acme-emil' END END
FROM generate_series(1, 13000) n
"""


def fill(owner_url: str, case_id: str) -> None:
    """Put them all into one case, and let PostgreSQL look at what it has."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(FILL, {"case": case_id})
        owner.execute("VACUUM ANALYZE tasks")
