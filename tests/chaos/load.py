"""Senders and reviewers who do not give up: what was not acknowledged is sent again, with the same key."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field

from graphs.errors import AlreadyAnswered
from graphs.store.database import UNAVAILABLE
from graphs.tasks import Answer
from tests.chaos.hatchery import PATIENCE_SECONDS
from tests.chaos.process import ASKED, STRAIGHT
from tests.chaos.storm import ANSWERABLE
from tests.chaos.theatre import Theatre
from tests.support.people import actor

PAUSE_SECONDS = 0.03


@dataclass(slots=True, kw_only=True)
class Load:
    """Starts cases and answers tasks until told to stop; `refused` counts what the database could not take."""

    theatre: Theatre
    refused: int = 0
    answered: list[str] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self) -> None:
        """Start cases, each until it is acknowledged."""
        number = 0
        while not self.stopping.is_set():
            number += 1
            await self.accepted(ASKED if number % 4 == 0 else STRAIGHT)
            await asyncio.sleep(PAUSE_SECONDS)

    async def review(self) -> None:
        """Approve what is asked."""
        while True:
            try:
                await self._approve_all()
            except UNAVAILABLE:
                self.refused += 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def accepted(self, subject: str) -> str:
        """The id of a case whose start was acknowledged, at the first or a later try."""
        key = f"trigger-{uuid.uuid4()}"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    started = await self.theatre.engine.start(key=key, subject=subject)
                except UNAVAILABLE:
                    self.refused += 1
                    await asyncio.sleep(PAUSE_SECONDS)
                    continue
                self.theatre.accepted[key] = started.case.id
                return started.case.id

    async def _approve_all(self) -> None:
        engine = self.theatre.engine
        reviewer = await actor(engine.database, "berta")
        async with engine.database.unit_of_work("acme") as unit:
            waiting = list((await unit.session.execute(ANSWERABLE)).scalars())
        for task_id in waiting:
            try:
                await engine.desk.answer(reviewer, task_id, Answer(decision="approve"))
            except AlreadyAnswered:
                continue  # the answer before the outage was taken, and its acknowledgement lost
            self.answered.append(task_id)
