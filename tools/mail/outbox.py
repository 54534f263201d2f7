"""The port of an outbox: gives a mail to a server, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tools.connector import Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the server said when it took the mail, cut: it often names the mail's number there."""

    response: str


class Outbox(Protocol):
    """A server that takes mails."""

    @property
    def call_timeout_seconds(self) -> float:
        """How long one mail may take."""
        ...

    async def send(self, *, sender: str, recipients: Sequence[str], content: bytes) -> Receipt:
        """Give the mail to the server for all recipients, or for none.

        Raises `Transient` (nothing happened, later it may work), `Permanent` (nothing happened, it never will), or
        `Ambiguous` where the connection was lost after the text was sent: the server may have taken it.
        """
        ...

    async def check(self) -> Health:
        """Whether the server answers and lets us in. Sends nothing. Never raises."""
        ...
