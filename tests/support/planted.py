"""Cases that nothing will ever move, each planted as it may come about."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

PLANTS: Mapping[str, tuple[str, ...]] = {
    "task withdrawn": ("UPDATE tasks SET status = 'withdrawn' WHERE case_id = %(case)s",),
    "task gone": ("DELETE FROM tasks WHERE case_id = %(case)s",),
    "timer gone": ("DELETE FROM timers WHERE case_id = %(case)s",),
    "subscription gone": ("DELETE FROM subscriptions WHERE case_id = %(case)s",),
    "nobody may send": ("UPDATE roles SET permissions = permissions - 'message.send'",),
    "no incident": ("UPDATE incidents SET status = 'closed' WHERE case_id = %(case)s",),
    "no order": ("UPDATE steerings SET status = 'withdrawn' WHERE case_id = %(case)s",),
    "job lost": ("DELETE FROM procrastinate_jobs", "UPDATE cases SET status = 'running' WHERE id = %(case)s"),
    "waits for nothing": ("UPDATE cases SET status = 'waiting' WHERE id = %(case)s", "DELETE FROM procrastinate_jobs"),
}
"""By what was lost, the statements that lose it."""


def plant(owner_url: str, what: str, case_id: str) -> None:
    """Make the case one that nothing will move."""
    with psycopg.connect(owner_url) as owner:
        for statement in PLANTS[what]:
            owner.execute(statement.encode(), {"case": case_id})
