"""The incident desk: a person sets a case that automation gave up in motion again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphs.audit import AuditRecord
from graphs.beside import ALONE, Beside
from graphs.errors import Conflict
from graphs.intake import check_reason, require
from graphs.orders import COMPENSATING
from graphs.resolution.outcome import Chosen, record_outcome
from graphs.runtime.services import Services
from graphs.store.people import Actor
from graphs.store.steerings import Steerings
from graphs.store.tables import Incident

RETRY = "incident.retry"
OPEN = "open"


class CaseStopped(Conflict):
    """The incident stopped its case: retry it, cancel the case, or steer it past the step."""

    code = "case_stopped"


class CaseNotStopped(Conflict):
    """The case of the incident is not stopped by one."""

    code = "case_not_stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDesk:
    """Retries what an incident stopped, and closes what stopped nothing, each in one transaction.

    What is `beside` it belongs to that transaction.
    """

    services: Services
    beside: Beside = ALONE

    async def retry(self, actor: Actor, incident_id: str, *, fix: Mapping[str, Any] | None = None) -> Incident:
        """Close the incident, and every other open one of its case, and let the case, or its cancellation, go on.

        `fix` says which proposed one that is, where no person has chosen it by hand: it is recorded. Raises
        `PermissionMissing`, `NotFound`, `AlreadyAnswered` for the second of two retries, or `CaseNotStopped`.
        """
        require(actor, RETRY)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await self.beside.before(unit)
            incident = await unit.incidents.get(incident_id)
            await unit.cases.lock(incident.case_id)
            await unit.incidents.close(incident_id, by=actor.user_id, now=now)
            case = await unit.cases.get(incident.case_id)
            if case.status != "incident":
                raise CaseNotStopped(f"case {case.id} is {case.status}: there is nothing to retry")
            if fix is None:
                await record_outcome(unit, self.services.registry, actor, [incident], Chosen(did="retry", at=now))
            await unit.incidents.close_all(case.id, by=actor.user_id, now=now)
            cancelled = await Steerings(unit.session).open(case.id, "cancel")
            await unit.cases.set_status(case.id, COMPENSATING if cancelled else "running", now=now)
            await unit.jobs.advance_first(actor.tenant, case.id)
            told = {"fix": dict(fix)} if fix else {}
            values = {"incident": incident_id, "code": incident.code, "fingerprint": incident.fingerprint, **told}
            record = AuditRecord(
                kind="incident.retried", actor=actor.user_id, case_id=case.id, step=incident.step, values=values
            )
            unit.record(actor.tenant, record)
            await self.beside.after(unit)
            return await unit.incidents.get(incident_id)

    async def close(self, actor: Actor, incident_id: str, *, reason: str) -> Incident:
        """Close an incident that stopped no case: a fault of the rules, whose case a person has.

        Raises `PermissionMissing`, `NotFound`, `Invalid` without a reason, `AlreadyAnswered`, or `CaseStopped`.
        """
        require(actor, RETRY)
        check_reason(reason)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await self.beside.before(unit)
            incident = await unit.incidents.get(incident_id)
            await unit.cases.lock(incident.case_id)
            case = await unit.cases.get(incident.case_id)
            if case.status == "incident":
                raise CaseStopped(f"case {case.id} is stopped by an incident: retry it, or cancel or steer the case")
            await unit.incidents.close(incident_id, by=actor.user_id, now=now)
            values = {"incident": incident_id, "code": incident.code, "reason": reason}
            record = AuditRecord(
                kind="incident.closed", actor=actor.user_id, case_id=case.id, step=incident.step, values=values
            )
            unit.record(actor.tenant, record)
            await self.beside.after(unit)
            return await unit.incidents.get(incident_id)
