"""Twins of a mailbox and an outbox, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tools.connector import Health, Standing
from tools.errors import ToolError
from tools.mail.mailbox import MailRef
from tools.mail.maildir import head_of
from tools.mail.outbox import Receipt


@dataclass(slots=True, kw_only=True)
class MemoryMailbox:
    """Mails by number. The next call takes the next of `faults`, each raised before anything is done."""

    validity: int = 1
    inbox: dict[int, tuple[bytes, datetime]] = field(default_factory=dict[int, tuple[bytes, datetime]])
    taken: list[bytes] = field(default_factory=list[bytes])
    refused: list[bytes] = field(default_factory=list[bytes])
    faults: list[ToolError] = field(default_factory=list[ToolError])
    fetched: int = 0
    _last: int = 0

    def deliver(self, content: bytes, *, received_at: datetime | None = None) -> None:
        """A mail arrives."""
        self._last += 1
        self.inbox[self._last] = (content, received_at or datetime.now(UTC))

    async def waiting(self, *, limit: int) -> Sequence[MailRef]:
        self._fail()
        return [
            MailRef(validity=str(self.validity), uid=str(uid), size_bytes=len(content), received_at=received_at)
            for uid, (content, received_at) in sorted(self.inbox.items())[:limit]
        ]

    async def fetch(self, ref: MailRef) -> bytes | None:
        self._fail()
        self.fetched += 1
        return self._at(ref)

    async def fetch_head(self, ref: MailRef) -> bytes | None:
        self._fail()
        content = self._at(ref)
        return content if content is None else head_of(content)

    async def put_away(self, ref: MailRef, *, refused: bool) -> None:
        self._fail()
        content = self._at(ref)
        if content is not None:
            del self.inbox[int(ref.uid)]
            (self.refused if refused else self.taken).append(content)

    async def check(self) -> Health:
        if self.faults:
            return Health(standing=Standing.DOWN, problem=self.faults[0].message, remedy="wait")
        standing = Standing.DEGRADED if self.refused else Standing.OK
        problem = f"{len(self.refused)} refused mails wait" if self.refused else ""
        return Health(standing=standing, problem=problem, details={"refused": len(self.refused)})

    async def aclose(self) -> None:
        return

    def _at(self, ref: MailRef) -> bytes | None:
        found = self.inbox.get(int(ref.uid)) if ref.validity == str(self.validity) else None
        return found[0] if found else None

    def _fail(self) -> None:
        if self.faults:
            raise self.faults.pop(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMail:
    """A mail that was taken, as the server got it."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass(slots=True, kw_only=True)
class MemoryOutbox:
    """Takes mails. The next mail takes the next of `faults`; after `loses_answers` it was taken all the same."""

    call_timeout_seconds: float = 5.0
    sent: list[SentMail] = field(default_factory=list[SentMail])
    faults: list[ToolError] = field(default_factory=list[ToolError])
    loses_answers: list[ToolError] = field(default_factory=list[ToolError])

    async def send(self, *, sender: str, recipients: Sequence[str], content: bytes) -> Receipt:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(SentMail(sender=sender, recipients=tuple(recipients), content=content))
        if self.loses_answers:
            raise self.loses_answers.pop(0)
        return Receipt(response=f"taken as {len(self.sent)}")

    async def check(self) -> Health:
        if self.faults:
            return Health(standing=Standing.DOWN, problem=self.faults[0].message, remedy="wait")
        return Health(standing=Standing.OK)
