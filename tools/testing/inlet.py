"""The twin of an inlet, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from tools.errors import ToolError
from tools.inlet import Arrival, Settlement


@dataclass(slots=True, kw_only=True)
class MemoryInlet:
    """Shows what was delivered until it is settled. The next call takes the next of `faults`."""

    name: str = "memory"
    interval: timedelta = timedelta(seconds=1)
    waiting: list[Arrival] = field(default_factory=list[Arrival])
    settled: list[tuple[Arrival, Settlement]] = field(default_factory=list[tuple[Arrival, Settlement]])
    faults: list[ToolError] = field(default_factory=list[ToolError])

    async def poll(self) -> Sequence[Arrival]:
        self._fail()
        return tuple(self.waiting)

    async def settle(self, arrival: Arrival, settlement: Settlement) -> None:
        self._fail()
        left = [one for one in self.waiting if one.reference != arrival.reference]
        if len(left) < len(self.waiting):
            self.settled.append((arrival, settlement))
        self.waiting = left

    def _fail(self) -> None:
        if self.faults:
            raise self.faults.pop(0)
