"""What stands in the queue, and what gets lost there."""

from __future__ import annotations

import psycopg

from graphs.store.jobs import ADVANCE, CASE_QUEUE
from tests.conftest import TestDatabase


def lose_jobs(urls: TestDatabase) -> None:
    """As if the queue had lost what it held."""
    with psycopg.connect(urls.owner_url) as owner:
        owner.execute("TRUNCATE procrastinate_jobs CASCADE")


def forget_end(urls: TestDatabase, case_id: str) -> None:
    """As if the connection had broken as the living worker told that its job for the case had ended."""
    query = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args, status, worker_id, attempts)
    SELECT %s, %s, %s, jsonb_build_object('cases', jsonb_build_array(jsonb_build_array('acme', %s::text))),
      'doing', max(id), 1 FROM procrastinate_workers
    """
    with psycopg.connect(urls.owner_url) as owner:
        owner.execute(query, (CASE_QUEUE, ADVANCE, case_id, case_id))


def jobs_of(urls: TestDatabase, case_id: str) -> int:
    """Number of jobs that name the case, whenever they are due."""
    query = "SELECT count(*) FROM procrastinate_jobs WHERE strpos(args::text, %s) > 0"
    with psycopg.connect(urls.owner_url) as owner:
        row = owner.execute(query, (case_id,)).fetchone()
    assert row is not None
    return int(row[0])
