"""What moves a request: its answer, its withdrawal, its instants, a mail that came back. Each in one transaction.

The request's own row decides which of them comes first: who closes it, closes it for all. The case that sends the mails
is told only that something has moved, and looks for itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from graphs.audit import WORKER, AuditRecord
from graphs.deadlines.clock_desk import ClockBusy
from graphs.information.request import OVERDUE, REMINDED, UNDELIVERED, UNSENT
from graphs.information.terms import DUE, KEPT_FOR, MOVED, REMINDER
from graphs.messages import send_own
from graphs.notices.notice import tell_of_task
from graphs.notices.service import notifier_of
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.information import CLOSED, EXPIRED, OPEN, InformationRequests
from graphs.store.information_tables import InformationRow
from graphs.store.lifecycle_tables import Message
from graphs.store.tables import Task, Timer
from graphs.tasks.question_clock import resume_clocks
from policies.canonical import digest

A_MOMENT = timedelta(seconds=1)
LONGEST_WHY = 200


async def conclude(
    unit: UnitOfWork,
    services: Services,
    row: InformationRow,
    status: str,
    *,
    by: str,
    now: datetime,
    of_task: bool = True,
) -> bool:
    """Close the request so, once: its clocks go on, its timers are off, its case looks. Says whether it was open.

    `by` is a user. With `of_task` only while the task is unanswered. Raises `ClockBusy`: nothing is to be committed.
    """
    if not await InformationRequests(unit.session).close(row.id, status, now=now, of_task=of_task):
        return False
    # The case first and its timers then, as everybody else: whoever cancels it meanwhile has them in that order.
    await resume_clocks(unit, services, row, note=note_of(row), by=by, now=now)
    await unit.timers.cancel(DUE, row.id)
    await unit.timers.cancel(REMINDER, row.id)
    await wake(unit, row, status, by=by, now=now)
    return True


async def wake(unit: UnitOfWork, row: InformationRow, what: str, *, by: str, now: datetime) -> None:
    """Have the request's case look at what became of it, now or as soon as it waits."""
    payload = {"what": what}
    message = Message(
        id=str(uuid.uuid4()),
        tenant=row.tenant,
        name=MOVED,
        correlation_key=row.id,
        message_id=f"{MOVED}-{row.id}-{what}",
        digest=digest({"name": MOVED, "key": row.id, "payload": payload}),
        payload=payload,
        sent_by=by,
        received_at=now,
        expires_at=now + KEPT_FOR,
    )
    await send_own(unit, message, now=now)


async def expire(unit: UnitOfWork, services: Services, timer: Timer, *, now: datetime) -> None:
    """Nobody answered in time: the request is closed, who asked is told, and the task's clock goes on.

    Nothing is approved by it. Where the task has its answer already, the request is closed without a word.
    """
    requests = InformationRequests(unit.session)
    if not await requests.take_if_free(timer.subject_id):
        await unit.timers.fire_later(timer.id, at=now + A_MOMENT)
        return
    row = await requests.get(timer.subject_id)
    if row.status != OPEN:
        return
    by = await notifier_of(unit, row.tenant, now=now)
    asked = row.task_id in await requests.still_asked([row.task_id])
    try:
        # Within a savepoint: a clock that is busy leaves the request as it was.
        async with unit.session.begin_nested():
            await conclude(unit, services, row, EXPIRED if asked else CLOSED, by=by, now=now, of_task=False)
    except ClockBusy:
        await unit.timers.fire_later(timer.id, at=now + A_MOMENT)
        return
    if asked:
        task = await unit.inbox.get(row.task_id)
        unit.record(row.tenant, record_of(OVERDUE, row, task, by=WORKER, values={"deadline": row.deadline_at}))
        await tell(unit, row, task, [row.asked_by], "information.mail_overdue", key=row.id, values={}, now=now)


async def remind(unit: UnitOfWork, timer: Timer, *, now: datetime) -> None:
    """The instant of the reminder has come: the request's case sends one if nobody has answered."""
    requests = InformationRequests(unit.session)
    if not await requests.take_if_free(timer.subject_id):
        await unit.timers.fire_later(timer.id, at=now + A_MOMENT)
        return
    row = await requests.get(timer.subject_id)
    if row.status != OPEN or row.task_id not in await requests.still_asked([row.task_id]):
        return
    await wake(unit, row, "reminder", by=await notifier_of(unit, row.tenant, now=now), now=now)
    task = await unit.inbox.get(row.task_id)
    unit.record(row.tenant, record_of(REMINDED, row, task, by=WORKER, values={"remind_at": row.remind_at}))


async def came_back(services: Services, tenant: str, request_id: str, *, why: str) -> bool:
    """A mail of the request's case came back: the task says so, its clock goes on, and who asked is told.

    The request stays open, because whoever got the mail can write such a report: an answer still counts. Says whether
    there is such a request. Raises `ClockBusy`.
    """
    now = services.clock()
    async with services.database.unit_of_work(tenant) as unit:
        requests = InformationRequests(unit.session)
        await requests.take(request_id)
        row = await requests.find(request_id)
        if row is None:
            return False
        if await requests.could_not_deliver(row.id, why=why[:LONGEST_WHY] or "the report does not say why"):
            task = await unit.inbox.get(row.task_id)
            await resume_clocks(unit, services, row, note=note_of(row), by=WORKER, now=now)
            unit.record(tenant, record_of(UNDELIVERED, row, task, by=WORKER, values={"why": why}))
            await tell(unit, row, task, [row.asked_by], "information.mail_undelivered", key=row.id, values={}, now=now)
    return True


async def stopped(unit: UnitOfWork, services: Services, timer: Timer, *, now: datetime) -> None:
    """An incident stops the request's case before its mail is out: the task's clock goes on, and who asked is told.

    The request stays open: once the incident is retried, the mail may still go. Nothing is said of a request that is
    over, or whose case goes on again by now.
    """
    requests = InformationRequests(unit.session)
    if not await requests.take_if_free(timer.subject_id):
        await unit.timers.fire_later(timer.id, at=now + A_MOMENT)
        return
    row = await requests.get(timer.subject_id)
    if not await requests.is_stopped(row.id) or row.task_id not in await requests.still_asked([row.task_id]):
        return
    task = await unit.inbox.get(row.task_id)
    try:
        # Within a savepoint: a clock that is busy leaves the request as it was.
        async with unit.session.begin_nested():
            await resume_clocks(unit, services, row, note=note_of(row), by=WORKER, now=now)
    except ClockBusy:
        await unit.timers.fire_later(timer.id, at=now + A_MOMENT)
        return
    unit.record(row.tenant, record_of(UNSENT, row, task, by=WORKER, values={}))
    await tell(unit, row, task, [row.asked_by], "information.mail_stopped", key=timer.id, values={}, now=now)


def note_of(row: InformationRow) -> str:
    """What the clocks say of their pause: who is waited for."""
    return f"waiting for somebody outside: information request {row.id}"


def record_of(kind: str, row: InformationRow, task: Task, *, by: str, values: Mapping[str, Any]) -> AuditRecord:
    """An entry of the task's case."""
    named = {"request": row.id, "task": row.task_id, **values}
    return AuditRecord(kind=kind, actor=by, case_id=row.case_id, step=task.step, values=named)


async def tell(
    unit: UnitOfWork,
    row: InformationRow,
    task: Task,
    people: Iterable[str],
    kind: str,
    *,
    key: str,
    values: Mapping[str, Any],
    now: datetime,
) -> None:
    """Have people told of the request."""
    told = {"request": row.id, "deadline": row.deadline_at.isoformat(), **values}
    await tell_of_task(unit, task, people, kind=kind, key=key, values=told, now=now)
