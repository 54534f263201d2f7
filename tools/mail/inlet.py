"""The inlet of a mailbox: each mail that waits is an arrival until it is put away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import accumulate

import structlog

from tools.errors import Permanent
from tools.inlet import Arrival, Settlement
from tools.mail.arrival import Reading, arrival_of
from tools.mail.mailbox import Mailbox, MailRef
from tools.mail.position import Position

BATCH = 20
"""Mails of one poll: the next poll brings the next, and memory stays bounded."""

log = structlog.get_logger(__name__)


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
        """The mails that wait, up to a number and a size together; at least one where any waits.

        New ones come first: mails that are left where they are, such as answers whose case does not wait yet, hold up
        nobody, however many there are.
        """
        listed = await self.mailbox.waiting(limit=BATCH + len(self.position.settled) + len(self._refs))
        if listed:
            self.position.keep_only(listed[0].validity)
        settled = [ref for ref in listed if ref.text in self.position.settled]
        left = [ref for ref in listed if ref not in settled]
        for ref in settled:
            await self._put_away_later(ref)
        waiting = sorted(left, key=lambda ref: ref.text in self._refs)[:BATCH]
        self._refs = {ref.text: ref for ref in left if ref in waiting or ref.text in self._refs}
        return [arrival for ref in self._within_size(waiting) if (arrival := await self._arrival(ref)) is not None]

    def _within_size(self, refs: Sequence[MailRef]) -> Sequence[MailRef]:
        """As many as fit into memory together, and one in any case."""
        sizes = accumulate(min(ref.size_bytes, self.reading.limits.message_bytes) for ref in refs)
        fitting = sum(1 for size in sizes if size <= self.batch_bytes)
        return refs[: max(1, fitting)]

    async def _put_away_later(self, ref: MailRef) -> None:
        try:
            await self._put_away(ref, refused=self.position.settled[ref.text])
        except Permanent as error:
            # It has its case; where it lies is for a person. The others go on.
            log.warning("mail.not_put_away", inlet=self.name, code=error.reason)

    async def settle(self, arrival: Arrival, settlement: Settlement) -> None:
        """Put the mail where the taken or the refused lie."""
        refused = not settlement.taken
        self.position.remember(arrival.reference, refused=refused)
        await self._put_away(self._refs[arrival.reference], refused=refused)
        self._refs.pop(arrival.reference, None)

    async def _put_away(self, ref: MailRef, *, refused: bool) -> None:
        await self.mailbox.put_away(ref, refused=refused)
        self.position.forget(ref.text)

    async def _arrival(self, ref: MailRef) -> Arrival | None:
        whole = ref.size_bytes <= self.reading.limits.message_bytes
        content = await (self.mailbox.fetch(ref) if whole else self.mailbox.fetch_head(ref))
        if content is None:
            return None
        return arrival_of(content, reference=ref.text, received_at=ref.received_at, whole=whole, reading=self.reading)
