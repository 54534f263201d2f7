"""Two hundred people with thousands of open tasks: the people added as everywhere, the tasks laid in bulk.

One case is really started and comes to its review; every other case and task is a copy of that one's rows with an
identity, a person and a deadline of its own. So rows are as wide as real ones, and fifty thousand of them take seconds.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import psycopg

from evals.bench import p2p6
from evals.bench.setup import TENANT
from evals.bench.wiring import BORN, LIMIT_MINOR, REVIEWER
from graphs.store.database import UnitOfWork
from graphs.store.people_tables import AuthorityLimit, User, UserRole
from graphs.store.tables import Task
from graphs.store.workforce import WorkforceRows
from graphs.store.workforce_tables import AbsenceRow, WorkProfile

PEOPLE = 200
AWAY_EVERY = 20
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Singapore", "UTC")
LANGUAGES = ("de", "en", "fr")
DUE_WITHIN = timedelta(hours=8)
LAY_CASES = """
INSERT INTO cases SELECT made.* FROM cases c
CROSS JOIN generate_series(%(first)s::int, %(last)s::int) AS n
CROSS JOIN LATERAL jsonb_populate_record(c, jsonb_build_object(
  'id', md5('case ' || n)::uuid, 'trigger_key', 'laid-' || n, 'trigger_digest', md5('trigger ' || n))) AS made
WHERE c.id = %(case)s
"""
LAY_TASKS = """
INSERT INTO tasks SELECT made.* FROM tasks t
CROSS JOIN generate_series(%(first)s::int, %(last)s::int) AS n
CROSS JOIN LATERAL jsonb_populate_record(t, jsonb_build_object(
  'id', md5('task ' || n)::uuid, 'case_id', md5('case ' || n)::uuid,
  'assignee_id', (%(people)s::text[])[1 + n %% cardinality(%(people)s::text[])],
  'deadline_at', %(now)s::timestamptz + %(within)s::interval * (n %% 9973) / 9973)) AS made
WHERE t.id = %(task)s
"""
MOVE_DEADLINES = """
UPDATE tasks t SET deadline_at = %(first)s::timestamptz + %(span)s::interval * (n - 1) / %(many)s::int
FROM generate_series(1, %(many)s::int) AS n WHERE t.id = md5('task ' || n)::uuid::text
"""
SET_TIMERS = """
INSERT INTO timers (id, tenant, case_id, subject, subject_id, visit, due_at, status)
SELECT md5('timer ' || n)::uuid, t.tenant, t.case_id, 'task', t.id, 0, t.deadline_at, 'set'
FROM generate_series(1, %(many)s::int) AS n JOIN tasks t ON t.id = md5('task ' || n)::uuid::text
"""


def person_id(number: int) -> str:
    """The user id of the person of that number; the first is the reviewer whom every benchmark has."""
    return f"{TENANT}-{REVIEWER}" if number == 0 else f"{TENANT}-person-{number}"


PERSON_IDS = [person_id(number) for number in range(PEOPLE)]


async def add_crowd(unit: UnitOfWork, *, today: date) -> None:
    """Everybody but the reviewer, with roles, an authority limit and a profile; one in twenty is absent."""
    workforce = WorkforceRows(unit.session, TENANT)
    for number, user_id in enumerate(PERSON_IDS[1:], start=1):
        login = f"person-{number}"
        await unit.people.add(
            User(id=user_id, tenant=TENANT, login=login, name=login.title(), kind="person", created_at=BORN)
        )
        for role in (p2p6.CLERK, p2p6.APPROVER):
            await unit.people.add(UserRole(tenant=TENANT, user_id=user_id, role=role))
        await unit.people.add(limit_of(user_id))
        await workforce.add_profile(profile_of(number, user_id))
        if number % AWAY_EVERY == 0:
            await workforce.add_absence(absence_of(number, user_id, today))


def limit_of(user_id: str) -> AuthorityLimit:
    """A limit for every amount that occurs."""
    return AuthorityLimit(
        id=f"{user_id}-limit",
        tenant=TENANT,
        user_id=user_id,
        subject="approval",
        max_minor=LIMIT_MINOR,
        currency="EUR",
        effective_from=BORN.date(),
    )


def profile_of(number: int, user_id: str) -> WorkProfile:
    """Where the person works, and what they speak and can."""
    return WorkProfile(
        tenant=TENANT,
        user_id=user_id,
        version=1,
        zone=ZONES[number % len(ZONES)],
        languages=[LANGUAGES[number % len(LANGUAGES)]],
        skills={"invoices": 1 + number % 5},
        reason="benchmark",
        set_by=user_id,
        since=BORN,
    )


def absence_of(number: int, user_id: str, today: date) -> AbsenceRow:
    """Away for these days; the person before stands in."""
    return AbsenceRow(
        id=f"{user_id}-away",
        tenant=TENANT,
        user_id=user_id,
        first_day=today - timedelta(days=2),
        last_day=today + timedelta(days=7),
        reason="leave",
        substitute_id=person_id(number - 1),
        set_by=user_id,
        since=BORN,
    )


def lay_tasks(owner_url: str, *, first: int, last: int, pattern: Task) -> None:
    """Lay the cases `first` to `last` with an open task each, divided among everybody; the tables are analysed after.

    They are copies of the pattern and of its case, due after it was asked.
    """
    laid = {"first": first, "last": last, "case": pattern.case_id, "task": pattern.id, "now": pattern.created_at}
    with psycopg.connect(owner_url) as owner:
        owner.execute(LAY_CASES, laid)
        owner.execute(LAY_TASKS, {**laid, "people": PERSON_IDS, "within": DUE_WITHIN})
    analyse(owner_url)


def set_deadlines(owner_url: str, *, many: int, first: datetime, span: timedelta) -> None:
    """Let the first `many` laid tasks be due one after the other, from `first` on over `span`, with a timer each."""
    moved = {"many": many, "first": first, "span": span}
    with psycopg.connect(owner_url) as owner:
        owner.execute(MOVE_DEADLINES, moved)
        owner.execute(SET_TIMERS, moved)
    analyse(owner_url)


def analyse(owner_url: str) -> None:
    """What autovacuum does within a minute; rows that come one by one never find their tables unknown."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("ANALYZE cases, tasks, timers")
