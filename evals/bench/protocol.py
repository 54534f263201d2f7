"""What a process that takes part in a round says and hears: one line at a time. Standard library only.

A participant says `open` when it could begin, warms up on `warm` and says `ready`, runs on `go` and says
`done {figures}`, and ends on `end`. A worker says `open` and serves until SIGTERM.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

OPEN, WARM, READY, GO, DONE, END = "open", "warm", "ready", "go", "done", "end"
THRESHOLDS = (50_000, 20, 20)


class ProtocolBroken(RuntimeError):
    """The other side said something else than was expected."""


def say(word: str, figures: Mapping[str, Any] | None = None) -> None:
    """Say a word, with figures if there are any."""
    sys.stdout.write(f"{word} {json.dumps(figures)}\n" if figures is not None else f"{word}\n")
    sys.stdout.flush()


async def hear(word: str) -> None:
    """Wait until the word is said. Raises `ProtocolBroken`."""
    line = await asyncio.to_thread(sys.stdin.readline)
    if line.strip() != word:
        raise ProtocolBroken(f"expected {word!r}, heard {line.strip()!r}")


async def take_part(warm_up: Callable[[], Awaitable[None]], run: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
    """Take part in a round, from `open` to `end`."""
    say(OPEN)
    await hear(WARM)
    await warm_up()
    say(READY)
    await hear(GO)
    say(DONE, await run())
    await hear(END)


def tune() -> None:
    """Keep what was imported out of the garbage collector's sight, and let it run less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


def fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The event loop of uvloop, where it is installed."""
    try:
        factory: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module("uvloop").new_event_loop
    except ModuleNotFoundError:
        return None
    return factory


def tuning(*, tuned: bool) -> str:
    """In words, what `run_loop` does here."""
    if not tuned:
        return "default event loop, default garbage collection"
    loop = "uvloop" if fast_loop() else "default event loop"
    return f"{loop}, garbage collection frozen and rarer"


def run_loop(program: Coroutine[Any, Any, None], *, tuned: bool) -> None:
    """Run `program` to its end in an event loop, tuned or as Python comes."""
    if tuned:
        tune()
    with asyncio.Runner(loop_factory=fast_loop() if tuned else None) as runner:
        runner.run(program)
