"""A worker takes another job while fewer cases work than it has places, and waits for many systems side by side."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.runtime.room import BEYOND, CallInRoom, Room, RoomyJobs
from tests.support.patience import eventually

LEDGER = ("acme", "ledger")


class Held:
    """Cases that go on when the test says so."""

    def __init__(self) -> None:
        self.over: dict[str, asyncio.Event] = {}

    async def advance(self, _tenant: str, case_id: str) -> None:
        await self.over.setdefault(case_id, asyncio.Event()).wait()
        if case_id == "fails":
            raise ValueError(case_id)

    def end(self, case_id: str) -> None:
        self.over.setdefault(case_id, asyncio.Event()).set()


@pytest.fixture
def held() -> Held:
    return Held()


async def taken(room: Room, held: Held, *cases: str) -> asyncio.Task[None]:
    job = asyncio.create_task(room.hold([("acme", case) for case in cases], held.advance))
    await asyncio.sleep(0)
    return job


async def is_free(room: Room) -> bool:
    try:
        async with asyncio.timeout(0.01):
            return await room.free()
    except TimeoutError:
        return False


@pytest.mark.parametrize(("jobs", "free"), [(1, True), (2, True), (3, False)])
async def test_jobs_of_one_case_each_fill_every_place(held: Held, jobs: int, free: bool) -> None:
    room = Room(3)
    running = [await taken(room, held, f"case {number}") for number in range(jobs)]
    assert await is_free(room) is free
    for number, job in enumerate(running):
        held.end(f"case {number}")
        await job
    assert await is_free(room)


async def test_a_place_is_free_as_soon_as_its_case_is_left_though_others_of_its_job_go_on(held: Held) -> None:
    room = Room(2)
    job = await taken(room, held, "slow", "quick", "quicker")
    assert not await is_free(room)
    held.end("quick")
    assert not await is_free(room)
    held.end("quicker")
    assert await is_free(room)
    held.end("slow")
    await job


async def test_a_case_that_fails_gives_its_place_back_and_harms_no_other(held: Held) -> None:
    room = Room(1)
    job = await taken(room, held, "fails", "other")
    held.end("fails")
    with pytest.raises(ValueError, match="fails"):
        await job
    assert not await is_free(room)
    held.end("other")
    await asyncio.sleep(0)
    assert await is_free(room)


async def test_who_is_being_stopped_takes_no_job_and_waits_for_no_place(held: Held) -> None:
    room = Room(1)
    job = await taken(room, held, "slow")
    fetching = asyncio.create_task(RoomyJobs(None, room).fetch_job(None, 1))
    await asyncio.sleep(0)
    room.close()
    assert await fetching is None
    held.end("slow")
    await job
    assert await RoomyJobs(None, room).fetch_job(None, 1) is None


async def test_a_case_whose_call_lasts_leaves_its_place_to_another(held: Held) -> None:
    room = Room(1)
    job = await taken(room, held, "slow")
    async with room.place() as place:
        assert not await is_free(room)
        call = CallInRoom(place, LEDGER)
        await eventually(lambda: is_free(room), within_seconds=5)
        async with room.place():
            call.end()
    held.end("slow")
    await job
    assert await is_free(room)


async def test_a_case_whose_call_is_short_keeps_its_place() -> None:
    room = Room(1)
    async with room.place() as place:
        for _ in range(3):
            CallInRoom(place, LEDGER).end()
        waiting = asyncio.create_task(room.enter())
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting


async def test_no_more_cases_step_aside_than_the_room_has_for_them() -> None:
    room = Room(2)
    async with AsyncExitStack() as cases:
        for _ in range(2 * BEYOND):
            place = await cases.enter_async_context(room.place())
            assert place.step_aside()
        async with room.place() as one_more:
            assert not one_more.step_aside()
            assert place.step_aside(), "it has done so already"
    async with room.place() as place:
        assert place.step_aside()


@pytest.mark.parametrize(("calls", "crowded"), [(7, 0), (8, 8), (9, 9)])
def test_calls_of_one_system_take_half_of_the_room(calls: int, crowded: int) -> None:
    room = Room(4)
    for _ in range(calls):
        room.began(LEDGER)
    assert room.crowded(LEDGER) == crowded
    room.ended(LEDGER)
    assert room.crowded(LEDGER) == (calls - 1 if calls > 8 else 0)


@given(st.integers(1, 8), st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=200))
def test_whatever_calls_last_a_system_without_any_may_make_one(places: int, happened: list[tuple[str, bool]]) -> None:
    room = Room(places)
    under_way: Counter[str] = Counter()
    for name, begins in happened:
        if begins and not room.crowded(("acme", name)):
            room.began(("acme", name))
            under_way[name] += 1
        elif not begins and under_way[name]:
            room.ended(("acme", name))
            under_way[name] -= 1
    assert not room.crowded(("acme", "quiet"))
    assert all(under_way[name] <= max(1, room.most // 2) for name in under_way)
