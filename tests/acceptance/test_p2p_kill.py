"""A worker killed before, during and after the ERP call: the target has executed exactly one posting."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from api.data_folder import DataFolder
from api.people import bootstrap_people, user_id
from graphs.intake import Intake
from graphs.process import ProcessRegistry
from graphs.processes import incident_resolution, procure_to_pay
from graphs.runtime.services import Services
from graphs.store.database import Database
from graphs.store.embedded import EmbeddedPostgres
from policies.packaged import rule_book
from tests.conftest import DATA_FOLDER, ROOT, TestDatabase
from tests.support.accounts_payable import SAMPLES, incoming
from tests.support.engine import SEAL
from tests.support.erp import Served
from tests.support.forked import Forked, forked
from tests.support.patience import eventually
from tests.support.served import interlock
from tests.support.slow_proxy import SlowProxy
from tools.catalog import Catalog
from tools.clock import utc_now
from tools.erp.sandbox import TrytonSandbox

TENANT = "main"
POSTING = "erp.invoice.post"
HELD_SECONDS = 2.0
TIME_LIMIT_SECONDS = 5
SAMPLE = SAMPLES["clean_hybrid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An ERP that outlives the workers: how to reach it, what marks a posting on the wire, how to count postings."""

    served: Served
    settings: dict[str, str]
    marker: bytes
    log: Path | None

    async def postings(self) -> int:
        """Postings of the sample that the target has executed."""
        if self.log is not None:
            requests = [json.loads(line) for line in self.log.read_text().splitlines()]
            return sum(1 for r in requests if r["operation"] == "post_invoice" and r["executed"])
        erp = self.served.client()
        supplier = await erp.find_supplier(vat_id=str(SAMPLE.truth["vendor_vat_id"]))
        assert supplier is not None
        found = await erp.similar_invoices(supplier.supplier_id, since=utc_now().date().replace(month=1, day=1))
        await erp.aclose()
        return sum(1 for i in found if i.reference == SAMPLE.truth["invoice_number"] and i.state == "posted")


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[Target]:
    """The twin that ignores keys, in a process of its own."""
    files = ["--port-file", str(tmp_path / "port"), "--log-file", str(tmp_path / "log")]
    command = [sys.executable, "-m", "tools.testing.erp", "--ignores-keys", *files]
    process = subprocess.Popen(command, cwd=ROOT)
    while not (tmp_path / "port").exists():
        assert process.poll() is None
    served = Served(kind="remote", url=f"http://127.0.0.1:{(tmp_path / 'port').read_text()}", tryton=None)
    settings = {"INTERLOCK_ERP": "memory", "INTERLOCK_ERP_URL": served.url}
    yield Target(served=served, settings=settings, marker=b"POST /post_invoice", log=tmp_path / "log")
    process.terminate()
    process.wait(10)


@pytest.fixture
def tryton(sandbox_server: EmbeddedPostgres) -> Iterator[Target]:
    """A real Tryton on a clone of its own."""
    sandbox = TrytonSandbox(DATA_FOLDER, sandbox_server.url())
    assert sandbox.is_prepared(), "the Tryton template is missing or outdated; run `make install`"
    name = f"test_tryton_{uuid.uuid4().hex[:12]}"
    running = sandbox.start(name)
    settings = {
        "INTERLOCK_ERP": "tryton",
        "INTERLOCK_ERP_URL": running.url,
        "INTERLOCK_ERP_DATABASE": running.database,
        "INTERLOCK_ERP_USER": running.user,
        "INTERLOCK_ERP_PASSWORD": running.password,
    }
    served = Served(kind="tryton", url=running.url, tryton=running)
    yield Target(served=served, settings=settings, marker=b"model.account.invoice.post", log=None)
    running.stop()
    sandbox.drop(name)


@pytest.fixture(
    params=[pytest.param("twin", marks=pytest.mark.chaos), pytest.param("tryton", marks=pytest.mark.tryton)]
)
def target(request: pytest.FixtureRequest) -> Target:
    """The twin that ignores keys, and a real Tryton."""
    found: Target = request.getfixturevalue(request.param)
    return found


@dataclass(slots=True, kw_only=True)
class Scene:
    """A database with an accepted invoice, and workers that can be started on it."""

    database: Database
    url: str
    folder: Path
    case_id: str

    @asynccontextmanager
    async def worker(self, settings: dict[str, str], *, failpoint: str = "") -> AsyncGenerator[Forked]:
        """A worker process; ended by its own pid if it is still there."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")},
            "INTERLOCK_DATABASE_URL": self.url,
            "INTERLOCK_DATA_DIR": str(self.folder),
            "INTERLOCK_TOOL_TIME_LIMIT_SECONDS": str(TIME_LIMIT_SECONDS),
            "INTERLOCK_FAILPOINT": failpoint,
            **settings,
        }
        process = forked(interlock, "worker", variables=environment, folder=self.folder)
        said = asyncio.create_task(asyncio.to_thread(process.words))
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.wait, 30)
            print(await said)  # noqa: T201 - shown where the test fails

    async def until(self, status: str) -> None:
        """Wait until the case has this status."""

        async def reached() -> bool:
            return await self.status() == status

        await eventually(reached, within_seconds=90, pause_seconds=0.1)

    async def status(self) -> str:
        async with self.database.unit_of_work(TENANT) as unit:
            return (await unit.cases.get(self.case_id)).status


@pytest.fixture
async def scene(database: Database, own_database: TestDatabase, tmp_path: Path) -> Scene:
    """Tenant `main` with its people and one invoice that was just accepted."""
    folder = tmp_path / "data"
    await bootstrap_people(database, DataFolder.prepared(folder), tenant=TENANT, now=utc_now())
    services = Services(
        database=database,
        catalogs=lambda tenant: Catalog(),
        rulebooks={name: rule_book(name) for name in ("procure_to_pay", "incident_resolution")},
        registry=ProcessRegistry([*procure_to_pay.released(), incident_resolution.definition()]),
        seal=SEAL,
    )
    async with database.unit_of_work(TENANT) as unit:
        sender = await unit.people.actor(user_id(TENANT, "intake"))
    accepted = await Intake(services=services).document(sender, "procure_to_pay", incoming(SAMPLE))
    return Scene(database=database, url=own_database.owner_url, folder=folder, case_id=accepted.case.id)


async def check_one_posting(scene: Scene, target: Target) -> None:
    """After a restart the case is done, the target has executed one posting, and the trail is sound."""
    async with scene.worker(target.settings):
        await scene.until("done")
    assert await target.postings() == 1
    async with scene.database.unit_of_work(TENANT, snapshot=True) as unit:
        effects = await unit.effects.of_case(scene.case_id)
        assert (await unit.audit_log.verify(TENANT)).sound
    assert [effect.status for effect in effects if effect.tool == POSTING] == ["confirmed"]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "failpoint",
    [
        pytest.param("effect.after_intent@post_invoice", id="before", marks=pytest.mark.chaos),
        pytest.param("effect.after_call@post_invoice", id="after"),
    ],
)
async def test_a_worker_killed_before_or_after_the_posting(scene: Scene, target: Target, failpoint: str) -> None:
    async with scene.worker(target.settings, failpoint=failpoint) as worker:
        code = await asyncio.to_thread(worker.wait, 90)
    assert code == -signal.SIGKILL
    await check_one_posting(scene, target)


@pytest.mark.timeout(180)
async def test_a_worker_killed_during_the_posting(scene: Scene, target: Target) -> None:
    port = urlsplit(target.served.url).port or 0
    proxy = SlowProxy(port=port, marker=target.marker, delay_seconds=HELD_SECONDS)
    async with proxy.running() as slow_url:
        async with scene.worker({**target.settings, "INTERLOCK_ERP_URL": slow_url}) as worker:
            async with asyncio.timeout(90):
                await proxy.held.wait()
            assert await target.postings() == 0
            worker.send_signal(signal.SIGKILL)
            await asyncio.to_thread(worker.wait, 10)
        await check_one_posting(scene, target)
