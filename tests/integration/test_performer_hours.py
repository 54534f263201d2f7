"""A person who would perform is asked for their hours: nobody leaves what is tried again soon for who is not there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from graphs.deadlines.desk import DeadlineDesk
from graphs.routing.performers.desk import PerformerDesk
from graphs.store.people import Actor
from graphs.store.performers import Performers
from graphs.store.tables import Case
from tests.support.api import grant
from tests.support.deadlines import always
from tests.support.engine import Engine
from tests.support.performing import API, PERSON, Book, Channel, performing_definition
from tests.support.workforce import in_charge, set_profile
from tools.by_hand import ByHand
from tools.limits import Breaker, TargetLimits

APPROVERS = ("anton", "berta", "dora", "emil")
SOON, LATER = timedelta(minutes=5), timedelta(hours=6)


@pytest.fixture
def book() -> Book:
    """What was really written."""
    return Book()


@pytest.fixture
def api(book: Book) -> Channel:
    """The preferred channel; a failure leaves it alone for five minutes."""
    return Channel(name="toy.api", book=book)


@pytest.fixture
async def sven(engine: Engine, api: Channel) -> Actor:
    """Who sets people's hours, in an office where an API writes, or else a person."""
    engine.definitions = (performing_definition(API, PERSON),)
    engine.more_tools = (api, ByHand())
    return await in_charge(engine)


async def at_work(engine: Engine, sven: Actor, *, begin_in: timedelta, for_: timedelta = timedelta(hours=2)) -> None:
    """All approvers work for so long from then on, every day."""
    now = engine.clock()
    begins, ends = now + begin_in, now + begin_in + for_
    calendar = always("site", hours=f"{begins:%H:%M}-{ends:%H:%M}")
    await DeadlineDesk(services=engine.services).set_calendar(sven, calendar, reason="test")
    for login in APPROVERS:
        await set_profile(engine, sven, login, calendar="site")


async def started(engine: Engine, *, times: int = 1) -> Case:
    return await engine.advance((await engine.start()).case.id, times=times)


async def explained(engine: Engine, case: Case) -> list[str]:
    """What was said of each performer, when it was chosen last."""
    async with engine.database.unit_of_work("acme") as unit:
        *_, choice = await Performers(unit.session).of_case(case.id)
    return [one["why"] for one in choice.explained["considered"]]


async def test_who_is_there_takes_over_from_a_channel_that_stays_busy(
    engine: Engine, sven: Actor, api: Channel
) -> None:
    await at_work(engine, sven, begin_in=timedelta(hours=-1))
    api.doors = ["busy", "busy", "ok"]
    case = await started(engine, times=2)
    assert (case.status, (await engine.task_of(case.id)).step) == ("waiting", "hand")


async def test_who_is_not_there_does_not_take_over_from_what_is_tried_again_soon(
    engine: Engine, sven: Actor, api: Channel, book: Book
) -> None:
    await at_work(engine, sven, begin_in=LATER)
    api.doors = ["busy", "busy", "ok"]
    case = await started(engine, times=3)
    assert (case.status, [channel for _, channel in book.lines]) == ("done", ["toy.api"])
    assert "nobody who may do it is at work before" in (await explained(engine, case))[1]


async def test_before_a_channel_is_given_up_whoever_comes_back_gets_it_and_no_incident(
    engine: Engine, sven: Actor, api: Channel
) -> None:
    await at_work(engine, sven, begin_in=LATER)
    api.doors = ["busy"] * 6
    case = await started(engine, times=6)
    assert (case.status, (await engine.task_of(case.id)).step, api.calls) == ("waiting", "hand", 6)


@pytest.mark.parametrize(("begin_in", "performer"), [(timedelta(hours=-1), "person"), (LATER, "api")])
async def test_an_open_breaker_is_waited_for_where_nobody_begins_before_it_closes(
    engine: Engine, sven: Actor, api: Channel, begin_in: timedelta, performer: str
) -> None:
    await at_work(engine, sven, begin_in=begin_in)
    api.limits = TargetLimits(breaker=Breaker(failures=1, cool_down=SOON))
    api.doors = ["busy"]
    await started(engine)
    case = await started(engine)
    async with engine.database.unit_of_work("acme") as unit:
        [choice] = await Performers(unit.session).of_case(case.id)
    assert choice.performer == performer


async def test_a_breaker_that_opens_meanwhile_is_waited_for_and_what_it_let_through_is_done(
    engine: Engine, sven: Actor, api: Channel, book: Book
) -> None:
    await at_work(engine, sven, begin_in=LATER)
    api.limits = TargetLimits(breaker=Breaker(failures=1, cool_down=SOON))
    api.doors = ["busy"]
    case = await started(engine, times=2)
    assert (case.status, case.step, api.calls) == ("running", "propose", 1)
    engine.clock.ahead = SOON + timedelta(seconds=1)
    case = await engine.advance(case.id)
    assert (case.status, [channel for _, channel in book.lines]) == ("done", ["toy.api"])


async def test_of_whom_nobody_knows_the_hours_is_still_asked_where_nobody_else_is_left(
    engine: Engine, sven: Actor, api: Channel
) -> None:
    await at_work(engine, sven, begin_in=LATER)
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(text("UPDATE work_profiles SET calendar = 'moon'"))
    api.doors = ["not_supported"]
    case = await started(engine)
    assert (await engine.task_of(case.id)).step == "hand"
    assert "nobody knows when somebody who may do it works" in (await explained(engine, case))[1]


async def test_how_performers_stand_says_when_people_work(engine: Engine, sven: Actor) -> None:
    await grant(engine.database, "sven", "case.read")
    await at_work(engine, sven, begin_in=LATER)
    [shown] = await PerformerDesk(services=engine.services).listed(sven, "toy")
    by_name = {found.candidate.name: found for found in shown.choice.considered}
    starts = by_name["person"].starts_at
    assert starts is not None
    assert abs(starts - engine.clock() - LATER) < timedelta(minutes=2)
    assert "nobody who may do it is at work before" in by_name["person"].why
