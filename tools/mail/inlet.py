"""The inlet of a mailbox: each mail that waits is an arrival until it is put away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from tools.inlet import Arrival, Settlement
from tools.mail.arrival import Reading, arrival_of
from tools.mail.mailbox import Mailbox, MailRef
from tools.mail.position import Position

BATCH = 20
"""Mails of one poll: the next poll brings the next, and memory stays bounded."""


@dataclass(slots=True, kw_only=True)
class MailInlet:
    """Reads a mailbox. A mail is put away only once what became of it is committed."""

    name: str
    mailbox: Mailbox
    reading: Reading
    position: Position
    interval: timedelta
    batch_bytes: int
    _refs: dict[str, MailRef] = field(default_factory=dict[str, MailRef])

    async def poll(self) -> Sequence[Arrival]:
        """The mails that wait, up to a number and a size together; at least one where any waits."""
        listed = await self.mailbox.waiting(limit=BATCH)
        if listed:
            self.position.keep_only(listed[0].validity)
        self._refs = {one.text: one for one in listed}
        arrivals: list[Arrival] = []
        left = self.batch_bytes
        for ref in listed:
            if ref.text in self.position.settled:
                await self._put_away(ref, refused=self.position.settled[ref.text])
                continue
            left -= min(ref.size_bytes, self.reading.limits.message_bytes)
            if left < 0 and arrivals:
                break
            arrival = await self._arrival(ref)
            arrivals += [arrival] if arrival else []
        return arrivals

    async def settle(self, arrival: Arrival, settlement: Settlement) -> None:
        """Put the mail where the taken or the refused lie."""
        refused = not settlement.taken
        self.position.remember(arrival.reference, refused=refused)
        await self._put_away(self._refs[arrival.reference], refused=refused)

    async def _put_away(self, ref: MailRef, *, refused: bool) -> None:
        await self.mailbox.put_away(ref, refused=refused)
        self.position.forget(ref.text)

    async def _arrival(self, ref: MailRef) -> Arrival | None:
        whole = ref.size_bytes <= self.reading.limits.message_bytes
        content = await (self.mailbox.fetch(ref) if whole else self.mailbox.fetch_head(ref))
        if content is None:
            return None
        return arrival_of(content, reference=ref.text, received_at=ref.received_at, whole=whole, reading=self.reading)
