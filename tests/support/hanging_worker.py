"""A worker whose rules engine hangs in C code on the amount 666: `python -m tests.support.hanging_worker URL`.

Held up for a second, it ends itself. Prints `working` once it takes jobs.
"""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from datetime import timedelta

from graphs.process import ProcessRegistry
from graphs.runtime.services import Services
from graphs.runtime.worker import Worker
from graphs.store.database import Database
from policies.engine import DurableRuleset
from policies.judgement import RuleBook
from policies.pack_file import read_pack
from tests.support.engine import SEAL
from tests.support.toy import PACK, AmountReader, Notebook, toy_definition
from tools.catalog import Catalog
from tools.clock import utc_now


class Hanging(DurableRuleset):
    """Never returns, and never lets go of the interpreter."""

    def run(self, fact: str) -> set[str]:
        if "666" in fact:
            re.match(r"(a+)+$", "a" * 60 + "b")
        return super().run(fact)


async def work(url: str) -> None:
    """Work until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = Database(url, clock=utc_now)
    catalog = Catalog([AmountReader(666), Notebook()])
    services = Services(
        database=database,
        catalogs=lambda tenant: catalog,
        rulebooks={"toy": RuleBook(read_pack(PACK, name="toy"), open_ruleset=Hanging)},
        registry=ProcessRegistry([toy_definition()]),
        seal=SEAL,
    )
    async with Worker(services=services, url=url, hang=timedelta(seconds=1)).running():
        print("working", flush=True)  # noqa: T201
        await stop.wait()
    await database.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
