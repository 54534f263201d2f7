"""The limits of a target, kept for all workers together: its slots, its token bucket, its breaker."""

from __future__ import annotations

import asyncio
import itertools
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import structlog

from graphs.audit import WORKER, AuditRecord
from graphs.pace import Pace
from graphs.refusals import BreakerOpen, Line, NoSlot, NotAdmitted, RateLimited
from graphs.store.admission import Admittance, BreakerState, Targets
from graphs.store.database import UNAVAILABLE, Database
from tools.errors import Ambiguous, NeedsPerson, Permanent, Transient
from tools.limits import Rate, TargetLimits
from tools.port import Tool
from tools.resilience import GRACE

SETTLE_WITHIN = timedelta(seconds=2)
MARGIN = timedelta(seconds=5)
"""How much longer a slot is held than its call can last: for the intent's commit, and for clocks that differ."""
PATIENCE = timedelta(milliseconds=300)
"""How long a call waits in place for a slot before its case is parked."""
LOOK_AGAIN = timedelta(milliseconds=50)
PAUSE = timedelta(seconds=1)
"""After this a parked case asks again, where nothing says when the answer will be another."""
NOT_SENT = ("invalid_arguments", "unclassified")
"""Reasons of a `Permanent` that tell nothing about the target."""

START = uuid.uuid4().hex
NUMBERS = itertools.count()

Outcome = Literal["answered", "failed", "none"]

log = structlog.get_logger(__name__)


def new_holder() -> str:
    """A name that no other call has, in this process or another, forked or not."""
    return f"{START}/{os.getpid()}/{next(NUMBERS)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that wants to be made. `began` is the monotonic second that `now` belongs to."""

    tenant: str
    case_id: str
    tool: Tool
    target: str
    limits: TargetLimits
    now: datetime
    began: float
    holder: str = field(default_factory=new_holder)


class SlotQueue:
    """Calls of one process that wait for a slot of one target: only the first of them asks."""

    def __init__(self) -> None:
        """Nobody waits."""
        self.first = asyncio.Lock()
        self.waiting = 0
        self.freed = asyncio.Event()

    async def changed(self) -> None:
        """Return once this process has given a slot back, or when another process may have."""
        self.freed.clear()
        try:
            async with asyncio.timeout(LOOK_AGAIN.total_seconds()):
                await self.freed.wait()
        except TimeoutError:
            return


class Limiter:
    """Takes what a call needs before it, and settles it afterwards."""

    def __init__(self, database: Database, *, monotonic: Callable[[], float], patience: timedelta) -> None:
        """`patience` is how long a call waits in place for a slot."""
        self.pace = Pace()
        self._database = database
        self._monotonic = monotonic
        self._patience = patience
        self._queues: dict[tuple[str, str], SlotQueue] = {}

    async def take(self, call: Call) -> Admittance:
        """What the call has taken. Raises `NotAdmitted`; then it has taken nothing."""
        admittance = await self._ask(call)
        if admittance.verdict == "no_slot":
            admittance = await self._wait(call, admittance)
        if admittance.verdict != "admitted":
            raise self._refusal(call, admittance)
        return admittance

    async def settle(self, call: Call, admittance: Admittance | None, outcome: Outcome) -> BreakerState | None:
        """Give the slot back and tell the breaker; how the breaker stands now, None if that is not known.

        A failure here is logged only: the call has its result, which must not be lost; the slot runs out by itself.
        """
        breaker, now = call.limits.breaker, self._now(call)
        try:
            async with (
                asyncio.timeout(SETTLE_WITHIN.total_seconds()),
                self._database.unit_of_work(call.tenant) as unit,
            ):
                state, changed = await Targets(unit.session).settle(
                    tenant=call.tenant,
                    target=call.target,
                    holder=call.holder,
                    now=now,
                    slot=admittance.slot if admittance else None,
                    outcome=outcome,
                    failures=breaker.failures if breaker else None,
                    cool_down=breaker.cool_down if breaker else None,
                )
                if changed:
                    kind = "breaker.closed" if state.state == "closed" else "breaker.opened"
                    values = {"failures": state.failures, "until": state.retry_at}
                    unit.record(call.tenant, record_of(call, kind, values))
        except (*UNAVAILABLE, TimeoutError, OSError) as error:
            log.warning("target.unsettled", target=call.target, error=type(error).__name__)
            return None
        self._queue(call).freed.set()
        return state if breaker else None

    async def _wait(self, call: Call, refused: Admittance) -> Admittance:
        """The first answer that is another, or the last one once patience has ended."""
        queue = self._queue(call)
        if self._is_long(queue, call):
            return refused
        queue.waiting += 1
        try:
            return await self._waited(queue, call, refused)
        finally:
            queue.waiting -= 1

    def _is_long(self, queue: SlotQueue, call: Call) -> bool:
        """Whether patience would end before this one has a slot, while there are others to take the next that is free.

        What waits in place holds a place of the worker's, which other cases have work for.
        """
        slots = call.limits.max_concurrent
        if slots is None or queue.waiting < slots:
            return False
        return self.pace.wait(call.tenant, call.target, slots=slots, ahead=queue.waiting) > self._patience

    async def _waited(self, queue: SlotQueue, call: Call, refused: Admittance) -> Admittance:
        ends_at = call.began + self._patience.total_seconds()
        try:
            async with asyncio.timeout(ends_at - self._monotonic()):
                await queue.first.acquire()
        except TimeoutError:
            return refused
        try:
            while refused.verdict == "no_slot" and self._monotonic() < ends_at:
                await queue.changed()
                refused = await self._ask(call)
            return refused
        finally:
            queue.first.release()

    async def _ask(self, call: Call) -> Admittance:
        limits, now = call.limits, self._now(call)
        async with self._database.unit_of_work(call.tenant) as unit:
            admittance = await Targets(unit.session).admit(
                tenant=call.tenant,
                target=call.target,
                holder=call.holder,
                case_id=call.case_id,
                now=now,
                until=now + call.tool.time_limit + GRACE + MARGIN,
                slots=limits.max_concurrent,
                interval=limits.rate.interval if limits.rate else None,
                burst=limits.rate.burst if limits.rate else None,
                guarded=limits.breaker is not None,
            )
            if admittance.probe and admittance.verdict == "admitted":
                unit.record(call.tenant, record_of(call, "breaker.probed", {}))
            return admittance

    def _queue(self, call: Call) -> SlotQueue:
        return self._queues.setdefault((call.tenant, call.target), SlotQueue())

    def _now(self, call: Call) -> datetime:
        return call.now + timedelta(seconds=self._monotonic() - call.began)

    def _refusal(self, call: Call, admittance: Admittance) -> NotAdmitted:
        soon = self._now(call) + PAUSE
        known = admittance.ask_at or soon
        match admittance.verdict:
            case "no_slot":
                message = f"{call.target} takes no more than {call.limits.max_concurrent} calls at once"
                return NoSlot(message, tool=call.tool.name, ask_at=min(known, soon), line=self._line(call))
            case "rate_limited":
                message = f"{call.target} has had all calls of this time"
                return RateLimited(message, tool=call.tool.name, ask_at=known, line=self._line(call, call.limits.rate))
            case "half_open":
                return self.left_alone(call, min(known, soon))
            case _:
                return self.left_alone(call, known)

    def left_alone(self, call: Call, until: datetime) -> BreakerOpen:
        """The refusal of a call whose target's breaker is open."""
        message = f"{call.target} has failed too often"
        return BreakerOpen(message, tool=call.tool.name, ask_at=until, line=self._line(call))

    def _line(self, call: Call, rate: Rate | None = None) -> Line:
        """Where the case waits: behind a rate one comes with each call that may be made, else as calls are served."""
        if rate is not None:
            return Line(target=call.target, pause=rate.interval)
        pause = self.pace.pause(call.tenant, call.target, slots=call.limits.max_concurrent)
        return Line(target=call.target, pause=pause)


def record_of(call: Call, kind: str, values: Mapping[str, Any]) -> AuditRecord:
    """What is recorded when the call moves its target's breaker."""
    shown = {"target": call.target, "tool": call.tool.name, **values}
    return AuditRecord(kind=kind, actor=WORKER, case_id=call.case_id, values=shown)


def outcome_of(error: BaseException | None) -> Outcome:
    """What a call's end says about its target: an answer, a failure, or nothing."""
    match error:
        case None | NeedsPerson():
            return "answered"
        case NotAdmitted():
            return "none"
        case Transient() | Ambiguous():
            return "failed"
        case Permanent():
            return "none" if error.reason in NOT_SENT else "answered"
        case _:
            return "none"
