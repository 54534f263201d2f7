"""The periodic look at clocks that are due soon: forecasts are issued, alerts raised once, ends noted.

Nobody polls cases: only clocks that run and are due within the horizon are looked at, each again after a share of the
time that is left, in batches. Of several workers one looks at a tenant's clocks at a time.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from graphs.audit import WORKER, AuditRecord
from graphs.deadlines.clock import Clock
from graphs.escalation.climb import Escalator
from graphs.forecast.forecast import Forecast
from graphs.forecast.foresight import Foresight
from graphs.forecast.options import with_options
from graphs.forecast.presence import Presence, SiteHours
from graphs.forecast.reading import PassageReading
from graphs.notices.notice import Notice
from graphs.runtime.assignment import SUPERVISOR_ROLE
from graphs.runtime.failpoint import failpoint
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.forecast_tables import ALERT, ForecastLook, ForecastRow
from graphs.store.forecasts import Forecasts
from graphs.store.notice_tables import NoticeRow
from graphs.store.notices import Notices
from graphs.store.people import RosterEntry
from policies.service_level import Scope

NAMESPACE = uuid.UUID("1e8a4c52-0d53-4a5e-9c1b-5f0c7d6f2b90")
HORIZON = timedelta(days=7)
BATCH = 200
BATCHES = 10
"""So many batches a run at most; what is left waits for the next."""
PASS_EVERY = timedelta(seconds=30)
"""How often clocks are looked for that nobody has looked at, and forecasts settled."""
AT_RISK = 0.5
"""From this probability on somebody is told, where nothing else is declared."""
ADVISED = 5
"""So many people are looked at for the one piece of advice that goes with an alert."""
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
    passed_at: dict[str, datetime] = field(default_factory=dict)
    """When all of a tenant's open clocks were passed over last."""

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
        looked, foresight = 0, None
        for clock_ids in batched(await self._to_look_at(tenant), self.batch):
            likely: list[tuple[str, int]] = []
            async with self.services.database.unit_of_work(tenant) as unit:
                now = self.services.clock()
                foresight = foresight.at(unit, now) if foresight else self._foresight(unit, tenant, now)
                looked += await self._look(foresight, clock_ids, likely)
                failpoint("forecast.before_commit")
            failpoint("forecast.after_commit")
            for clock_id, probability_bps in likely:
                await self.escalator.foresee(tenant, clock_id, probability_bps=probability_bps)
        return looked

    async def _to_look_at(self, tenant: str) -> Sequence[str]:
        """The clocks whose next look is due and, now and then, those that nobody has looked at yet; nobody else's.

        What ended since is settled as often: both are passes over all that is open.
        """
        now, most = self.services.clock(), self.batch * BATCHES
        passed_at = self.passed_at.get(tenant)
        async with self.services.database.unit_of_work(tenant) as unit:
            forecasts = Forecasts(unit.session, tenant)
            if not await forecasts.alone():
                return ()
            until = now + self.horizon
            found = list(await forecasts.due_again(now=now, until=until, limit=most))
            if passed_at is None or abs(now - passed_at) >= PASS_EVERY:
                await forecasts.settle(now=now)
                unseen = await forecasts.unseen(now=now, until=until, limit=most)
                # Where there are more than one run looks at, the next run goes on with them.
                self.passed_at[tenant] = now if len(unseen) < most else now - PASS_EVERY
                found = list(dict.fromkeys([*unseen, *found]))[:most]
        return found

    async def _processes(self, tenant: str) -> list[str]:
        view = self.services.admission.fresh(tenant) or await self.services.admission.read(tenant)
        return sorted(process for owner, process in view.levels if owner == tenant)

    def _foresight(self, unit: UnitOfWork, tenant: str, now: datetime) -> Foresight:
        return Foresight(services=self.services, unit=unit, tenant=tenant, now=now, presence=self.presence)

    async def _look(self, foresight: Foresight, clock_ids: Sequence[str], likely: list[tuple[str, int]]) -> int:
        """Look at a batch; clocks whose ladders say from which probability on something happens go into `likely`."""
        forecasts, now = Forecasts(foresight.unit.session, foresight.tenant), foresight.now
        if not await forecasts.alone():
            return 0
        rows = await forecasts.to_look_at(clock_ids, now=now, until=now + self.horizon)
        if not rows:
            return 0
        places = await forecasts.places(row.case_id for row in rows)
        seen = [await foresight.of(clock, places.get(clock.case_id)) for clock in map(Clock.of, rows)]
        likely += [(found.clock.id, found.probability_bps or 0) for found in seen if climbs(found.clock, found)]
        alerts = {issued(found, ALERT).id: found for found in seen if self._alerts(found)}
        points = [issued(found, point) for found in seen for point in reached(found)]
        new = await forecasts.issue([*points, *(issued(found, ALERT) for found in alerts.values())])
        await self._alert_all(foresight, [found for name, found in alerts.items() if name in new])
        await forecasts.looked([look_of(found) for found in seen])
        return len(rows)

    def _alerts(self, found: Forecast) -> bool:
        return found.probability is not None and found.probability >= self.threshold(found.clock)

    async def _alert_all(self, foresight: Foresight, alerts: Sequence[Forecast]) -> None:
        """Told, recorded and held to account once for each version of the clock."""
        if not alerts:
            return
        roster = await foresight.unit.people.roster(foresight.tenant)
        told: list[NoticeRow] = []
        for found in alerts:
            with_advice = await with_options(foresight, found, roster, candidates=ADVISED)
            values = told_of(with_advice)
            clock = found.clock
            recorded = {"clock": clock.id, "task": clock.task_id, **values}
            record = AuditRecord(kind=NOTICE, actor=WORKER, case_id=clock.case_id, values=recorded)
            foresight.unit.record(foresight.tenant, record)
            told += [notice_of(clock, one, values).row(foresight.now) for one in recipients(found, roster)]
        await Notices(foresight.unit.session).put_all(told)


def told_of(found: Forecast) -> dict[str, Any]:
    """What an alert says of the clock."""
    clock = found.clock
    return {
        "scope": clock.scope.value,
        "name": clock.name,
        "level": clock.level.name if clock.level else "",
        "due_at": clock.due_at.isoformat() if clock.due_at else None,
        "probability_bps": found.probability_bps,
        "why": found.sentence,
        "advice": found.best.sentence if found.best else "",
    }


def notice_of(clock: Clock, recipient: str, values: Mapping[str, Any]) -> Notice:
    """What tells somebody of it, once for each version of the clock."""
    return Notice(
        tenant=clock.tenant,
        recipient_id=recipient,
        kind=NOTICE,
        key=f"{clock.id}/{clock.version}",
        case_id=clock.case_id,
        task_id=clock.task_id,
        values=values,
    )


def batched(ids: Sequence[str], size: int) -> list[Sequence[str]]:
    """The ids in parts of that size."""
    return [ids[start : start + size] for start in range(0, len(ids), size)]


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
