"""The port of an announcer: short texts to people over named channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from tools.connector import Health

Urgency = Literal["info", "success", "warning", "failure"]


class Outcome(StrEnum):
    """What became of a note on one channel.

    `FAILED`: nothing happened, later it may work. `REFUSED`: nothing happened, it never will. `UNKNOWN`: it may have
    arrived.
    """

    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The outcome on one channel, and in plain words why; never with a secret."""

    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is announced. `id` is the same at every attempt; `repeated` says that it may have arrived before."""

    id: str
    title: str
    body: str
    urgency: Urgency
    repeated: bool = False


class Announcer(Protocol):
    """Announces notes on channels that an operator has configured."""

    @property
    def call_timeout_seconds(self) -> float:
        """How long one note may take on one channel."""
        ...

    @property
    def channels(self) -> Sequence[str]:
        """The names of the channels."""
        ...

    async def announce(self, channel: str, note: Note) -> Delivery:
        """Send the note on one channel, within the time. Never raises: what went wrong is the outcome."""
        ...

    async def check(self) -> Health:
        """Whether every channel is configured so that it can work. Announces nothing. Never raises."""
        ...
