"""A process that waits for a message, and cases that stand at its wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from graphs.messages import MessageDesk, Received, subscription_of, timer_of_wait
from graphs.process import ProcessDefinition
from graphs.state import CaseView
from graphs.steps import EndStep, ReadStep, WaitStep
from graphs.store.lifecycle_tables import Subscription
from graphs.store.messages import Messages
from graphs.store.tables import Case
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.toy import look_up, process

PAID = "payment.received"
WITHIN = timedelta(days=2)


def paid(case: CaseView, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"payment": {"amount": payload["amount"]}}


def wait_step(*, within: timedelta | None = WITHIN) -> WaitStep:
    return WaitStep(
        name="await_payment",
        stage="payment",
        message=PAID,
        correlation=lambda case: str(case.input["subject"]),
        next="done",
        result=paid,
        within=within,
        late="rejected" if within else None,
    )


def waiting_definition(*, within: timedelta | None = WITHIN) -> ProcessDefinition:
    """look_up → await_payment → done, or rejected when nothing came."""
    late = (EndStep(name="rejected", stage="end", ends="rejected", outcome=lambda case: "not paid"),)
    return process(
        "Waiting",
        ReadStep(name="look_up", stage="intake", tools=("toy.read",), run=look_up, next="await_payment"),
        wait_step(within=within),
        EndStep(name="done", stage="end", ends="done", outcome=lambda case: "paid"),
        *(late if within else ()),
    )


def view_of(case: Case) -> CaseView:
    return CaseView(case_id=case.id, tenant=case.tenant, requester=case.created_by, input=case.input, data={})


async def stand_at_wait(engine: Engine, subject: str, *, within: timedelta | None = None) -> Subscription:
    """A new case that waits for its payment, as the step that leads there leaves it."""
    case = (await engine.start(subject=subject)).case
    return await subscribe(engine, case, within=within)


async def subscribe(engine: Engine, case: Case, *, within: timedelta | None = None) -> Subscription:
    step, now = wait_step(within=within), engine.clock()
    subscription = subscription_of(step, view_of(case), visit=1, now=now)
    timer = timer_of_wait(step, view_of(case), visit=1, now=now)
    async with engine.database.unit_of_work("acme") as unit:
        await unit.cases.set_status(case.id, "waiting", now=now)
        if timer is not None:
            await unit.timers.set(timer)
        await Messages(unit.session).subscribe(subscription)
    return subscription


async def let_send(engine: Engine) -> None:
    """Give the service the right to send messages."""
    await grant(engine.database, "intake", "message.send")


async def send(
    engine: Engine,
    subject: str,
    message_id: str,
    *,
    amount: int = 5,
    name: str = PAID,
    login: str = "intake",
    only_in_time: bool = False,
) -> Received:
    """Send a payment message as the service, or somebody else."""
    desk = MessageDesk(services=engine.services)
    who = await actor(engine.database, login)
    return await desk.receive(who, name, subject, {"amount": amount}, message_id, only_in_time=only_in_time)
