"""The engine, wired with the toy process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import text

from graphs.agents.spending import ModelTerms
from graphs.audit import Verification
from graphs.checkpoints import Checkpointer
from graphs.incidents import IncidentDesk
from graphs.intake import Accepted, Intake
from graphs.process import ProcessDefinition, ProcessRegistry
from graphs.runtime.advance import Advancer
from graphs.runtime.execution import Execution
from graphs.runtime.seal import Seal
from graphs.runtime.services import Services
from graphs.runtime.sweep import Sweep
from graphs.runtime.worker import Worker
from graphs.store.database import Database
from graphs.store.tables import Case, Effect, Incident, Task
from graphs.tasks import Answer, TaskDesk
from policies.duties import DutyRules
from policies.judgement import RuleBook
from policies.register import standard_duties
from tests.support.execution import chosen_execution
from tests.support.patience import eventually
from tests.support.people import actor
from tests.support.switches import switches_known
from tests.support.toy import AmountReader, Notebook, toy_definition, toy_rulebook
from tools.catalog import Catalog
from tools.clock import utc_now
from tools.port import Tool

SEAL = Seal(b"the key of all tests, 32 bytes or more")
LARGE = 60_000
"""More than may be written without asking."""
TAKE_LEASE = text(
    """
    UPDATE cases SET epoch = epoch + 1, lease_owner = :owner, lease_until = clock_timestamp() + interval '1 minute'
    WHERE id = :id AND (lease_until IS NULL OR :held)
    """
)
AGE = text(
    "UPDATE effects SET sent_at = sent_at - CAST(:by AS interval), planned_at = planned_at - CAST(:by AS interval)"
)


@dataclass(slots=True)
class Clock:
    """Wall time that a test can move."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@dataclass(slots=True, kw_only=True)
class Engine:
    """Services, intake, desk and an advancer on one database; no worker: the test advances by hand."""

    database: Database
    url: str
    reader: AmountReader
    notebook: Notebook
    rulebook: RuleBook = field(default_factory=toy_rulebook)
    definitions: tuple[ProcessDefinition, ...] = field(default_factory=lambda: (toy_definition(),))
    clock: Clock = field(default_factory=Clock)
    owner: str = "test-worker"
    execution: Execution = field(default_factory=chosen_execution)
    duty_rules: DutyRules = field(default_factory=standard_duties)
    checkpointer: Checkpointer | None = None
    more_tools: tuple[Tool, ...] = ()
    model_terms: ModelTerms = field(default_factory=ModelTerms)
    undo_window: timedelta = timedelta(0)

    @property
    def services(self) -> Services:
        catalog = Catalog([self.reader, self.notebook, *self.more_tools])
        return Services(
            database=self.database,
            catalogs=lambda tenant: catalog,
            rulebooks={"toy": self.rulebook},
            registry=ProcessRegistry(self.definitions),
            seal=SEAL,
            clock=self.clock,
            duty_rules=self.duty_rules,
            checkpointer=self.checkpointer,
            model_terms=self.model_terms,
            undo_window=self.undo_window,
        )

    @property
    def desk(self) -> TaskDesk:
        return TaskDesk(services=self.services)

    async def start(self, *, key: str | None = None, subject: str = "a note", login: str = "clara") -> Accepted:
        who = await actor(self.database, login)
        return await Intake(services=self.services).start(who, "toy", {"subject": subject}, key=key)

    async def advance(self, case_id: str, *, times: int = 1) -> Case:
        """Advance the case as a fresh worker would, and return its row."""
        advancer = self.advancer()
        try:
            for _ in range(times):
                await switches_known(advancer.services)
                await asyncio.create_task(advancer.advance("acme", case_id))
        finally:
            await advancer.close()
        return await self.case(case_id)

    async def asking(self, amount: int = LARGE) -> Case:
        """A new case that waits for a person: for an approval, or with an amount of 0 for somebody to resolve it."""
        self.reader.amount = amount
        case = await self.advance((await self.start()).case.id)
        assert case.status == "waiting"
        return case

    def advancer(self, *, owner: str | None = None) -> Advancer:
        """A worker's advancer, to be closed."""
        return Advancer(services=self.services, owner=owner or self.owner, execution=self.execution)

    async def case(self, case_id: str) -> Case:
        async with self.database.unit_of_work("acme") as unit:
            return await unit.cases.get(case_id)

    async def task_of(self, case_id: str) -> Task:
        async with self.database.unit_of_work("acme") as unit:
            tasks = await unit.inbox.listed(
                "acme", status=("open", "claimed"), assignee_id=None, case_id=case_id, limit=5
            )
        assert len(tasks) == 1, f"{len(tasks)} open tasks"
        return tasks[0]

    async def take_lease(self, case_id: str, *, owner: str, even_if_held: bool = False) -> Case:
        """As another worker takes the case; `even_if_held` as if the lease before had run out."""
        async with self.database.unit_of_work("acme") as unit:
            await unit.session.execute(TAKE_LEASE, {"id": case_id, "owner": owner, "held": even_if_held})
        return await self.case(case_id)

    async def let_effects_age(self, by: timedelta) -> None:
        """As if every effect had been sent that much earlier."""
        async with self.database.unit_of_work("acme") as unit:
            await unit.session.execute(AGE, {"by": by})

    @property
    def sweep(self) -> Sweep:
        return Sweep(services=self.services)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[Advancer]:
        """A real worker, taking jobs until the block ends."""
        async with Worker(services=self.services, url=self.url, execution=self.execution).running() as advancer:
            yield advancer

    async def until(self, case_id: str, *statuses: str, within_seconds: float = 15) -> Case:
        """The case, as soon as a worker has brought it to one of the statuses."""
        case = await self.case(case_id)

        async def arrived() -> bool:
            nonlocal case
            case = await self.case(case_id)
            return case.status in statuses

        await eventually(arrived, within_seconds=within_seconds)
        return case

    async def answer(self, case_id: str, login: str, answer: Answer) -> Task:
        """Answer the case's open task as the person called `login`."""
        task = await self.task_of(case_id)
        return await self.desk.answer(await actor(self.database, login), task.id, answer)

    async def steps_of(self, case_id: str) -> list[tuple[str, int]]:
        """The journal: (step, visit) in order."""
        async with self.database.unit_of_work("acme") as unit:
            return [(step.name, step.visit) for step in await unit.journal.of_case(case_id)]

    async def effect_of(self, case_id: str) -> Effect:
        async with self.database.unit_of_work("acme") as unit:
            effects = await unit.effects.of_case(case_id)
        assert len(effects) == 1, f"{len(effects)} effects"
        return effects[0]

    async def retry(self, incident_id: str) -> None:
        """Let the case that the incident has stopped go on, as Sven."""
        await IncidentDesk(services=self.services).retry(await actor(self.database, "sven"), incident_id)

    async def incidents_of(self, case_id: str) -> list[Incident]:
        async with self.database.unit_of_work("acme") as unit:
            return list(await unit.incidents.of_case(case_id))

    async def trail_of(self, case_id: str) -> list[str]:
        """Kinds of the case's audit entries, in order."""
        async with self.database.unit_of_work("acme") as unit:
            return [entry.kind for entry, _ in await unit.audit_log.of_case(case_id)]

    async def verification(self, tenant: str = "acme") -> Verification:
        async with self.database.unit_of_work(tenant, snapshot=True) as unit:
            return await unit.audit_log.verify(tenant)
