"""What is known about an incident: the least that an agent and the rules need, never the whole case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphs.errors import NotFound
from graphs.orders import state_of
from graphs.process import ProcessDefinition
from graphs.resolution.identity import resolution_id
from graphs.resolution.outcome import resolution_of
from graphs.resolution.terms import Fix, FixTerms
from graphs.runtime.run import view_of
from graphs.runtime.services import Services
from graphs.state import CaseView
from graphs.steering import standing_at
from graphs.store.database import UnitOfWork
from graphs.store.tables import Case, Incident

MAIL_TOOL = "mail.send"
HAPPENED = ("sent", "unknown", "confirmed")


class NoFixes(NotFound):
    """The process of the incident's case lets no agent propose fixes."""

    code = "no_fixes"


async def situation(unit: UnitOfWork, services: Services, incident_id: str) -> dict[str, Any]:
    """Incident, case, what may be done, and what was done before.

    Raises `NotFound`, `NoFixes`, `DefinitionMissing`, or `StateErased`.
    """
    incident = await unit.incidents.get(incident_id)
    case = await unit.cases.get(incident.case_id)
    definition = services.definition_of(case)
    terms = terms_of(definition)
    state = await state_of(unit, case)
    view = view_of(case, state)
    sender, mail = terms.sender(view), MAIL_TOOL in services.catalogs(case.tenant)
    failed_step = standing_at(definition, state).name
    found = await resolution_of(unit, services.registry, incident_id)
    return {
        "incident": _incident(incident),
        "case": {
            "id": case.id,
            "process": definition.name,
            "title": case.title,
            "status": case.status,
            "failed_step": failed_step,
            "attempts": case.attempt,
        },
        "fixes": [fix.value for fix in terms.fixes if fix is not Fix.ASK_SENDER or (sender and mail)],
        "editable": _editable(terms, view),
        "entries": [step for step in terms.entries if step in (*state["visits"], failed_step)],
        "passages": [passage.model_dump(mode="json") for passage in terms.passages(view)],
        "sender": sender,
        "mail": mail,
        "done_before": await _done_before(unit, case, incident_id),
        "proposal": found.decision if found else {},
    }


def terms_of(definition: ProcessDefinition) -> FixTerms:
    """The terms of a process. Raises `NoFixes`."""
    if definition.fixes is None:
        raise NoFixes(f"{definition.reference} lets no agent propose fixes")
    return definition.fixes


def _incident(incident: Incident) -> Mapping[str, Any]:
    kept = ("id", "status", "step", "kind", "code", "message", "fingerprint")
    return {name: getattr(incident, name) for name in kept}


def _editable(terms: FixTerms, view: CaseView) -> Mapping[str, Any]:
    return {
        field.name: {"title": field.title, "kind": field.kind, "value": "" if value is None else str(value)}
        for field in terms.editable
        for value in [view.value(field.name)]
    }


async def _done_before(unit: UnitOfWork, case: Case, incident_id: str) -> int:
    """How many fixes of the case's other incidents were carried out, or may have been."""
    others = [other.id for other in await unit.incidents.of_case(case.id) if other.id != incident_id]
    effects = [effect for other in others for effect in await unit.effects.of_case(resolution_id(other))]
    return sum(effect.status in HAPPENED for effect in effects)
