"""Drives a peer in its own process: all its cases, so many in flight. Standard library only."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from evals.bench.protocol import run_loop, take_part, tuning


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a peer's process is told. `number` counts the processes of one round from 0."""

    url: str
    variant: str
    number: int
    cases: int
    warm_up: int
    in_flight: int
    tuned: bool


class Peer(Protocol):
    """A peer on its database. "Waiting" is noticed in the process, never by asking the database."""

    async def open(self, job: Job) -> None:
        """Make the tables unless they are there, and connect."""
        ...

    async def start_to_wait(self, number: str) -> None:
        """Take the case to where it waits for a person."""
        ...

    async def signal_to_done(self, number: str) -> None:
        """Answer, and take the case to its end."""
        ...

    async def close(self) -> None:
        """Disconnect."""
        ...


async def drive(peer: Peer, numbers: list[str], in_flight: int) -> None:
    """Take every case from its start to its end."""
    free = asyncio.Semaphore(in_flight)

    async def one(number: str) -> None:
        async with free:
            await peer.start_to_wait(number)
            await peer.signal_to_done(number)

    await asyncio.gather(*(one(number) for number in numbers))


async def serve(peer: Peer, job: Job) -> None:
    """Take part in a round."""
    await peer.open(job)

    async def warm() -> None:
        await drive(peer, [f"w{job.number}-{n}" for n in range(job.warm_up)], min(job.in_flight, 16))

    async def run() -> Mapping[str, Any]:
        await drive(peer, [f"t{job.number}-{n}" for n in range(job.cases)], job.in_flight)
        return {"done": job.cases, "tuning": tuning(tuned=job.tuned)}

    try:
        await take_part(warm, run)
    finally:
        await peer.close()


def main(make: Callable[[str], Peer]) -> None:
    """Read the job, make the peer of its variant, and serve."""
    job = Job(**json.loads(sys.argv[1]))
    run_loop(serve(make(job.variant), job), tuned=job.tuned)
