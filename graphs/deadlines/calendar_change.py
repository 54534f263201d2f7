"""A calendar has changed: every clock that is counted in it is computed anew, once, however many there are.

The calendar's row says so until it is done, so that a worker that dies in between leaves nothing out; what a worker
still writes by the older calendar sets it again. A clock that somebody has at the moment is left for the next time.
"""

from __future__ import annotations

from graphs.deadlines.active_levels import ActiveLevels
from graphs.deadlines.clock import Clock
from graphs.deadlines.level_shelf import usable_calendar
from graphs.runtime.services import Services
from graphs.store.deadlines import Clocks, DeadlineTexts, calendars_to_follow
from graphs.store.statements import json_text
from policies.service_level import ServiceLevels

AT_ONCE = 200


async def follow_calendars(services: Services, *tenants: str) -> int:
    """Compute what is still counted by an older calendar; returns how many clocks moved. Every worker may, at once."""
    async with services.database.unit_of_work(*tenants) as unit:
        behind = await calendars_to_follow(unit.session)
    return sum([await _follow_calendar(services, tenant, name, version) for tenant, name, version in behind])


async def _follow_calendar(services: Services, tenant: str, name: str, version: int) -> int:
    async with services.database.unit_of_work(tenant) as unit:
        calendar = await usable_calendar(await DeadlineTexts(unit.session, tenant).calendar(name, version))
    known = {} if calendar is None else {name: (calendar, version)}
    active = ActiveLevels(levels=ServiceLevels(process="none", calendar=name), version=0, calendars=known)
    moved = 0
    while count := await _date_some(services, tenant, name, version, active):
        moved += count
    async with services.database.unit_of_work(tenant) as unit:
        await DeadlineTexts(unit.session, tenant).followed(name, version)
    return moved


async def _date_some(services: Services, tenant: str, name: str, version: int, active: ActiveLevels) -> int:
    async with services.database.unit_of_work(tenant) as unit:
        clocks = Clocks(unit.session)
        rows = await clocks.behind(tenant, name, version, limit=AT_ONCE)
        for row in rows:
            dated = Clock.of(row).dated(active)
            values = {"id": row.id, "due": dated.due_at, "status": dated.status, "why": dated.why, "version": version}
            ladder = json_text(dated.ladder.data()) if dated.ladder is not None else None
            await clocks.follow({**values, "ladder": ladder})
        return len(rows)
