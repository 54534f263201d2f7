"""The workforce of the tests' engine, as Sven sets it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from graphs.process import ProcessDefinition
from graphs.routing.people.leaving import LeavingDesk
from graphs.routing.people.profile import Profile, TeamForm
from graphs.routing.people.who import WhoDesk
from graphs.routing.people.workforce_desk import WorkforceDesk
from graphs.steps import AnyStep, ReviewStep
from graphs.store.notice_tables import NoticeRow
from graphs.store.people import Actor
from graphs.store.tables import Task
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.toy import toy_definition


async def in_charge(engine: Engine) -> Actor:
    """Sven, who may look after the people and their calendars."""
    await grant(engine.database, "sven", "people.read", "people.manage", "deadline.set")
    return await actor(engine.database, "sven")


def desk(engine: Engine) -> WorkforceDesk:
    return WorkforceDesk(services=engine.services)


def leaving(engine: Engine) -> LeavingDesk:
    return LeavingDesk(services=engine.services)


def who(engine: Engine) -> WhoDesk:
    return WhoDesk(services=engine.services)


async def set_profile(engine: Engine, sven: Actor, login: str, **terms: Any) -> None:
    """The person's first profile."""
    await desk(engine).set_profile(sven, login, Profile(**terms), seen=0, reason="test")


async def set_team(engine: Engine, sven: Actor, *members: str, **terms: Any) -> None:
    """The team that takes the tasks of approvers."""
    form = TeamForm(roles=("approver",), members=members, **terms)
    await desk(engine).set_team(sven, "invoices", form, reason="test")


async def absent(
    engine: Engine, sven: Actor, login: str, *, substitute: str | None = None, days: tuple[int, int] = (0, 0)
) -> str:
    """The person is away from so many days from now, to so many."""
    today: date = engine.clock().date()
    first, last = (today + timedelta(days=count) for count in days)
    row = await desk(engine).add_absence(
        sven, login, first_day=first, last_day=last, reason="holiday", substitute=substitute
    )
    return row.id


def asking_for(version: int, **declared: Any) -> ProcessDefinition:
    """The toy whose approval asks for this of whoever takes it."""
    toy = toy_definition(version=version)

    def changed(step: AnyStep) -> AnyStep:
        return replace(step, **declared) if isinstance(step, ReviewStep) and step.of == "propose" else step

    return replace(toy, steps=tuple(changed(step) for step in toy.steps))


async def task_asked(engine: Engine, definition: ProcessDefinition | None = None, *, subject: str = "a note") -> Task:
    """The open task of a new case."""
    if definition is not None and definition not in engine.definitions:
        engine.definitions = (*engine.definitions, definition)
    engine.reader.amount = 60_000
    case_id = (await engine.start(subject=subject)).case.id
    await engine.advance(case_id)
    return await whole(engine, await engine.task_of(case_id))


async def whole(engine: Engine, task: Task) -> Task:
    """The task of a list, with how it was assigned."""
    async with engine.database.unit_of_work("acme") as unit:
        return await unit.inbox.get(task.id)


async def tasks_of(engine: Engine, login: str) -> list[Task]:
    """What the person has open."""
    async with engine.database.unit_of_work("acme") as unit:
        found = await unit.inbox.listed(
            "acme", status=("open", "claimed"), assignee_id=f"acme-{login}", case_id=None, limit=200
        )
    return list(found)


async def notices(engine: Engine) -> list[tuple[str, str]]:
    """(recipient, kind) of everything people are to be told."""
    async with engine.database.unit_of_work("acme") as unit:
        rows = (await unit.session.execute(select(NoticeRow))).scalars()
        return sorted((row.recipient_id.removeprefix("acme-"), row.kind) for row in rows)
