"""An accounts payable office of one tenant: its people, the twin of its ERP, and its cases, advanced one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from evals.process.case_run import Asked, CaseRun, asked, decided, doubled, effects_of, unjudged
from graphs.agents.spending import ModelTerms
from graphs.intake import Incoming, Intake
from graphs.process import ProcessDefinition, ProcessRegistry
from graphs.processes import incident_resolution, procure_to_pay
from graphs.runtime.advance import Advancer
from graphs.runtime.seal import Seal
from graphs.runtime.services import Services
from graphs.store.database import Database
from graphs.store.people import Actor
from graphs.store.people_tables import AuthorityLimit, Role, Tenant, User, UserRole
from graphs.store.tables import Case, Task
from graphs.tasks import Answer, TaskDesk
from policies.packaged import rule_book
from tools.catalog import Catalog
from tools.document.isolation import NO_SAFEGUARDS, Safeguards
from tools.document.tool import ReadDocument
from tools.erp.actions import erp_tools
from tools.llm.gateway import Gateway
from tools.llm.question import Question
from tools.llm.tool import ModelTool
from tools.testing.erp import MemoryErp

PROCESS: Final = "procure_to_pay"
SEAL: Final = Seal(b"the key of all checkpoints of an evaluation")
BORN: Final = datetime(2026, 1, 1, tzinfo=UTC)
ROLES: Final[Mapping[str, list[str]]] = {
    "integration": ["case.start", "case.read"],
    "ap_clerk": ["case.read", "task.read", "task.answer"],
    "approver": ["case.read", "task.read", "task.answer"],
    "supervisor": ["case.read", "task.read", "task.answer", "audit.read"],
}
PEOPLE: Final[Mapping[str, tuple[str, str, int]]] = {
    "intake": ("service", "integration", 0),
    "clerk": ("person", "ap_clerk", 0),
    "approver": ("person", "approver", 100_000_000),
    "second_approver": ("person", "approver", 100_000_000),
    "supervisor": ("person", "supervisor", 0),
}
"""Kind, role and authority in minor units of everybody, by login."""


def questions_of(definition: ProcessDefinition) -> Iterator[Question]:
    """Every question that the definition's agent steps ask."""
    for step in definition.agent_steps:
        yield from step.asks.questions


class Said(BaseModel):
    """How one person answers the task that is open then."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str
    decision: Literal["approve", "correct", "reject"]
    set: dict[str, str] = {}
    reason: str = "looked at it"
    evidence: dict[str, str] = {}

    def answer(self) -> Answer:
        """The answer, as the task desk takes it."""
        return Answer(decision=self.decision, set=self.set, reason=self.reason, evidence=self.evidence)


class MoreAnswersThanTasks(RuntimeError):
    """A case's answers go on after it asks nobody any more: the case of the suite is wrong, or the process is."""


@dataclass(slots=True, kw_only=True)
class Office:
    """One tenant on a database, with an ERP of its own.

    `safeguards` are what documents pass when they are read, `asked` its open tasks as they came, by id. Without a
    `model` no agent is asked; `terms` say whether its answers count by themselves.
    """

    database: Database
    tenant: str
    today: date
    safeguards: Safeguards = NO_SAFEGUARDS
    model: Gateway | None = None
    terms: ModelTerms = field(default_factory=ModelTerms)
    erp: MemoryErp = field(init=False)
    services: Services = field(init=False)
    asked: dict[str, Asked] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The ERP starts with the sandbox's suppliers and orders."""
        self.erp = MemoryErp.from_seed(today=self.today)
        tools = [ReadDocument(self._load, safeguards=self.safeguards), *erp_tools(self.erp, self._load)]
        definitions = procure_to_pay.released()
        questions = {question.name: question for question in questions_of(definitions[-1])}
        catalog = Catalog([*tools, ModelTool(questions, self.model)] if self.model else tools)
        self.services = Services(
            database=self.database,
            catalogs=lambda _tenant: catalog,
            rulebooks={name: rule_book(name) for name in (PROCESS, "incident_resolution")},
            registry=ProcessRegistry([*definitions, incident_resolution.definition()]),
            seal=SEAL,
            model_terms=self.terms,
        )

    async def open(self) -> None:
        """Add the tenant and its people."""
        async with self.database.unit_of_work(self.tenant) as unit:
            await unit.people.add(Tenant(id=self.tenant, name=self.tenant))
            for role, permissions in ROLES.items():
                await unit.people.add(Role(tenant=self.tenant, name=role, title=role, permissions=permissions))
            for login, (kind, role, limit) in PEOPLE.items():
                user = User(id=self._id(login), tenant=self.tenant, login=login, name=login, kind=kind, created_at=BORN)
                await unit.people.add(user)
                await unit.people.add(UserRole(tenant=self.tenant, user_id=user.id, role=role))
                if limit:
                    await unit.people.add(self._limit(login, limit))

    async def work(self, incoming: Incoming, answers: tuple[Said, ...] = ()) -> Case:
        """Take the document in, and advance its case; each answer is given to the task that is open then."""
        accepted = await Intake(services=self.services).document(await self._actor("intake"), PROCESS, incoming)
        case = await self._advanced(accepted.case.id)
        for said in answers:
            tasks = await self._tasks(case)
            if not tasks:
                raise MoreAnswersThanTasks(f"{said.by} should {said.decision}, but the case is {case.status}")
            await TaskDesk(services=self.services).answer(await self._actor(said.by), tasks[0].id, said.answer())
            case = await self._advanced(case.id)
        return case

    async def run_of(self, case: Case) -> CaseRun:
        """What came of the case, as far as it went."""
        async with self.database.unit_of_work(self.tenant) as unit:
            visits = await unit.journal.of_case(case.id)
            effects = await unit.effects.of_case(case.id)
            trail = await unit.audit_log.of_case(case.id)
            incidents = await unit.incidents.of_case(case.id)
        executed = [(request.operation, request.subject) for request in self.erp.requests if request.executed]
        return CaseRun(
            status=case.status,
            outcome=case.outcome or "",
            way=tuple(visit.name for visit in visits),
            effects=effects_of(effects),
            asked=tuple(self.asked.values()),
            unjudged=unjudged(trail, self.services.definition_of(case)),
            doubled=doubled(executed),
            decided=decided(trail),
            incidents=tuple(f"{incident.code}: {incident.message}" for incident in incidents),
        )

    async def _advanced(self, case_id: str) -> Case:
        advancer = Advancer(services=self.services, owner="evaluation")
        try:
            await asyncio.create_task(advancer.advance(self.tenant, case_id))
        finally:
            await advancer.close()
        async with self.database.unit_of_work(self.tenant) as unit:
            case = await unit.cases.get(case_id)
        for task in await self._tasks(case):
            self.asked.setdefault(task.id, asked(task))
        return case

    async def _tasks(self, case: Case) -> list[Task]:
        async with self.database.unit_of_work(self.tenant) as unit:
            return list(
                await unit.inbox.listed(self.tenant, status=("open",), assignee_id=None, case_id=case.id, limit=5)
            )

    async def _load(self, sha256: str) -> tuple[str, bytes]:
        async with self.database.unit_of_work(self.tenant) as unit:
            found = await unit.originals.get(self.tenant, sha256)
        return found.name, found.content

    async def _actor(self, login: str) -> Actor:
        async with self.database.unit_of_work(self.tenant) as unit:
            return await unit.people.actor(self._id(login))

    def _id(self, login: str) -> str:
        return f"{self.tenant}-{login}"

    def _limit(self, login: str, limit: int) -> AuthorityLimit:
        return AuthorityLimit(
            id=f"{self._id(login)}-limit",
            tenant=self.tenant,
            user_id=self._id(login),
            subject="approval",
            max_minor=limit,
            currency="EUR",
            effective_from=BORN.date(),
        )
