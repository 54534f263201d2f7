"""A hundred thousand open clocks: one case is really started under service levels, all others are copies of its rows.

Each copy has an identity, a person and a due instant of its own, and the entry of the trail that says where it stands.
What is learned from is laid, too: as many passages as are kept of a step.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg

from evals.bench import p2p6
from evals.bench.crowd import PERSON_IDS
from evals.bench.setup import TENANT
from evals.bench.wiring import REVIEWER
from graphs.deadlines.desk import DeadlineDesk
from graphs.runtime.services import Services
from graphs.store.people_tables import Role, UserRole
from graphs.store.tables import Task
from policies.forecast_sample import KEPT

CLOCKS_A_CASE = 2
BEYOND_THE_TRAIL = 1_000_000_000
"""Laid entries stand so far behind the trail that nothing that is appended meets them."""
WITHIN = timedelta(days=6)
PLANNER = "planner"
CALENDAR = """
calendar: office
zone: UTC
weeks: [{hours: {monday: ['08:00-17:00'], tuesday: ['08:00-17:00'], wednesday: ['08:00-17:00'],
  thursday: ['08:00-17:00'], friday: ['08:00-17:00'], saturday: ['08:00-17:00'], sunday: ['08:00-17:00']}}]
"""
LEVELS = f"""
process: {p2p6.NAME}
calendar: office
levels:
  - {{name: whole, scope: process, target: {{business_time: 60h}}}}
  - {{name: review, scope: task, target: {{business_time: 40h}}}}
ladders:
  - {{name: usual, rungs: [{{name: remind, at: 50 %, action: remind}}, {{name: boss, after: 1h, action: manager}}]}}
"""
LAY_CLOCKS = """
INSERT INTO deadline_clocks SELECT made.* FROM deadline_clocks k
CROSS JOIN generate_series(1, %(cases)s::int) AS n
CROSS JOIN LATERAL jsonb_populate_record(k, jsonb_build_object(
  'id', md5('clock ' || k.scope || n)::uuid, 'case_id', md5('case ' || n)::uuid,
  'task_id', CASE WHEN k.task_id IS NOT NULL THEN md5('task ' || n)::uuid END,
  'started_at', %(now)s::timestamptz - interval '1 day',
  'due_at', %(now)s::timestamptz + interval '3 hours' + %(within)s::interval * (n - 1) / %(cases)s::int)) AS made
WHERE k.case_id = %(case)s
"""
LAY_PLACES = """
INSERT INTO audit_entries SELECT made.* FROM (
  SELECT * FROM audit_entries WHERE case_id = %(case)s AND visit IS NOT NULL ORDER BY seq DESC LIMIT 1) AS e
CROSS JOIN generate_series(1, %(cases)s::int) AS n
CROSS JOIN LATERAL jsonb_populate_record(NULL::audit_entries, to_jsonb(e) || jsonb_build_object(
  'seq', %(beyond)s::bigint + n, 'case_id', md5('case ' || n)::uuid)) AS made
"""
LAY_VALUES = """
INSERT INTO audit_values SELECT v.tenant, %(beyond)s::bigint + n, v.content, v.salts FROM (
  SELECT v.* FROM audit_values v JOIN audit_entries e USING (tenant, seq)
  WHERE e.case_id = %(case)s AND e.visit IS NOT NULL ORDER BY e.seq DESC LIMIT 1) AS v
CROSS JOIN generate_series(1, %(cases)s::int) AS n
"""
LAY_PASSAGES = """
INSERT INTO forecast_passages (tenant, seq, case_id, process, version, step, stage, label, performer, ahead, began_at,
  left_at, stage_left_at, over_at, halts, rank)
SELECT %(tenant)s, %(beyond)s::bigint + n, %(case)s, %(process)s, 1, %(step)s, 'approval', '',
  (%(people)s::text[])[1 + n %% cardinality(%(people)s::text[])], n %% 40,
  %(now)s::timestamptz - interval '20 days' + n * interval '30 minutes', ended, ended, ended, '[]', n
FROM generate_series(1, %(kept)s::int) AS n
CROSS JOIN LATERAL (SELECT %(now)s::timestamptz - interval '20 days' + n * interval '30 minutes'
  + (1 + n %% 60) * interval '1 hour' AS ended) AS at
"""


async def agree_levels(services: Services) -> None:
    """Calendar and service levels of the process, set by the reviewer, who may."""
    async with services.database.unit_of_work(TENANT) as unit:
        permissions = ["deadline.set", "task.read"]
        await unit.people.add(Role(tenant=TENANT, name=PLANNER, title="Planner", permissions=permissions))
        await unit.people.add(UserRole(tenant=TENANT, user_id=f"{TENANT}-{REVIEWER}", role=PLANNER))
    async with services.database.unit_of_work(TENANT) as unit:
        planner = await unit.people.actor(f"{TENANT}-{REVIEWER}")
    desk = DeadlineDesk(services=services)
    await desk.set_calendar(planner, CALENDAR, reason="benchmark")
    await desk.set_levels(planner, LEVELS, reason="benchmark")


def lay_clocks(owner_url: str, *, cases: int, pattern: Task, now: datetime) -> None:
    """Two clocks for each of the laid cases, where each stands, and what is learned from; then all is analysed."""
    laid = {
        "cases": cases,
        "case": pattern.case_id,
        "now": now,
        "within": WITHIN,
        "beyond": BEYOND_THE_TRAIL,
        "tenant": TENANT,
        "process": p2p6.NAME,
        "step": pattern.step,
        "people": PERSON_IDS,
        "kept": KEPT,
    }
    with psycopg.connect(owner_url) as owner:
        for statement in (LAY_CLOCKS, LAY_PLACES, LAY_VALUES, LAY_PASSAGES):
            owner.execute(statement, laid)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("ANALYZE deadline_clocks, audit_entries, audit_values, forecast_passages, tasks, cases, timers")
