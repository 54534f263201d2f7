"""The twin of an announcer, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tools.connector import Health, Standing
from tools.notify.port import Delivery, Note, Outcome


@dataclass(slots=True, kw_only=True)
class MemoryAnnouncer:
    """Keeps what was announced. A channel's next note takes the next of its `faults`; after `UNKNOWN` it arrived."""

    channels: Sequence[str] = ("chat", "hook")
    call_timeout_seconds: float = 5.0
    announced: list[tuple[str, Note]] = field(default_factory=list[tuple[str, Note]])
    faults: dict[str, list[Delivery]] = field(default_factory=dict[str, list[Delivery]])

    async def announce(self, channel: str, note: Note) -> Delivery:
        if channel not in self.channels:
            return Delivery(outcome=Outcome.REFUSED, reason=f"there is no channel {channel!r}")
        waiting = self.faults.get(channel, [])
        delivery = waiting.pop(0) if waiting else Delivery(outcome=Outcome.DELIVERED)
        if delivery.outcome in (Outcome.DELIVERED, Outcome.UNKNOWN):
            self.announced.append((channel, note))
        return delivery

    async def check(self) -> Health:
        return Health(standing=Standing.OK, details={"channels": len(self.channels)})
