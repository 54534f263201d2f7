"""The forecast desk: what is foreseen of a case's clocks, what is riskiest, what if, and what forecasts were worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graphs.deadlines.clock import Clock
from graphs.errors import Invalid, NotFound
from graphs.forecast.forecast import Forecast
from graphs.forecast.foresight import Foresight
from graphs.forecast.options import reassigned, refusal, with_options
from graphs.forecast.presence import Presence, SiteHours
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.deadlines import Clocks
from graphs.store.forecast_tables import ALERT, BREACHED, VOID, ForecastLook, ForecastRow
from graphs.store.forecasts import Forecasts
from graphs.store.people import Actor, RosterEntry
from policies.forecast_score import Alerts, Score, Settled, alerts_of, drifted, scored

READ = "forecast.read"
OPEN = ("running", "paused")
LAST = 5_000
"""So many forecasts, those settled last, are held to account together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """A running clock with the probability of the last look."""

    clock: Clock
    look: ForecastLook


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounted:
    """What forecasts were worth: at each fixed point, together, and as alerts. `drifted` is None while too few."""

    process: str | None
    together: Score
    points: Sequence[tuple[str, Score]]
    alerts: Alerts
    void: int
    drifted: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """A forecast as it is, and as it were if the person had the task."""

    now: Forecast
    then: Forecast
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastDesk:
    """Shows; changes nothing. Every method raises `PermissionMissing`."""

    services: Services
    presence: Presence = field(default_factory=SiteHours)

    async def show(self, actor: Actor, case_or_task: str) -> Sequence[Forecast]:
        """Every clock of the case or task that is not stopped, with what would help. Raises `NotFound`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            foresight = self._foresight(unit, actor.tenant)
            roster = await unit.people.roster(actor.tenant)
            found = await self._forecasts(unit, foresight, case_or_task)
            return [await with_options(foresight, one, roster) for one in found]

    async def what_if(self, actor: Actor, case_or_task: str, *, assign: str) -> Sequence[WhatIf]:
        """The same, had the person of that login the task that the case waits for.

        Raises `NotFound`, `Invalid` where there is no task, or the person's answer to it would be refused.
        """
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            foresight = self._foresight(unit, actor.tenant)
            entry = named(await unit.people.roster(actor.tenant), assign)
            found: list[WhatIf] = []
            for now in await self._forecasts(unit, foresight, case_or_task):
                if now.place is None or now.place.task is None:
                    raise Invalid("the case waits for nobody: there is no task to assign")
                why = refusal(entry, now.place.task)
                if why is not None:
                    raise Invalid(f"{entry.name} could not answer it: {why}")
                then = await reassigned(foresight, now, now.place.task, entry)
                found.append(WhatIf(now=now, then=then, name=entry.name))
            return found

    async def riskiest(self, actor: Actor, *, limit: int) -> Sequence[Risk]:
        """Running clocks by the probability of the last look, the highest first."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            rows = await Forecasts(unit.session, actor.tenant).riskiest(limit=limit)
        return [Risk(clock=Clock.of(row), look=look) for look, row in rows]

    async def score(self, actor: Actor, *, process: str | None) -> Accounted:
        """What the forecasts of a process, or of all, were worth."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            rows = await Forecasts(unit.session, actor.tenant).settled(process=process, limit=LAST)
        return accounted(rows, process=process)

    def _foresight(self, unit: UnitOfWork, tenant: str) -> Foresight:
        now = self.services.clock()
        return Foresight(services=self.services, unit=unit, tenant=tenant, now=now, presence=self.presence)

    async def _forecasts(self, unit: UnitOfWork, foresight: Foresight, case_or_task: str) -> list[Forecast]:
        clocks = Clocks(unit.session)
        rows = await clocks.of_case(case_or_task) or await clocks.of_task(case_or_task)
        if not rows:
            raise NotFound(f"there is no case and no task {case_or_task} with a clock")
        places = await Forecasts(unit.session, foresight.tenant).places(row.case_id for row in rows)
        running = [Clock.of(row) for row in rows if row.status in OPEN and row.breached_at is None]
        return [await foresight.of(clock, places.get(clock.case_id)) for clock in running]


def named(roster: Sequence[RosterEntry], login: str) -> RosterEntry:
    """The active person of that login or id. Raises `NotFound`."""
    found = next((entry for entry in roster if login in (entry.login, entry.user_id)), None)
    if found is None:
        raise NotFound(f"there is no active person {login!r}")
    return found


def accounted(rows: Sequence[ForecastRow], *, process: str | None) -> Accounted:
    """The rows as figures; what was made void counts for nothing."""
    counted = [row for row in rows if row.outcome != VOID]
    fixed = [row for row in counted if row.point != ALERT]
    points = sorted({row.point for row in fixed})
    return Accounted(
        process=process,
        together=scored([settled(row) for row in fixed]),
        points=[(point, scored([settled(row) for row in fixed if row.point == point])) for point in points],
        alerts=alerts_of([settled(row) for row in counted if row.point == ALERT]),
        void=len(rows) - len(counted),
        drifted=drifted([settled(row) for row in fixed]),
    )


def settled(row: ForecastRow) -> Settled:
    """The row as the score sees it."""
    return Settled(
        probability=row.probability_bps / 10_000,
        breached=row.outcome == BREACHED,
        issued_at=row.issued_at,
        lead_seconds=float(row.lead_seconds),
    )
