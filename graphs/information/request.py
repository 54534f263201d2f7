"""A request to somebody outside, and what came of it: as it is asked, checked, recorded and shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from graphs.errors import Conflict, Invalid, PermissionMissing
from graphs.information.letter import Words
from graphs.information.terms import LONGEST, SOON
from graphs.store.information_tables import InformationReplyRow, InformationRow

ASKED, RECEIVED, REMINDED = "information.asked", "information.received", "information.reminded"
WITHDRAWN, OVERDUE, UNDELIVERED = "information.withdrawn", "information.overdue", "information.undelivered"
UNSENT = "information.not_sent"
"""Kinds of audit entries of the task's case."""


class RequestClosed(Conflict):
    """The information request has its answer, was withdrawn, or is overdue."""

    code = "information_request_closed"


class TooManyRequests(Conflict):
    """So many requests about the task wait for their answers already: withdraw one."""

    code = "too_many_information_requests"


class MailNotConnected(Conflict):
    """No connector sends mails, or the one there may not send them to this address."""

    code = "mail_not_connected"


class AddressNotOnFile(PermissionMissing):
    """The address is in no address book of the case, and a free choice needs a permission of its own."""

    code = "address_not_on_file"


class Counts(StrEnum):
    """What a mail that came of a request counts as. Only an `answer` is what was waited for; none decides anything."""

    ANSWER = "answer"
    LATE = "late"
    OTHER_SENDER = "other_sender"
    SENDER_REFUTED = "sender_refuted"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingOutside:
    """What is asked of whoever has the address `to`; `free` says that it was chosen freely, and `key` which ask it is.

    The same `key` asks once, however often it is sent.
    """

    to: str
    words: Words
    free: bool = False
    deadline_at: datetime | None = None
    remind_at: datetime | None = None
    key: str | None = None

    def due(self, now: datetime) -> datetime:
        """By when: as asked, else in three days. Raises `Invalid`, also for a reminder that is not before it."""
        due = self.deadline_at or now + SOON
        if not now < due <= now + LONGEST:
            raise Invalid(f"deadline_at: from now on, and within {LONGEST.days} days")
        if self.remind_at is not None and not now < self.remind_at < due:
            raise Invalid("remind_at: from now on, and before deadline_at")
        return due


@dataclass(frozen=True, slots=True, kw_only=True)
class CameOfIt:
    """A mail that came of a request. Its values are those of the trail; what was erased is missing."""

    row: InformationReplyRow
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationRequest:
    """A request as it stands; `open` while its answer is waited for, `delivery` is how far its mail has come."""

    row: InformationRow
    open: bool
    delivery: str
    said: Mapping[str, Any] = field(default_factory=dict)
    replies: Sequence[CameOfIt] = ()
