"""How many documents one process reads at once, whoever's they are."""

from __future__ import annotations

import asyncio
from typing import Final

READ_AT_ONCE: Final = 4
RECOGNISED_AT_ONCE: Final = 2
"""So many documents a process reads at once, and so many more that have pages without text: each may take as much
memory as the limits allow, and pages are recognised one after the other."""
REMEMBERED: Final = 1000


class ReadingRoom:
    """What those who read documents in one process share: slots for reading, and for recognising.

    A scan takes many times as long as a document with text. Which it is shows while it is read; then the reading is
    given up, and begins again with a slot for scans, so that none of the others waits behind it.
    """

    def __init__(self) -> None:
        """Nobody reads."""
        self.reading = asyncio.Semaphore(READ_AT_ONCE)
        self.recognising = asyncio.Semaphore(RECOGNISED_AT_ONCE)
        self._scans: dict[str, None] = {}

    def is_scan(self, sha256: str) -> bool:
        """Whether the document is known to have pages without text."""
        return sha256 in self._scans

    def remember(self, sha256: str) -> None:
        """The document has: whoever reads it next need not find out. Of the last thousand this is known."""
        self._scans[sha256] = None
        if len(self._scans) > REMEMBERED:
            del self._scans[next(iter(self._scans))]
