"""No storms: how many messages a person gets in a while, and what comes in one message because it is more. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from graphs.store.notice_tables import NoticeRow

MOST = 5
WITHIN = timedelta(minutes=10)
URGENT_GAP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """At most so many messages within the time; more notices than that come in one. Urgent ones wait for the gap."""

    most: int = MOST
    within: timedelta = WITHIN
    urgent_gap: timedelta = URGENT_GAP


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The notices of each message that goes now, and those that wait, by until when."""

    messages: tuple[tuple[NoticeRow, ...], ...] = ()
    waiting: tuple[tuple[NoticeRow, datetime], ...] = ()


def planned(rows: Sequence[NoticeRow], recent: Sequence[datetime], storm: Storm, *, now: datetime) -> Planned:
    """Which messages go now, given when the last ones to this person were begun (the oldest first).

    While there is room each notice is a message; what does not fit is one message with all. Without room all waits
    until there is some, but urgent ones go in one message if none went for the gap.
    """
    room = storm.most - len(recent)
    if len(rows) <= room:
        return Planned(messages=tuple((row,) for row in rows))
    if room > 0:
        return Planned(messages=(tuple(rows),))
    urgent = tuple(row for row in rows if row.urgency == "urgent")
    free_at = recent[len(recent) - storm.most] + storm.within
    urgent_at = recent[-1] + storm.urgent_gap
    if urgent and urgent_at <= now:
        return Planned(messages=(urgent,), waiting=tuple((row, free_at) for row in rows if row.urgency != "urgent"))
    return Planned(
        waiting=tuple((row, min(urgent_at, free_at) if row.urgency == "urgent" else free_at) for row in rows)
    )
