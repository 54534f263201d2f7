"""Workers die over and over at seeded instants, several alive at once, while cases come in and people answer."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
from dataclasses import dataclass, field

from sqlalchemy import text

from graphs.errors import EngineError
from graphs.runtime.failpoint import FAILPOINTS
from graphs.tasks import Answer
from tests.chaos.process import ASKED, STRAIGHT
from tests.chaos.theatre import Theatre, now
from tests.support.people import actor

LANES = 3
MOST_UNFINISHED = 300
BURST = 6
LONGEST_LIFE_SECONDS = 1.0
FAILPOINT_SECONDS = 3.0
MOST_PASSAGES = 3
CALM_SECONDS = 90

ANSWERABLE = text("SELECT id FROM tasks WHERE status = 'open' LIMIT 20")
"""Every open question, whoever has its case just then."""
ANSWERS = (
    *[Answer(decision="approve")] * 6,
    Answer(decision="reject", reason="not needed"),
    Answer(decision="correct", set={"amount": "900"}),
)


@dataclass(slots=True, kw_only=True)
class Storm:
    """`kills` deaths, drawn from `seed`; the order of lanes is not, so that a seed repeats the plan, not the race."""

    theatre: Theatre
    seed: int
    kills: int
    begun: int = 0
    at_failpoints: int = 0
    answered: int = 0
    raged_seconds: float = 0.0
    chance: random.Random = field(default_factory=random.Random)

    async def rage(self) -> None:
        """Kill, while cases come in and are answered; then let two workers finish."""
        self.chance.seed(self.seed)
        began = now()
        async with asyncio.TaskGroup() as group:
            feeding = group.create_task(self._feed())
            reviewing = group.create_task(self._review())
            lanes = [group.create_task(self._lane()) for _ in range(LANES)]
            await asyncio.gather(*lanes)
            feeding.cancel()
            self.raged_seconds = now() - began
            for _ in range(2):
                self.theatre.start_worker()
            await self.theatre.all_end(within_seconds=CALM_SECONDS)
            reviewing.cancel()

    async def _lane(self) -> None:
        while self.begun < self.kills:
            self.begun += 1
            chance = random.Random(f"{self.seed}/{self.begun}")
            if chance.random() < 0.5:
                await self._kill_at_instant(chance.uniform(0, LONGEST_LIFE_SECONDS))
            else:
                await self._kill_at(f"{chance.choice(FAILPOINTS)}:{chance.randint(1, MOST_PASSAGES)}")

    async def _kill_at_instant(self, seconds: float) -> None:
        worker = self.theatre.hatch()
        await worker.working()
        await asyncio.sleep(seconds)
        worker.kill()
        assert await worker.ended() == -signal.SIGKILL

    async def _kill_at(self, failpoint: str) -> None:
        worker = self.theatre.hatch(failpoint)
        await worker.working()
        try:
            await worker.ended(FAILPOINT_SECONDS)
            self.at_failpoints += 1
        except TimeoutError:
            worker.kill()
        assert await worker.ended() == -signal.SIGKILL

    async def _feed(self) -> None:
        while True:
            if await self.theatre.count_unfinished() < MOST_UNFINISHED:
                for _ in range(BURST):
                    await self.theatre.accept(self.chance.choice([STRAIGHT, STRAIGHT, ASKED]))
            await asyncio.sleep(0.05)

    async def _review(self) -> None:
        engine = self.theatre.engine
        reviewer = await actor(engine.database, "berta")
        while True:
            async with engine.database.unit_of_work("acme") as unit:
                waiting = list((await unit.session.execute(ANSWERABLE)).scalars())
            for task_id in waiting:
                with contextlib.suppress(EngineError):
                    await engine.desk.answer(reviewer, task_id, self.chance.choice(ANSWERS))
                    self.answered += 1
            await asyncio.sleep(0.05)
