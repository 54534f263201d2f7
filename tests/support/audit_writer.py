"""A process that writes audit entries for two tenants at once: `python -m tests.support.audit_writer URL N`."""

from __future__ import annotations

import asyncio
import sys

from graphs.audit import AuditRecord
from graphs.store.database import Database
from tools.clock import utc_now


async def write(database: Database, tenant: str, number: int) -> None:
    async with database.unit_of_work(tenant) as unit:
        unit.record(tenant, AuditRecord(kind="test.written", actor="test", values={"number": number}))


async def main(url: str, entries: int) -> None:
    """Write `entries` entries for each tenant."""
    database = Database(url, clock=utc_now, pool=4)
    await asyncio.gather(*(write(database, tenant, number) for number in range(entries) for tenant in ("acme", "bolt")))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
