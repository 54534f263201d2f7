"""The database as the application sees it: units of work, one transaction each."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property
from typing import Any

import psycopg
from sqlalchemy import Result, TextClause, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import QueuePool

from graphs.audit import AuditRecord, Prepare, prepare
from graphs.store.asked_tasks import AskedTasks
from graphs.store.audit_log import AuditLog
from graphs.store.cases import Cases
from graphs.store.databases import sqlalchemy_url
from graphs.store.effects import Effects
from graphs.store.inbox import Inbox
from graphs.store.incidents import Incidents
from graphs.store.jobs import Jobs
from graphs.store.journal import Journal
from graphs.store.originals import Originals
from graphs.store.packs import Packs
from graphs.store.people import People
from graphs.store.tenants import tenant_array
from graphs.store.timers import DueTimers, Timers
from graphs.store.writer import Writer

UNAVAILABLE = (psycopg.OperationalError, psycopg.InterfaceError, OperationalError, InterfaceError, PoolTimeout)
"""The server went away, broke the connection or has none to give: what was not committed did not happen.

By psycopg where changes and questions are sent together, by SQLAlchemy in units of work.
"""

SNAPSHOT = {"isolation_level": "REPEATABLE READ"}
SET_TENANTS = text("SELECT set_config('app.tenants', :tenants, true)")
SET_ALL_TENANTS = text("""
SELECT t.ids, set_config('app.tenants', t.ids::text, true)
FROM (SELECT coalesce(array_agg(id ORDER BY id), '{}')::text[] AS ids FROM tenants) t
""")


class UnitOfWork:
    """One transaction: repositories, and the audit records that are written last. It sees the rows of `tenants`."""

    def __init__(self, session: AsyncSession, tenants: Sequence[str]) -> None:
        """Work in `session`'s transaction."""
        self.session = session
        self.tenants = tenants
        self._records: dict[str, list[AuditRecord]] = {}

    @cached_property
    def cases(self) -> Cases:
        return Cases(self.session)

    @cached_property
    def journal(self) -> Journal:
        return Journal(self.session)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.session)

    @cached_property
    def effects(self) -> Effects:
        return Effects(self.session)

    @cached_property
    def timers(self) -> Timers:
        return Timers(self.session)

    @cached_property
    def incidents(self) -> Incidents:
        return Incidents(self.session)

    @cached_property
    def originals(self) -> Originals:
        return Originals(self.session)

    @cached_property
    def people(self) -> People:
        return People(self.session)

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self.session)

    @cached_property
    def packs(self) -> Packs:
        return Packs(self.session)

    @cached_property
    def audit_log(self) -> AuditLog:
        return AuditLog(self.session)

    def record(self, tenant: str, record: AuditRecord) -> None:
        """Add to the audit trail when the transaction commits."""
        self._records.setdefault(tenant, []).append(record)

    async def write_records(self, now: datetime) -> None:
        """State rows first, then the trail: heads are locked last, in tenant order, or transactions deadlock."""
        await self.session.flush()
        for tenant in sorted(self._records):
            await self.audit_log.append(tenant, self._records[tenant], at=now)
        await self.session.flush()


async def begun(
    session: AsyncSession,
    statement: TextClause,
    values: Mapping[str, Any] | None = None,
    *,
    options: Mapping[str, Any] | None = None,
) -> Result[Any]:
    """The result of a transaction's first statement.

    A connection that broke while it lay in the pool shows itself here, where nothing has been done yet: then the pool
    gives up all that it has, and the statement goes to a new one. To ask each connection before would be a round trip
    more for every transaction.
    """

    async def first() -> Result[Any]:
        await session.connection(execution_options=options)
        return await session.execute(statement, values)

    try:
        return await first()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
    await session.rollback()
    return await first()


class Database:
    """Opens units of work; `writer`, `asked` and `due` are for what goes on all the time.

    `url` is a libpq URL; `role` is assumed on every connection if given.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime],
        role: str | None = None,
        pool: int = 10,
        prepare: Prepare = prepare,
    ) -> None:
        """Connect lazily, with a pool of `pool` connections; `prepare` makes the writer's audit entries."""
        self.url = url
        self.role = role
        self.clock = clock
        self.writer = Writer(url, role=role, prepare=prepare)
        self.asked = AskedTasks(url, role=role)
        self.due = DueTimers(url, role=role)
        self._engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url, role=role),
            pool_size=pool,
            max_overflow=pool,
            hide_parameters=True,  # an error's text must not carry rows into the log
        )

    @asynccontextmanager
    async def unit_of_work(self, *tenants: str, snapshot: bool = False) -> AsyncGenerator[UnitOfWork]:
        """One transaction that sees exactly these tenants' rows; commits at the end, rolls back on any error.

        `snapshot` reads everything as of one instant (REPEATABLE READ).
        """
        async with AsyncSession(self._engine, expire_on_commit=False) as session:
            options = SNAPSHOT if snapshot else None
            await begun(session, SET_TENANTS, {"tenants": tenant_array(tenants)}, options=options)
            unit = UnitOfWork(session, tenants)
            yield unit
            await self._commit(unit)

    @asynccontextmanager
    async def unit_of_all_tenants(self) -> AsyncGenerator[UnitOfWork]:
        """As `unit_of_work`, for what is done for everybody: it sees the rows of all tenants there are."""
        async with AsyncSession(self._engine, expire_on_commit=False) as session:
            found = await begun(session, SET_ALL_TENANTS)
            unit = UnitOfWork(session, found.one().ids)
            yield unit
            await self._commit(unit)

    async def _commit(self, unit: UnitOfWork) -> None:
        await unit.write_records(self.clock())
        await unit.session.commit()

    def connections(self) -> dict[str, int]:
        """How many connections of the pool are in use, idle, and open beyond its size."""
        pool = self._engine.pool
        if not isinstance(pool, QueuePool):
            return {}
        return {"in_use": pool.checkedout(), "idle": pool.checkedin(), "overflow": max(0, pool.overflow())}

    async def close(self) -> None:
        """Write what waits, and close all connections."""
        await self.writer.close()
        await self.asked.close()
        await self.due.close()
        await self._engine.dispose()
