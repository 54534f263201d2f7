"""Procure-to-Pay on the twin of the ERP, advanced by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from graphs.agents.spending import ModelTerms
from graphs.checkpoints import Checkpointer
from graphs.intake import Accepted, Incoming, Intake
from graphs.process import ProcessDefinition, ProcessRegistry
from graphs.processes import incident_resolution, procure_to_pay
from graphs.runtime.advance import Advancer
from graphs.runtime.services import Services
from graphs.store.database import Database
from graphs.store.tables import Case, Incident, Task
from graphs.tasks import Answer, TaskDesk
from policies.packaged import rule_book
from tests.support.engine import SEAL
from tests.support.people import actor
from tests.support.scripted_model import ScriptedModel, open_terms, undrawn_key
from tests.support.switches import switches_known
from tools.catalog import Catalog
from tools.clock import utc_now
from tools.document.tool import ReadDocument
from tools.erp.actions import erp_tools
from tools.llm.tool import ModelTool
from tools.testing.erp import MemoryErp
from tools.testing.invoices.samples import Sample, make_samples

TODAY = utc_now().date()
SAMPLES = {sample.name: sample for sample in make_samples(7, TODAY)}


def incoming(sample: Sample) -> Incoming:
    """The sample as it comes in."""
    return Incoming(
        name=sample.file_name,
        media_type=sample.media_type,
        content=sample.content,
        channel=sample.channel,
        sender=sample.sender,
    )


async def original(database: Database, sha256: str) -> tuple[str, bytes]:
    """Name and content of a document that came in."""
    async with database.unit_of_work("acme") as unit:
        found = await unit.originals.get("acme", sha256)
    return found.name, found.content


@dataclass(slots=True, kw_only=True)
class AccountsPayable:
    """Sends documents in, advances their cases, answers their tasks."""

    database: Database
    url: str
    erp: MemoryErp = field(default_factory=lambda: MemoryErp.from_seed(today=TODAY))
    checkpointer: Checkpointer | None = None
    ahead: timedelta = timedelta(0)
    gates_open: bool = False
    model: ScriptedModel | ModelTool | None = None
    terms: ModelTerms = field(default_factory=ModelTerms)
    definitions: Sequence[ProcessDefinition] = field(
        default_factory=lambda: [*procure_to_pay.released(), incident_resolution.definition()]
    )

    @property
    def services(self) -> Services:
        models = [self.model] if self.model else []
        catalog = Catalog([ReadDocument(self.load), *erp_tools(self.erp, self.load), *models])
        return Services(
            database=self.database,
            catalogs=lambda tenant: catalog,
            rulebooks={name: rule_book(name) for name in ("procure_to_pay", "incident_resolution")},
            registry=ProcessRegistry(self.definitions),
            model_terms=self.terms,
            seal=SEAL,
            clock=self.clock,
            checkpointer=self.checkpointer,
        )

    async def load(self, sha256: str) -> tuple[str, bytes]:
        return await original(self.database, sha256)

    async def accept(self, sample: Sample, *, login: str = "intake") -> Accepted:
        who = await actor(self.database, login)
        return await Intake(services=self.services).document(who, "procure_to_pay", incoming(sample))

    async def accept_as(self, sample: Sample, key: str) -> Accepted:
        """The sample, under a key of its own: another trigger, even if it was sent before."""
        who = await actor(self.database, "intake")
        return await Intake(services=self.services).document(who, "procure_to_pay", incoming(sample), key=key)

    async def send(self, name: str, *, login: str = "intake") -> Case:
        """Send a sample (after the one it follows) and advance its case."""
        sample = SAMPLES[name]
        if sample.after:
            await self.send(sample.after)
        accepted = await self.accept(sample, login=login)
        return await self.advance(accepted.case.id)

    async def advance(self, case_id: str) -> Case:
        if self.gates_open:
            self.terms = open_terms(key=undrawn_key(case_id))
        advancer = Advancer(services=self.services, owner="test")
        await switches_known(advancer.services)
        await asyncio.create_task(advancer.advance("acme", case_id))
        await advancer.close()
        async with self.database.unit_of_work("acme") as unit:
            return await unit.cases.get(case_id)

    async def tasks(self, case: Case) -> list[Task]:
        async with self.database.unit_of_work("acme") as unit:
            return list(await unit.inbox.listed("acme", status=("open",), assignee_id=None, case_id=case.id, limit=5))

    async def task(self, case: Case) -> Task:
        (task,) = await self.tasks(case)
        return task

    async def answer(self, case: Case, login: str, answer: Answer) -> Case:
        """Answer the case's open task and advance it."""
        task = await self.task(case)
        await TaskDesk(services=self.services).answer(await actor(self.database, login), task.id, answer)
        return await self.advance(case.id)

    async def incidents(self, case: Case) -> list[Incident]:
        async with self.database.unit_of_work("acme") as unit:
            return list(await unit.incidents.of_case(case.id))

    async def drafting(self, case: Case) -> dict[str, Any]:
        """The action of the case's newest draft, as it was judged."""
        async with self.database.unit_of_work("acme") as unit:
            entries = await unit.audit_log.of_case(case.id)
        found = [values["action"] for entry, values in entries if entry.step == "propose_draft"]
        return dict(found[-1])

    def clock(self) -> datetime:
        return utc_now() + self.ahead

    def posted(self) -> int:
        """How many postings the ERP has executed."""
        return len(self.erp.executed("post_invoice"))
