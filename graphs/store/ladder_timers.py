"""The timer of a clock's ladder: one, at the next instant at which something happens on it."""

from __future__ import annotations

from sqlalchemy import text

LADDER = "ladder"
"""The subject of the timers of ladders."""

LADDER_TIMER = """
INSERT INTO timers (id, tenant, case_id, subject, subject_id, visit, due_at, status)
SELECT 'ladder/' || n.id, n.tenant, n.case_id, 'ladder', n.id, 0, n.at, 'set' FROM (
  SELECT k.id, k.tenant, k.case_id, least(
    CASE WHEN k.at_risk_since IS NULL THEN (k.ladder ->> 'at_risk_at')::timestamptz END,
    (SELECT min((s.step ->> 'at')::timestamptz)
     FROM jsonb_array_elements(k.ladder -> 'steps') WITH ORDINALITY AS s(step, place)
     WHERE s.place > coalesce(k.climbed, 0))) AS at
"""
"""Goes on with `FROM deadline_clocks k … ) n WHERE n.at IS NOT NULL`; the one of before is gone by then."""

RUNNING = "FROM deadline_clocks k WHERE k.{these} AND k.status = 'running' AND k.ladder IS NOT NULL"
OFF_OF_CASE = text("DELETE FROM timers WHERE subject = 'ladder' AND case_id = :id")
OFF_OF_CLOCKS = text("DELETE FROM timers WHERE subject = 'ladder' AND subject_id = ANY (CAST(:ids AS text[]))")
ON_OF_CASE = text(LADDER_TIMER + RUNNING.format(these="case_id = :id") + ") n WHERE n.at IS NOT NULL")
ON_OF_CLOCKS = text(
    LADDER_TIMER + RUNNING.format(these="id = ANY (CAST(:ids AS text[]))") + ") n WHERE n.at IS NOT NULL"
)
