"""A system that answers slowly, or not at all, holds up its own cases only."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from graphs.runtime.room import BEYOND, PLACES
from graphs.store.admission import Targets
from tests.integration.test_engine_admission import parkings
from tests.support.engine import LARGE, Engine
from tests.support.patience import eventually
from tests.support.toy import AmountReader, Notebook
from tools.limits import Elsewhere

MOST = PLACES * (1 + BEYOND) // 2
"""Calls of one system that a worker of the engine's has under way."""
LATE = 3


class SlowNotebook(Notebook):
    """Answers when the test says so."""

    time_limit = timedelta(minutes=1)

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        result = await super().execute(arguments, key=key)
        await self.answers.wait()
        return result


@dataclass(slots=True, kw_only=True)
class Crowd:
    """More cases than a worker may have under way, before a system that does not answer."""

    engine: Engine
    slow: SlowNotebook = field(default_factory=SlowNotebook)
    cases: list[str] = field(default_factory=list)

    async def gather(self) -> None:
        self.engine.notebook = self.slow
        self.cases = [(await self.engine.start()).case.id for _ in range(MOST + LATE)]

    async def parked(self) -> list[list[dict[str, Any]]]:
        """What was recorded of those that wait for the worker."""
        return [found for case_id in self.cases if (found := await parkings(self.engine, case_id))]

    async def is_there(self) -> bool:
        """Whether as many wait for the system as may, and the others for the worker."""
        return self.slow.calls == MOST and len(await self.parked()) == len(self.cases) - MOST


@pytest.fixture
async def crowd(engine: Engine) -> Crowd:
    gathered = Crowd(engine=engine)
    await gathered.gather()
    return gathered


async def test_cases_of_other_systems_go_on(crowd: Crowd) -> None:
    engine = crowd.engine
    async with engine.working():
        await eventually(crowd.is_there, within_seconds=15)
        engine.reader.amount = LARGE
        beside = await engine.start()
        await engine.until(beside.case.id, "waiting", within_seconds=15)
        crowd.slow.answers.set()
        for case_id in crowd.cases:
            await engine.until(case_id, "done")
    assert len(crowd.slow.written) == len(set(crowd.slow.written)) == MOST + LATE


async def test_what_waits_for_the_worker_says_so_and_has_not_failed(crowd: Crowd) -> None:
    async with crowd.engine.working():
        await eventually(crowd.is_there, within_seconds=15)
        crowd.slow.answers.set()
        for case_id in crowd.cases:
            await crowd.engine.until(case_id, "done")
    told = [one for found in await crowd.parked() for one in found]
    assert {one["code"] for one in told} == {"crowded"}
    assert f"this worker waits for {MOST} calls of toy.write and keeps room for others" in {
        one["message"] for one in told
    }
    async with crowd.engine.database.unit_of_work("acme") as unit:
        assert {row.attempt for row in [await unit.cases.get(case_id) for case_id in crowd.cases]} == {0}


async def test_a_system_without_limits_has_a_line_too(crowd: Crowd) -> None:
    async with crowd.engine.working():
        await eventually(lambda: _has_line(crowd.engine), within_seconds=15)
        crowd.slow.answers.set()
        for case_id in crowd.cases:
            await crowd.engine.until(case_id, "done")


async def _has_line(engine: Engine) -> bool:
    async with engine.database.unit_of_work("acme") as unit:
        return [state.target for state in await Targets(unit.session).listed(now=engine.clock())] == ["toy.write"]


class SlowReader(AmountReader):
    """What a read needs that takes long: another system, which answers when the test says so."""

    target = "toy.slow"
    time_limit = timedelta(minutes=1)

    def __init__(self, amount: int) -> None:
        super().__init__(amount)
        self.answers = asyncio.Event()

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        result = await super().execute(arguments, key=key)
        await self.answers.wait()
        return result


class SortingReader(AmountReader):
    """Finds out while it reads whether it needs the slow system."""

    def __init__(self, amount: int) -> None:
        super().__init__(amount)
        self.slow = SlowReader(amount)
        self.sends = True

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        if self.sends:
            raise Elsewhere(self.slow)
        return await super().execute(arguments, key=key)


async def test_reads_that_need_the_slow_system_do_not_hold_up_those_that_do_not(engine: Engine) -> None:
    """As documents with text beside scans: one tool, one verdict, two systems."""
    reader = SortingReader(500)
    engine.reader = reader
    crowd = Crowd(engine=engine, cases=[(await engine.start()).case.id for _ in range(MOST + LATE)])

    async def the_others_wait() -> bool:
        return len(await crowd.parked()) == LATE

    async with engine.working():
        await eventually(the_others_wait, within_seconds=15)
        assert reader.slow.calls == MOST
        reader.sends = False
        beside = await engine.start()
        await engine.until(beside.case.id, "done")
        reader.slow.answers.set()
        for case_id in crowd.cases:
            await engine.until(case_id, "done")
    told = [one for found in await crowd.parked() for one in found]
    assert {(one["code"], one["message"]) for one in told} == {
        ("crowded", f"this worker waits for {MOST} calls of toy.slow and keeps room for others")
    }
