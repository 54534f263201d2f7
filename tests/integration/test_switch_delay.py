"""How long a switch takes to be effective in other processes that call all the time."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import AsyncExitStack

from graphs.store.people import Actor
from graphs.switches import SwitchDesk, SwitchScope
from tests.conftest import ROOT, TestDatabase
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.people import actor

EFFECTIVE_SECONDS = 1.0
PROCESSES = 2


async def started(url: str, stack: AsyncExitStack) -> asyncio.subprocess.Process:
    """A process that calls all the time; stopped with the stack."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.caller_process", url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    stack.push_async_callback(process.wait)
    assert await line(process) == "calling"
    return process


async def line(process: asyncio.subprocess.Process) -> str:
    """What the process says next."""
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def delays(desk: SwitchDesk, who: Actor, callers: list[asyncio.subprocess.Process], *, off: bool) -> list[float]:
    """Seconds from the moment the switch was turned until each caller noticed."""
    await desk.set(who, SwitchScope.TOOL, "toy.write", off=off, reason="measured")
    turned_at = time.monotonic()
    return [float(await line(caller)) - turned_at for caller in callers]


async def test_a_switch_is_effective_in_every_process_within_a_second(
    engine: Engine, own_database: TestDatabase
) -> None:
    await grant(engine.database, "sven", "switch.set")
    sven, desk = await actor(engine.database, "sven"), SwitchDesk(services=engine.services)
    async with AsyncExitStack() as stack:
        callers = [await started(own_database.app_url, stack) for _ in range(PROCESSES)]
        off = await delays(desk, sven, callers, off=True)
        on = await delays(desk, sven, callers, off=False)
    print(f"switched off after {off} s, on after {on} s in {PROCESSES} processes")  # noqa: T201
    assert max(*off, *on) < EFFECTIVE_SECONDS
