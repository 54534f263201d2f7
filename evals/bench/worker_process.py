"""A worker in a process of its own: `python -m evals.bench.worker_process SETUP`. Drains and ends on SIGTERM."""

from __future__ import annotations

import asyncio
import signal
import sys

from evals.bench import wiring
from evals.bench.protocol import OPEN, run_loop, say
from evals.bench.setup import Setup


async def work(setup: Setup) -> None:
    """Work until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with wiring.open_services(setup) as services, wiring.worker(setup, services).running():
        say(OPEN)
        await stop.wait()


def main() -> None:
    """Read the setup and work."""
    wiring.log_to_stderr()
    setup = Setup.model_validate_json(sys.argv[1])
    run_loop(work(setup), tuned=True)


if __name__ == "__main__":
    main()
