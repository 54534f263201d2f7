"""Moves: what a person may order to be done about an incident. The desks of cases and incidents carry them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, assert_never

from graphs.beside import ALONE, Beside
from graphs.case_desk import CANCEL, STEER, CaseDesk, Fixing
from graphs.errors import AlreadyAnswered, Conflict
from graphs.incidents.correction import corrected
from graphs.incidents.desk import OPEN, RETRY, CaseNotStopped, IncidentDesk
from graphs.intake import check_reason, require
from graphs.orders import state_of
from graphs.resolution.desk import ResolutionDesk
from graphs.runtime.run import view_of
from graphs.runtime.services import Services
from graphs.steering import standing_at
from graphs.store.database import UnitOfWork
from graphs.store.people import Actor
from graphs.store.tables import Case, Incident
from policies.fact import FactValue


class FixesDiffer(Conflict):
    """Agents propose different fixes for the group, or none for some: apply each by itself."""

    code = "fixes_differ"


class MoveKind(StrEnum):
    """What may be ordered about an incident."""

    RETRY = "retry"
    CORRECT = "correct"
    SKIP = "skip"
    REROUTE = "reroute"
    CANCEL = "cancel"
    APPLY = "apply"
    CLOSE = "close"


PERMISSION: Mapping[MoveKind, str] = {
    MoveKind.RETRY: RETRY,
    MoveKind.CORRECT: STEER,
    MoveKind.SKIP: STEER,
    MoveKind.REROUTE: STEER,
    MoveKind.CANCEL: CANCEL,
    MoveKind.APPLY: RETRY,
    MoveKind.CLOSE: RETRY,
}
"""What each needs; applying a proposed fix needs what the fix does, too, which the desk for it checks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An order about an incident. `step` is where the case is sent, or which step is skipped (else: where it stands).

    With `choice`, a proposed fix is applied only if it is that one. `values` are corrected fields as they are entered,
    `facts` what a skipped step would have found.
    """

    kind: MoveKind
    step: str = ""
    choice: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, FactValue] = field(default_factory=dict)

    @property
    def permission(self) -> str:
        """The right that it needs."""
        return PERMISSION[self.kind]

    @property
    def orders(self) -> int:
        """How many entries it adds to the case's journal before the case goes on."""
        return int(self.kind in (MoveKind.CORRECT, MoveKind.SKIP, MoveKind.REROUTE))

    def recorded(self) -> dict[str, Any]:
        """As it is stored."""
        return {"step": self.step, "choice": self.choice, "values": dict(self.values), "facts": dict(self.facts)}

    @classmethod
    def stored(cls, kind: str, recorded: Mapping[str, Any]) -> Move:
        """The move that was stored so."""
        return cls(kind=MoveKind(kind), **recorded)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhileOpen:
    """Undoes an order about an incident that is closed by then; `beside` joins the transaction too."""

    incident_id: str
    beside: Beside = ALONE

    async def before(self, unit: UnitOfWork) -> None:
        """Raises `NotFound` or `AlreadyAnswered`, and what `beside` does."""
        await self.beside.before(unit)
        if (await unit.incidents.get(self.incident_id)).status != OPEN:
            raise AlreadyAnswered(f"incident {self.incident_id} is closed")

    async def after(self, unit: UnitOfWork) -> None:
        """What `beside` writes."""
        await self.beside.after(unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situated:
    """An incident that is open, and its case, which it stopped."""

    incident: Incident
    case: Case


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveDesk:
    """Carries out moves, each in one transaction that counts only while the incident is open.

    `beside` belongs to that transaction.
    """

    services: Services
    beside: Beside = ALONE

    async def make(self, actor: Actor, incident_id: str, move: Move, reason: str) -> str:
        """Carry it out; returns what was ordered, in words.

        Raises `PermissionMissing`, `NotFound`, `Invalid`, `AlreadyAnswered`, `CaseNotStopped`, and what the desk does
        that carries it out.
        """
        require(actor, move.permission)
        check_reason(reason)
        guard = WhileOpen(incident_id=incident_id, beside=self.beside)
        incidents = IncidentDesk(services=self.services, beside=guard)
        match move.kind:
            case MoveKind.RETRY:
                retried = await incidents.retry(actor, incident_id)
                return f"tries again where it stopped ({retried.failed_step or 'after ' + retried.step})"
            case MoveKind.CLOSE:
                await incidents.close(actor, incident_id, reason=reason)
                return "closed; the case goes on as it did"
            case MoveKind.APPLY:
                await self._check_choice(actor, incident_id, move.choice)
                accepted = await ResolutionDesk(services=self.services, beside=guard).apply(actor, incident_id)
                return f"the proposed fix is carried out by case {accepted.case.id}"
            case MoveKind.CORRECT | MoveKind.SKIP | MoveKind.REROUTE | MoveKind.CANCEL:
                return await self._steer(
                    actor, incident_id, move, reason, CaseDesk(services=self.services, beside=guard)
                )
            case _:
                assert_never(move.kind)

    async def _steer(self, actor: Actor, incident_id: str, move: Move, reason: str, desk: CaseDesk) -> str:
        found = await self._situated(actor, incident_id)
        case_id = found.case.id
        match move.kind:
            case MoveKind.CORRECT:
                return await self._correct(actor, found, move, reason, desk)
            case MoveKind.SKIP:
                step = move.step or await self._standing(actor, found.case)
                await desk.skip(actor, case_id, step, reason, facts=move.facts)
                return f"goes on behind {step!r}"
            case MoveKind.REROUTE:
                await desk.retry(actor, case_id, move.step, reason, fixing=Fixing(incident=incident_id))
                return f"goes on from {move.step!r}"
            case _:
                cancelled = await desk.cancel(actor, case_id, reason)
                return f"{cancelled.status}: {'takes back what it did' if cancelled.ended_at is None else 'ended'}"

    async def _correct(self, actor: Actor, found: Situated, move: Move, reason: str, desk: CaseDesk) -> str:
        definition = self.services.definition_of(found.case)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            state = await state_of(unit, found.case)
        correction = corrected(definition, state, view_of(found.case, state), move.values, by=actor.user_id)
        fixing = Fixing(incident=found.incident.id, patch=correction.patch, corrected=correction.told)
        await desk.retry(actor, found.case.id, correction.enters, reason, fixing=fixing)
        return f"sets {', '.join(sorted(move.values))} and is judged again from {correction.enters!r}"

    async def _check_choice(self, actor: Actor, incident_id: str, choice: str) -> None:
        """Raises `FixesDiffer`. A proposal, once made, does not change."""
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            proposal = await ResolutionDesk(services=self.services).proposal(unit, incident_id)
        proposed = proposal.applicable if proposal else None
        if choice and proposed != choice:
            raise FixesDiffer(f"{proposed or 'nothing'} is proposed for incident {incident_id}, not {choice}")

    async def _situated(self, actor: Actor, incident_id: str) -> Situated:
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            incident = await unit.incidents.get(incident_id)
            if incident.status != OPEN:
                raise AlreadyAnswered(f"incident {incident_id} is closed")
            case = await unit.cases.get(incident.case_id)
        if case.status != "incident":
            raise CaseNotStopped(f"case {case.id} is {case.status}: the incident did not stop it")
        return Situated(incident=incident, case=case)

    async def _standing(self, actor: Actor, case: Case) -> str:
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return standing_at(self.services.definition_of(case), await state_of(unit, case)).name
