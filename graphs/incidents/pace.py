"""The pace of an operation on many incidents: a few first, then a bounded number at once, and no more where it fails.

Pure. What broke a thousand cases at once is often a system that is down: a thousand retries at once would break it
again, and a fix that does not help three cases will not help the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CANARY, AT_ONCE = 3, 20
MOST_CANARY, MOST_AT_ONCE = 50, 200
WINDOW = 10
"""So many of the last outcomes decide whether it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many items to begin now; `stop` says why none ever again, empty while it goes on."""

    begin: int = 0
    stop: str = ""


def next_pace(*, outcomes: Sequence[bool], moving: int, waiting: int, canary: int, at_once: int) -> Pace:
    """The pace, given what became of the items so far: True for one that went on, in the order they ended.

    Only what was tried counts: an item that was refused before it reached its target says nothing about the fix.
    """
    tried = len(outcomes)
    if tried < canary:
        return Pace(begin=max(0, min(canary - tried - moving, waiting)))
    last = outcomes[-WINDOW:] if tried > canary else outcomes
    failed = sum(not passed for passed in last)
    if waiting and 2 * failed > len(last):
        which = f"{failed} of the {'first' if tried <= canary else 'last'} {len(last)}"
        return Pace(stop=f"{which} failed again: the cause is not gone, {waiting} were left as they are")
    return Pace(begin=max(0, min(at_once - moving, waiting)))
