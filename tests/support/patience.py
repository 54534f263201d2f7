"""Waiting for what others bring about: look again and again until it is so, or patience is at an end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from inspect import isawaitable

PAUSE_SECONDS = 0.02


async def eventually(
    claim: Callable[[], object], *, within_seconds: float, pause_seconds: float = PAUSE_SECONDS
) -> None:
    """Return once the claim is true; it may be a coroutine function. Raises `TimeoutError`."""
    async with asyncio.timeout(within_seconds):
        while not await _outcome(claim):
            await asyncio.sleep(pause_seconds)


async def _outcome(claim: Callable[[], object]) -> object:
    found = claim()
    return await found if isawaitable(found) else found


def wait_until(
    claim: Callable[[], object],
    *,
    within_seconds: float,
    otherwise: Callable[[], str],
    pause_seconds: float = PAUSE_SECONDS,
) -> None:
    """Block until the claim is true. Raises `AssertionError` with what `otherwise` says."""
    deadline = time.monotonic() + within_seconds
    while not claim():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(pause_seconds)
