"""Every sample of `make run` ends as it should, on the twin of the ERP."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from graphs.intake import Incoming, Intake
from graphs.processes import procure_to_pay
from graphs.process import ProcessRegistry
from graphs.runtime.advance import Advancer
from graphs.runtime.savers import SaverPool
from graphs.runtime.services import Services, utc_now
from graphs.store.database import Database
from graphs.store.tables import Case, Task
from policies.packaged import rule_book
from tools.catalog import Catalog
from tools.document.tool import ReadDocument
from tools.erp.actions import erp_tools
from tools.testing.erp import MemoryErp
from tools.testing.invoices.samples import Sample, make_samples

from tests.conftest import TestDatabase
from tests.support.people import actor, populate

TODAY = utc_now().date()
SAMPLES = make_samples(7, TODAY)


@dataclass(slots=True, kw_only=True)
class Desk:
    database: Database
    url: str
    erp: MemoryErp = field(default_factory=lambda: MemoryErp.from_seed(today=TODAY))

    @property
    def services(self) -> Services:
        tools = [ReadDocument(self.load), *erp_tools(self.erp, self.load)]
        catalog = Catalog(tools)
        return Services(
            database=self.database,
            catalogs=lambda tenant: catalog,
            rulebooks={"procure_to_pay": rule_book("procure_to_pay")},
            registry=ProcessRegistry([procure_to_pay.definition()]),
        )

    async def load(self, sha256: str) -> tuple[str, bytes]:
        async with self.database.unit_of_work("acme") as unit:
            found = await unit.originals.get(sha256)
        return found.name, found.content

    async def send(self, sample: Sample) -> Case:
        who = await actor(self.database, "intake")
        incoming = Incoming(
            name=sample.file_name,
            media_type=sample.media_type,
            content=sample.content,
            channel=sample.channel,
            sender=sample.sender,
        )
        accepted = await Intake(services=self.services).document(who, "procure_to_pay", incoming)
        savers = SaverPool(self.url, role=None, size=1)
        advancer = Advancer(services=self.services, savers=savers, owner="test")
        await asyncio.create_task(advancer.advance("acme", accepted.case.id))
        await savers.close()
        async with self.database.unit_of_work("acme") as unit:
            return await unit.cases.get(accepted.case.id)

    async def open_tasks(self, case: Case) -> list[Task]:
        async with self.database.unit_of_work("acme") as unit:
            return list(await unit.inbox.listed(status=("open",), assignee_id=None, case_id=case.id, limit=5))

    async def incidents(self, case: Case) -> list[Any]:
        async with self.database.unit_of_work("acme") as unit:
            return [i.message for i in await unit.incidents.of_case(case.id)]


@pytest.fixture
async def desk(database: Database, own_database: TestDatabase) -> Desk:
    await populate(database)
    return Desk(database=database, url=own_database.app_url)


@pytest.mark.parametrize("name", [sample.name for sample in SAMPLES])
async def test_a_sample_ends_as_it_should(desk: Desk, name: str) -> None:
    by_name = {sample.name: sample for sample in SAMPLES}
    sample = by_name[name]
    if sample.after:
        await desk.send(by_name[sample.after])
    case = await desk.send(sample)
    tasks = await desk.open_tasks(case)
    end = "review" if case.status == "waiting" else case.status
    print(name, case.status, case.step, case.outcome, [t.reasons for t in tasks], await desk.incidents(case))
    assert end in sample.expected_ends
    found = {reason.get("exception") for task in tasks for reason in task.reasons}
    if end == "review":
        assert set(sample.exceptions) <= found
