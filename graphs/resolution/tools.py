"""The tools of a resolution: reading an incident, and the three fixes that change its case.

A fix is carried out by the desks that people use, with the rights of whoever stands behind the resolution: the service,
or the person who applied it. It counts only while the incident is open, and its key stands in the trail of the case.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from graphs.case_desk import CaseDesk, Fixing
from graphs.errors import EngineError, NotFound
from graphs.forms import entered_value
from graphs.incidents import IncidentDesk
from graphs.resolution.situation import situation, terms_of
from graphs.resolution.terms import RETRIES, Fix, FixTerms
from graphs.runtime.services import Services
from graphs.steering import person_fact
from graphs.store.people import PERSON, Actor
from graphs.store.tables import Case
from policies.action import EffectKind
from policies.canonical import jsonable
from policies.fact import FULL_BPS, Fact, Integrity, Source, SourceKind
from policies.protected import is_protected
from tools.errors import Permanent
from tools.port import OutcomeLookup, Tool

TIME_LIMIT = timedelta(seconds=10)


class Value(BaseModel):
    """Frozen arguments."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ReadIncidentArguments(Value):
    """Which incident."""

    incident: UUID


class FixArguments(Value):
    """The incident, and the resolution that fixes it: its row says in whose name."""

    incident: UUID
    resolution: UUID


class CorrectArguments(FixArguments):
    """One fact, as it is entered into a form, and which model read it with which calibrated confidence."""

    field: Annotated[str, Field(min_length=1, max_length=80)]
    value: Annotated[str, Field(min_length=1, max_length=200)]
    model: Annotated[str, Field(max_length=200)]
    prompt: Annotated[str, Field(max_length=200)]
    confidence_bps: Annotated[int, Field(ge=0, le=FULL_BPS)]


class RerouteArguments(FixArguments):
    """The step that the case goes on from."""

    step: Annotated[str, Field(min_length=1, max_length=80)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A fix that may be carried out: who does it, to which case, under which terms and which key."""

    actor: Actor
    case: Case
    terms: FixTerms
    incident: str
    reason: str
    noted: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixer:
    """What all tools of a tenant's incidents share. The services are asked for when they are needed."""

    services: Callable[[], Services]
    tenant: str

    async def read(self, incident: str) -> dict[str, Any]:
        """What is known about the incident."""
        services = self.services()
        async with services.database.unit_of_work(self.tenant, snapshot=True) as unit:
            return dict(jsonable(await situation(unit, services, incident)))

    async def order(self, asked: FixArguments, *fixes: Fix, tool: str, key: str) -> Order:
        """The order that a resolution gives. Raises `Permanent` for one that is none, or a fix not admitted."""
        services, incident = self.services(), str(asked.incident)
        async with services.database.unit_of_work(self.tenant) as unit:
            resolution = await unit.cases.get(str(asked.resolution))
            if resolution.summary.get("handles") != incident:
                why = f"case {resolution.id} does not look after incident {incident}"
                raise Permanent(why, tool=tool, code="not_its_resolution")
            case = await unit.cases.get((await unit.incidents.get(incident)).case_id)
            actor = await unit.people.actor(resolution.created_by)
        terms = terms_of(services.definition_of(case))
        if not set(fixes) & set(terms.fixes):
            raise Permanent(f"{case.process} does not admit what {tool} does", tool=tool, code="fix_not_admitted")
        noted = {"case": resolution.id, "key": key, "tool": tool}
        reason = f"{tool}, proposed for incident {incident}"
        return Order(actor=actor, case=case, terms=terms, incident=incident, reason=reason, noted=noted)

    async def find(self, incident: str, key: str) -> dict[str, Any] | None:
        """What a fix with this key has done, from the trail of the failed case."""
        async with self.services().database.unit_of_work(self.tenant) as unit:
            case_id = (await unit.incidents.get(incident)).case_id
            for entry, values in await unit.audit_log.of_case(case_id):
                noted = values.get("fix") or (values.get("data") or {}).get("fix") or {}
                if noted.get("key") == key:
                    return done(incident, case_id, entry.actor)
        return None


def done(incident: str, case_id: str, by: str) -> dict[str, Any]:
    """The result of a fix."""
    return {"incident": incident, "case": case_id, "by": by}


class ReadIncident:
    """What is known about an incident, as `graphs.resolution.situation` says."""

    name: ClassVar[str] = "incident.read"
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = ReadIncidentArguments

    def __init__(self, fixer: Fixer) -> None:
        self._fixer = fixer

    @property
    def time_limit(self) -> timedelta:
        return TIME_LIMIT

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002 a read
        """Read it. Raises `Permanent` where there is none, or its process admits no fixes."""
        asked = ReadIncidentArguments.model_validate(arguments.model_dump())
        try:
            return await self._fixer.read(str(asked.incident))
        except EngineError as error:
            raise Permanent(str(error), tool=self.name, code=error.code) from error

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002 a read
        return None


class FixTool(ABC):
    """One fix: `execute` is done at most once, however often it is called, because its incident is closed by it."""

    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    name: ClassVar[str]
    arguments: ClassVar[type[BaseModel]]

    def __init__(self, fixer: Fixer) -> None:
        self._fixer = fixer

    @property
    def time_limit(self) -> timedelta:
        return TIME_LIMIT

    @abstractmethod
    async def carry_out(self, asked: BaseModel, key: str) -> Order:
        """Give the order and have the desk do it. Raises an `EngineError` or `Permanent`."""

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        """Do it, or say what a call with this key has done. Raises `Permanent` where somebody else was first."""
        try:
            order = await self.carry_out(arguments, key)
        except EngineError as error:
            before = None if isinstance(error, NotFound) else await self.find_by_key(arguments, key=key)
            if before is not None:
                return before
            raise Permanent(str(error), tool=self.name, code=error.code) from error
        return done(order.incident, order.case.id, order.actor.user_id)

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        """What a call with the key has done."""
        incident = FixArguments.model_validate(arguments.model_dump(include={"incident", "resolution"})).incident
        return await self._fixer.find(str(incident), key)


class RetryIncident(FixTool):
    """Closes the incident and lets its case try again the step that failed."""

    name: ClassVar[str] = "incident.retry"
    arguments: ClassVar[type[BaseModel]] = FixArguments

    async def carry_out(self, asked: BaseModel, key: str) -> Order:
        given = FixArguments.model_validate(asked.model_dump())
        order = await self._fixer.order(given, *RETRIES, tool=self.name, key=key)
        desk = IncidentDesk(services=self._fixer.services())
        await desk.retry(order.actor, order.incident, fix=order.noted)
        return order


class CorrectIncident(FixTool):
    """Sets one fact that the process lets an agent correct, and lets the case go on from where it names."""

    name: ClassVar[str] = "incident.correct"
    arguments: ClassVar[type[BaseModel]] = CorrectArguments

    async def carry_out(self, asked: BaseModel, key: str) -> Order:
        given = CorrectArguments.model_validate(asked.model_dump())
        order = await self._fixer.order(given, Fix.CORRECT_FIELD, tool=self.name, key=key)
        found = order.terms.field(given.field)
        if found is None or is_protected(given.field):
            why = f"{given.field}: no correction of an agent may set it"
            raise Permanent(why, tool=self.name, code="protected_field")
        value = order.terms.fact_value(given.field, entered_value(given.field, found.kind, given.value))
        fact = person_fact(value, order.actor.user_id) if order.actor.kind == PERSON else _read_by_model(value, given)
        patch = jsonable({"facts": {given.field: fact}})
        fixing = Fixing(incident=order.incident, fix=order.noted, patch=patch)
        desk = CaseDesk(services=self._fixer.services())
        await desk.retry(order.actor, order.case.id, order.terms.correct_to, order.reason, fixing=fixing)
        return order


class RerouteIncident(FixTool):
    """Lets the case go on from another step that its process names."""

    name: ClassVar[str] = "incident.reroute"
    arguments: ClassVar[type[BaseModel]] = RerouteArguments

    async def carry_out(self, asked: BaseModel, key: str) -> Order:
        given = RerouteArguments.model_validate(asked.model_dump())
        order = await self._fixer.order(given, Fix.RE_ROUTE, tool=self.name, key=key)
        if given.step not in order.terms.entries:
            why = f"{given.step}: no agent may send a case there"
            raise Permanent(why, tool=self.name, code="step_not_admitted")
        fixing = Fixing(incident=order.incident, fix=order.noted)
        desk = CaseDesk(services=self._fixer.services())
        await desk.retry(order.actor, order.case.id, given.step, order.reason, fixing=fixing)
        return order


def _read_by_model(value: Any, given: CorrectArguments) -> Fact:
    source = Source(kind=SourceKind.MODEL, ref=given.model, reader=given.prompt)
    return Fact(value=value, confidence=given.confidence_bps / FULL_BPS, source=source, integrity=Integrity.UNTRUSTED)


def incident_tools(services: Callable[[], Services], tenant: str) -> list[Tool]:
    """The tools of a tenant's incidents."""
    fixer = Fixer(services=services, tenant=tenant)
    return [kind(fixer) for kind in (ReadIncident, RetryIncident, CorrectIncident, RerouteIncident)]
