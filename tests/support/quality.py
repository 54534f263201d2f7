"""Review quality in the toy: Sven leads it, Emil and Dora approve, and whatever is answered is drawn."""

from __future__ import annotations

from sqlmodel import col, select

from graphs.quality.desk import QualityDesk, Seed
from graphs.quality.rounds import QualityRounds
from graphs.store.notice_tables import NoticeRow
from graphs.store.people import Actor
from graphs.store.quality_tables import QualityProbe
from graphs.store.tables import Case, Task
from graphs.tasks import Answer
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.people import actor

APPROVE = Answer(decision="approve")
REJECT = Answer(decision="reject", reason="wrong")


def desk(engine: Engine) -> QualityDesk:
    return QualityDesk(services=engine.services)


async def leading(engine: Engine) -> Actor:
    """A supervisor who leads the quality of reviews."""
    await grant(engine.database, "sven", "quality.read", "quality.manage")
    return await actor(engine.database, "sven")


async def check_every(engine: Engine, sven: Actor, *, second: int = 0, known: int = 0, role: str = "approver") -> None:
    await desk(engine).set_rate(sven, role, second_bps=second, known_bps=known, reason="we begin")


async def answered(engine: Engine, login: str, answer: Answer = APPROVE) -> Task:
    """A new case's question, answered and the case advanced."""
    case = await engine.asking()
    task = await engine.answer(case.id, login, answer)
    await engine.advance(case.id)
    return task


async def seeded(engine: Engine, sven: Actor, login: str, *, right: str = "reject") -> QualityProbe:
    task = await answered(engine, login)
    seed = Seed(task_id=task.id, right=right, reason="the supplier does not exist")  # type: ignore[arg-type]  # a test's word
    return await desk(engine).seed(sven, seed)


async def drawn(engine: Engine) -> int:
    return await QualityRounds(services=engine.services).of_tenant("acme")


async def probes(engine: Engine) -> list[QualityProbe]:
    async with engine.database.unit_of_work("acme") as unit:
        query = select(QualityProbe).order_by(col(QualityProbe.created_at), col(QualityProbe.id))
        return list((await unit.session.execute(query)).scalars())


async def asked(engine: Engine, probe: QualityProbe) -> Case:
    """The probe's copy, advanced until it waits for somebody: the order first, then the question."""
    assert probe.copy_id is not None
    return await engine.advance(probe.copy_id, times=2)


async def notices(engine: Engine) -> list[tuple[str, str]]:
    """(who, kind) of everything that somebody is to be told."""
    async with engine.database.unit_of_work("acme") as unit:
        rows = (await unit.session.execute(select(NoticeRow))).scalars()
        return sorted((row.recipient_id, row.kind) for row in rows)
