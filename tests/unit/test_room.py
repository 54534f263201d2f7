"""A worker takes another job while it has fewer cases in its hands than places."""

from __future__ import annotations

import asyncio

import pytest

from graphs.runtime.room import Room, RoomyJobs


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
