"""Orders: what the desks write when a person says what is to become of a case."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from graphs.audit import AuditRecord
from graphs.deadlines.halt import let_clocks_go, stop_clocks
from graphs.errors import DutiesConflict
from graphs.process import ProcessDefinition
from graphs.state import CaseState
from graphs.steering import CaseNotSteerable, Steered, fold, steer
from graphs.store.claims import LeasedCase
from graphs.store.database import UnitOfWork
from graphs.store.lifecycle_tables import Steering
from graphs.store.messages import Messages
from graphs.store.people import Actor
from graphs.store.steerings import Steerings
from graphs.store.tables import Case
from graphs.store.threads import Threads
from tools.telemetry.metrics import CASES_ENDED

SUSPENDED = "suspended"
"""No worker advances the case, and its deadlines pause."""
COMPENSATING = "compensating"
"""The worker takes back the confirmed effects of a case that is to be cancelled."""

OrderKind = Literal["cancel", "suspend", "retry", "skip", "fork", "waive"]


async def place(
    unit: UnitOfWork,
    actor: Actor,
    case: Case,
    kind: OrderKind,
    *,
    now: datetime,
    reason: str,
    step: str = "",
    data: Mapping[str, Any] | None = None,
) -> Steering:
    """Record the order and who gave it."""
    steering = Steering(
        id=str(uuid.uuid4()),
        tenant=case.tenant,
        case_id=case.id,
        kind=kind,
        step=step,
        reason=reason,
        ordered_by=actor.user_id,
        data=dict(data or {}),
        ordered_at=now,
        status="open",
    )
    await Steerings(unit.session).add(steering)
    shown = {name: value for name, value in steering.data.items() if name != "state"}
    values = {"order": steering.id, "kind": kind, "reason": reason, "was": case.status, "data": shown}
    ordered = AuditRecord(
        kind="steering.ordered", actor=actor.user_id, case_id=case.id, step=step or None, values=values
    )
    unit.record(case.tenant, ordered)
    return steering


async def let_go(unit: UnitOfWork, case: Case, actor: Actor, *, now: datetime) -> None:
    """Withdraw what the case waits for, and close its incidents."""
    await unit.inbox.withdraw(case.id, now=now)
    await unit.timers.remove_all(case.id)
    await let_clocks_go(unit, case.id, now=now)
    await Messages(unit.session).withdraw(case.id)
    await unit.incidents.close_all(case.id, by=actor.user_id, now=now)


async def state_of(unit: UnitOfWork, case: Case | LeasedCase) -> CaseState:
    """The state of the case, from its journal."""
    return fold(visit.update for visit in await unit.journal.of_case(case.id))


async def end_cancelled(
    unit: UnitOfWork, case: Case | LeasedCase, order: Steering, *, epoch: int, now: datetime
) -> None:
    """The case is cancelled, as the order says; for the holder of `epoch`. Raises `LeaseLost`."""
    await unit.cases.change(
        case.id, epoch=epoch, status="cancelled", outcome=order.reason, ended_at=now, updated_at=now
    )
    await Threads(unit.session).delete([case.id])
    await stop_clocks(unit, case.id, now=now)
    await Steerings(unit.session).end(order.id, status="applied", now=now)
    values = {"order": order.id, "status": "cancelled", "outcome": order.reason}
    ended = AuditRecord(kind="case.cancelled", actor=order.ordered_by, case_id=case.id, values=values)
    unit.record(case.tenant, ended)
    CASES_ENDED.of(case.process, "cancelled").inc()


def check_status(case: Case, *fitting: str) -> None:
    """Raises `CaseNotSteerable`."""
    if case.status not in fitting:
        raise CaseNotSteerable(f"case {case.id} is {case.status}: this needs one that is {' or '.join(fitting)}")


async def check_cancel(unit: UnitOfWork, case: Case) -> None:
    """Whether the case can be cancelled. Raises `CaseNotSteerable`."""
    check_status(case, "running", "waiting", "incident", SUSPENDED)
    if await Steerings(unit.session).open(case.id, "cancel"):
        raise CaseNotSteerable(f"case {case.id} is being cancelled already: see its incident")


def check_suspend(case: Case) -> None:
    """Whether the case can be suspended. Raises `CaseNotSteerable`."""
    check_status(case, "running", "waiting")


def check_resume(case: Case) -> None:
    """Whether the case can be resumed. Raises `CaseNotSteerable`."""
    check_status(case, SUSPENDED)


async def check_steerable(unit: UnitOfWork, case: Case) -> None:
    """Whether the case can be sent on from where it stands. Raises `CaseNotSteerable`."""
    check_status(case, "waiting", "incident")
    if await Steerings(unit.session).open(case.id, "cancel"):
        raise CaseNotSteerable(f"case {case.id} is being cancelled: it can only be retried, or its effects skipped")


def check_skipper(case: Case, actor: Actor) -> None:
    """Whether they may say that a step is skipped. Raises `DutiesConflict`."""
    if actor.user_id == case.created_by:
        raise DutiesConflict(f"{actor.name} started this case: somebody else must say that a step is skipped")


async def apply_order(unit: UnitOfWork, definition: ProcessDefinition, case: Case, *, now: datetime) -> Steered | None:
    """Carry out the open retry, skip or fork of a case that was claimed; None where there is none.

    The order is ended and its entry recorded in this transaction. The caller puts `update` into the state and lets
    the case enter `enters`, in the same transaction. Raises what `steer` does; then the order stays open.
    """
    steerings = Steerings(unit.session)
    orders = await steerings.open(case.id, "retry", "skip", "fork")
    if not orders:
        return None
    steered = steer(definition, await state_of(unit, case), orders[0], now=now)
    if await steerings.end(orders[0].id, status="applied", now=now) is None:
        return None
    unit.record(case.tenant, steered.record)
    return steered
