"""Messages: exactly one waiting case receives each, an early one waits for its case, and an id is taken once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphs.audit import WORKER, AuditRecord
from graphs.errors import Conflict, Invalid
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.state import CaseView
from graphs.steps import WaitStep
from graphs.store.database import UnitOfWork
from graphs.store.lifecycle_tables import Message, Subscription
from graphs.store.messages import Messages
from graphs.store.people import Actor
from graphs.store.steerings import Steerings
from graphs.store.tables import Timer
from policies.canonical import digest

SEND = "message.send"
KEPT_FOR = timedelta(days=7)
WAIT = "wait"
"""The subject of timers that end a wait."""

SUBSCRIPTIONS = uuid.UUID("7b1c0f0e-8c53-4f0a-9d5e-2f8c1c1d4a04")


class MessageMismatch(Conflict):
    """The message id was used before, with another name, key or payload."""

    code = "message_id_reused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message that was taken; `created` is False for one that had come before, `case_id` None while it waits."""

    message: Message
    case_id: str | None
    created: bool

    @property
    def late(self) -> bool:
        """Whether it was only recorded: its case had gone on without it."""
        return self.case_id is None and self.message.expires_at <= self.message.received_at


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDesk:
    """Takes messages and lets the case that waits go on, in one transaction."""

    services: Services

    async def receive(
        self,
        actor: Actor,
        name: str,
        key: str,
        payload: Mapping[str, Any],
        message_id: str,
        *,
        kept_for: timedelta = KEPT_FOR,
        only_in_time: bool = False,
    ) -> Received:
        """Take the message once. The case that has waited the longest for name and key receives it.

        Without one the message waits for its case, for `kept_for`; but with `only_in_time`, where a case has waited
        for it and gone on, or another for name and key is kept, it is recorded and nobody ever receives it. Raises
        `PermissionMissing`; `Invalid` for a name that no process waits for, or a time that is over; `MessageMismatch`
        for another message of the same id.
        """
        require(actor, SEND)
        known = self.services.registry.messages
        if name not in known:
            raise Invalid(f"no process waits for a message {name!r} (known: {', '.join(sorted(known)) or 'none'})")
        if kept_for <= timedelta(0):
            raise Invalid("the message would have expired when it comes")
        now = self.services.clock()
        message = Message(
            id=str(uuid.uuid4()),
            tenant=actor.tenant,
            name=name,
            correlation_key=key,
            message_id=message_id,
            digest=digest({"name": name, "key": key, "payload": dict(payload)}),
            payload=dict(payload),
            sent_by=actor.user_id,
            received_at=now,
            expires_at=now + kept_for,
        )
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            messages = Messages(unit.session)
            await messages.lock(actor.tenant, name, key)
            before = await messages.keep(message)
            if before is not None:
                return _same(before, message)
            unit.record(actor.tenant, _received_record(message))
            case_id = await _correlate(unit, message, now=now)
            if case_id is None and only_in_time:
                message = await _kept_in_time(unit, message, now=now)
        return Received(message=message, case_id=case_id, created=True)


def _same(before: Message, message: Message) -> Received:
    if before.digest != message.digest:
        raise MessageMismatch(f"the message id {message.message_id!r} was used before for another message")
    return Received(message=before, case_id=before.case_id, created=False)


def _received_record(message: Message) -> AuditRecord:
    values = {
        "message": message.id,
        "message_id": message.message_id,
        "name": message.name,
        "key": message.correlation_key,
        "digest": message.digest,
        "expires": message.expires_at,
    }
    return AuditRecord(kind="message.received", actor=message.sent_by, values=values)


async def _correlate(unit: UnitOfWork, message: Message, *, now: datetime) -> str | None:
    """Give the message to the visit that has waited the longest and still waits; returns its case."""
    for subscription in await Messages(unit.session).waiting(message.tenant, message.name, message.correlation_key):
        if await _give(unit, subscription, message, now=now):
            return subscription.case_id
    return None


async def _kept_in_time(unit: UnitOfWork, message: Message, *, now: datetime) -> Message:
    """The message as it stays: to be received, or only recorded where it comes too late.

    It does where a visit has waited for it and gone on, or where another waits to be received already.
    """
    messages = Messages(unit.session)
    tenant, name, key = message.tenant, message.name, message.correlation_key
    passed = await messages.passed(tenant, name, key)
    kept = await messages.first_kept(tenant, name, key, now=now)
    if passed is None and (kept is None or kept.id == message.id):
        return message
    values = {
        "message": message.id,
        "message_id": message.message_id,
        "digest": message.digest,
        "wait": passed.status if passed else "ahead",
    }
    case_id, step = (passed.case_id, passed.step) if passed else (None, None)
    unit.record(
        tenant, AuditRecord(kind="message.late", actor=message.sent_by, case_id=case_id, step=step, values=values)
    )
    return await messages.close(message, now=now)


async def send_own(unit: UnitOfWork, message: Message, *, now: datetime) -> None:
    """Have a message of Interlock's own received, once, when the caller's transaction commits."""
    messages = Messages(unit.session)
    await messages.lock(message.tenant, message.name, message.correlation_key)
    if await messages.keep(message) is None:
        unit.record(message.tenant, _received_record(message))
        await _correlate(unit, message, now=now)


async def match_early(unit: UnitOfWork, subscription: Subscription, *, now: datetime) -> bool:
    """Give the visit a message that came before it waited; says whether there was one.

    To be called once the subscription is written: in its transaction, or in one that begins after it was committed.
    Both find every message, because `MessageDesk.receive` holds the same lock.
    """
    messages = Messages(unit.session)
    await messages.lock(subscription.tenant, subscription.message, subscription.correlation_key)
    message = await messages.first_kept(
        subscription.tenant, subscription.message, subscription.correlation_key, now=now
    )
    return message is not None and await _give(unit, subscription, message, now=now)


async def match_missed(services: Services, *tenants: str) -> int:
    """For the sweep: give visits what waits for them although nobody matched it; returns how many.

    Each in a transaction of its own: who waits for a case holds no other.
    """
    now = services.clock()
    async with services.database.unit_of_work(*tenants) as unit:
        missed = await Messages(unit.session).missed(now=now)
    given = 0
    for subscription in missed:
        async with services.database.unit_of_work(subscription.tenant) as unit:
            given += await match_early(unit, subscription, now=now)
    return given


async def _give(unit: UnitOfWork, subscription: Subscription, message: Message, *, now: datetime) -> bool:
    await unit.cases.lock(subscription.case_id)
    await unit.timers.cancel(WAIT, timer_subject(subscription.case_id, subscription.step))
    if not await Messages(unit.session).give(subscription, message, now=now):
        return False
    await go_on(unit, subscription.tenant, subscription.case_id, now=now)
    values = {"message": message.id, "message_id": message.message_id, "digest": message.digest}
    correlated = AuditRecord(
        kind="message.correlated", actor=WORKER, case_id=subscription.case_id, step=subscription.step, values=values
    )
    unit.record(subscription.tenant, correlated)
    return True


async def miss(unit: UnitOfWork, timer: Timer, *, now: datetime) -> bool:
    """The timer of a wait has fired: the visit is late, unless it has its message; says which."""
    step = timer.subject_id.removeprefix(f"{timer.case_id}/")
    if not await Messages(unit.session).pass_over(timer.case_id, step, timer.visit):
        return False
    await go_on(unit, timer.tenant, timer.case_id, now=now)
    values = {"due": timer.due_at}
    missed = AuditRecord(kind="message.missed", actor=WORKER, case_id=timer.case_id, step=step, values=values)
    unit.record(timer.tenant, missed)
    return True


async def go_on(unit: UnitOfWork, tenant: str, case_id: str, *, now: datetime) -> None:
    """What the case waited for has come: enqueue it; a suspended case goes on once it is resumed."""
    if await Steerings(unit.session).wake(case_id, now=now):
        await unit.jobs.advance(tenant, case_id)


async def answer_of_wait(unit: UnitOfWork, case_id: str, step: str, visit: int) -> dict[str, Any] | None:
    """What the visit's interrupt is answered with: its message, that it is late, or None while it waits."""
    messages = Messages(unit.session)
    found = await messages.of_visit(case_id, step, visit)
    match found:
        case Subscription(status="matched", received=str() as received):
            message = await messages.get(received)
            return {"message": message.id, "message_id": message.message_id, "payload": message.payload}
        case Subscription(status="late"):
            return {"late": True}
        case _:
            return None


def timer_subject(case_id: str, step: str) -> str:
    """The subject id of a wait's timer."""
    return f"{case_id}/{step}"


def subscription_of(step: WaitStep, view: CaseView, *, visit: int, now: datetime) -> Subscription:
    """The row of a wait step's visit, for the transaction of the step that leads to it."""
    return Subscription(
        id=str(uuid.uuid5(SUBSCRIPTIONS, f"{view.case_id}/{step.name}/{visit}")),
        tenant=view.tenant,
        case_id=view.case_id,
        step=step.name,
        visit=visit,
        message=step.message,
        correlation_key=step.correlation(view),
        since=now,
        status="waiting",
    )


def timer_of_wait(step: WaitStep, view: CaseView, *, visit: int, now: datetime) -> Timer | None:
    """The timer that ends the wait, for the same transaction; None where it may take as long as it takes."""
    if step.within is None:
        return None
    return Timer(
        id=str(uuid.uuid5(SUBSCRIPTIONS, f"timer/{view.case_id}/{step.name}/{visit}")),
        tenant=view.tenant,
        case_id=view.case_id,
        subject=WAIT,
        subject_id=timer_subject(view.case_id, step.name),
        visit=visit,
        due_at=now + step.within,
        status="set",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """Where the case goes from a wait step, with which data."""

    route: str
    data: Mapping[str, Any]


def run_wait(step: WaitStep, view: CaseView, answer: Mapping[str, Any]) -> Waited:
    """The outcome of a wait step for its answer: on with the message, or to `late`."""
    if "message" not in answer:
        if step.late is None:
            raise Invalid(f"wait {step.name!r} cannot be late")
        return Waited(route=step.late, data={})
    taken = {"id": answer["message"], "message_id": answer["message_id"]}
    return Waited(route=step.next, data={**step.result(view, answer["payload"]), "messages": {step.name: taken}})
