"""What a person may do about an incident now: each move is tried by its own checks, and undone.

Nothing is written. Whoever offers only these offers nothing that would be refused, unless it changes meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphs.errors import DefinitionMissing, EngineError
from graphs.incidents.correction import correctables
from graphs.incidents.desk import OPEN
from graphs.incidents.move import Move, MoveKind
from graphs.incidents.operation import foreseen
from graphs.intake import require
from graphs.orders import state_of
from graphs.process import ProcessDefinition
from graphs.runtime.services import Services
from graphs.state import CaseState
from graphs.steering import StateErased, check_retry, standing_at
from graphs.steps import EditableField
from graphs.store.people import Actor
from graphs.store.tables import Case, Incident
from policies.protected import is_protected

READ = "case.read"
ASKED = "asked what may be done"
NOTHING_TO_CORRECT, NOWHERE_TO_SEND = "nothing_to_correct", "step_not_retryable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A move, and why the actor may not make it (`code`, `why`); without these they may, and `would` says what then."""

    move: MoveKind
    would: str = ""
    code: str | None = None
    why: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether the actor may."""
        return self.code is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correctable:
    """A field that a correction may set, with the value it has now; None where it has none."""

    field: EditableField
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOptions:
    """Every move once; where the case stands, which steps it may be sent to, and which fields may be corrected."""

    incident: Incident
    options: Sequence[Option]
    standing: str | None
    steps: Sequence[str]
    fields: Sequence[Correctable]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stood:
    """Where a case stands, as far as its definition and its values are still here."""

    standing: str | None = None
    steps: Sequence[str] = ()
    fields: Sequence[Correctable] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOptionDesk:
    """Says what may be done."""

    services: Services

    async def of_incident(self, actor: Actor, incident_id: str) -> IncidentOptions:
        """Every move once. Raises `PermissionMissing` or `NotFound`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            incident = await unit.incidents.get(incident_id)
            case = await unit.cases.get(incident.case_id)
            try:
                definition = self.services.definition_of(case)
                stood = _stood(definition, await state_of(unit, case))
            except (DefinitionMissing, StateErased):
                stood = _Stood()
        options = [await self._option(actor, incident, case, kind, stood) for kind in MoveKind]
        return IncidentOptions(
            incident=incident, options=options, standing=stood.standing, steps=stood.steps, fields=stood.fields
        )

    async def _option(self, actor: Actor, incident: Incident, case: Case, kind: MoveKind, stood: _Stood) -> Option:
        move = Move(kind=kind)
        if kind in (MoveKind.CORRECT, MoveKind.REROUTE) and incident.status == OPEN and case.status == "incident":
            if kind is MoveKind.CORRECT and not stood.fields:
                return Option(move=kind, code=NOTHING_TO_CORRECT, why="its process lets people correct nothing here")
            if not stood.steps:
                return Option(move=kind, code=NOWHERE_TO_SEND, why="there is no step that it could go on from")
            # Whoever may send the case to a step may correct it, too: both are one order to the case.
            move = Move(kind=MoveKind.REROUTE, step=stood.steps[0])
        found = await foreseen(self.services, actor, incident.id, case.id, move, ASKED)
        if found.code:
            return Option(move=kind, code=found.code, why=found.message)
        return Option(move=kind, would=found.ordered.partition(": ")[2])


def _stood(definition: ProcessDefinition, state: CaseState) -> _Stood:
    here = standing_at(definition, state).name
    return _Stood(
        standing=here,
        steps=[step for step in dict.fromkeys([*state["visits"], here]) if _retryable(definition, state, step)],
        fields=_fields(definition, state["data"].get("facts") or {}),
    )


def _retryable(definition: ProcessDefinition, state: CaseState, step: str) -> bool:
    try:
        check_retry(definition, state, step)
    except EngineError:
        return False
    return True


def _fields(definition: ProcessDefinition, facts: Mapping[str, Mapping[str, object]]) -> list[Correctable]:
    """Each field once, the first form that has it first."""
    known: dict[str, EditableField] = {}
    for form in correctables(definition):
        for field in form.fields:
            if not is_protected(field.name):
                known.setdefault(field.name, field)
    values = {name: (facts.get(name) or {}).get("value") for name in known}
    return [
        Correctable(field=field, value=None if values[name] is None else str(values[name]))
        for name, field in known.items()
    ]
