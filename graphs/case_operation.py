"""Operations on cases: one order about many, begun here, carried out by the worker that carries out all operations."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from graphs.audit import AuditRecord
from graphs.case_move import CaseMove, CaseMoveKind
from graphs.errors import Invalid, PermissionMissing
from graphs.incidents.operation import NothingToDo, Progress
from graphs.incidents.pace import CANARY
from graphs.intake import check_reason, require
from graphs.runtime.services import Services
from graphs.store.case_list import CaseList
from graphs.store.case_search import CaseSearch
from graphs.store.database import UnitOfWork
from graphs.store.operation_tables import CASES, OperationRow
from graphs.store.operations import Operations, progress_of
from graphs.store.people import AGENT, Actor
from policies.canonical import digest, jsonable

READ = "case.read"
MOST_CASES = 1000
AT_ONCE = 50
FINGERPRINT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOrder:
    """What is to be done about these `cases`, or else about those that `search` finds when it is given."""

    move: CaseMove
    reason: str
    cases: tuple[str, ...] = ()
    search: CaseSearch | None = None

    def __post_init__(self) -> None:
        """Raises `Invalid`."""
        if bool(self.cases) == (self.search is not None):
            raise Invalid("say which cases: their ids, or what to look for")
        if len(set(self.cases)) != len(self.cases):
            raise Invalid("cases: one stands there twice")
        if len(self.cases) > MOST_CASES:
            raise Invalid(f"cases: at most {MOST_CASES} at once")
        if (self.move.kind is CaseMoveKind.REASSIGN) != bool(self.move.to):
            raise Invalid("to: say who gets the tasks, and only where tasks are reassigned")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOperationDesk:
    """Takes orders about many cases."""

    services: Services

    async def start(self, actor: Actor, order: CaseOrder) -> Progress:
        """Begin it; each case is ordered on its own, with the checks of a single order, and may be refused alone.

        The cases are fixed now. The same order about the same cases, while it is under way, is one operation. Raises
        `PermissionMissing`; `Invalid` where more than `MOST_CASES` are found; `NothingToDo`; `NotFound` for somebody
        unknown.
        """
        require(actor, order.move.permission)
        require(actor, READ)
        check_reason(order.reason)
        if actor.kind == AGENT:
            raise PermissionMissing(
                f"{actor.name} is an agent: many cases at once are ordered by a person or a service"
            )
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            if order.move.to:
                await unit.people.named(actor.tenant, order.move.to)
            cases = await self._meant(unit, actor, order)
            row = self._row(actor, order, cases)
            operations = Operations(unit.session)
            if not await operations.add(row):
                row = await operations.of_group(actor.tenant, row.fingerprint) or row
                counts = await operations.counts(row.id)
                return Progress(operation=row, counts=progress_of(counts[row.id]))
            total = await operations.take_cases(row, cases)
            if not total:
                raise NothingToDo("no case is meant")
            unit.record(actor.tenant, _record(actor, row, total))
            counts = await operations.counts(row.id)
            shown = await operations.get(row.id)
            return Progress(operation=shown, counts=progress_of(counts[row.id]), created=True)

    async def _meant(self, unit: UnitOfWork, actor: Actor, order: CaseOrder) -> list[str]:
        if order.search is None:
            return list(order.cases)
        found, more = await CaseList(unit.session, actor.tenant).ids(
            order.search, limit=MOST_CASES, now=self.services.clock()
        )
        if more:
            raise Invalid(f"more than {MOST_CASES} cases may be found: look for fewer at once")
        return found

    def _row(self, actor: Actor, order: CaseOrder, cases: list[str]) -> OperationRow:
        kind, request = order.move.kind, order.move.recorded()
        meant = digest(jsonable([kind.value, request, sorted(cases)]))
        looked_for = {"search": dict(order.search.recorded())} if order.search is not None else {"cases": len(cases)}
        return OperationRow(
            id=str(uuid.uuid4()),
            tenant=actor.tenant,
            kind=kind.value,
            fingerprint=meant[:FINGERPRINT],
            request=request,
            chosen=looked_for,
            reason=order.reason,
            ordered_by=actor.user_id,
            ordered_at=self.services.clock(),
            total=0,
            # What stopped many cases is often a system that is down; the other orders reach no system.
            canary=CANARY if kind is CaseMoveKind.RETRY else 0,
            at_once=AT_ONCE,
            about=CASES,
        )


def _record(actor: Actor, row: OperationRow, total: int) -> AuditRecord:
    values: dict[str, Any] = {
        "operation": row.id,
        "kind": row.kind,
        "about": row.about,
        "fingerprint": row.fingerprint,
        "reason": row.reason,
        "request": row.request,
        "chosen": row.chosen,
        "total": total,
    }
    return AuditRecord(kind="operation.started", actor=actor.user_id, values=values)
