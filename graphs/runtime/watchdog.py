"""The watchdog: a process that is held up ends itself, so that another takes over its cases.

The rules engine's C core holds the interpreter while it judges. Should it never return, no Python code runs any more:
no timeout, no heartbeat, no signal handler. What still runs is faulthandler's own thread: it is set to end the process
with a traceback, and put off again and again for as long as the event loop turns.
"""

from __future__ import annotations

import asyncio
import faulthandler
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

HANG = timedelta(seconds=20)
"""So long no judgement takes, nor anything else that runs on the loop."""
PUT_OFF_SHARE = 5


@asynccontextmanager
async def watched(hang: timedelta | None) -> AsyncGenerator[None]:
    """While the block runs, a loop that stands still for `hang` ends the process with exit code 1; None watches not."""
    if hang is None:
        yield
        return
    task = asyncio.create_task(_put_off(hang.total_seconds()), name="watchdog")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        faulthandler.cancel_dump_traceback_later()


async def _put_off(seconds: float) -> None:
    while True:
        faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__ or sys.stderr)
        await asyncio.sleep(seconds / PUT_OFF_SHARE)
