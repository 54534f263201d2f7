"""The form that takes everything twice, and workers killed between click and answer: one confirmation each."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import signal
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graphs.intake import Intake
from graphs.process import ProcessRegistry
from graphs.processes.procure_to_pay import portal_orders
from graphs.runtime.services import Services
from graphs.store.database import Database
from policies.packaged import rule_book
from tests.conftest import ROOT, TestDatabase
from tests.support.engine import SEAL
from tests.support.patience import eventually, wait_until
from tests.support.people import actor, populate
from tools.catalog import Catalog
from tools.testing.erp_seed import SEED
from tools.testing.portal.serving import PASSWORD_VARIABLE

pytestmark = pytest.mark.browser

HELD_SECONDS = 2.0
PATIENCE_SECONDS = 240
TRIBE = "PORTAL_TEST_TRIBE"
"""In the environment of every process that a test starts, and of those that these start."""


def orders(number: int) -> list[str]:
    return [f"PO-2026-{1001 + position}" for position in range(number)]


def seed_with(folder: Path, number: int) -> Path:
    """The purchasing data with as many more orders like the first."""
    data = json.loads(SEED.read_text(encoding="utf-8"))
    first = data["orders"][0]
    data["orders"] += [{**copy.deepcopy(first), "number": order} for order in orders(number)]
    path = folder / "purchasing.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


@dataclass(slots=True, kw_only=True)
class Scene:
    """A database, a portal in a process of its own, and workers that can be started."""

    database: Database
    url: str
    portal: str
    log: Path
    seed: Path
    tribe: str

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, PASSWORD_VARIABLE: "a portal's password", TRIBE: self.tribe, "PYTHONPATH": str(ROOT)}

    def said(self, what: str) -> list[Any]:
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        return [line[what] for line in map(json.loads, lines) if what in line]

    async def accept(self, order: str) -> str:
        definition = portal_orders.definition()
        services = Services(
            database=self.database,
            catalogs=lambda tenant: Catalog(),
            rulebooks={definition.pack: rule_book(definition.pack)},
            registry=ProcessRegistry([definition]),
            seal=SEAL,
        )
        who = await actor(self.database, "intake")
        return (await Intake(services=services).start(who, definition.name, {"order": order}, key=order)).case.id

    @asynccontextmanager
    async def worker(self) -> AsyncGenerator[subprocess.Popen[bytes]]:
        """A worker; ended by its own pid if it is still there."""
        asked = json.dumps({"url": self.url, "portal": self.portal, "seed": str(self.seed)})
        command = [sys.executable, "-m", "tests.browser.portal_worker", asked]
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.wait, 60)

    async def killed_at(self, order: str, *, taken: bool) -> None:
        """A worker clicks, and is killed before the answer: before the portal has taken the form, or after."""
        click = f"POST /orders/{order}/confirm"

        def clicked() -> bool:
            if taken:
                return any(made["order_number"] == order for made in self.said("confirmation"))
            return click in self.said("request")

        async with self.worker() as process:
            await eventually(clicked, within_seconds=PATIENCE_SECONDS)
            process.kill()
            assert await asyncio.to_thread(process.wait, 10) == -signal.SIGKILL

    async def done(self, cases: list[str]) -> bool:
        async with self.database.unit_of_work("acme") as unit:
            return all([(await unit.cases.get(case)).status == "done" for case in cases])

    def left(self) -> list[int]:
        """Browsers that this test's workers have started."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                ours = f"{TRIBE}={self.tribe}".encode() in (folder / "environ").read_bytes().split(b"\0")
                if ours and b"--interlock-browser" in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
        return found


@pytest.fixture
def number(request: pytest.FixtureRequest) -> int:
    """How many workers are killed."""
    return int(request.param)


@pytest.fixture
def portal(tmp_path: Path, number: int) -> Iterator[tuple[str, Path, str]]:
    """The portal, which holds every confirmation back before and after it is taken."""
    tribe, files = uuid.uuid4().hex, ["--port-file", str(tmp_path / "port"), "--log-file", str(tmp_path / "log")]
    held = ["--hold-before", str(HELD_SECONDS), "--hold-after", str(HELD_SECONDS)]
    seed = ["--seed", str(seed_with(tmp_path, number))]
    environment = {**os.environ, PASSWORD_VARIABLE: "a portal's password", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tools.testing.portal", *files, *held, *seed]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    wait_until((tmp_path / "port").exists, within_seconds=60, otherwise=lambda: f"the portal ended: {process.poll()}")
    yield f"http://127.0.0.1:{(tmp_path / 'port').read_text()}", tmp_path / "log", tribe
    process.terminate()
    process.wait(20)


@pytest.fixture
async def scene(database: Database, own_database: TestDatabase, portal: tuple[str, Path, str], tmp_path: Path) -> Scene:
    await populate(database)
    address, log, tribe = portal
    seed = tmp_path / "purchasing.json"
    return Scene(database=database, url=own_database.app_url, portal=address, log=log, seed=seed, tribe=tribe)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", [pytest.param(20, marks=pytest.mark.chaos)], ids=["20-kills"], indirect=True)
async def test_a_worker_killed_between_click_and_answer_confirms_each_order_once(scene: Scene, number: int) -> None:
    cases = []
    for position, order in enumerate(orders(number)):
        cases.append(await scene.accept(order))
        await scene.killed_at(order, taken=position % 2 == 1)
    async with scene.worker():
        await eventually(lambda: scene.done(cases), within_seconds=PATIENCE_SECONDS + 10 * number, pause_seconds=0.2)
    confirmed = Counter(made["order_number"] for made in scene.said("confirmation"))
    clicks = Counter(request for request in scene.said("request") if request.endswith("/confirm"))
    assert confirmed == dict.fromkeys(orders(number), 1)
    assert clicks == {f"POST /orders/{order}/confirm": 1 for order in orders(number)}
    async with scene.database.unit_of_work("acme", snapshot=True) as unit:
        effects = [effect for case in cases for effect in await unit.effects.of_case(case)]
        assert (await unit.audit_log.verify("acme")).sound
    assert [(effect.tool, effect.status) for effect in effects] == [("portal.order.confirm", "confirmed")] * number
    assert {effect.idempotency_key for effect in effects} == {made["reference"] for made in scene.said("confirmation")}
    await eventually(lambda: not scene.left(), within_seconds=30)
