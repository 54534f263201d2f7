"""The workforce of a tenant, read from its rows: people with their loads and rights, hours, absences, and teams."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from graphs.deadlines.level_shelf import kept, usable_calendar
from graphs.routing.people.person import Absence, RosterEntry, Shift
from graphs.routing.people.workforce import Strategy, Team, Workforce
from graphs.store.database import Database, UnitOfWork
from graphs.store.deadlines import DeadlineTexts
from graphs.store.workforce import WorkforceRows, WorkforceSnapshot
from policies.calendar import BusinessCalendar
from policies.errors import InstantUnknown

A_DAY_EITHER_WAY = timedelta(days=1)
"""Where somebody is, it may still be the day before."""
LOOKED_AHEAD = timedelta(days=14)
"""How far ahead shifts are looked up, beyond the first."""
Shifts = Mapping[tuple[str, str], tuple[Shift, ...]]
"""By calendar and zone."""
Calendars = OrderedDict[tuple[str, str, int], BusinessCalendar | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkforceReader:
    """Reads one tenant's workforce; calendars are kept by version."""

    database: Database
    tenant: str
    calendars: Calendars = field(default_factory=OrderedDict)

    async def read(self, now: datetime) -> Workforce:
        """Everybody as of now."""
        async with self.database.unit_of_work(self.tenant) as unit:
            return await self.read_in(unit, now)

    async def read_in(self, unit: UnitOfWork, now: datetime) -> Workforce:
        """Everybody as of now, as the transaction sees them."""
        roster = await unit.people.roster(self.tenant)
        found = await WorkforceRows(unit.session, self.tenant).snapshot(now.date() - A_DAY_EITHER_WAY)
        if not found.profiles and not found.absences and not found.teams:
            return Workforce(people=tuple(roster), workers=found.workers)
        hours = await self._hours(unit, found.profiles.values(), now)
        people = tuple(working(entry, found, hours) for entry in roster)
        return Workforce(people=people, teams=tuple(teams_of(found)), workers=found.workers)

    async def holder(self, sticky: str) -> str | None:
        """Who had the last task about the same."""
        async with self.database.unit_of_work(self.tenant) as unit:
            return await WorkforceRows(unit.session, self.tenant).holder(sticky)

    async def _hours(self, unit: UnitOfWork, profiles: Iterable[Mapping[str, Any]], now: datetime) -> Shifts:
        """The shifts of every calendar as it is read in every zone that somebody works in."""
        wanted = {(profile["calendar"], profile["zone"]) for profile in profiles if profile["calendar"]}
        if not wanted:
            return {}
        rows = {row.name: row for row in await DeadlineTexts(unit.session, self.tenant).calendars()}
        found: dict[tuple[str, str], tuple[Shift, ...]] = {}
        for name, zone in sorted(wanted):
            row = rows.get(name)
            key = (self.tenant, name, row.version if row else 0)
            if key not in self.calendars:
                kept(self.calendars, key, await usable_calendar(row))
            found[name, zone] = shifts_of(self.calendars[key], zone, now)
        return found


def shifts_of(calendar: BusinessCalendar | None, zone: str, now: datetime) -> tuple[Shift, ...]:
    """The shift under way, or the next, and those after it, of the calendar's hours on the clocks of `zone`.

    Empty where the first is not known; where a later one is not, those before it.
    """
    if calendar is None:
        return ()
    local = replace(calendar, calendar=calendar.calendar.model_copy(update={"zone": zone}))
    found: list[Shift] = []
    with suppress(InstantUnknown):
        for span in local.spans_from(now):
            if found and span.start - now > LOOKED_AHEAD:
                break
            found.append(Shift(start=span.start, end=span.end))
    return tuple(found)


def working(
    entry: RosterEntry, found: WorkforceSnapshot, hours: Mapping[tuple[str, str], tuple[Shift, ...]]
) -> RosterEntry:
    """The entry with what is set for the person."""
    absences = tuple(absence_of(row) for row in found.absences.get(entry.user_id, ()))
    profile = found.profiles.get(entry.user_id)
    if profile is None:
        return replace(entry, absences=absences) if absences else entry
    shifts = hours.get((profile["calendar"], profile["zone"]), ())
    return replace(
        entry,
        zone=profile["zone"],
        calendar=profile["calendar"],
        shift=shifts[0] if shifts else None,
        later=shifts[1:],
        languages=frozenset(profile["languages"]),
        skills=dict(profile["skills"]),
        open_limit=profile["open_limit"],
        manager_id=profile["manager_id"],
        absences=absences,
    )


def absence_of(row: Mapping[str, Any]) -> Absence:
    """The row as the choice looks at it: why somebody is away concerns nobody."""
    return Absence(
        first_day=date.fromisoformat(row["first_day"]),
        last_day=date.fromisoformat(row["last_day"]),
        substitute_id=row["substitute_id"],
    )


def teams_of(found: WorkforceSnapshot) -> Sequence[Team]:
    """The teams, with their members' turns in the order in which they had them."""
    turns: dict[str, dict[str, int]] = {}
    for number, turn in enumerate(sorted(found.turns, key=lambda one: (one["at"], one["id"])), start=1):
        turns.setdefault(turn["team"], {})[turn["user"]] = number
    return [
        Team(
            id=row["team_id"],
            name=row["name"],
            roles=frozenset(row["roles"]),
            members=frozenset(row["members"]),
            lead_id=row["lead_id"],
            strategy=Strategy(row["strategy"]),
            queue=row["queue"],
            turns=turns.get(row["name"], {}),
        )
        for row in found.teams
    ]


def today_of(entry: RosterEntry, now: datetime) -> date:
    """The day it is where the person is."""
    return now.astimezone(ZoneInfo(entry.zone)).date()
