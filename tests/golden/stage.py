"""A process on a database of its own, at a chosen time, with the twins of its targets."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from graphs.agents.spending import ModelTerms
from graphs.case_start import CaseStarter, StartCases
from graphs.intake import Intake
from graphs.process import ProcessDefinition, ProcessRegistry
from graphs.runtime.advance import Advancer
from graphs.runtime.execution import Execution
from graphs.runtime.services import Services
from graphs.runtime.sweep import Sweep
from graphs.store.cases import ENDED
from graphs.store.database import Database
from graphs.store.tables import Case, Task
from graphs.store.writer import Change, Writer
from graphs.tasks import Answer, TaskDesk
from policies.judgement import RuleBook
from policies.pack_file import read_pack
from tests.golden.incidents import RecordedIncident
from tests.golden.notices import RecordedNotice
from tests.golden.released import Scenario, Targets
from tests.golden.requests import RecordedRequest
from tests.support.accounts_payable import incoming, original
from tests.support.engine import SEAL
from tests.support.people import actor
from tests.support.resolving import ScriptedModel as FixingModel
from tests.support.resolving import answer
from tests.support.scripted_model import ScriptedModel, open_terms, undrawn_key
from tests.support.switches import switches_known
from tests.support.toy import Notebook
from tools.browser.actions import portal_tools
from tools.browser.portal import ConfirmOrder
from tools.by_hand import NAME as BY_HAND
from tools.by_hand import ByHand
from tools.catalog import Catalog
from tools.clock import utc_now
from tools.document.tool import ReadDocument
from tools.erp.actions import erp_tools
from tools.port import Tool
from tools.testing.erp import MemoryErp
from tools.testing.erp_memory import Fault
from tools.testing.portal.memory import MemoryPortal, PortalFault

ROUNDS = 60
MACHINES = "S-1006"
"""The supplier whose portal it is: one of its orders is worth an approval."""


@cache
def compiled(pack: str, name: str) -> RuleBook:
    """The rules of a pack, for all stages that are judged by it."""
    return RuleBook(read_pack(pack, name=name))


class WatchedWriter(Writer):
    """Tells after each commit: what stands in the database then is what a kill would leave."""

    def __init__(self, url: str, committed: Callable[[], Awaitable[None]]) -> None:
        super().__init__(url, role=None)
        self._committed = committed

    async def commit(self, change: Change) -> None:
        await super().commit(change)
        await self._committed()


@dataclass(slots=True, kw_only=True)
class Stage:
    """`definition` judged by `pack`; `at` is the time when the stage is opened, and it goes on from there."""

    database: Database
    definition: ProcessDefinition
    pack: str
    at: datetime
    execution: Execution = Execution.JOURNAL
    faults: list[Fault | PortalFault] = field(default_factory=list)
    starts: tuple[ProcessDefinition, ...] = ()
    later: timedelta = timedelta(hours=25)
    replies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    gates_open: bool = False
    case_id: str = ""
    opened: datetime = field(default_factory=utc_now)
    ahead: timedelta = timedelta(0)
    targets: Targets = field(init=False)

    def __post_init__(self) -> None:
        of_erp = deque(fault for fault in self.faults if isinstance(fault, Fault))
        erp = MemoryErp.from_seed(today=self.at.date(), faults=of_erp)
        portal = MemoryPortal.from_seed(today=self.at.date(), supplier=MACHINES)
        portal.faults.extend(fault for fault in self.faults if isinstance(fault, PortalFault))
        self.targets = Targets(notebook=Notebook(), erp=erp, portal=portal)

    def clock(self) -> datetime:
        return self.at + (utc_now() - self.opened) + self.ahead

    @property
    def catalog(self) -> Catalog:
        targets = self.targets
        starter = CaseStarter(services=lambda: self.services, actor=lambda: actor(self.database, "intake"))
        own: list[Tool] = [targets.reader, targets.notebook, ReadDocument(self.original), StartCases(starter)]
        at_portal = portal_tools(targets.portal, store=self.keep, sender=targets.portal.books.sender)
        own += [RecordedIncident(), targets.retry, RecordedNotice(), RecordedRequest(targets.mail), targets.mail]
        models: list[Tool] = [ScriptedModel(script=self.replies)] if self.replies else []
        if self.definition.name == "incident_resolution":
            models = [FixingModel(answer("retry_later"))]
        return Catalog([*own, ByHand(), *erp_tools(targets.erp, self.original), *at_portal, *models])

    @property
    def services(self) -> Services:
        catalog = self.catalog
        return Services(
            database=self.database,
            catalogs=lambda tenant: catalog,
            rulebooks={self.definition.pack: compiled(self.pack, self.definition.pack)},
            registry=ProcessRegistry([self.definition, *self.starts]),
            seal=SEAL,
            model_terms=open_terms(key=undrawn_key(self.case_id)) if self.gates_open else ModelTerms(),
            clock=self.clock,
        )

    async def original(self, sha256: str) -> tuple[str, bytes]:
        return await original(self.database, sha256)

    async def keep(self, name: str, content: bytes) -> str:
        """Store a downloaded document."""
        async with self.database.unit_of_work("acme") as unit:
            return await unit.originals.keep(
                "acme", name=name, media_type="application/pdf", content=content, now=self.clock()
            )

    async def start(self, scenario: Scenario) -> str:
        """The case of the scenario."""
        who = await actor(self.database, scenario.login)
        intake = Intake(services=self.services)
        if scenario.sample is None:
            accepted = await intake.start(who, self.definition.name, scenario.body, key="golden")
        else:
            document = incoming(scenario.sample(self.at.date()))
            accepted = await intake.document(who, self.definition.name, document, key="golden")
        return accepted.case.id

    async def case(self, case_id: str) -> Case:
        async with self.database.unit_of_work("acme") as unit:
            return await unit.cases.get(case_id)

    async def advance(self, case_id: str) -> Case:
        self.case_id = case_id
        advancer = Advancer(services=self.services, owner="golden", execution=self.execution)
        try:
            await switches_known(advancer.services)
            await asyncio.create_task(advancer.advance("acme", case_id))
        finally:
            await advancer.close()
        return await self.case(case_id)

    async def finish(self, case_id: str, answers: Mapping[str, Mapping[str, Any]]) -> Case:
        """Advance the case to its end: answer what it asks, let time pass where it waits for that."""
        for _ in range(ROUNDS):
            case = await self.advance(case_id)
            if case.status in ENDED:
                return case
            if case.status == "incident":
                raise AssertionError([(i.code, i.message) for i in await self.incidents(case_id)])
            task = await self.open_task(case_id)
            if task is not None:
                given = dict(answers[f"{task.step}/{task.visit}"])
                if given.pop("confirms", False) and task.action is not None:
                    self.confirmed_by_hand(task.action["arguments"], key=task.action["idempotency_key"])
                who = await actor(self.database, given.pop("login"))
                await TaskDesk(services=self.services).answer(who, task.id, Answer(**given))
            else:
                self.ahead += self.later
                await Sweep(services=self.services).run()
        raise AssertionError("the case does not end")

    async def incidents(self, case_id: str) -> list[Any]:
        async with self.database.unit_of_work("acme") as unit:
            return list(await unit.incidents.of_case(case_id))

    async def open_task(self, case_id: str) -> Task | None:
        async with self.database.unit_of_work("acme") as unit:
            tasks = await unit.inbox.listed(
                "acme", status=("open", "claimed"), assignee_id=None, case_id=case_id, limit=2
            )
        return tasks[0] if tasks else None

    async def happened(self, effects: list[dict[str, Any]]) -> None:
        """Let these effects have happened before, in their order."""
        for effect in sorted(effects, key=lambda one: str(one["planned_at"])):
            if effect["tool"] == BY_HAND:
                self.confirmed_by_hand(effect["arguments"], key=effect["idempotency_key"])
                continue
            tool = self.catalog[effect["tool"]]
            await tool.execute(tool.arguments.model_validate(effect["arguments"]), key=effect["idempotency_key"])

    def confirmed_by_hand(self, told: Mapping[str, Any], *, key: str) -> None:
        """A person confirms at the portal, unless there is a confirmation with the key."""
        books = self.targets.portal.books
        if not books.confirmed_with(key):
            values = {name: value for name, value in told.items() if name in ConfirmOrder.model_fields}
            books.confirm(ConfirmOrder.model_validate(values), reference=key)

    async def told(self, case_id: str) -> dict[str, Any]:
        """How the case ended: what a fixture records and every later engine must come to."""
        case = await self.case(case_id)
        async with self.database.unit_of_work("acme") as unit:
            journal = [[step.name, step.visit, step.route] for step in await unit.journal.of_case(case_id)]
            effects = [[e.step, e.idempotency_key, e.status] for e in await unit.effects.of_case(case_id)]
        return {
            "status": case.status,
            "outcome": case.outcome,
            "journal": journal,
            "effects": sorted(effects),
            "done": self.targets.done(),
        }
