"""News: nothing is missed, nothing is told to who may not know, and no session lives on because a page is open."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from api.news_desk import KEPT, NewsDesk, Watched
from api.routes.live import still_in
from api.views.live import change_of
from graphs.accounts.session_desk import SessionDesk
from graphs.store.audit_log import News
from tests.support.accounts import HERE, PASSWORD, Reception
from tests.support.api import caller
from tests.support.engine import Engine
from tests.support.people import populate

TASK = News(seq=5, kind="task.claimed", case_id="c1")
STEP = News(seq=6, kind="step.ended", case_id="c2")
ACCOUNT = News(seq=7, kind="account.added", case_id=None)


def test_whoever_watches_is_told_what_their_permissions_let_them_see() -> None:
    told = change_of([TASK, STEP, ACCOUNT], seq=7, permissions={"task.read"})
    assert told is not None
    assert (told.seq, told.topics, told.cases) == (7, ["task"], ["c1", "c2"])
    cases = change_of([TASK, STEP, ACCOUNT], seq=7, permissions={"case.read"})
    assert cases is not None
    assert (cases.topics, cases.cases) == (["step"], ["c2"])
    everything = change_of([TASK, STEP, ACCOUNT], seq=7, permissions={"task.read", "case.read", "audit.read"})
    assert everything is not None
    assert everything.topics == ["account", "step", "task"]
    assert change_of([ACCOUNT], seq=7, permissions={"task.read", "case.read"}) is None


def test_too_many_cases_to_name_are_none_by_name() -> None:
    many = [News(seq=number, kind="case.started", case_id=str(number)) for number in range(101)]
    too_many = change_of(many, seq=100, permissions={"case.read"})
    most = change_of(many[:100], seq=99, permissions={"case.read"})
    assert too_many is not None
    assert most is not None
    assert (len(too_many.cases), len(most.cases)) == (0, 100)


def test_who_was_away_too_long_looks_at_everything_anew() -> None:
    watched = Watched(seq=10, since=10)
    watched.take([News(seq=seq, kind="case.started", case_id="c") for seq in range(11, 11 + KEPT + 1)])
    assert watched.behind(10) is None
    assert [one.seq for one in watched.behind(11 + KEPT - 1) or ()] == [11 + KEPT]
    assert watched.behind(11 + KEPT) == []


async def test_what_happens_is_told_once_in_order_and_read_only_while_somebody_watches(engine: Engine) -> None:
    desk = NewsDesk(database=engine.database, every_seconds=0.01)
    async with desk.watching("acme", None) as watched, desk.watching("acme", None) as other:
        assert other is watched
        begun = watched.seq
        case = await engine.asking()
        async with asyncio.timeout(10), watched.changed:
            await watched.changed.wait_for(lambda: any(one.kind == "case.started" for one in watched.recent))
        seen = [one.seq for one in watched.behind(begun) or ()]
    assert seen == sorted(set(seen))
    assert case.id in {one.case_id for one in watched.recent}
    assert desk.tenants == {}


async def test_whoever_comes_back_is_told_what_happened_meanwhile(engine: Engine) -> None:
    async with caller(engine, "clara") as client:
        before = (await client.get("/changes")).json()["seq"]
        case = await engine.asking()
        told = (await client.get("/changes", params={"after": before})).json()
        again = (await client.get("/changes", params={"after": told["seq"]})).json()
    assert (told["cases"], told["reset"]) == ([case.id], False)
    assert (again["topics"], again["seq"]) == ([], told["seq"])


async def test_another_tenant_is_told_nothing(engine: Engine) -> None:
    await engine.asking()
    await populate(engine.database, "bolt")
    async with caller(engine, "clara", tenant="bolt") as client:
        answer = await client.get("/changes", params={"after": 0})
    assert (answer.status_code, answer.json()["cases"]) == (200, [])


async def test_to_watch_does_not_keep_a_session_alive(engine: Engine) -> None:
    reception = await Reception.of(engine)
    await reception.has_password("clara")
    sessions: SessionDesk = reception.sessions
    signed_in = await sessions.sign_in("acme", "clara", PASSWORD, caller=HERE)
    idle = reception.terms.session_idle
    engine.clock.ahead += idle - timedelta(seconds=1)
    assert await still_in(engine.services, sessions, signed_in.actor)
    engine.clock.ahead += timedelta(seconds=2)
    assert not await still_in(engine.services, sessions, signed_in.actor)
