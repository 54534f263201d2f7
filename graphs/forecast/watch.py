"""The periodic look at clocks that are due soon: forecasts are issued, alerts raised once, ends noted.

Nobody polls cases: only clocks that run and are due within the horizon are looked at, each again after a share of the
time that is left, in batches. Of several workers one looks at a tenant's clocks at a time.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from graphs.audit import WORKER, AuditRecord
from graphs.deadlines.clock import Clock
from graphs.escalation.climb import Escalator
from graphs.forecast.forecast import Forecast
from graphs.forecast.foresight import Foresight
from graphs.forecast.options import with_options
from graphs.forecast.presence import Presence, SiteHours
from graphs.forecast.reading import PassageReading
from graphs.notices.notice import Notice, tell
from graphs.runtime.assignment import SUPERVISOR_ROLE
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.forecast_tables import ALERT, ForecastLook, ForecastRow
from graphs.store.forecasts import Forecasts
from graphs.store.people import RosterEntry
from policies.service_level import Scope

NAMESPACE = uuid.UUID("1e8a4c52-0d53-4a5e-9c1b-5f0c7d6f2b90")
HORIZON = timedelta(days=7)
BATCH = 200
BATCHES = 10
"""So many batches a run at most; what is left waits for the next."""
AT_RISK = 0.5
"""From this probability on somebody is told, where nothing else is declared."""
AGAIN_SHARE = 0.05
"""A clock is looked at again after this share of the time that is left."""
AGAIN_AT_LEAST = timedelta(minutes=2)
POINTS = (("half", 0.5, 0.8), ("four_fifths", 0.8, 1.0))
"""From which to which share of a clock's business time a forecast is issued, once, to be held to account."""
NOTICE = "deadline.at_risk"

Threshold = Callable[[Clock], float]


def declared(_clock: Clock) -> float:
    """The probability from which on somebody is told of the clock."""
    return AT_RISK


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastWatch:
    """Keeps forecasts up to date. Safe to run in every worker at once."""

    services: Services
    presence: Presence = field(default_factory=SiteHours)
    threshold: Threshold = declared
    horizon: timedelta = HORIZON
    batch: int = BATCH
    escalator: Escalator = field(init=False)

    def __post_init__(self) -> None:
        """One escalator: what it knows of people lasts for a few seconds."""
        object.__setattr__(self, "escalator", Escalator(services=self.services))

    async def run(self) -> int:
        """Learn what is new, note what has ended, look at what is due soon; returns at how many clocks."""
        async with self.services.database.unit_of_work() as unit:
            tenants = await unit.people.tenants()
        return sum([await self.of_tenant(tenant) for tenant in tenants])

    async def of_tenant(self, tenant: str) -> int:
        """The same for one tenant. One without service levels costs nothing."""
        processes = await self._processes(tenant)
        if not processes:
            return 0
        reading = PassageReading(services=self.services)
        for process in processes:
            await reading.of_process(tenant, process)
        async with self.services.database.unit_of_work(tenant) as unit:
            await Forecasts(unit.session, tenant).settle(now=self.services.clock())
        looked = 0
        for _ in range(BATCHES):
            likely: list[tuple[str, int]] = []
            async with self.services.database.unit_of_work(tenant) as unit:
                found = await self._look(unit, tenant, likely)
            for clock_id, probability_bps in likely:
                await self.escalator.foresee(tenant, clock_id, probability_bps=probability_bps)
            looked += found
            if found < self.batch:
                break
        return looked

    async def _processes(self, tenant: str) -> list[str]:
        view = self.services.admission.fresh(tenant) or await self.services.admission.read(tenant)
        return sorted(process for owner, process in view.levels if owner == tenant)

    async def _look(self, unit: UnitOfWork, tenant: str, likely: list[tuple[str, int]]) -> int:
        """Look at a batch; clocks whose ladders say from which probability on something happens go into `likely`."""
        forecasts, now = Forecasts(unit.session, tenant), self.services.clock()
        if not await forecasts.alone():
            return 0
        rows = await forecasts.to_look_at(now=now, until=now + self.horizon, limit=self.batch)
        if not rows:
            return 0
        places = await forecasts.places(row.case_id for row in rows)
        foresight = Foresight(services=self.services, unit=unit, tenant=tenant, now=now, presence=self.presence)
        roster: list[RosterEntry] | None = None
        looks: list[ForecastLook] = []
        for row in rows:
            clock = Clock.of(row)
            found = await foresight.of(clock, places.get(row.case_id))
            looks.append(look_of(found))
            for point in reached(found):
                await forecasts.issue(issued(found, point))
            if climbs(clock, found):
                likely.append((clock.id, found.probability_bps or 0))
            if found.probability is not None and found.probability >= self.threshold(clock):
                roster = await unit.people.roster(tenant) if roster is None else roster
                await self._alert(foresight, found, roster)
        await forecasts.looked(looks)
        return len(rows)

    async def _alert(self, foresight: Foresight, found: Forecast, roster: list[RosterEntry]) -> None:
        """Told, recorded and held to account once for each version of the clock."""
        unit, clock, now = foresight.unit, found.clock, foresight.now
        if not await Forecasts(unit.session, foresight.tenant).issue(issued(found, ALERT)):
            return
        found = await with_options(foresight, found, roster)
        values = {
            "scope": clock.scope.value,
            "name": clock.name,
            "level": clock.level.name if clock.level else "",
            "due_at": clock.due_at.isoformat() if clock.due_at else None,
            "probability_bps": found.probability_bps,
            "why": found.sentence,
            "advice": found.best.sentence if found.best else "",
        }
        recorded = {"clock": clock.id, "task": clock.task_id, **values}
        record = AuditRecord(kind=NOTICE, actor=WORKER, case_id=clock.case_id, values=recorded)
        unit.record(foresight.tenant, record)
        for recipient in recipients(found, roster):
            notice = Notice(
                tenant=foresight.tenant,
                recipient_id=recipient,
                kind=NOTICE,
                key=f"{clock.id}/{clock.version}",
                case_id=clock.case_id,
                task_id=clock.task_id,
                values=values,
            )
            await tell(unit, notice, now=now)


def climbs(clock: Clock, found: Forecast) -> bool:
    """Whether the forecast is enough for a rung of the clock's ladder that is not reached yet."""
    if clock.ladder is None or found.probability_bps is None:
        return False
    place, _ = clock.ladder.foreseen(clock.climbed, found.probability_bps)
    return place is not None


def reached(found: Forecast) -> list[str]:
    """The fixed point at which the clock is, if at any; of a forecast that says something."""
    if found.estimate is None:
        return []
    return [point for point, start, end in POINTS if start <= found.share_used < end]


def issued(found: Forecast, point: str) -> ForecastRow:
    """The forecast as it is held to account: once for each fixed point, once for each version of an alert."""
    clock, place, standing, estimate = found.clock, found.place, found.standing, found.estimate
    if place is None or standing is None or estimate is None or clock.due_at is None:
        raise ValueError(f"nothing is foreseen of clock {clock.id}: {found.sentence}")
    name = f"{clock.id}/{clock.version}/{point}" if point == ALERT else f"{clock.id}/{point}"
    return ForecastRow(
        id=str(uuid.uuid5(NAMESPACE, name)),
        tenant=clock.tenant,
        case_id=clock.case_id,
        clock_id=clock.id,
        clock_version=clock.version,
        process=place.process,
        scope=clock.scope.value,
        name=clock.name,
        level=clock.level.name if clock.level else "",
        point=point,
        issued_at=found.issued_at,
        due_at=clock.due_at,
        probability_bps=round(10_000 * estimate.probability),
        basis=estimate.alike,
        lead_seconds=int(standing.left),
    )


def look_of(found: Forecast) -> ForecastLook:
    """The look as it is kept, and when the next one is due."""
    clock, now = found.clock, found.issued_at
    left = clock.due_at - now if clock.due_at is not None else timedelta(0)
    return ForecastLook(
        clock_id=clock.id,
        tenant=clock.tenant,
        case_id=clock.case_id,
        clock_version=clock.version,
        looked_at=now,
        next_at=next_look(now, left),
        probability_bps=found.probability_bps,
    )


def next_look(now: datetime, left: timedelta) -> datetime:
    """When the clock is looked at again."""
    return now + max(AGAIN_AT_LEAST, left * AGAIN_SHARE)


def recipients(found: Forecast, roster: Iterable[RosterEntry]) -> list[str]:
    """Who is told: of a task the person who has it; of anything else, and of a task nobody has, the supervisors."""
    if found.clock.scope is Scope.TASK and found.place is not None and found.place.performer is not None:
        return [found.place.performer]
    return sorted(entry.user_id for entry in roster if SUPERVISOR_ROLE in entry.roles)
