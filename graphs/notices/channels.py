"""Over which channel a person is told: the first that they want and that is connected."""

from __future__ import annotations

from collections.abc import Collection

from graphs.notices.preferences import MAIL, Preferences
from graphs.store.notice_tables import NoticeRow
from graphs.store.people_tables import User
from tools.catalog import Catalog

MAIL_TOOL, NOTE_TOOL = "mail.send", "notify.send"


def connected(catalog: Catalog) -> frozenset[str]:
    """The channels of a tenant's tools: `mail`, and those of its connector `notify`."""
    mail = {MAIL} if MAIL_TOOL in catalog else set[str]()
    named: Collection[str] = getattr(catalog[NOTE_TOOL], "channels", ()) if NOTE_TOOL in catalog else ()
    return frozenset(mail | (set(named) - {MAIL}))


def channel_for(row: NoticeRow, person: User, wants: Preferences, available: Collection[str]) -> str | None:
    """The channel; None where the person cannot be reached by any."""
    order = [row.channel, *wants.order_of(row.kind), MAIL]
    return next((channel for channel in order if channel and reaches(channel, person, available)), None)


def reaches(channel: str, person: User, available: Collection[str]) -> bool:
    """Whether the channel is connected and the person is at its other end."""
    return channel in available and (channel != MAIL or bool(person.email))
