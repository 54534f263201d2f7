"""When somebody works again: of whom nothing is known, when the site does."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from graphs.store.database import UnitOfWork


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
