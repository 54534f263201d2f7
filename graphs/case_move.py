"""Case moves: what may be ordered about many cases at once. The desks of single cases carry them out, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

from graphs.beside import ALONE, Beside
from graphs.case_desk import CANCEL, SUSPEND, CaseDesk
from graphs.errors import Conflict, Invalid
from graphs.incidents.desk import OPEN, RETRY, CaseNotStopped, IncidentDesk
from graphs.intake import check_reason, require
from graphs.runtime.services import Services
from graphs.store.inbox import UNANSWERED
from graphs.store.people import Actor
from graphs.tasks.hand_over import ASSIGN, HandOverDesk

MOST_TASKS = 50


class CaseHasNoTask(Conflict):
    """The case asks nobody anything: there is no task to give to somebody else."""

    code = "case_has_no_task"


class CaseMoveKind(StrEnum):
    """What may be ordered about a case among many."""

    RETRY = "retry"
    CANCEL = "cancel"
    SUSPEND = "suspend"
    RESUME = "resume"
    REASSIGN = "reassign"


PERMISSION: Mapping[CaseMoveKind, str] = {
    CaseMoveKind.RETRY: RETRY,
    CaseMoveKind.CANCEL: CANCEL,
    CaseMoveKind.SUSPEND: SUSPEND,
    CaseMoveKind.RESUME: SUSPEND,
    CaseMoveKind.REASSIGN: ASSIGN,
}
AT_ONCE_DONE = frozenset({CaseMoveKind.SUSPEND, CaseMoveKind.RESUME, CaseMoveKind.REASSIGN})
"""Once these are ordered there is nothing left to wait for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMove:
    """An order about a case; `to` is whom its tasks are given to: a login or an id."""

    kind: CaseMoveKind
    to: str = ""

    @property
    def permission(self) -> str:
        """The right that it needs."""
        return PERMISSION[self.kind]

    def recorded(self) -> dict[str, Any]:
        """As it is stored."""
        return {"to": self.to} if self.to else {}

    @classmethod
    def stored(cls, kind: str, recorded: Mapping[str, Any]) -> CaseMove:
        """The move that was stored so."""
        return cls(kind=CaseMoveKind(kind), **recorded)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMoveDesk:
    """Carries out case moves; what is `beside` one belongs to the transaction that completes it."""

    services: Services
    beside: Beside = ALONE

    async def make(self, actor: Actor, case_id: str, move: CaseMove, reason: str) -> None:
        """Carry it out. Raises `PermissionMissing`, `NotFound`, `Invalid`, and what the desk does that carries it out.

        The desk's own audit entry is the one of the case.
        """
        require(actor, move.permission)
        check_reason(reason)
        cases = CaseDesk(services=self.services, beside=self.beside)
        match move.kind:
            case CaseMoveKind.RETRY:
                await self._retry(actor, case_id)
            case CaseMoveKind.CANCEL:
                await cases.cancel(actor, case_id, reason)
            case CaseMoveKind.SUSPEND:
                await cases.suspend(actor, case_id, reason)
            case CaseMoveKind.RESUME:
                await cases.resume(actor, case_id)
            case CaseMoveKind.REASSIGN:
                await self._reassign(actor, case_id, move.to, reason)
            case _:
                assert_never(move.kind)

    async def _retry(self, actor: Actor, case_id: str) -> None:
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            case = await unit.cases.get(case_id)
            stopped = [one for one in await unit.incidents.of_case(case_id) if one.status == OPEN]
        if not stopped or case.status != "incident":
            raise CaseNotStopped(f"case {case_id} is {case.status}: there is nothing to retry")
        await IncidentDesk(services=self.services, beside=self.beside).retry(actor, stopped[-1].id)

    async def _reassign(self, actor: Actor, case_id: str, to: str, reason: str) -> None:
        """Every task of the case that somebody else has; the last one completes it."""
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            person = await unit.people.named(actor.tenant, to)
            found = await unit.inbox.listed(actor.tenant, status=UNANSWERED, case_id=case_id, limit=MOST_TASKS)
        if not found:
            raise CaseHasNoTask(f"case {case_id} has no open task")
        left = [task for task in found if task.assignee_id != person.user_id]
        if not left:
            raise Invalid(f"to: {person.name} has the tasks of case {case_id} already")
        for task in left[:-1]:
            await HandOverDesk(services=self.services).reassign(actor, task.id, to, reason)
        await HandOverDesk(services=self.services, beside=self.beside).reassign(actor, left[-1].id, to, reason)
