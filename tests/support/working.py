"""Working through tasks on the toy engine: desks, who has a task, who was told, and what is on record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from graphs.store.holding import Holding
from graphs.store.notice_tables import NoticeRow
from graphs.store.people_tables import User
from graphs.store.tables import Task
from graphs.tasks.bulk import BulkDesk
from graphs.tasks.hand_over import HandOverDesk
from graphs.tasks.notes import NoteDesk
from tests.support.engine import Engine


def hands(engine: Engine) -> HandOverDesk:
    return HandOverDesk(services=engine.services)


def notes(engine: Engine) -> NoteDesk:
    return NoteDesk(services=engine.services)


def bulks(engine: Engine) -> BulkDesk:
    return BulkDesk(services=engine.services)


async def row(engine: Engine, task_id: str) -> Task:
    async with engine.database.unit_of_work("acme") as unit:
        return await unit.inbox.get(task_id)


async def held(engine: Engine, task_id: str) -> tuple[str, str | None, str | None]:
    """(status, whose, delegated by), by login."""
    holding = Holding.of(await row(engine, task_id))
    return holding.status, login(holding.assignee_id), login(holding.delegated_by)


async def told(engine: Engine) -> list[tuple[str, str]]:
    """(login, kind) of every notice, in order."""
    async with engine.database.unit_of_work("acme") as unit:
        query = select(NoticeRow).order_by(col(NoticeRow.created_at), col(NoticeRow.recipient_id))
        rows = (await unit.session.execute(query)).scalars().all()
    return [(str(login(one.recipient_id)), one.kind) for one in rows]


async def recorded(engine: Engine, case_id: str, kind: str) -> dict[str, Any]:
    """Actor and values of the case's last entry of a kind."""
    async with engine.database.unit_of_work("acme") as unit:
        entries = [(entry, values) for entry, values in await unit.audit_log.of_case(case_id) if entry.kind == kind]
    entry, values = entries[-1]
    return {"actor": login(entry.actor), **values}


async def deactivate(engine: Engine, name: str) -> None:
    """The person has left."""
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(update(User).where(col(User.id) == f"acme-{name}").values(active=False))


def login(user_id: str | None) -> str | None:
    return user_id.removeprefix("acme-") if user_id else None
