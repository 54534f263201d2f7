"""The operation desk: one order for all open incidents of a group, previewed, begun, watched and ended by people."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from graphs.audit import AuditRecord
from graphs.case_move import CaseMove
from graphs.errors import Conflict, EngineError, Invalid, PermissionMissing
from graphs.incidents.group import group_of
from graphs.incidents.move import FixesDiffer, Move, MoveDesk, MoveKind
from graphs.incidents.pace import AT_ONCE, CANARY
from graphs.intake import check_reason, require
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.operation_tables import CANCELLED, CASES, OperationItemRow, OperationRow
from graphs.store.operations import Chosen, Operations, progress_of
from graphs.store.people import AGENT, Actor
from graphs.store.steerings import Steerings

READ = "case.read"
PREVIEWED = 100
LISTED = 200


class OperationUnderWay(Conflict):
    """Another order about the group is being carried out: watch it, or cancel it first."""

    code = "operation_under_way"


class OperationEnded(Conflict):
    """The operation has ended."""

    code = "operation_ended"


class NothingToDo(Conflict):
    """No open incident is meant."""

    code = "nothing_to_do"


class Previewed(Exception):
    """Undoes an order that was only tried; its text says what was ordered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be done about the chosen incidents of a group, and how carefully."""

    move: Move
    reason: str
    versions: tuple[int, ...] = ()
    before: datetime | None = None
    incidents: tuple[str, ...] = ()
    canary: int = CANARY
    at_once: int = AT_ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What would become of one incident: what is ordered, or the error that refuses it."""

    incident_id: str
    case_id: str
    ordered: str = ""
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an order would do: the first `PREVIEWED` of `total` incidents, one by one. Nothing was changed."""

    total: int
    cases: Sequence[Foreseen]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """An operation with how many of its items are in which state; `created` is False where it was under way before."""

    operation: OperationRow
    counts: Mapping[str, int]
    created: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationPage:
    """An operation's progress with some of its items."""

    progress: Progress
    items: Sequence[OperationItemRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyTried:
    """Beside an order about a case that is only to be tried: once all of it is written, it is undone."""

    case_id: str

    async def before(self, unit: UnitOfWork) -> None:
        """Nothing to check."""

    async def after(self, unit: UnitOfWork) -> None:
        """Raises `Previewed`."""
        orders = await Steerings(unit.session).open(self.case_id, "retry", "skip")
        case = await unit.cases.get(self.case_id)
        if orders:
            where = "goes on behind" if orders[0].kind == "skip" else "is judged again from"
            raise Previewed(f"{where} {orders[0].step!r}")
        raise Previewed(f"is {case.status}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationDesk:
    """Takes orders about groups. Every method raises `PermissionMissing`."""

    services: Services

    async def preview(self, actor: Actor, fingerprint: str, order: Order) -> Preview:
        """What the order would do for each case: every one is tried and undone, by the checks that count later.

        Raises what `start` does.
        """
        order, chosen = await self._checked(actor, fingerprint, order)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            ids, total = await Operations(unit.session).first_chosen(chosen, limit=PREVIEWED)
            cases = {found.id: found.case_id for found in await unit.incidents.many(ids)}
        if not total:
            raise NothingToDo(f"no open incident of group {fingerprint} is meant")
        return Preview(
            total=total,
            cases=[
                await foreseen(self.services, actor, incident_id, cases[incident_id], order.move, order.reason)
                for incident_id in ids
            ],
        )

    async def start(self, actor: Actor, fingerprint: str, order: Order) -> Progress:
        """Begin it: a worker carries it out, incident by incident, each judged like any other.

        The same order about a group twice is one operation. Raises `NotFound` for an unknown group, `Invalid`,
        `OperationUnderWay`, `NothingToDo`, or `FixesDiffer`.
        """
        order, chosen = await self._checked(actor, fingerprint, order)
        row = self._row(actor, fingerprint, order, chosen)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            operations = Operations(unit.session)
            if not await operations.add(row):
                return await _same(operations, row)
            total = await operations.take(row, chosen)
            if not total:
                raise NothingToDo(f"no open incident of group {fingerprint} is meant")
            values = {**_told(row), "request": row.request, "chosen": row.chosen, "total": total}
            unit.record(actor.tenant, AuditRecord(kind="operation.started", actor=actor.user_id, values=values))
            return await self._progress(unit, row.id, created=True)

    async def show(
        self, actor: Actor, operation_id: str, *, status: str | None = None, after: int = 0, limit: int = LISTED
    ) -> OperationPage:
        """How far it is, and its items behind `after`. Raises `NotFound`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            progress = await self._progress(unit, operation_id)
            items = await Operations(unit.session).page(operation_id, status=status, after=after, limit=limit)
            return OperationPage(progress=progress, items=items)

    async def listed(self, actor: Actor, *, limit: int = LISTED) -> list[Progress]:
        """Operations, newest first."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            rows = await Operations(unit.session).listed(actor.tenant, limit=limit)
            counts = await Operations(unit.session).counts(*(row.id for row in rows))
        return [Progress(operation=row, counts=progress_of(counts[row.id])) for row in rows]

    async def cancel(self, actor: Actor, operation_id: str, *, reason: str) -> Progress:
        """End it: what was ordered stays ordered, everything else is left as it is.

        Needs the right that the order needed. Raises `NotFound`, `Invalid`, or `OperationEnded`.
        """
        check_reason(reason)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            row = await Operations(unit.session).get(operation_id)
            require(actor, permission_for(row))
            now = self.services.clock()
            if not await Operations(unit.session).end(operation_id, CANCELLED, now=now, why=reason, by=actor.user_id):
                raise OperationEnded(f"operation {operation_id} is {row.status}")
            values = {**_told(row), "why": reason}
            unit.record(actor.tenant, AuditRecord(kind="operation.cancelled", actor=actor.user_id, values=values))
            return await self._progress(unit, operation_id)

    async def _checked(self, actor: Actor, fingerprint: str, order: Order) -> tuple[Order, Chosen]:
        """The whole order and which incidents are meant, once it may be given."""
        require(actor, order.move.permission)
        check_reason(order.reason)
        if actor.kind == AGENT:
            raise PermissionMissing(f"{actor.name} is an agent: a whole group is ordered by a person or a service")
        if order.move.kind is MoveKind.REROUTE and not order.move.step:
            raise Invalid("step: say from which step the cases go on")
        if order.move.kind is MoveKind.CORRECT and not order.move.values:
            raise Invalid("values: name at least one field to correct")
        chosen = Chosen(
            tenant=actor.tenant,
            fingerprint=fingerprint,
            versions=order.versions,
            before=order.before,
            incidents=order.incidents,
        )
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            group = await group_of(unit, self.services, actor.tenant, fingerprint)
        if order.move.kind is not MoveKind.APPLY:
            return order, chosen
        if not group.one_fix:
            raise FixesDiffer(f"the open incidents of group {fingerprint} have no fix in common: {group.fixes_told}")
        return replace(order, move=replace(order.move, choice=group.one_fix)), chosen

    def _row(self, actor: Actor, fingerprint: str, order: Order, chosen: Chosen) -> OperationRow:
        return OperationRow(
            id=str(uuid.uuid4()),
            tenant=actor.tenant,
            kind=order.move.kind.value,
            fingerprint=fingerprint,
            request=order.move.recorded(),
            chosen=chosen.recorded(),
            reason=order.reason,
            ordered_by=actor.user_id,
            ordered_at=self.services.clock(),
            total=0,
            canary=order.canary,
            at_once=order.at_once,
        )

    async def _progress(self, unit: UnitOfWork, operation_id: str, *, created: bool = False) -> Progress:
        operations = Operations(unit.session)
        row = await operations.get(operation_id)
        counts = await operations.counts(operation_id)
        return Progress(operation=row, counts=progress_of(counts[operation_id]), created=created)


async def foreseen(
    services: Services, actor: Actor, incident_id: str, case_id: str, move: Move, reason: str
) -> Foreseen:
    """What would become of the incident: the order is tried by the checks that count later, and undone."""
    desk = MoveDesk(services=services, beside=OnlyTried(case_id=case_id))
    try:
        await desk.make(actor, incident_id, move, reason)
    except Previewed as tried:
        return Foreseen(incident_id=incident_id, case_id=case_id, ordered=f"{move.kind.value}: {tried}")
    except EngineError as error:
        return Foreseen(incident_id=incident_id, case_id=case_id, code=error.code, message=str(error))
    raise AssertionError("unreachable: a tried order is undone")


async def _same(operations: Operations, row: OperationRow) -> Progress:
    """The operation under way, if it is the same order. Raises `OperationUnderWay`."""
    there = await operations.of_group(row.tenant, row.fingerprint)
    if there is None:
        raise OperationUnderWay("an operation about the group has just ended: order again")
    if (there.kind, there.request, there.chosen) != (row.kind, row.request, row.chosen):
        raise OperationUnderWay(f"operation {there.id} ({there.kind}) is under way for this group")
    counts = await operations.counts(there.id)
    return Progress(operation=there, counts=progress_of(counts[there.id]))


def permission_for(row: OperationRow) -> str:
    """The right that an operation needs, of who orders it, while it is carried out, and to end it."""
    stored = CaseMove if row.about == CASES else Move
    return stored.stored(row.kind, row.request).permission


def _told(row: OperationRow) -> dict[str, str]:
    return {"operation": row.id, "kind": row.kind, "fingerprint": row.fingerprint, "reason": row.reason}
