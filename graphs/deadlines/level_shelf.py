"""The level shelf: the service levels in force for a process, with their calendars, read once a version.

Which versions count is read together with the kill switches (`graphs.admission`), at most every half second however
many cases run. A process without service levels costs nothing more than one look into a dictionary.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog

from graphs.admission import Admission
from graphs.deadlines.active_levels import ActiveLevels
from graphs.errors import EngineError
from graphs.runtime.late_import import late_import
from graphs.store.database import UNAVAILABLE, Database
from graphs.store.deadline_tables import CalendarRow
from graphs.store.deadlines import DeadlineTexts
from policies.calendar import BusinessCalendar, Calendar
from policies.errors import RegisterInvalid
from policies.service_level import ServiceLevels
from policies.service_level_file import read_calendar, read_service_levels

KEPT = 256
"""Calendars and levels a process keeps; the least used goes first."""

CERTAIN_WITHIN = timedelta(seconds=1)
"""So long an acceptance waits for the levels that it does not know: longest for the first calendar with holidays."""

log = structlog.get_logger(__name__)
Key = tuple[str, str, int]


class LevelsUnread(EngineError):
    """It cannot be known now which service levels count: accept the case, and let workers start its clocks."""

    code = "levels_unread"


async def ready(calendar: Calendar) -> BusinessCalendar:
    """The calendar with its holidays. Raises `CalendarInvalid`."""
    if calendar.holidays is None:
        return BusinessCalendar(calendar=calendar)
    known = await late_import("policies.calendar_holidays")
    # What the library knows of a country is a module of its own, which takes time to load.
    return BusinessCalendar(calendar=calendar, holidays=await asyncio.to_thread(known.holidays_of, calendar.holidays))


class LevelShelf:
    """The service levels of one process of the machine. Needs no start and no stop."""

    def __init__(self, database: Database, admission: Admission) -> None:
        """Reads when it is asked."""
        self._database = database
        self._admission = admission
        self._levels: OrderedDict[Key, ServiceLevels] = OrderedDict()
        self._calendars: OrderedDict[Key, BusinessCalendar | None] = OrderedDict()
        self._loading = asyncio.Lock()

    def is_set(self, tenant: str, process: str) -> bool:
        """Whether service levels were ever set for the process, as it was last read."""
        return (tenant, process) in self._admission.last_known.levels

    def at_hand(self, tenant: str, process: str) -> ActiveLevels | None:
        """What is in force, if this process has read all of it and has just seen that it still is; asks nothing."""
        view = self._admission.fresh(tenant)
        version = view.levels.get((tenant, process)) if view is not None else None
        levels = self._levels.get((tenant, process, version)) if version is not None else None
        if view is None or version is None or levels is None:
            return None
        calendars: dict[str, tuple[BusinessCalendar, int]] = {}
        for name in levels.calendars:
            number = view.calendars.get((tenant, name))
            calendar = self._calendars.get((tenant, name, number)) if number is not None else None
            if calendar is None or number is None:
                return None
            calendars[name] = (calendar, number)
        return ActiveLevels(levels=levels, version=version, calendars=calendars)

    def forget(self) -> None:
        """Look again: this process has just set something."""
        self._admission.forget()

    async def active(self, tenant: str, process: str) -> ActiveLevels | None:
        """What is in force now, None where nothing was ever set; every calendar of the tenant is there."""
        view = self._admission.fresh(tenant) or await self._admission.read(tenant)
        version = view.levels.get((tenant, process))
        if version is None:
            return None
        wanted = {(owner, name): number for (owner, name), number in view.calendars.items() if owner == tenant}
        async with self._loading:
            levels = self._levels.get((tenant, process, version)) or await self._read_levels(tenant, process)
            calendars = {name: await self._calendar(tenant, name, number) for (_, name), number in wanted.items()}
        usable = {
            name: (calendar, wanted[tenant, name]) for name, calendar in calendars.items() if calendar is not None
        }
        return ActiveLevels(levels=levels, version=version, calendars=usable)

    async def certain(self, tenant: str, process: str) -> ActiveLevels | None:
        """As `active`, for a case that is being accepted: soon, and nothing that may be older than what was set.

        Raises `LevelsUnread`.
        """
        try:
            async with asyncio.timeout(CERTAIN_WITHIN.total_seconds()):
                view = self._admission.fresh(tenant) or await self._admission.read(tenant)
                if not self._admission.is_current(view, tenant):
                    raise LevelsUnread("the database does not say which service levels count")
                if (tenant, process) not in view.levels:
                    return None
                return await self.active(tenant, process)
        except (*UNAVAILABLE, TimeoutError, OSError) as error:
            raise LevelsUnread("the database does not say which service levels count") from error

    async def _read_levels(self, tenant: str, process: str) -> ServiceLevels:
        async with self._database.unit_of_work(tenant) as unit:
            row = await DeadlineTexts(unit.session, tenant).levels(process)
        if row is None:
            return ServiceLevels(process=process, calendar="none")
        try:
            levels = read_service_levels(row.yaml, name=process)
        except RegisterInvalid as error:
            # Only a release that reads less than the one that took the text: clocks end, and cases go on.
            log.error("service_levels.unreadable", process=process, version=row.version, error=str(error))
            levels = ServiceLevels(process=process, calendar="none")
        kept(self._levels, (tenant, process, row.version), levels)
        return levels

    async def _calendar(self, tenant: str, name: str, version: int) -> BusinessCalendar | None:
        key = (tenant, name, version)
        if key not in self._calendars:
            async with self._database.unit_of_work(tenant) as unit:
                row = await DeadlineTexts(unit.session, tenant).calendar(name, version)
            kept(self._calendars, key, await usable_calendar(row))
        return self._calendars[key]


async def usable_calendar(row: CalendarRow | None) -> BusinessCalendar | None:
    """The stored calendar; None where this release cannot use it."""
    if row is None:
        return None
    try:
        return await ready(read_calendar(row.yaml, name=row.name))
    except RegisterInvalid as error:
        log.error("calendar.unusable", calendar=row.name, version=row.version, error=str(error))
        return None


def kept(shelf: OrderedDict[Key, Any], key: Key, value: Any) -> Mapping[Key, Any]:
    """Put it there; the oldest goes."""
    shelf[key] = value
    while len(shelf) > KEPT:
        shelf.popitem(last=False)
    return shelf
