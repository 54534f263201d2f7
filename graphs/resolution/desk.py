"""The desk for proposed fixes: a person sees what an agent proposes for an incident, and applies it with one order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphs.audit import AuditRecord
from graphs.beside import ALONE, Beside
from graphs.case_desk import STEER
from graphs.errors import AlreadyAnswered, Conflict, PermissionMissing
from graphs.incidents import RETRY
from graphs.intake import Accepted, require
from graphs.resolution.beginning import resolution_case, start
from graphs.resolution.identity import resolution_id
from graphs.resolution.outcome import Chosen, Resolved, record_outcome, resolution_of
from graphs.resolution.terms import Fix
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.people import AGENT, Actor
from graphs.store.tables import Case, Incident


class NothingToApply(Conflict):
    """There is no fix to apply: nothing was proposed, or a person is to decide without seeing it."""

    code = "nothing_to_apply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What came of asking about an incident. Of a decision drawn for blind review nothing of the answer is shown.

    `ended` is how the resolution ended, in a sentence; None while it runs. `applied` is the case of the person who
    applied it, if somebody did.
    """

    resolution: str
    status: str
    ended: str | None
    blind: bool
    decision: Mapping[str, Any] = field(default_factory=dict)
    applied: Case | None = None

    @property
    def applicable(self) -> str | None:
        """The choice that a person may apply; None where there is none, or none is shown."""
        fix = (self.decision.get("answer") or {}).get("fix")
        if self.blind or self.status != "answered" or fix in (None, Fix.LEAVE_TO_PERSON):
            return None
        return str(self.decision["choice"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionDesk:
    """Shows and applies proposed fixes; what is `beside` an application belongs to its transaction."""

    services: Services
    beside: Beside = ALONE

    async def proposal(self, unit: UnitOfWork, incident_id: str) -> Proposal | None:
        """What was proposed for the incident; None where nobody was asked, or the values were erased."""
        found = await resolution_of(unit, self.services.registry, incident_id)
        if found is None:
            return None
        blind = bool(found.decision.get("blind")) and (await unit.incidents.get(incident_id)).status == "open"
        row = await unit.cases.by_trigger(found.case.tenant, found.case.process, f"apply-{incident_id}")
        return Proposal(
            resolution=found.case.id,
            status=found.decision.get("status", "asking"),
            ended=found.case.outcome,
            blind=blind,
            decision={} if blind else found.decision,
            applied=row,
        )

    async def apply(self, actor: Actor, incident_id: str) -> Accepted:
        """Start the case that carries the proposed fix out in the person's name, once, judged like any other.

        Raises `PermissionMissing` for an agent, or without the right that the fix needs by hand, `NotFound`,
        `AlreadyAnswered` where the incident is closed, or `NothingToApply`.
        """
        if actor.kind == AGENT:
            raise PermissionMissing(f"{actor.name} is an agent: what an agent proposes is applied by a person")
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await self.beside.before(unit)
            incident = await unit.incidents.get(incident_id)
            found = await resolution_of(unit, self.services.registry, incident_id)
            fix = _proposed(found)
            require(actor, STEER if fix in (Fix.CORRECT_FIELD, Fix.RE_ROUTE) else RETRY)
            if incident.status != "open":
                raise AlreadyAnswered(f"incident {incident_id} is closed")
            if found is None or fix is None:
                raise NothingToApply(f"no fix is proposed for incident {incident_id}: retry it, or steer its case")
            case = await self._started(unit, actor, found, incident)
            await self.beside.after(unit)
            if case is None:
                return Accepted(case=await unit.cases.get(resolution_id(incident_id, applied=True)), created=False)
            await record_outcome(unit, self.services.registry, actor, [incident], Chosen(did="apply", at=now))
            return Accepted(case=case, created=True)

    async def _started(self, unit: UnitOfWork, actor: Actor, found: Resolved, incident: Incident) -> Case | None:
        """The case that applies the fix; None where there is one already."""
        of = await unit.cases.get(incident.case_id)
        body = {"incident": incident.id, "of": of.id, "error": found.case.input["error"], "applies": found.case.id}
        case = resolution_case(found.definition, of, incident, body, by=actor.user_id, now=self.services.clock())
        values = {"incident": incident.id, "resolution": case.id, "choice": found.decision["choice"]}
        record = AuditRecord(
            kind="resolution.applied", actor=actor.user_id, case_id=of.id, step=incident.step or None, values=values
        )
        return case if await start(unit, found.definition, case, [record]) else None


def _proposed(found: Resolved | None) -> Fix | None:
    """The fix that a person may apply."""
    decision = found.decision if found else {}
    answer = decision.get("answer") or {}
    if decision.get("status") != "answered" or decision.get("blind") or answer.get("fix") == Fix.LEAVE_TO_PERSON:
        return None
    return Fix(answer["fix"])
