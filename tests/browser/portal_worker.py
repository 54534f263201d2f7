"""A worker in a process of its own that confirms orders with bots: `python -m tests.browser.portal_worker ORDER`.

Drains and ends on SIGTERM. The portal's password stands in the environment.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from graphs.process import ProcessRegistry
from graphs.processes.procure_to_pay import portal_orders
from graphs.runtime.services import Services
from graphs.runtime.worker import Worker
from graphs.store.database import Database
from policies.packaged import rule_book
from tests.support.engine import SEAL
from tools.browser.connector import SUPPLIER_PORTAL, PortalSettings
from tools.catalog import Catalog
from tools.clock import utc_now
from tools.connector import ConnectorContext
from tools.erp.actions import erp_tools
from tools.testing.erp import MemoryErp
from tools.testing.portal.serving import PASSWORD_VARIABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOrder:
    """Which database to work for, which portal to work at, and what the ERP holds."""

    url: str
    portal: str
    seed: str


async def work(order: WorkerOrder) -> None:
    """Work until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = Database(order.url, clock=utc_now)

    async def load(sha256: str) -> tuple[str, bytes]:
        async with database.unit_of_work("acme") as unit:
            found = await unit.originals.get("acme", sha256)
        return found.name, found.content

    async def store(name: str, content: bytes) -> str:
        async with database.unit_of_work("acme") as unit:
            return await unit.originals.keep(
                "acme", name=name, media_type="application/octet-stream", content=content, now=utc_now()
            )

    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        settings = PortalSettings(
            address=order.portal,
            user="interlock",
            password=f"env:{PASSWORD_VARIABLE}",
            sender="rechnung@nordlicht-buero.example",
            call_seconds=30,
            patience_seconds=20,
            max_concurrent=16,  # a dead worker holds its slot until its call can no longer act
        )
        context = ConnectorContext(tenant="acme", folder=Path(gettempdir()), load=load, store=store)
        portal = await stack.enter_async_context(SUPPLIER_PORTAL.open("supplier_portal", settings, context))
        erp = MemoryErp.from_seed(Path(order.seed), today=utc_now().date())
        catalog = Catalog([*portal.tools(), *erp_tools(erp, load)])
        definition = portal_orders.definition()
        services = Services(
            database=database,
            catalogs=lambda tenant: catalog,
            rulebooks={definition.pack: rule_book(definition.pack)},
            registry=ProcessRegistry([definition]),
            seal=SEAL,
        )
        await stack.enter_async_context(Worker(services=services, url=order.url).running())
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(work(WorkerOrder(**json.loads(sys.argv[1]))))
