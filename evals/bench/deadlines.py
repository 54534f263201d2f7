"""Many deadlines over a span, fired by two real workers of which one is killed halfway: counted from the trail."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter

import psycopg

from evals.bench.crowd import set_deadlines
from evals.bench.processes import Participant
from evals.bench.rounds import Say
from evals.bench.server import BenchDatabase
from evals.bench.setup import Setup
from evals.bench.sides import worker_started
from evals.bench.waiting import NotReached

LEAD_SECONDS = 1.0
LAID_A_SECOND = 1000
"""So many deadlines are certainly laid in a second: the first is due when all of them stand."""
LOOK_SECONDS = 0.25
TELL_SECONDS = 15.0
PATIENCE_SECONDS = 60.0
REPLACEMENT = 2
STILL_SET = "SELECT count(*) FROM timers WHERE status = 'set' AND subject = 'task' AND subject_id <> %s"
TIMERS = "SELECT subject_id FROM timers WHERE subject = 'task' AND subject_id <> %s"
OVERDUE = """
SELECT v.content ->> 'task', v.content ->> 'due', e.at
FROM audit_entries e JOIN audit_values v USING (tenant, seq) WHERE e.kind = 'task.overdue'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """What the trail says of the deadlines; how late each was, in seconds and in order."""

    deadlines: int
    lost: int
    double: int
    lateness_s: Sequence[float]


def fired_run(database: BenchDatabase, setup: Setup, *, many: int, seconds: float, besides: str, say: Say) -> Fired:
    """Let `many` deadlines come within `seconds`, with the timer of task `besides` not among them.

    Raises `NotReached` or `ProcessFailed`.
    """
    with ExitStack() as stack:
        workers = [stack.enter_context(worker_started(setup, number)) for number in range(REPLACEMENT)]
        first = datetime.now(UTC) + timedelta(seconds=LEAD_SECONDS + many / LAID_A_SECOND)
        set_deadlines(database.owner_url, many=many, first=first, span=timedelta(seconds=seconds))
        left = (first - datetime.now(UTC)).total_seconds()
        if left <= 0:
            raise NotReached(f"laying {many} deadlines took {-left:.1f} s too long: the first was due before")
        say(f"{many} deadlines are due from {left:.0f} s on, within {seconds:.0f} s")
        asyncio.run(_fired(database, setup, workers, stack, halfway=left + seconds / 2, besides=besides, say=say))
    return judged(database.owner_url, besides=besides)


async def _fired(
    database: BenchDatabase,
    setup: Setup,
    workers: Sequence[Participant],
    stack: ExitStack,
    *,
    halfway: float,
    besides: str,
    say: Say,
) -> None:
    async with await psycopg.AsyncConnection.connect(database.owner_url, autocommit=True) as owner:
        watched = asyncio.create_task(_until_all_fired(owner, halfway, besides, say))
        await asyncio.sleep(halfway)
        workers[0].kill()
        say("a worker was killed")
        await asyncio.to_thread(stack.enter_context, worker_started(setup, REPLACEMENT))
        say("another has taken its place")
        await watched


async def _until_all_fired(owner: psycopg.AsyncConnection, quiet_until: float, besides: str, say: Say) -> None:
    """Until no timer is set, or none of those that are fires any more: the trail will say that they are lost."""
    began = moved_at = told_at = perf_counter()
    before = -1
    while True:
        row = await (await owner.execute(STILL_SET, (besides,))).fetchone()
        left, now = int(row[0]) if row else 0, perf_counter()
        if left != before or now - began < quiet_until:
            before, moved_at = left, now
        if left == 0 or now - moved_at > PATIENCE_SECONDS:
            return
        if now - told_at > TELL_SECONDS:
            told_at = now
            say(f"{left} deadlines are left after {now - began:.0f} s")
        await asyncio.sleep(LOOK_SECONDS)


def judged(owner_url: str, *, besides: str) -> Fired:
    """What the trail says of every deadline whose timer was set."""
    with psycopg.connect(owner_url) as owner:
        due = [subject for (subject,) in owner.execute(TIMERS, (besides,))]
        entries = owner.execute(OVERDUE).fetchall()
    return tallied(due, ((task, datetime.fromisoformat(at), fired) for task, at, fired in entries if task != besides))


def tallied(due: Sequence[str], entries: Iterable[tuple[str, datetime, datetime]]) -> Fired:
    """Which of the `due` tasks have no entry (task, due, fired), and how many entries come beyond a task's first."""
    found = list(entries)
    counted = Counter(task for task, _, _ in found)
    return Fired(
        deadlines=len(due),
        lost=sum(counted[task] == 0 for task in due),
        double=sum(counted.values()) - len(counted),
        lateness_s=sorted((fired - at).total_seconds() for _, at, fired in found),
    )
