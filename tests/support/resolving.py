"""The toy engine with a process that admits fixes, a scripted model, and gates that are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any

from pydantic import BaseModel

from graphs.agents.gate import Gate, Gates, NoGates
from graphs.agents.spending import BLIND_BPS, ModelTerms
from graphs.incidents import IncidentDesk
from graphs.intake import Intake
from graphs.process import ProcessDefinition, ProcessRegistry
from graphs.processes import incident_resolution
from graphs.resolution.desk import ResolutionDesk
from graphs.resolution.identity import resolution_id
from graphs.resolution.service import ensure_service
from graphs.resolution.terms import Fix, FixTerms
from graphs.resolution.tools import incident_tools
from graphs.runtime.asking import is_drawn
from graphs.runtime.services import Services, utc_now
from graphs.state import CaseView
from graphs.steps import EditableField, Reader, ReadStep
from graphs.store.database import Database
from graphs.store.people_tables import Role, UserRole
from graphs.store.tables import Case, Effect, Incident
from policies.action import EffectKind
from policies.fact import Fact, Integrity, Source, SourceKind
from policies.packaged import rule_book
from tests.support.asked_model import AskedModel, FixedGates, question_of, reply_to
from tests.support.engine import SEAL, Engine
from tests.support.people import actor, populate
from tests.support.toy import AmountReader, Notebook, toy_definition
from tools.catalog import Catalog
from tools.errors import Permanent, Transient
from tools.llm.question import AskArguments, Passage, Sample, Usage
from tools.mail.actions import SendMailArguments
from tools.port import OutcomeLookup, Tool

SENDER = "orders@supplier.example"
ALL = tuple(fix for fix in Fix if fix is not Fix.LEAVE_TO_PERSON)
MAIL = {"subject": "Missing code", "body": "Please send us the code of your note again. Thank you."}
MESSAGE = "code: AB-17 is not in the list, the note says AB-71"
"""What the reader complains of; the evidence of every scripted answer is in it."""


def answer(fix: str, **rest: Any) -> dict[str, Any]:
    """A whole answer with proof."""
    evidence = [{"source": "error", "text": "is not in the list"}]
    empty = {"field": None, "value": None, "to_step": None, "mail": None}
    return {"reason": "the message says so", "evidence": evidence, "fix": fix, **empty, **rest}


class ScriptedModel(AskedModel):
    """Answers every question with the same answers, or fails. `asked` is what it was given."""

    def __init__(self, *answers: Mapping[str, Any], fault: Exception | None = None) -> None:
        self.answers = answers
        self.fault = fault
        self.asked: list[AskArguments] = []

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = question_of(arguments)
        self.asked.append(asked)
        if self.fault is not None:
            raise self.fault
        samples = [Sample(answer=self.answers[number % len(self.answers)]) for number in range(asked.samples)]
        return reply_to(asked, samples, Usage(calls=len(samples)))


class Outbox:
    """Takes mails."""

    name = "mail.send"
    effect_kind = EffectKind.IRREVERSIBLE
    outcome_lookup = OutcomeLookup.NEITHER
    arguments = SendMailArguments
    time_limit = timedelta(seconds=2)

    def __init__(self) -> None:
        self.sent: list[SendMailArguments] = []

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        self.sent.append(SendMailArguments.model_validate(arguments.model_dump()))
        return {"message_id": key}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        return None


SURE = Gate(
    open=True,
    why="open",
    threshold_bps=9_000,
    calibration="test",
    points=((0, 0), (9_000, 9_000), (10_000, 10_000)),
)
"""Every class counts by itself from a confidence of 90 % on, and confidence is what it seems."""


async def look_up(case: CaseView, reader: Reader) -> Mapping[str, Any]:
    """The amount, and the code of the note, which a document says unless it was corrected."""
    result = await reader.read("toy.read", {})
    source = Source(kind=SourceKind.SYSTEM_OF_RECORD, ref="toy")
    amount = Fact(value=result["amount"], confidence=1.0, source=source, integrity=Integrity.TRUSTED)
    return {"facts": {"amount": amount}}


TERMS = FixTerms(
    fixes=ALL,
    editable=(EditableField(name="code", title="Code"), EditableField(name="due", title="Due date", kind="date")),
    correct_to="look_up",
    entries=("look_up", "check"),
    passages=lambda case: (Passage(label="note", text=str(case.input["subject"])),),
    sender=lambda case: SENDER,
)


def fixable(terms: FixTerms | None = TERMS) -> ProcessDefinition:
    """The toy process that admits fixes."""
    toy = toy_definition()
    steps = tuple(replace(step, run=look_up) if isinstance(step, ReadStep) else step for step in toy.steps)
    return replace(toy, fixes=terms, steps=steps)


@dataclass(slots=True, kw_only=True)
class ResolvingEngine(Engine):
    """The toy engine, with what a resolution needs. `model` None: no model is connected."""

    model: ScriptedModel | None = None
    outbox: Outbox | None = field(default_factory=Outbox)
    gates: Gates = field(default_factory=lambda: FixedGates(SURE))
    terms: FixTerms | None = TERMS
    draw_key: bytes = b"a key"

    @property
    def services(self) -> Services:
        made: list[Services] = []
        tools: list[Tool] = [self.reader, self.notebook, *incident_tools(lambda: made[0], "acme")]
        tools += [tool for tool in (self.model, self.outbox) if tool is not None]
        catalog = Catalog(tools)
        services = Services(
            database=self.database,
            catalogs=lambda tenant: catalog,
            rulebooks={"toy": self.rulebook, "incident_resolution": rule_book("incident_resolution")},
            registry=ProcessRegistry([fixable(self.terms), incident_resolution.definition()]),
            seal=SEAL,
            clock=self.clock,
            model_terms=ModelTerms(gates=self.gates, draw_key=self.draw_key),
        )
        made.append(services)
        return services

    async def prepare(self) -> None:
        """Give the tenant its service."""
        await ensure_service(self.database, now=utc_now())

    async def fails(self, error: Exception | None = None, *, subject: str = "AB-71 for May") -> Incident:
        """A case that stops with the error, and its incident."""
        self.reader.faults.append(error or Permanent(MESSAGE, tool="toy.read", code="code_unknown"))
        case = (await self.start(subject=subject)).case
        return await self.stops(case.id)

    async def passes_over(self) -> Incident:
        """A case that stops with a failure of the kind that passes, after its last attempt."""
        error = Transient(MESSAGE, tool="toy.read", code="busy")
        error.ask_at = utc_now()
        case = (await self.start()).case
        async with self.database.unit_of_work("acme") as unit:
            await unit.cases.change(case.id, epoch=0, attempt=5)
        self.reader.faults.append(error)
        return await self.stops(case.id)

    async def stops(self, case_id: str) -> Incident:
        """The open incident that stops the case now. No test's decision is drawn for blind review by chance."""
        assert (await self.advance(case_id, times=2)).status == "incident"
        [incident] = [found for found in await self.incidents_of(case_id) if found.status == "open"]
        self.draws(incident, drawn=False)
        return incident

    async def start_resolution(self, body: Mapping[str, Any], *, login: str) -> str:
        """The id of a resolution that somebody starts like any other case."""
        who = await actor(self.database, login)
        accepted = await Intake(services=self.services).start(who, "incident_resolution", body, key=None)
        return accepted.case.id

    async def resolves(self, incident: Incident, *, applied: bool = False) -> Case:
        """The resolution of the incident, run to its end; what it waits for comes at once."""
        case_id = resolution_id(incident.id, applied=applied)
        case = await self.advance(case_id)
        if case.status == "waiting":
            await self.let_time_pass()
            case = await self.advance(case_id)
        assert case.status == "done", (case.status, [found.message for found in await self.incidents_of(case_id)])
        return case

    async def retry_by_hand(self, incident: Incident) -> None:
        """Sven retries the incident."""
        await IncidentDesk(services=self.services).retry(await actor(self.database, "sven"), incident.id)

    def draws(self, incident: Incident, *, drawn: bool = True) -> None:
        """From here on the decision about the incident is one of those drawn for blind review, or is not."""
        subject = f"{resolution_id(incident.id)}/ask_fix/1"
        self.draw_key = next(
            key for key in map(b"%d".__mod__, count()) if is_drawn(key, subject, share_bps=BLIND_BPS) is drawn
        )

    async def let_time_pass(self) -> None:
        """An hour later: what was due is due."""
        self.clock.ahead += timedelta(hours=1)
        await self.sweep.run()

    async def effects_of(self, incident: Incident) -> Sequence[Effect]:
        """What the resolutions of the incident did, applied by a person or not."""
        async with self.database.unit_of_work("acme") as unit:
            found = [await unit.effects.of_case(resolution_id(incident.id, applied=way)) for way in (False, True)]
        return [effect for effects in found for effect in effects]

    async def decided(self, incident: Incident) -> Mapping[str, Any]:
        """The decision that the resolution left."""
        async with self.database.unit_of_work("acme") as unit:
            entries = await unit.audit_log.of_case(resolution_id(incident.id))
        [found] = [values["decision"] for entry, values in entries if entry.kind == "agent.decided"]
        return dict(found)

    async def incident(self, incident: Incident) -> Incident:
        async with self.database.unit_of_work("acme") as unit:
            return await unit.incidents.get(incident.id)


CORRECTION = answer("correct_field", field="code", value="AB-71")
RIGHTS = ["case.cancel", "case.read", "case.steer", "incident.retry"]


async def operated(database: Database, url: str) -> ResolvingEngine:
    """Tenant `acme`, its service, and Sven, who may do by hand what fixes do."""
    await populate(database)
    async with database.unit_of_work("acme") as unit:
        await unit.people.add(Role(tenant="acme", name="operator", title="Operator", permissions=RIGHTS))
        await unit.people.add(UserRole(tenant="acme", user_id="acme-sven", role="operator"))
    made = ResolvingEngine(database=database, url=url, reader=AmountReader(500), notebook=Notebook())
    await made.prepare()
    return made


async def proposed(engine: ResolvingEngine, given: Mapping[str, Any] = CORRECTION) -> Any:
    """An incident whose proposal does not count by itself, left to a person."""
    engine.model, engine.gates = ScriptedModel(given), NoGates()
    incident = await engine.fails()
    assert "not_autonomous" in ((await engine.resolves(incident)).outcome or "")
    return incident


async def apply(engine: ResolvingEngine, incident: Any, login: str = "sven") -> Any:
    desk = ResolutionDesk(services=engine.services)
    return await desk.apply(await actor(engine.database, login), incident.id)
