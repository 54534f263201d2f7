"""Ctrl-C and SIGTERM: whatever was started is stopped."""

from __future__ import annotations

import asyncio
import signal
import sys
from types import FrameType
from typing import NoReturn

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def stop_requested() -> asyncio.Event:
    """An event that SIGINT or SIGTERM sets, from now until the loop closes. A second signal changes nothing."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    return stop


def exit_on_sigterm() -> None:
    """Unwind on SIGTERM as on Ctrl-C, so that servers that were started are stopped; call it before starting any."""

    def leave(_number: int, _frame: FrameType | None) -> NoReturn:
        sys.exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, leave)
