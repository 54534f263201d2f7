"""Operations are carried out here, by a worker, in small batches: each incident or case in a transaction of its own.

The transaction that orders a case to go on also says so in the item, by compare-and-set: whoever is killed between two
items has lost nothing and done nothing twice. One worker at a time has the lease of an operation; that is for the pace
only, the items need no lease.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from graphs.audit import WORKER, AuditRecord
from graphs.case_move import AT_ONCE_DONE, CaseMove, CaseMoveDesk, CaseMoveKind
from graphs.errors import AlreadyAnswered, EngineError, NotFound, PermissionMissing
from graphs.incidents.move import Move, MoveDesk, MoveKind
from graphs.incidents.operation import permission_for
from graphs.incidents.pace import next_pace
from graphs.notices.notice import Notice, tell
from graphs.resolution.terms import FixTerms
from graphs.runtime.failpoint import failpoint
from graphs.runtime.services import Services
from graphs.store.cases import ENDED
from graphs.store.database import UNAVAILABLE, UnitOfWork
from graphs.store.operation_tables import (
    CASES,
    DONE,
    FAILED,
    LEFT,
    MOVING,
    RUNNING,
    STOPPED,
    WAITING,
    OperationItemRow,
    OperationRow,
)
from graphs.store.operations import ItemTaken, Moved, Operations
from graphs.store.people import PERSON, Actor

LEASE = timedelta(seconds=15)
MESSAGE = 300
CARRIED_OUT = "done: "
"""How the outcome of a case begins that has carried a fix out; one of them leaves the incident open."""
PROCESS_OF_FIXES = str(FixTerms.__dataclass_fields__["process"].default)

ENDED_NOTICE = "operation.ended"
"""The notice for who ordered an operation."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedItem:
    """Beside the order about one item: the item says so in the same transaction."""

    services: Services
    operation_id: str
    place: int
    orders: int

    async def before(self, unit: UnitOfWork) -> None:
        """Nothing to check."""

    async def after(self, unit: UnitOfWork) -> None:
        """Raises `ItemTaken`."""
        now = self.services.clock()
        await Operations(unit.session).begun(self.operation_id, self.place, orders=self.orders, now=now)
        failpoint("operation.before_commit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrying:
    """Carries out operations as one worker. Safe to run in every worker at once."""

    services: Services
    owner: str = field(default_factory=lambda: uuid.uuid4().hex)

    async def run(self) -> int:
        """Carry out what can be now; returns how many items were dealt with."""
        async with self.services.database.unit_of_all_tenants() as unit:
            under_way = await Operations(unit.session).under_way()
        return sum([await self._carry(tenant, operation_id) for tenant, operation_id in under_way])

    async def _carry(self, tenant: str, operation_id: str) -> int:
        async with self.services.database.unit_of_work(tenant) as unit:
            mine = await Operations(unit.session).lease(operation_id, owner=self.owner, for_=LEASE)
            operation = await Operations(unit.session).get(operation_id)
        settled = await self._settle(operation) if mine or operation.status != RUNNING else 0
        if not mine:
            return settled
        try:
            actor = await self._actor(operation)
        except (NotFound, PermissionMissing) as error:
            await self._end(operation, STOPPED, why=f"whoever ordered it may not any more: {error}")
            return settled
        return settled + await self._go_on(operation, actor)

    async def _actor(self, operation: OperationRow) -> Actor:
        """Who ordered it, with the rights they have now. Raises `NotFound`, `PermissionMissing`."""
        async with self.services.database.unit_of_work(operation.tenant) as unit:
            actor = await unit.people.actor(operation.ordered_by)
        needed = permission_for(operation)
        if needed not in actor.permissions:
            raise PermissionMissing(f"no role grants {actor.name} {needed!r}")
        return actor

    async def _go_on(self, operation: OperationRow, actor: Actor) -> int:
        async with self.services.database.unit_of_work(operation.tenant) as unit:
            operations = Operations(unit.session)
            counts = (await operations.counts(operation.id))[operation.id]
            moving, waiting = counts.get(MOVING, 0), counts.get(WAITING, 0)
            pace = next_pace(
                outcomes=await operations.outcomes(operation.id),
                moving=moving,
                waiting=waiting,
                canary=operation.canary,
                at_once=operation.at_once,
            )
            turn = await operations.next_waiting(operation.id, limit=pace.begin) if pace.begin else []
        if pace.stop:
            await self._end(operation, STOPPED, why=pace.stop)
        elif not moving and not waiting:
            await self._end(operation, DONE)
        for item in turn:
            await self._order(operation, actor, item)
        return len(turn)

    async def _make(self, operation: OperationRow, actor: Actor, item: OperationItemRow) -> None:
        services, place = self.services, item.place
        if item.incident_id is None:
            beside = OrderedItem(services=services, operation_id=operation.id, place=place, orders=0)
            order = CaseMove.stored(operation.kind, operation.request)
            await CaseMoveDesk(services=services, beside=beside).make(actor, item.case_id, order, operation.reason)
            return
        move = Move.stored(operation.kind, operation.request)
        beside = OrderedItem(services=services, operation_id=operation.id, place=place, orders=move.orders)
        await MoveDesk(services=services, beside=beside).make(actor, item.incident_id, move, operation.reason)

    async def _order(self, operation: OperationRow, actor: Actor, item: OperationItemRow) -> None:
        """Order it, or keep the named error that refuses it."""
        try:
            await self._make(operation, actor, item)
        except ItemTaken:
            return
        except UNAVAILABLE:
            raise
        except AlreadyAnswered as error:
            await self._refused(operation, item.place, LEFT, error.code, str(error))
        except EngineError as error:
            await self._refused(operation, item.place, FAILED, error.code, str(error))
        except Exception as error:
            # A process's own function failed on this case: the others must not wait for it for ever.
            log.error("operation.item_failed", operation=operation.id, error=type(error).__name__)
            await self._refused(operation, item.place, FAILED, type(error).__name__, str(error))
        else:
            failpoint("operation.after_item")

    async def _refused(self, operation: OperationRow, place: int, status: str, code: str, message: str) -> None:
        async with self.services.database.unit_of_work(operation.tenant) as unit:
            await Operations(unit.session).settle(
                operation.id, place, status, now=self.services.clock(), code=code, message=message[:MESSAGE]
            )

    async def _settle(self, operation: OperationRow) -> int:
        """Say of the items that were ordered what came of them, as far as that is known."""
        async with self.services.database.unit_of_work(operation.tenant) as unit:
            operations, settled = Operations(unit.session), 0
            for moved in await operations.moved(operation.id, applies=PROCESS_OF_FIXES):
                found = came_of(operation, moved)
                if found is not None:
                    now = self.services.clock()
                    await operations.settle(operation.id, moved.place, **found, now=now)
                    settled += 1
            return settled

    async def _end(self, operation: OperationRow, status: str, *, why: str = "") -> None:
        """End it, record it, and tell whoever ordered it."""
        now = self.services.clock()
        async with self.services.database.unit_of_work(operation.tenant) as unit:
            operations = Operations(unit.session)
            if not await operations.end(operation.id, status, now=now, why=why):
                return
            counts = (await operations.counts(operation.id))[operation.id]
            values: dict[str, Any] = {
                "operation": operation.id,
                "kind": operation.kind,
                "fingerprint": operation.fingerprint,
                "status": status,
                "why": why,
                "counts": counts,
            }
            unit.record(operation.tenant, AuditRecord(kind="operation.ended", actor=WORKER, values=values))
            await self._tell(unit, operation, values)
        log.info("operation.ended", operation=operation.id, status=status)

    async def _tell(self, unit: UnitOfWork, operation: OperationRow, values: Mapping[str, Any]) -> None:
        try:
            orderer = await unit.people.actor(operation.ordered_by)
        except NotFound:
            return
        if orderer.kind != PERSON:
            return
        notice = Notice(
            tenant=operation.tenant,
            recipient_id=orderer.user_id,
            kind=ENDED_NOTICE,
            key=operation.id,
            values={**values, "order": operation.kind},
        )
        await tell(unit, notice, now=self.services.clock())


def came_of(operation: OperationRow, moved: Moved) -> dict[str, str] | None:
    """What came of an order: the item's state, code and message; None while nobody can say."""
    if operation.about == CASES and CaseMoveKind(operation.kind) in AT_ONCE_DONE:
        return {"status": DONE}
    if operation.about != CASES and operation.kind == MoveKind.CLOSE:
        return {"status": DONE}
    if operation.kind == MoveKind.APPLY and moved.incident_status == "open":
        return _not_applied(moved)
    if moved.status == "incident":
        return {"status": FAILED, "code": moved.code or "incident", "message": (moved.message or "")[:MESSAGE]}
    if operation.kind == MoveKind.CANCEL:
        return {"status": DONE} if moved.status == "cancelled" else None
    if moved.status not in ("running", "compensating") or moved.journaled > moved.passed:
        return {"status": DONE}
    return None


def _not_applied(moved: Moved) -> dict[str, str] | None:
    """The incident is open still: the case that carries the fix out is under way, or it was not allowed to."""
    if moved.applied_status in (None, "running", "waiting", "suspended", "compensating"):
        return None
    if (moved.applied_outcome or "").startswith(CARRIED_OUT):
        return {"status": DONE}
    outcome = moved.applied_outcome or f"the case that carries it out is {moved.applied_status}"
    ended = moved.applied_status in ENDED
    return {"status": FAILED, "code": "fix_not_done" if ended else "fix_failed", "message": outcome[:MESSAGE]}
