"""The port of a mailbox: mails that wait, until each is put away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tools.connector import Health


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRef:
    """One mail in a mailbox: its number counts only while the mailbox has this `validity` (RFC 9051, 2.3.1.1)."""

    validity: str
    uid: str
    size_bytes: int
    received_at: datetime

    @property
    def text(self) -> str:
        """The reference in one word."""
        return f"{self.validity}/{self.uid}"


class Mailbox(Protocol):
    """A folder that mails arrive in. Every call ends within the mailbox's own time limit.

    All raise `Transient` while it cannot be reached, and `Permanent` where it will not work as it is configured.
    """

    async def waiting(self, *, limit: int) -> Sequence[MailRef]:
        """Mails that were not put away, the oldest first."""
        ...

    async def fetch(self, ref: MailRef) -> bytes | None:
        """The mail as it came, unchanged and not marked as read; None if it is not there any more."""
        ...

    async def fetch_head(self, ref: MailRef) -> bytes | None:
        """Its headers only, for one that is too large."""
        ...

    async def put_away(self, ref: MailRef, *, refused: bool) -> None:
        """Put the mail where the taken or the refused lie; nothing happens if it is gone or the validity is over."""
        ...

    async def check(self) -> Health:
        """Whether mails can be read and put away. Changes nothing. Never raises."""
        ...

    async def aclose(self) -> None:
        """Close the connection."""
        ...
