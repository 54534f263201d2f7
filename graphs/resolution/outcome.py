"""What people do about an incident, held against what an agent had proposed: by this its confidence is measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from graphs.agents.facts import DECISIONS, outcome
from graphs.audit import AuditRecord
from graphs.errors import DefinitionMissing, NotFound
from graphs.orders import state_of
from graphs.process import ProcessDefinition, ProcessRegistry
from graphs.resolution.identity import resolution_id
from graphs.resolution.terms import Fix
from graphs.runtime.run import view_of
from graphs.state import CaseView
from graphs.steering import StateErased
from graphs.steps import AgentStep
from graphs.store.database import UnitOfWork
from graphs.store.people import AGENT, Actor
from graphs.store.tables import Case, Incident

Did = Literal["retry", "steer", "correct", "cancel", "apply"]
LATER = timedelta(minutes=15)
"""A retry after so long counts as one that waited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a person did about an incident, and when; `step` is where a case was sent, or `field=value` as corrected."""

    did: Did
    at: datetime
    step: str = ""

    def told(self, incident: Incident) -> dict[str, Any]:
        """As the decision class reads it."""
        return {"did": self.did, "step": self.step, "waited": self.at - incident.created_at >= LATER}


def reviewed(answer: Mapping[str, Any], decision: Mapping[str, Any]) -> str | None:
    """The choice a person made by what they did about the incident."""
    match answer.get("did"):
        case "retry":
            return Fix.RETRY_LATER.value if answer["waited"] else Fix.RETRY_NOW.value
        case "steer":
            return f"{Fix.RE_ROUTE.value}:{answer['step']}"
        case "correct":
            return f"{Fix.CORRECT_FIELD.value}:{answer['step']}"
        case "cancel":
            return Fix.LEAVE_TO_PERSON.value
        case "apply":
            return str(decision["choice"])
        case _:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The case that looked for a fix, its definition and what it knows; `step` is the one that asked."""

    case: Case
    definition: ProcessDefinition
    view: CaseView
    step: AgentStep

    @property
    def decision(self) -> dict[str, Any]:
        """What came of asking; empty before it was."""
        return dict(self.view.section(DECISIONS).get(self.step.name) or {})


async def resolution_of(unit: UnitOfWork, registry: ProcessRegistry, incident_id: str) -> Resolved | None:
    """The case that looks for a fix of the incident; None where there is none, or its values were erased."""
    try:
        case = await unit.cases.get(resolution_id(incident_id))
        definition = registry.pinned(case.process, case.version, case.definition_digest)
    except (NotFound, DefinitionMissing):
        return None
    asks = next(iter(definition.agent_steps), None)
    if asks is None:
        return None
    try:
        view = view_of(case, await state_of(unit, case))
    except StateErased:
        return None
    return Resolved(case=case, definition=definition, view=view, step=asks)


async def record_outcome(
    unit: UnitOfWork, registry: ProcessRegistry, actor: Actor, incidents: Iterable[Incident], chosen: Chosen
) -> None:
    """Record, in the transaction of what the person does, whether the fixes proposed for the incidents were right.

    What an agent does says nothing about another's answer.
    """
    if actor.kind == AGENT:
        return
    for incident in incidents:
        found = await resolution_of(unit, registry, incident.id)
        if found is None:
            continue
        answer = chosen.told(incident)
        told = outcome(found.step.asks, found.step.name, found.view, answer)
        if told:
            entry = AuditRecord(
                kind="answer.applied",
                actor=actor.user_id,
                case_id=found.case.id,
                step=found.step.name,
                values={"answer": answer, **told},
            )
            unit.record(found.case.tenant, entry)
