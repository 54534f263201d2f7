"""One example of the state machine: a database and an engine of its own, driven from outside an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, TypeVar

from pydantic import BaseModel
from sqlalchemy import text

from graphs.store.database import Database
from graphs.store.embedded import EmbeddedPostgres
from graphs.tasks import Answer
from tests.chaos.invariants import Violation, violations
from tests.chaos.process import chaos_engine
from tests.conftest import clone
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.people import actor, populate
from tests.support.switches import switches_known
from tests.support.toy import Notebook
from tools.clock import utc_now

T = TypeVar("T")
LATER = timedelta(seconds=40)
"""By then leases, back-offs and the target's time limit are over."""
RUN_OUT = text("UPDATE cases SET lease_until = lease_until - CAST(:by AS interval)")
APPROVERS = ("berta", "dora", "emil")
MOST_RUNS = 4


class KilledError(BaseException):
    """Stands for the end of the process."""


class MortalNotebook(Notebook):
    """The process that calls it dies in the call: before it has written, or after."""

    dies: Literal["before", "after"] | None = None

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        dies, self.dies = self.dies, None
        if dies == "before":
            raise KilledError
        result = await super().execute(arguments, key=key)
        if dies == "after":
            raise KilledError
        return result


@dataclass(slots=True, kw_only=True)
class Stage:
    """`accepted` maps trigger keys to cases."""

    runner: asyncio.Runner
    engine: Engine
    notebook: MortalNotebook
    stack: ExitStack
    accepted: dict[str, str] = field(default_factory=dict)

    @classmethod
    def build(cls, server: EmbeddedPostgres, template: str) -> Stage:
        """With people, and no cases."""
        stack = ExitStack()
        url = stack.enter_context(clone(server, template)).app_url
        database, notebook, runner = Database(url, clock=utc_now), MortalNotebook(), asyncio.Runner()
        runner.run(populate(database))
        runner.run(grant(database, "sven", "case.cancel", "case.suspend"))
        engine = chaos_engine(database, url)
        engine.notebook = notebook
        return cls(runner=runner, engine=engine, notebook=notebook, stack=stack)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end of `work`."""
        return self.runner.run(work)

    def close(self) -> None:
        """Leave nothing."""
        self.do(self.engine.database.close())
        self.runner.close()
        self.stack.close()

    async def crash(self, case_id: str, *, after_seconds: float) -> None:
        """Advance the case, and end that wherever it is by then; its connection is closed all the same."""
        advancer = self.engine.advancer()
        await switches_known(advancer.services)
        run = asyncio.create_task(advancer.advance("acme", case_id))
        await asyncio.wait({run}, timeout=after_seconds)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        await advancer.close()

    async def die_at_target(self, case_id: str, when: Literal["before", "after"]) -> None:
        """Advance the case; its process dies in the call, if it makes one."""
        self.notebook.dies = when
        with suppress(KilledError):
            await self.engine.advance(case_id)
        self.notebook.dies = None

    async def settle(self, case_id: str) -> str:
        """Advance the case as far as it goes, with all waiting times over; its status."""
        status = "running"
        for _ in range(MOST_RUNS):
            await self.let_time_pass(LATER)
            status = (await self.engine.advance(case_id)).status
            if status not in ("running", "compensating"):
                break
        return status

    async def let_time_pass(self, by: timedelta) -> None:
        """On the engine's clock and on the database's, by which leases and calls are counted."""
        self.engine.clock.ahead += by
        await self.engine.let_effects_age(by)
        async with self.engine.database.unit_of_work("acme") as unit:
            await unit.session.execute(RUN_OUT, {"by": by})

    async def answer(self, case_id: str, answer: Answer) -> None:
        """Answer as somebody who has not approved this case before."""
        task = await self.engine.task_of(case_id)
        free = next(login for login in APPROVERS if f"acme-{login}" not in task.excluded)
        await self.engine.desk.answer(await actor(self.engine.database, free), task.id, answer)

    def broken(self) -> list[Violation]:
        """Invariants that do not hold, whatever is under way."""
        lines = self.notebook.written
        return self.do(violations(self.engine.database, lines, accepted=self.accepted, settled=False))
