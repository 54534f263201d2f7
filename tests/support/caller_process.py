"""A worker that calls one tool again and again: `python -m tests.support.caller_process URL`.

Prints `calling` after its first call, and then, on a clock that all processes of the machine share, the second at
which its calls began to be refused, and the second at which they were let through again.
"""

from __future__ import annotations

import asyncio
import sys
import time

from graphs.admission import Admission
from graphs.refusals import SwitchedOff
from graphs.store.database import Database
from tests.support.limited import LimitedTool
from tools.clock import utc_now

PAUSE_SECONDS = 0.002


def say(word: object) -> None:
    """One line, at once."""
    print(word, flush=True)  # noqa: T201


async def call(admission: Admission) -> bool:
    """Make a call; whether it was let through."""
    try:
        async with admission.admitted(tenant="acme", process="toy", tool=LimitedTool(), case_id="case", now=utc_now()):
            return True
    except SwitchedOff:
        return False


async def work(url: str) -> None:
    """Call until refused, then until let through again."""
    database = Database(url, clock=utc_now)
    admission = Admission(database)
    await call(admission)
    say("calling")
    for wanted in (False, True):
        while await call(admission) is not wanted:
            await asyncio.sleep(PAUSE_SECONDS)
        say(time.monotonic())
    await database.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
