"""When somebody works again: by their own hours and absences; of whom none are known, when the site does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from graphs.routing.people.person import RosterEntry
from graphs.routing.people.reading import WorkforceReader
from graphs.routing.people.workforce import Workforce
from graphs.store.database import Database, UnitOfWork

FRESH_FOR = timedelta(seconds=30)


class Presence(Protocol):
    """Knows people's own hours and absences."""

    async def works_again(self, unit: UnitOfWork, tenant: str, user_id: str, now: datetime, /) -> datetime | None:
        """The first instant from `now` on at which the person works; None where only the site's hours are known."""
        ...


class SiteHours:
    """Everybody works when the site does."""

    async def works_again(self, _unit: UnitOfWork, _tenant: str, _user_id: str, _now: datetime, /) -> datetime | None:
        """Nothing more is known."""
        return None


@dataclass(slots=True, kw_only=True)
class OwnHours:
    """People work as their profiles and absences say; a tenant's workforce is read anew after a while."""

    database: Database
    read: dict[str, tuple[datetime, Workforce]] = field(default_factory=dict)

    async def works_again(self, unit: UnitOfWork, tenant: str, user_id: str, now: datetime, /) -> datetime | None:
        """From their absence's end and their own calendar."""
        at, workforce = self.read.get(tenant, (None, Workforce()))
        if at is None or abs(now - at) >= FRESH_FOR:
            workforce = await WorkforceReader(database=self.database, tenant=tenant).read_in(unit, now)
            self.read[tenant] = (now, workforce)
        entry = next((one for one in workforce.people if one.user_id == user_id), None)
        return back_from(entry, now) if entry is not None else None


def back_from(entry: RosterEntry, now: datetime) -> datetime | None:
    """When the person works again: not before their absence is over, nor outside their own hours where these are known.

    Hours are known up to the next shift; an absence that ends after it counts to the midnight that ends it.
    """
    absence = entry.absent(now)
    back = now
    while absence is not None:
        after = absence.last_day + timedelta(days=1)
        back = datetime.combine(after, time.min, tzinfo=ZoneInfo(entry.zone))
        absence = entry.absent(back)
    if entry.calendar is None:
        return None if back == now else back
    starts = entry.works_from(now)
    return max(back, starts) if starts is not None else (None if back == now else back)
