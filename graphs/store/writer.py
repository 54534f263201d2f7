"""The writer: everything that cases, intake and answers write at a moment goes out as one transaction.

One writer a process. While a commit is under way, changes collect; when it returns, all of them go out together, and
each caller goes on only once its own change is committed. A change is atomic: it is committed whole or refused whole.
A change that may not be written (its lease is over, its task is answered) is refused alone; the others go out again.
Any other failure of a flush is retried change by change, so that one that the database rejects harms nobody else.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from operator import itemgetter
from typing import Any

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor

from graphs.audit import AuditRecord, Prepare, prepare
from graphs.errors import AlreadyAnswered, Conflict, EngineError, LeaseLost
from graphs.store.arrays import ARRAYS, register
from graphs.store.jobs import CASES_A_JOB, of_job
from graphs.store.patience import ANSWER_SECONDS, answer_within, kept, patient
from graphs.store.statements import AUDIT, CALL_FLUSH, REFUSED, STATEMENTS, Statement, json_text
from graphs.store.tenants import tenant_array
from tools.telemetry import tracing
from tools.telemetry.metrics import FLUSH_CHANGES, FLUSH_SECONDS
from tools.telemetry.tracing import SpanKind

Row = tuple[Any, ...]
IN_ORDER: Mapping[str, Callable[[Row], Any]] = {
    "fence": itemgetter(1),
    "proceed": itemgetter(0),
    "answer": itemgetter(1),
}
"""Rows of what others change, too, come by their key: of two flushes, neither has what the other waits for."""
FLUSH = {"db.system.name": "postgresql", "db.operation.name": "flush"}
"""Of the span in which somebody waits for a commit; the transaction is that of all who wait."""
GATHER_TURNS = 8
"""Turns of the event loop that a flush waits at most while each brings more: it goes out in a flood, too."""
GUARDED = frozenset(statement.name for statement in STATEMENTS if statement.guarded)


class DuplicateTrigger(EngineError):
    """The trigger has a case already."""

    code = "duplicate_trigger"


class EffectKnown(EngineError):
    """The ledger knows the effect differently from what the writer supposed: load again."""

    code = "effect_known"


class DutiesMoved(Conflict):
    """Somebody did a duty to the same subject meanwhile: look at its acts again."""

    code = "duties_moved"


REFUSALS: dict[str, tuple[type[EngineError], str]] = {
    "accept": (DuplicateTrigger, "the trigger has a case already"),
    "fence": (LeaseLost, "the case's lease is over"),
    "answer": (AlreadyAnswered, "the task has its answer"),
    "effect_sent": (EffectKnown, "the ledger knows the effect already"),
    "effect_resent": (EffectKnown, "the effect has been confirmed meanwhile"),
    "effect_concluded": (EffectKnown, "the effect has been concluded meanwhile"),
    "duties": (DutiesMoved, "somebody did a duty to the same subject meanwhile"),
}


@dataclass(slots=True)
class Change:
    """Rows that are committed together, and the cases that a worker moves afterwards.

    `begin` are new ones, moved in their tenant's turn; `go_on` are those that a person's answer sets in motion, before
    all that stands in line.
    `traceparent` is that of whoever makes the change: their jobs carry it.
    """

    tenant: str
    rows: dict[str, list[Row]] = field(default_factory=dict)
    records: list[tuple[AuditRecord, datetime]] = field(default_factory=list)
    begin: list[str] = field(default_factory=list)
    go_on: list[str] = field(default_factory=list)
    traceparent: str = field(default_factory=tracing.traceparent)

    def add(self, statement: Statement, *values: Any) -> None:
        """A row of a statement, without the member's number where it is guarded."""
        self.rows.setdefault(statement.name, []).append(values)

    def record(self, record: AuditRecord, at: datetime) -> None:
        """An audit entry."""
        self.records.append((record, at))

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.rows or self.records or self.begin or self.go_on)


@dataclass(slots=True)
class _Member:
    change: Change
    done: asyncio.Future[None]


class Writer:
    """Commits changes in groups, on a connection of its own. Opened by the first change."""

    def __init__(
        self, url: str, *, role: str | None, random: Callable[[int], bytes] = os.urandom, prepare: Prepare = prepare
    ) -> None:
        """`random` salts the audit trail's commitments; `prepare` makes its entries."""
        self._url = url
        self._role = role
        self._random = random
        self._prepare = prepare
        self._waiting: list[_Member] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._connection: AsyncConnection[Any] | None = None
        self.answer_seconds = ANSWER_SECONDS
        self.flushes = 0
        self.members = 0

    async def commit(self, change: Change) -> None:
        """Return once the change is committed.

        Raises `LeaseLost`, `AlreadyAnswered`, `DuplicateTrigger`, `EffectKnown` or `DutiesMoved` where it is refused,
        and `psycopg.Error` where it could not be written; where the connection broke, it may have been.
        """
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="writer")
        member = _Member(change, asyncio.get_running_loop().create_future())
        self._waiting.append(member)
        self._wake.set()
        with tracing.span("flush", kind=SpanKind.CLIENT, attributes=FLUSH):
            await member.done

    async def close(self) -> None:
        """Write what waits, then close."""
        if self._task is not None:
            self._closing = True
            self._wake.set()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task, self._closing = None, False
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _run(self) -> None:
        while self._waiting or not self._closing:
            await self._wake.wait()
            await self._gathered()
            self._wake.clear()
            batch, self._waiting = one_a_key(self._waiting)
            if self._waiting:
                self._wake.set()
            try:
                await self._flush([member for member in batch if not member.done.done()])
            except BaseException as error:
                fail(batch, error)
                if not isinstance(error, Exception):
                    raise

    async def _gathered(self) -> None:
        """Let whoever the last flush let go on, and is about to write again, do so: two flushes cost twice as much."""
        for _ in range(GATHER_TURNS):
            seen = len(self._waiting)
            await asyncio.sleep(0)
            if len(self._waiting) == seen:
                return

    async def _flush(self, members: list[_Member]) -> None:
        refused: list[tuple[_Member, EngineError]] = []
        try:
            await self._write(members, refused)
        finally:
            # Only now: who was refused for what another change of this flush did finds that done.
            for member, error in refused:
                fail([member], error)

    async def _write(self, members: list[_Member], refused: list[tuple[_Member, EngineError]]) -> None:
        while members:
            try:
                await self._call(members)
            except psycopg.Error as error:
                if error.sqlstate == REFUSED:
                    members = refuse(members, error.diag.message_primary or "", refused)
                elif len(members) == 1 or self._connection is None or self._connection.closed:
                    return fail(members, error)
                else:
                    return await self._write_each(members, refused)
            else:
                return self._written(members)
        return None

    async def _write_each(self, members: list[_Member], refused: list[tuple[_Member, EngineError]]) -> None:
        for member in members:
            await self._write([member], refused)

    def _written(self, members: list[_Member]) -> None:
        self.flushes += 1
        self.members += len(members)
        for member in members:
            if not member.done.done():
                member.done.set_result(None)

    async def _call(self, members: Sequence[_Member]) -> None:
        connection = await self._open()
        arguments = self._arguments([member.change for member in members])
        began = time.perf_counter()
        # A raw cursor: psycopg would look through so long a statement for placeholders every time.
        with answer_within(connection, self.answer_seconds):
            async with AsyncRawCursor(connection) as cursor:
                await cursor.execute(CALL_FLUSH, arguments, prepare=True)
        FLUSH_SECONDS.observe(time.perf_counter() - began)
        FLUSH_CHANGES.observe(len(members))

    async def _open(self) -> AsyncConnection[Any]:
        self._connection = await kept(self._connection)
        if self._connection is None:
            self._connection = await AsyncConnection.connect(self._url, **patient(self._role))
            register(self._connection)
        return self._connection

    def _arguments(self, changes: Sequence[Change]) -> list[Any]:
        rows: dict[str, list[Row]] = {statement.name: [] for statement in STATEMENTS}
        for number, change in enumerate(changes):
            for name, added in change.rows.items():
                rows[name] += [(number, *row) for row in added] if name in GUARDED else added
        for name, key in IN_ORDER.items():
            rows[name].sort(key=key)
        rows["jobs"] += jobs_of(changes)
        rows[AUDIT.name] = self._trail(changes)
        arguments: list[Any] = [tenant_array(sorted({change.tenant for change in changes}))]
        for statement in STATEMENTS:
            columns = (
                zip(*rows[statement.name], strict=True) if rows[statement.name] else ((),) * len(statement.columns)
            )
            arguments += [ARRAYS[kind](column) for (_, kind), column in zip(statement.columns, columns, strict=True)]
        return arguments

    def _trail(self, changes: Iterable[Change]) -> list[Row]:
        return [
            self._prepare(record, tenant=change.tenant, at=at, random=self._random)
            for change in sorted(changes, key=lambda change: change.tenant)
            for record, at in change.records
        ]


def one_a_key(members: list[_Member]) -> tuple[list[_Member], list[_Member]]:
    """The members for this flush, and those that wait for the next: a guarded key stands in a flush once.

    Two answers to one task, or two writes of one case, in one statement would change one row and both look accepted.
    """
    now: list[_Member] = []
    later: list[_Member] = []
    taken: set[tuple[str, Any]] = set()
    for member in members:
        keys = guarded_keys(member.change)
        (later if keys & taken else now).append(member)
        taken |= keys
    return now, later


def guarded_keys(change: Change) -> set[tuple[str, Any]]:
    """What the change may only do if nobody else has: (statement, key)."""
    return {(name, row[0]) for name, rows in change.rows.items() if name in GUARDED for row in rows}


def jobs_of(changes: Sequence[Change]) -> list[Row]:
    """One job for up to `CASES_A_JOB` cases that are to be moved now; no two tenants' new cases share one."""
    going_on = [of_job(change.tenant, case_id, change.traceparent) for change in changes for case_id in change.go_on]
    rows: list[Row] = [(json_text({"cases": part}), None, 0) for part in parts_of(going_on)]
    new: dict[str, list[list[str]]] = {}
    for change in changes:
        for case_id in change.begin:
            new.setdefault(change.tenant, []).append(of_job(change.tenant, case_id, change.traceparent))
    for tenant, cases in new.items():
        parts = parts_of(cases)
        behind = accumulate(len(part) for part in parts)
        rows += [(json_text({"cases": part}), tenant, count) for part, count in zip(parts, behind, strict=True)]
    return rows


def parts_of(cases: Sequence[list[str]]) -> list[Sequence[list[str]]]:
    """The cases, as jobs have them."""
    return [cases[start : start + CASES_A_JOB] for start in range(0, len(cases), CASES_A_JOB)]


def refuse(members: list[_Member], message: str, refused: list[tuple[_Member, EngineError]]) -> list[_Member]:
    """Move the members that the database named to `refused`, each with its error; returns the others."""
    name, _, numbers = message.partition(":")
    kind, why = REFUSALS[name]
    named = {int(number) for number in numbers.split(",")}
    refused += [(member, kind(why)) for number, member in enumerate(members) if number in named]
    return [member for number, member in enumerate(members) if number not in named]


def fail(members: Iterable[_Member], error: BaseException) -> None:
    """Give the members still waiting their error."""
    for member in members:
        if not member.done.done():
            member.done.set_exception(error)
