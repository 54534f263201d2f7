"""The driver, in a process that works too, as `interlock serve` does: `driver_process SETUP CASES WARM_UP`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from evals.bench import wiring
from evals.bench.driver import open_driver
from evals.bench.protocol import run_loop, take_part, tuning
from evals.bench.setup import Setup


async def drive(setup: Setup, cases: int, warm_up: int) -> None:
    """Take part in a round."""
    async with open_driver(setup) as driver, wiring.worker(setup, driver.services).running():

        async def warm() -> None:
            await driver.run(f"w-{number}" for number in range(warm_up))

        async def run() -> Mapping[str, Any]:
            before = driver.watcher.polls
            ran = await driver.run(f"t-{number}" for number in range(cases))
            return {
                "seconds": ran.seconds,
                "done": ran.done,
                "polls": driver.watcher.polls - before,
                "tuning": tuning(tuned=True),
            }

        await take_part(warm, run)


def main() -> None:
    """Read the arguments and drive."""
    wiring.log_to_stderr()
    setup, cases, warm_up = Setup.model_validate_json(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    run_loop(drive(setup, cases, warm_up), tuned=True)


if __name__ == "__main__":
    main()
