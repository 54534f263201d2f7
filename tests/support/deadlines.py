"""Calendars and service levels for the toy process, set by a supervisor, and its clocks."""

from __future__ import annotations

from datetime import datetime, timedelta

from graphs.deadlines.clock import Clock
from graphs.deadlines.clock_desk import ClockDesk
from graphs.deadlines.desk import DeadlineDesk
from graphs.store.deadlines import Clocks
from graphs.store.people import Actor
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.people import actor

EVERY_DAY = "[monday, tuesday, wednesday, thursday, friday, saturday, sunday]"


def always(name: str = "always", *, hours: str = "00:00-24:00", days: str = "[]") -> str:
    """A calendar in UTC that works these hours of every day."""
    week = ", ".join(f"{day}: ['{hours}']" for day in EVERY_DAY.strip("[]").split(", "))
    return f"{{calendar: {name}, zone: UTC, weeks: [{{hours: {{{week}}}}}], days: {days}}}"


def levels(*lines: str, calendar: str = "always", ladder: str = "") -> str:
    """Service levels of the toy; `ladder` are the rungs of the ladder of all of them, one a line."""
    text = f"process: toy\ncalendar: {calendar}\nlevels:\n" + "\n".join(f"  - {{{line}}}" for line in lines)
    if not ladder:
        return text
    rungs = "\n".join(f"      - {{{line.strip()}}}" for line in ladder.strip().splitlines())
    return f"{text}\nladders:\n  - name: ladder\n    rungs:\n{rungs}"


async def empowered(engine: Engine) -> Actor:
    """A supervisor who may set and move deadlines."""
    cases = ("case.suspend", "case.cancel", "case.steer")
    await grant(engine.database, "sven", "deadline.set", "deadline.change", "escalation.acknowledge", *cases)
    return await actor(engine.database, "sven")


async def set_levels(engine: Engine, sven: Actor, *lines: str, calendar: str | None = None, ladder: str = "") -> None:
    """A calendar, unless there is one already, and the levels."""
    desk = DeadlineDesk(services=engine.services)
    await desk.set_calendar(sven, calendar or always(), reason="test")
    await desk.set_levels(sven, levels(*lines, ladder=ladder), reason="test")


async def clocks(engine: Engine, case_id: str) -> dict[tuple[str, str], Clock]:
    """The case's clocks by scope and name; of several, the last."""
    async with engine.database.unit_of_work("acme") as unit:
        rows = await Clocks(unit.session).of_case(case_id)
    return {(row.scope, row.name): Clock.of(row) for row in rows}


async def clock(engine: Engine, case_id: str, scope: str, name: str) -> Clock:
    """The case's clock of that scope and name."""
    return (await clocks(engine, case_id))[scope, name]


def desk(engine: Engine) -> ClockDesk:
    """The desk that moves clocks."""
    return ClockDesk(services=engine.services)


def early_in_the_day(engine: Engine) -> None:
    """Move the engine's clock to 6:00 of the next day in UTC: what the test lets pass is of that day, too."""
    tomorrow = engine.clock().replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=1)
    until(engine, tomorrow)


def until(engine: Engine, at: datetime | None, *, after: timedelta = timedelta(0)) -> None:
    """Move the engine's clock to so much after the instant."""
    assert at is not None
    engine.clock.ahead = timedelta(0)
    engine.clock.ahead = at + after - engine.clock()
