"""The watch desk: deadlines of the whole tenant: what is due next, at risk or breached, and who was told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from graphs.escalation.desk import acknowledgeable
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.clock_lists import ClockLists, ListedClock, ListedEscalation
from graphs.store.inbox_tabs import Place
from graphs.store.people import Actor

READ = "task.read"
FORESEE = "forecast.read"
SOON = timedelta(days=1)
"""What is due within it counts as due soon."""


class Watched(StrEnum):
    """Which clocks: the next due, those at risk and not breached, the breached ones, or the likeliest to be."""

    DUE = "due"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    FORECAST = "forecast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An escalation that nobody has acknowledged, and whether the actor may."""

    found: ListedEscalation
    acknowledgeable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchDesk:
    """Lists; changes nothing. Every method raises `PermissionMissing`."""

    services: Services

    async def clocks(
        self, actor: Actor, which: Watched, *, after: Place | None, until: datetime | None, limit: int
    ) -> Sequence[ListedClock]:
        """Clocks behind a place, the soonest due first; by forecast the likeliest first, from the beginning.

        What forecasts say is left out for who may not see them.
        """
        require(actor, FORESEE if which is Watched.FORECAST else READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            lists = ClockLists(unit.session, actor.tenant)
            match which:
                case Watched.DUE:
                    return await lists.due(after=after, until=until, limit=limit)
                case Watched.AT_RISK | Watched.BREACHED:
                    return await lists.late(breached=which is Watched.BREACHED, after=after, limit=limit)
                case Watched.FORECAST:
                    return await lists.riskiest(limit=limit)
                case _:
                    assert_never(which)

    async def counts(self, actor: Actor) -> Mapping[str, int]:
        """How many are `breached`, `at_risk`, and `due` within a day."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await ClockLists(unit.session, actor.tenant).counts(until=self.services.clock() + SOON)

    async def escalations(self, actor: Actor, *, mine: bool, limit: int) -> Sequence[Waiting]:
        """Escalations that nobody has acknowledged, the newest first: of all, or that the actor was told of."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            lists = ClockLists(unit.session, actor.tenant)
            found = await lists.escalations(told=actor.user_id if mine else None, limit=limit)
        return [Waiting(found=one, acknowledgeable=acknowledgeable(actor, one.escalation)) for one in found]
