"""A history for forecasts of the toy process: cases that were asked and answered after so long, at chosen instants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from graphs.forecast.reading import PassageReading
from graphs.forecast.watch import ForecastWatch
from graphs.store.forecast_tables import ForecastPassage, ForecastRow
from graphs.store.forecasts import Forecasts
from graphs.store.notice_tables import NoticeRow
from graphs.store.passages import Passages
from graphs.store.tables import Case
from graphs.tasks import Answer
from tests.support.engine import Engine

LEVEL = "name: approval, scope: task, of: [approve], target: {business_time: 4h}, pauses: [{reason: supplier}]"
WHOLE = "name: whole, scope: process, target: {business_time: 10h}"
FORECAST_AT = ("passages.before_commit", "forecast.before_commit", "forecast.after_commit")
"""Where a worker is killed amid the forecast job, in `tests/chaos/test_forecast_kills.py`."""
APPROVE = Answer(decision="approve")


async def answered_after(engine: Engine, hours: float, *, login: str = "emil") -> Case:
    """A case whose approval was given after so long; the engine's clock goes on by as much."""
    case = await engine.asking()
    engine.clock.ahead += timedelta(hours=hours)
    await engine.answer(case.id, login, APPROVE)
    return await engine.advance(case.id)


async def history(engine: Engine, *hours: float) -> None:
    """One case after the other, each answered after so many hours, and read."""
    for one in hours:
        await answered_after(engine, one)
    await read(engine)


async def read(engine: Engine) -> int:
    """Read the trail for passages."""
    return await PassageReading(services=engine.services).of_process("acme", "toy")


async def passages(engine: Engine, step: str = "approve") -> Sequence[ForecastPassage]:
    """What is kept of the step."""
    async with engine.database.unit_of_work("acme") as unit:
        return await Passages(unit.session, "acme", "toy").of_step(step)


async def look(engine: Engine) -> int:
    """One round of the watch."""
    return await ForecastWatch(services=engine.services).of_tenant("acme")


async def forecasts_of(engine: Engine, clock_id: str) -> Sequence[ForecastRow]:
    """What was issued about the clock."""
    async with engine.database.unit_of_work("acme") as unit:
        return await Forecasts(unit.session, "acme").of_clock(clock_id)


async def notices(engine: Engine) -> Sequence[NoticeRow]:
    """What people are to be told."""
    async with engine.database.unit_of_work("acme") as unit:
        return (await unit.session.execute(select(NoticeRow))).scalars().all()
