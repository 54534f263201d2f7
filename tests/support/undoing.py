"""Approvals that may be undone: the toy's notebook cannot be unwritten, and a case waits ten seconds before it is."""

from __future__ import annotations

from datetime import timedelta

from graphs.store.tables import Task
from graphs.tasks import Answer
from graphs.tasks.undo import UndoDesk
from policies.action import EffectKind
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.working import row

APPROVE = Answer(decision="approve")
WINDOW = timedelta(seconds=10)
OVER = WINDOW + timedelta(seconds=1)


def irreversible(engine: Engine) -> Engine:
    """The engine, with a window before what cannot be undone."""
    engine.notebook.effect_kind = EffectKind.IRREVERSIBLE
    engine.undo_window = WINDOW
    return engine


async def approved(engine: Engine, by: str = "berta") -> str:
    """A task that was approved just now."""
    task = await engine.task_of((await engine.asking()).id)
    await engine.desk.answer(await actor(engine.database, by), task.id, APPROVE)
    return task.id


async def undo(engine: Engine, task_id: str, by: str = "berta", reason: str = "wrong one") -> Task:
    return await UndoDesk(services=engine.services).undo(await actor(engine.database, by), task_id, reason)


async def pass_window(engine: Engine, task_id: str, *, by: timedelta = OVER) -> str:
    """The window is over, and a worker has gone on; the case's status."""
    engine.clock.ahead += by
    await engine.sweep.fire_due()
    return (await engine.advance((await row(engine, task_id)).case_id, times=2)).status
