"""No engine at all: plain SQL, one row a step and one update of the case, each step durable before the next.

`async16`: sixteen connections, one commit a step. `group`: one writer; whatever is queued while a commit runs goes
into the next one.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
from psycopg_pool import AsyncConnectionPool

from evals.bench import reference
from evals.bench.peers.driving import Job, main

CONNECTIONS = 16
TABLES = """
CREATE TABLE IF NOT EXISTS cases (
    id text PRIMARY KEY, status text NOT NULL, step int NOT NULL, updated timestamptz NOT NULL);
CREATE TABLE IF NOT EXISTS steps (
    case_id text NOT NULL, seq int NOT NULL, name text NOT NULL, started timestamptz NOT NULL,
    ended timestamptz NOT NULL, result jsonb, PRIMARY KEY (case_id, seq));
"""
START = "INSERT INTO cases VALUES (%s, 'running', 0, now())"
STEP = """
WITH entered AS (
    INSERT INTO steps VALUES (%s, %s, %s, to_timestamp(%s), to_timestamp(%s), %s::jsonb))
UPDATE cases SET status = %s, step = %s, updated = now() WHERE id = %s
"""
GROUP_STEPS = """
INSERT INTO steps
SELECT case_id, seq, name, to_timestamp(started), to_timestamp(ended), result::jsonb
FROM unnest(%s::text[], %s::int[], %s::text[], %s::float8[], %s::float8[], %s::text[])
    AS row(case_id, seq, name, started, ended, result)
"""
GROUP_CASES = """
INSERT INTO cases SELECT id, status, step, now() FROM unnest(%s::text[], %s::text[], %s::int[]) AS row(id, status, step)
ON CONFLICT (id) DO UPDATE SET status = excluded.status, step = excluded.step, updated = excluded.updated
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A step that ended; `seq` 0 is the start of the case and has no row of its own."""

    case_id: str
    seq: int
    name: str
    started: float
    ended: float
    result: str
    status: str


class Store(Protocol):
    """Makes rows durable; a call returns once its row is."""

    async def open(self, url: str) -> None: ...

    async def put(self, row: StepRow) -> None: ...

    async def close(self) -> None: ...


class SixteenConnections:
    """A commit a step, on whichever connection is free."""

    async def open(self, url: str) -> None:
        keywords: dict[str, Any] = {"autocommit": True}
        self._pool = AsyncConnectionPool(url, min_size=CONNECTIONS, max_size=CONNECTIONS, open=False, kwargs=keywords)
        await self._pool.open(wait=True)

    async def put(self, row: StepRow) -> None:
        async with self._pool.connection() as connection:
            if row.seq == 0:
                await connection.execute(START, (row.case_id,), prepare=True)
                return
            values = (row.case_id, row.seq, row.name, row.started, row.ended, row.result)
            await connection.execute(STEP, (*values, row.status, row.seq, row.case_id), prepare=True)

    async def close(self) -> None:
        await self._pool.close()


class GroupCommit:
    """One writer; a case's next step starts only after the commit that holds its last one."""

    async def open(self, url: str) -> None:
        self._connection = await psycopg.AsyncConnection.connect(url)
        self._queue: list[tuple[StepRow, asyncio.Future[None]]] = []
        self._wake = asyncio.Event()
        self._writer = asyncio.create_task(self._write())

    async def put(self, row: StepRow) -> None:
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((row, durable))
        self._wake.set()
        await durable

    async def close(self) -> None:
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)
        await self._connection.close()

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._queue = self._queue, []
            if not batch:
                continue
            try:
                await self._commit([row for row, _ in batch])
            except psycopg.Error as error:
                for _, durable in batch:
                    durable.set_exception(error)
                return
            for _, durable in batch:
                durable.set_result(None)

    async def _commit(self, rows: list[StepRow]) -> None:
        steps = [row for row in rows if row.seq]
        columns = ("case_id", "seq", "name", "started", "ended", "result")
        if steps:
            values = tuple([getattr(row, column) for row in steps] for column in columns)
            await self._connection.execute(GROUP_STEPS, values, prepare=True)
        last = {row.case_id: row for row in rows}.values()
        cases = ([row.case_id for row in last], [row.status for row in last], [row.seq for row in last])
        await self._connection.execute(GROUP_CASES, cases, prepare=True)
        await self._connection.commit()


class Floor:
    """P2P-6 in plain Python on a store."""

    def __init__(self, store: Store) -> None:
        """Begin without cases."""
        self._store = store
        self._waiting: dict[str, Mapping[str, Any]] = {}

    async def open(self, job: Job) -> None:
        async with await psycopg.AsyncConnection.connect(job.url, autocommit=True) as connection:
            await connection.execute(TABLES)
        await self._store.open(job.url)

    async def start_to_wait(self, number: str) -> None:
        now = time.time()
        await self._store.put(
            StepRow(case_id=number, seq=0, name="start", started=now, ended=now, result="", status="running")
        )
        read = await self._step(number, 1, "extract", lambda: reference.extract(number))
        checked = await self._step(number, 2, "policy", lambda: reference.policy(read))
        matched = await self._step(number, 3, "match", lambda: reference.match(read))
        await self._step(number, 4, "route", lambda: reference.route(checked, matched), status="waiting")
        self._waiting[number] = read

    async def signal_to_done(self, number: str) -> None:
        read = self._waiting.pop(number)
        approval = await self._step(number, 5, "approve", lambda: reference.APPROVAL)
        await self._step(number, 6, "post", lambda: reference.post(read, approval))
        await self._step(number, 7, "done", lambda: "done", status="done")

    async def close(self) -> None:
        await self._store.close()

    async def _step(
        self, number: str, seq: int, name: str, activity: Callable[[], Any], *, status: str = "running"
    ) -> Any:
        started = time.time()
        result = activity()
        row = StepRow(
            case_id=number,
            seq=seq,
            name=name,
            started=started,
            ended=time.time(),
            result=json.dumps(result),
            status=status,
        )
        await self._store.put(row)
        return result


def make(variant: str) -> Floor:
    """The floor on the store of the variant."""
    stores: dict[str, type[Store]] = {"async16": SixteenConnections, "group": GroupCommit}
    return Floor(stores[variant]())


if __name__ == "__main__":
    main(make)
