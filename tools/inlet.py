"""The port of an inlet: how a connector brings in what others send, a mail or a file, until it is settled.

An inlet shows what has arrived again at every poll, under the same keys, until whoever took it has said so. What it
was made into is committed before it is settled; so a crash in between shows it again, and its keys make sure that it
is nothing new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol, runtime_checkable

REPLY = "mail.reply"
"""The name of the message that an answer to a mail of ours is; its correlation key is our mail's Message-ID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedDocument:
    """One document of an arrival, which is to become one case.

    `key` is the same at every delivery of the same thing: it becomes the trigger's idempotency key. `details` are
    JSON data about this document alone.
    """

    key: str
    name: str
    media_type: str
    content: bytes
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Something that is not taken: `what` it is, by which rule (`code`), and in plain words why and what to do."""

    what: str
    code: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an arrival answers: the message `name` for whoever waits with `correlation_key`; `message_id` is its own."""

    name: str
    correlation_key: str
    message_id: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What may come of a mail of ours: the Message-IDs of ours that it `answers`, the nearest first, and the `tags` of
    its subject. `message_id` is the same at every delivery of it; `automatic` where a machine sent it by itself.
    """

    answers: tuple[str, ...]
    tags: tuple[str, ...]
    message_id: str
    automatic: bool
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A report that a mail of ours did not arrive: which one (`message_id`, and the idempotency `key` it was sent
    with, if it was returned), the enhanced status code (RFC 3463), and the server's words.
    """

    message_id: str
    key: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One thing that came in: a mail or a file.

    `reference` is where the inlet finds it again; nobody else reads it. `details` are JSON data about the delivery,
    which go into the input of its cases: facts with provenance, and untrusted text that is shown and never obeyed.
    `refusals` are the parts that are not taken. One without documents, without an answer and without a `bounce` that
    finds its case is refused as a whole.
    """

    reference: str
    process: str
    channel: str
    sender: str
    received_at: datetime
    documents: tuple[ArrivedDocument, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    answer: Answer | None = None
    reply: Reply | None = None
    bounce: Bounce | None = None

    @property
    def received_on(self) -> date:
        """The day it came, in UTC as everything in the database."""
        return self.received_at.date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of an arrival: the cases it has, and what of it was refused. Committed before it is told."""

    cases: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether anything came of it; else it goes to where the refused wait for a person."""
        return bool(self.cases)


@runtime_checkable
class Inlet(Protocol):
    """What a connector that receives offers besides its tools; at most one poll of a name runs at a time.

    A connector that has one offers it as its attribute `inlet`.
    """

    @property
    def name(self) -> str:
        """The connector's name."""
        ...

    @property
    def interval(self) -> timedelta:
        """How long to wait between two polls."""
        ...

    async def poll(self) -> Sequence[Arrival]:
        """What has arrived and is not settled, the oldest first and a bounded number.

        Raises `Transient` or `Permanent` where the source cannot be asked; nothing is lost by it.
        """
        ...

    async def settle(self, arrival: Arrival, settlement: Settlement) -> None:
        """Put the arrival away, so that it is not shown again. Safe to repeat. Raises as `poll` does."""
        ...
