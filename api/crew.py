"""The crew: worker processes beside the one that serves, so that every core has work. One that ends is replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from api.servers import Servers
from api.settings import PREFIX

COMMAND = (sys.executable, "-c", "from api.cli import main; main()", "worker")
PARENT = f"{PREFIX}CREW_OF"
"""Process id of whom a crew member works for: it stops when that is gone."""

DEFAULT_WORKERS = 2
STOP_SECONDS = 25
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0

log = structlog.get_logger(__name__)


def workers_wanted(servers: Servers) -> int:
    """How many processes are to work, this one included.

    The twin of the ERP in memory lives in one process, so there is only one then.
    """
    settings = servers.settings
    if settings.erp == "memory" and settings.erp_url is None:
        return 1
    return settings.workers or min(DEFAULT_WORKERS, os.cpu_count() or 1)


def environment(servers: Servers, number: int) -> dict[str, str]:
    """What a member is started with: this process's settings, and the ERP that it has started.

    Each member has a port of its own for its metrics: the next ones behind that of the process that serves.
    """
    found = {**os.environ, PARENT: str(os.getpid()), f"{PREFIX}DATA_DIR": str(servers.folder.path)}
    first = servers.settings.metrics_port
    if first is not None:
        found |= {f"{PREFIX}METRICS_PORT": str(first + number)}
    if servers.tryton is not None:
        own = servers.tryton
        found |= {
            f"{PREFIX}ERP": "tryton",
            f"{PREFIX}ERP_URL": own.url,
            f"{PREFIX}ERP_DATABASE": own.database,
            f"{PREFIX}ERP_USER": own.user,
            f"{PREFIX}ERP_PASSWORD": own.password,
        }
    return found


@asynccontextmanager
async def crew(servers: Servers) -> AsyncIterator[None]:
    """The other workers, until the block ends; then they drain."""
    members = [
        asyncio.create_task(employed(servers, number), name=f"crew-{number}")
        for number in range(1, workers_wanted(servers))
    ]
    try:
        yield
    finally:
        for member in members:
            member.cancel()
        await asyncio.gather(*members, return_exceptions=True)


async def employed(servers: Servers, number: int) -> None:
    """Keep one member at work; after one that ended, pause, the longer the sooner it did."""
    loop = asyncio.get_running_loop()
    pause = FIRST_PAUSE_SECONDS
    while True:
        started_at = loop.time()
        code = await _worked(servers, number)
        log.warning("crew.ended", member=number, code=code)
        lasted = loop.time() - started_at
        pause = FIRST_PAUSE_SECONDS if lasted > LONGEST_PAUSE_SECONDS else min(pause * 2, LONGEST_PAUSE_SECONDS)
        await asyncio.sleep(pause)


async def _worked(servers: Servers, number: int) -> int:
    # A session of its own: Ctrl-C goes to this process, which then lets its crew drain.
    process = await asyncio.create_subprocess_exec(*COMMAND, env=environment(servers, number), start_new_session=True)
    try:
        return await process.wait()
    except asyncio.CancelledError:
        await _stopped(process)
        raise


async def _stopped(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
