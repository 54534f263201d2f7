"""How a resolution begins: in the transaction that opens the incident, once for each new kind of failure of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphs.analysis import is_analysis
from graphs.audit import WORKER, AuditRecord
from graphs.errors import EngineError, NotFound
from graphs.handler_case import handles
from graphs.handlers import error_names
from graphs.new_case import new_case
from graphs.process import ProcessDefinition
from graphs.resolution.identity import resolution_id
from graphs.resolution.service import service_of
from graphs.resolution.terms import FixTerms
from graphs.runtime.asking import MODEL_TOOL
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.steerings import Steerings
from graphs.store.tables import Case, Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A case that stopped, with the incident that was opened for it and the error it stopped with."""

    case: Case
    incident: Incident
    error: Exception


def resolution_case(
    definition: ProcessDefinition, of: Case, incident: Incident, body: Mapping[str, Any], *, by: str, now: datetime
) -> Case:
    """The row of a case of `definition` that looks after the incident for `by`."""
    applied = bool(body["applies"])
    return new_case(
        definition,
        body,
        case_id=resolution_id(incident.id, applied=applied),
        tenant=of.tenant,
        key=f"{'apply' if applied else 'incident'}-{incident.id}",
        by=by,
        now=now,
        summary={"handles": incident.id, "of": of.id},
    )


async def start(unit: UnitOfWork, definition: ProcessDefinition, case: Case, records: Sequence[AuditRecord]) -> bool:
    """Write the case, its job and what is on record; says whether it is new."""
    if await unit.cases.accept(case) is not None:
        return False
    await unit.jobs.advance(case.tenant, case.id)
    values = {"process": definition.reference, "digest": definition.digest, "input": case.input, **case.summary}
    began = AuditRecord(kind="case.started", actor=case.created_by, case_id=case.id, values=values)
    for record in (*records, began):
        unit.record(case.tenant, record)
    return True


async def begin_resolution(
    unit: UnitOfWork, services: Services, terms: FixTerms, failed: Failed, *, now: datetime
) -> None:
    """Start the case that asks an agent about the incident, or record why nobody is asked: the incident stays as it is.

    The failures of a case that was itself started by a failure, and of a copy for analysis, ask nobody.
    """
    case, incident = failed.case, failed.incident
    if handles(case) or is_analysis(case):
        return
    values: dict[str, Any] = {"incident": incident.id, "process": terms.process}
    try:
        why = await _hindrance(unit, services, terms, failed)
        if not why:
            definition, by = services.registry.latest(terms.process), await service_of(unit, case.tenant)
            names = sorted(error_names(failed.error, incident.code))
            body = {"incident": incident.id, "of": case.id, "error": names, "applies": ""}
            definition.check_input(body)
            found = resolution_case(definition, case, incident, body, by=by.user_id, now=now)
            values |= {"process": definition.reference, "resolution": found.id}
            await start(unit, definition, found, [_entry("resolution.started", failed, values)])
            return
    except NotFound:
        why = "no active service user may carry out fixes in this tenant"
    except EngineError as error:
        why = str(error)
    unit.record(case.tenant, _entry("resolution.not_started", failed, {**values, "why": why}))


def _entry(kind: str, failed: Failed, values: Mapping[str, Any]) -> AuditRecord:
    step = failed.incident.step or None
    return AuditRecord(kind=kind, actor=WORKER, case_id=failed.case.id, step=step, values=values)


async def _hindrance(unit: UnitOfWork, services: Services, terms: FixTerms, failed: Failed) -> str:
    """Why nobody is asked about this failure; empty where somebody is."""
    case, incident = failed.case, failed.incident
    if MODEL_TOOL not in services.catalogs(case.tenant):
        return "no model is connected"
    if await Steerings(unit.session).open(case.id, "cancel"):
        return "the case is being cancelled"
    earlier = [other for other in await unit.incidents.of_case(case.id) if other.id != incident.id]
    if any(other.fingerprint == incident.fingerprint for other in earlier):
        return "an agent was asked about this failure of the case before"
    asked = await unit.cases.statuses([resolution_id(other.id) for other in earlier])
    return f"{terms.most} resolutions of this case were tried" if len(asked) >= terms.most else ""
