"""Whose turn it is in the queue: a person's answer comes first, and lines take turns."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphs.store.database import Database
from graphs.store.jobs import ADVANCE, CASE_QUEUE, CASES_A_JOB, FIRST, LAST
from graphs.store.writer import Change, jobs_of
from tests.conftest import TestDatabase
from tests.support.api import grant
from tests.support.case_desk import failed, resume, retry, suspend
from tests.support.engine import Engine
from tests.support.undoing import APPROVE, OVER, approved, irreversible
from tests.support.working import row
from tools.clock import utc_now

NEXT = "SELECT id, priority, args #> '{cases}' FROM procrastinate_fetch_job_v2(ARRAY[%s]::varchar[], NULL)"
END = "DELETE FROM procrastinate_jobs WHERE id = %s"
PUT = """
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(%s, %s, turn_in_line(%s, true, %s), NULL, NULL,
  jsonb_build_object('cases', jsonb_build_array(jsonb_build_array(%s::text, %s::text))), NULL
)::procrastinate_job_to_defer_v1])
"""
AT_THE_END = """
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(%s, %s, %s, NULL, NULL,
  jsonb_build_object('cases', jsonb_build_array(jsonb_build_array('acme', 'long ago'))), NULL
)::procrastinate_job_to_defer_v1])
"""


@dataclass(kw_only=True)
class Queue:
    """The queue of a test, without a worker: jobs are put into it and taken from it by hand."""

    database: Database
    owner: psycopg.Connection

    async def begin(self, tenant: str, *cases: str) -> None:
        """New cases, accepted in one transaction."""
        await self.database.writer.commit(Change(tenant, begin=list(cases)))

    async def begin_one_by_one(self, tenant: str, count: int) -> list[str]:
        """New cases, each accepted alone; returns their ids in the order they came."""
        cases = [f"{tenant}-{number}" for number in range(count)]
        for case in cases:
            await self.begin(tenant, case)
        return cases

    async def go_on(self, tenant: str, case: str) -> None:
        """A case that a person's answer has set in motion."""
        await self.database.writer.commit(Change(tenant, go_on=[case]))

    async def advance(self, tenant: str, case: str) -> None:
        """A case that has begun, and goes on by itself."""
        async with self.database.unit_of_work(tenant) as unit:
            await unit.jobs.advance(tenant, case)

    def taken(self) -> list[list[str]]:
        """The cases of each job, in the order in which workers take them, until there is none; each ends at once."""
        return [cases for _, cases in self._all()]

    def priorities(self) -> list[int]:
        """The priorities of the jobs, in that order."""
        return [priority for priority, _ in self._all()]

    def _all(self) -> Iterator[tuple[int, list[str]]]:
        while (job := taken_from(self.owner)) is not None:
            job_id, priority, cases = job
            self.owner.execute(END, (job_id,))
            yield priority, [case_id for _, case_id, *_ in cases]

    def serve(self, jobs: int) -> None:
        """Take so many jobs and end them."""
        for _ in range(jobs):
            next(self._all())


def taken_from(owner: psycopg.Connection) -> tuple[int, int, list[list[str]]] | None:
    """The next job, from now on under way: its id, its priority and its cases."""
    row = owner.execute(NEXT, (CASE_QUEUE,)).fetchone()
    return None if row is None or row[0] is None else (row[0], row[1], row[2])


@pytest.fixture
def queue(database: Database, own_database: TestDatabase) -> Iterator[Queue]:
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        yield Queue(database=database, owner=owner)


def together(*cases: list[str]) -> list[list[str]]:
    return [[case] for line in cases for case in line]


async def test_new_cases_of_a_tenant_are_taken_in_the_order_they_came(queue: Queue) -> None:
    cases = await queue.begin_one_by_one("acme", 5)
    assert queue.taken() == together(cases)


async def test_what_a_person_has_set_in_motion_comes_before_all_that_came_earlier(queue: Queue) -> None:
    new = await queue.begin_one_by_one("acme", 2)
    await queue.advance("acme", "woken")
    await queue.go_on("acme", "answered")
    await queue.go_on("umbra", "answered-too")
    assert queue.taken() == together(["answered", "answered-too"], new, ["woken"])


async def test_tenants_take_turns_however_much_one_has_brought(queue: Queue) -> None:
    a = await queue.begin_one_by_one("acme", 20)
    u = await queue.begin_one_by_one("umbra", 3)
    assert queue.taken() == together([a[0], a[1], u[0], a[2], u[1], a[3], u[2]], a[4:])


async def test_a_newcomer_is_measured_by_what_is_next_and_not_by_what_was_served_before(queue: Queue) -> None:
    """Whoever was away is owed nothing: it takes turns from now on."""
    await queue.begin("acme", *(f"old-{number}" for number in range(10 * CASES_A_JOB)))
    queue.serve(5)
    u = await queue.begin_one_by_one("umbra", CASES_A_JOB + 1)
    taken = queue.taken()
    assert [len(cases) for cases in taken[: 1 + CASES_A_JOB + 1]] == [16, *[1] * 15, 16, 1]
    assert [case for cases in taken for case in cases if case.startswith("umbra")] == u


@pytest.mark.parametrize("singles", [CASES_A_JOB - 2, CASES_A_JOB - 1, CASES_A_JOB])
async def test_turns_are_counted_by_cases_and_not_by_jobs(queue: Queue, singles: int) -> None:
    """Beside jobs of sixteen cases another tenant has fifteen jobs of one before the next of them, never sixteen."""
    await queue.begin("acme", *(f"a-{number}" for number in range(3 * CASES_A_JOB)))
    await queue.begin_one_by_one("umbra", singles)
    sizes = [len(cases) for cases in queue.taken()]
    between = min(singles, CASES_A_JOB - 1)
    assert sizes == [16, *[1] * between, 16, *[1] * (singles - between), 16]


async def test_cases_that_have_begun_do_not_wait_for_new_ones_nor_hold_them_up(queue: Queue) -> None:
    new = await queue.begin_one_by_one("acme", 4)
    begun = [f"begun-{number}" for number in range(4)]
    for case in begun:
        await queue.advance("acme", case)
    taken = [case for [case] in queue.taken()]
    assert taken == [new[0], new[1], begun[0], new[2], begun[1], new[3], begun[2], begun[3]]


async def test_many_that_wake_in_one_transaction_stand_in_line_like_others(queue: Queue) -> None:
    """A switch that is turned on wakes all that waited for it."""
    woken = [f"woken-{number}" for number in range(20)]
    async with queue.database.unit_of_work("acme") as unit:
        for case in woken:
            await unit.jobs.advance("acme", case)
    await queue.begin("umbra", "new")
    taken = [case for [case] in queue.taken()]
    assert taken.index("new") == 2
    assert [case for case in taken if case != "new"] == woken


async def test_a_look_at_a_later_time_stands_in_no_line(queue: Queue) -> None:
    soon = utc_now() + timedelta(hours=1)
    async with queue.database.unit_of_work("acme") as unit:
        await unit.jobs.look_again("acme", "later", soon)
    await queue.begin_one_by_one("acme", 2)
    assert queue.priorities() == [-1, -2]
    queue.owner.execute("UPDATE procrastinate_jobs SET scheduled_at = now()")
    assert queue.priorities() == [FIRST]


async def test_a_job_whose_case_is_in_hand_is_not_next_and_newcomers_are_not_measured_by_it(queue: Queue) -> None:
    """Else a case that takes long, and is woken meanwhile, would let every newcomer pass all that wait."""
    await queue.advance("acme", "long")
    assert taken_from(queue.owner) is not None
    await queue.advance("acme", "long")
    a = await queue.begin_one_by_one("acme", 6)
    queue.serve(3)
    u = await queue.begin_one_by_one("umbra", 2)
    assert queue.taken() == together([a[3], a[4], u[0], a[5], u[1]])


async def test_an_empty_queue_begins_anew(queue: Queue) -> None:
    await queue.begin_one_by_one("acme", 3)
    assert queue.priorities() == [-1, -2, -3]
    await queue.begin_one_by_one("acme", 1)
    assert queue.priorities() == [-1]


@pytest.mark.parametrize(("left", "expected"), [(2, LAST + 1), (1, LAST), (0, LAST)])
async def test_a_line_that_has_grown_for_months_ends_in_the_order_it_came(
    queue: Queue, left: int, expected: int
) -> None:
    queue.owner.execute(AT_THE_END, (CASE_QUEUE, ADVANCE, LAST + left))
    await queue.begin("acme", "newest")
    assert queue.priorities() == [LAST + left, expected]


def test_new_cases_of_two_tenants_share_no_job_and_answers_do() -> None:
    changes = [
        Change("acme", begin=["a-1"]),
        Change("umbra", begin=["u-1"], go_on=["u-2"]),
        Change("acme", begin=["a-2"], go_on=["a-3"]),
    ]
    assert [(tenant, cases) for _, tenant, cases in jobs_of(changes)] == [(None, 0), ("acme", 2), ("umbra", 1)]


@pytest.mark.parametrize("cases", [CASES_A_JOB - 1, CASES_A_JOB, CASES_A_JOB + 1])
def test_a_job_has_sixteen_cases_at_most(cases: int) -> None:
    rows = jobs_of([Change("acme", begin=[str(number) for number in range(cases)])])
    assert [behind for _, _, behind in rows] == [min(cases, CASES_A_JOB)] + [cases] * (cases > CASES_A_JOB)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(jobs=st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, CASES_A_JOB)), max_size=40))
def test_while_lines_wait_none_is_further_ahead_than_two_jobs(
    own_database: TestDatabase, jobs: list[tuple[str, int]]
) -> None:
    """The law of start-time fair queueing, for whatever comes in whatever order."""
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        sizes = {str(uuid.uuid4()): job for job in jobs}
        for case, (line, size) in sizes.items():
            owner.execute(PUT, (CASE_QUEUE, ADVANCE, line, size, line, case))
        left = {line: [case for case, job in sizes.items() if job[0] == line] for line in "abc"}
        had = dict.fromkeys("abc", 0)
        while (job := taken_from(owner)) is not None:
            owner.execute(END, (job[0],))
            ((line, case),) = job[2]
            assert left[line].pop(0) == case  # each line in its order
            had[line] += sizes[case][1]
            waiting = [name for name in "abc" if left[name]]
            assert all(abs(had[x] - had[y]) <= 2 * CASES_A_JOB for x, y in combinations(waiting, 2))
        assert not any(left.values())


async def answered(engine: Engine) -> str:
    """A person has approved."""
    case = await engine.asking()
    await engine.answer(case.id, "berta", APPROVE)
    return case.id


async def past_undoing(engine: Engine) -> str:
    """A person has approved what cannot be undone, and the window in which they might have is over."""
    task_id = await approved(irreversible(engine))
    engine.clock.ahead += OVER
    assert await engine.sweep.fire_due() == 1
    return (await row(engine, task_id)).case_id


async def resumed(engine: Engine) -> str:
    """A person has resumed what was suspended."""
    case = await engine.asking()
    await suspend(engine, case.id)
    return (await resume(engine, case.id)).id


async def sent_back(engine: Engine) -> str:
    """A person has sent a case back to a step."""
    return (await retry(engine, (await engine.asking()).id, "check")).id


async def mended(engine: Engine) -> str:
    """A person retries what an incident has stopped."""
    case = await failed(engine)
    [incident] = await engine.incidents_of(case.id)
    await engine.retry(incident.id)
    return case.id


@pytest.mark.parametrize("set_in_motion", [answered, past_undoing, resumed, sent_back, mended])
async def test_whatever_a_person_sets_in_motion_goes_before_cases_that_came_earlier(
    engine: Engine, queue: Queue, set_in_motion: Callable[[Engine], Awaitable[str]]
) -> None:
    await grant(engine.database, "sven", "case.suspend", "case.steer", "incident.retry")
    new = [(await engine.start()).case.id for _ in range(3)]
    case_id = await set_in_motion(engine)
    assert queue.taken() == together([case_id], new, [case_id])  # that it was new once is known already when it comes
