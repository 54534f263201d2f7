"""What stands in the queue, and what gets lost there."""

from __future__ import annotations

import psycopg

from tests.conftest import TestDatabase


def lose_jobs(urls: TestDatabase) -> None:
    """As if the queue had lost what it held."""
    with psycopg.connect(urls.owner_url) as owner:
        owner.execute("TRUNCATE procrastinate_jobs CASCADE")


def jobs_of(urls: TestDatabase, case_id: str) -> int:
    """Number of jobs that name the case, whenever they are due."""
    query = "SELECT count(*) FROM procrastinate_jobs WHERE strpos(args::text, %s) > 0"
    with psycopg.connect(urls.owner_url) as owner:
        row = owner.execute(query, (case_id,)).fetchone()
    assert row is not None
    return int(row[0])
