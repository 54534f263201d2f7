"""Configured connectors in a running Interlock: their tools, their names, their health, and what is told to whom."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.bootstrap import Interlock, connector_contexts, open_interlock
from api.connector_watch import ConnectorWatch
from api.connectors import configuration_of, open_connectors
from api.errors import SettingsInvalid
from api.servers import Servers, start_servers
from api.settings import load_settings
from graphs.limits import LimitDesk
from graphs.store.database import Database
from graphs.store.databases import drop_database
from graphs.store.embedded import EmbeddedPostgres
from tests.support.job_process import never
from tests.support.patience import eventually
from tests.support.plugin_kind import install
from tools.clock import utc_now
from tools.connector import ConnectorContext, Standing
from tools.limits import TargetLimits, declared_limits, target_of
from tools.plugin import Plugins
from tools.resilience import call_once

GREETERS = """
connectors:
  hall:
    kind: greeter
    settings: {greeting: good morning}
    limits: {max_concurrent: 1}
  cellar:
    kind: greeter
    prefix: below
    settings: {greeting: silence}
  attic:
    kind: mute
"""

FIXES = {"incident.read", "incident.retry", "incident.correct", "incident.reroute"}
OWN = {"by_hand", "document.read", "document.text", "case.start", "information.read", "notice.read", *FIXES}
"""What every tenant has without a connector."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with two distributions: one offers a kind, the other one that is broken."""
    made = tmp_path_factory.mktemp("connectors")
    install(made, "greeting-tools", "greeting_module", {"greeter": "greeting_module:GREETER"})
    install(made, "mute-tools", "mute_module", {"mute": "mute_module:MUTE"}, code="raise RuntimeError('mute')")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(made))
        yield made


@pytest.fixture(scope="module")
def servers(server: EmbeddedPostgres, folder: Path) -> Iterator[Servers]:
    """One database for the module: what is configured is read anew at each opening."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    file = folder / "connectors.yaml"
    settings = load_settings(data_dir=folder / "data", database_url=server.url(name), erp="none", connectors=file)
    with start_servers(settings) as started:
        yield started
    drop_database(server.url(), name)


@pytest.fixture(autouse=True)
def configured(folder: Path) -> None:
    """The greeters, unless a test writes something else."""
    (folder / "connectors.yaml").write_text(GREETERS)


@asynccontextmanager
async def called_as(interlock: Interlock, watch: ConnectorWatch, login: str = "") -> AsyncIterator[httpx.AsyncClient]:
    """The API as one of the first people, or as nobody."""
    headers = {"X-API-Key": interlock.servers.folder.read_or_make_key(login)} if login else {}
    transport = httpx.ASGITransport(create_app(interlock.services, watch=watch), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://interlock.test", headers=headers) as client:
        yield client


async def test_connectors_offer_their_tools_are_watched_and_tell_only_who_may_know(servers: Servers) -> None:
    async with open_interlock(servers) as interlock:
        catalog = interlock.services.catalogs("main")
        assert {tool.name for tool in catalog} == {*OWN, "greeter.greet", "below.greeter.greet"}
        assert {tool.name for tool in interlock.services.catalogs("other")} == OWN
        greet = catalog["greeter.greet"]
        assert (target_of(greet), declared_limits(greet)) == ("hall", TargetLimits(max_concurrent=1))
        assert await call_once(greet, {}, key="") == {"said": "good morning"}
        assert interlock.erp is None

        watch = ConnectorWatch(connectors=interlock.connectors)
        async with called_as(interlock, watch) as nobody:
            unset = {"model": "unset", "embeddings": "unset"}
            assert (await nobody.get("/health")).json() == {"status": "ok", **unset}
            await watch.look()
            assert (await nobody.get("/health")).json() == {"status": "degraded", **unset}
            assert (await nobody.get("/connectors")).status_code == 401

        admin = await interlock.actor_of_key(servers.folder.read_or_make_key("admin"))
        assert admin is not None
        await LimitDesk(services=interlock.services).set(admin, "hall", TargetLimits(max_concurrent=2))
        async with called_as(interlock, watch, "dario") as dario:
            shown = {one["name"]: one for one in (await dario.get("/connectors")).json()["connectors"]}
        assert {name: one["standing"] for name, one in shown.items()} == {
            "hall": "ok",
            "cellar": "down",
            "attic": "down",
        }
        assert (shown["cellar"]["problem"], shown["cellar"]["remedy"]) == ("nobody greets back", "say it louder")
        assert "RuntimeError: mute" in shown["attic"]["problem"]
        assert shown["hall"]["target"]["limits"] == {"max_concurrent": 2, "rate": None, "breaker": None}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GREETERS.replace("    prefix: below\n", ""), "'cellar': prefix: connector 'hall' offers 'greeter.greet'"),
        (
            GREETERS.replace("kind: mute", "kind: mute\n    tenant: nowhere"),
            "'attic': tenant: there is no tenant 'nowhere'",
        ),
        (GREETERS.replace("kind: mute", "kind: fax"), "'attic': kind: no installed distribution"),
        (GREETERS.replace("greeting: silence", "volume: 11"), "'cellar': settings.volume: Extra inputs"),
    ],
)
async def test_what_cannot_be_meant_keeps_interlock_from_starting(
    servers: Servers, folder: Path, text: str, said: str
) -> None:
    (folder / "connectors.yaml").write_text(text)
    with pytest.raises(SettingsInvalid, match=said) as refused:
        async with open_interlock(servers):
            pass
    assert str(refused.value).startswith("INTERLOCK_CONNECTORS: ")
    assert "connectors.yaml" in str(refused.value)


async def test_a_connector_stores_a_document_of_its_tenant_and_loads_it_again(servers: Servers) -> None:
    async with open_interlock(servers) as interlock:
        one = interlock.connectors.opened[0].configured
        database = Database(servers.app_url, clock=utc_now, role=servers.role)
        context = connector_contexts(servers, database)(one)
        sha256 = await context.store("order.pdf", b"%PDF")
        assert await context.load(sha256) == ("order.pdf", b"%PDF")
        assert (context.folder.name, context.folder.stat().st_mode & 0o077) == ("hall", 0)
        await database.close()


async def test_a_check_that_raises_or_hangs_is_a_connector_that_is_down(folder: Path) -> None:
    text = "connectors:\n" + "".join(
        f"  {name}: {{kind: greeter, prefix: {name}, settings: {{greeting: {name}}}}}\n"
        for name in ("raise", "hang", "refuse", "hello")
    )
    (folder / "connectors.yaml").write_text(text)
    configuration = configuration_of(folder / "connectors.yaml", Plugins.discovered(), tenant="main")
    made = ConnectorContext(tenant="main", folder=folder, load=never, store=never)
    async with open_connectors(configuration, lambda _: made) as connectors:
        found = await connectors.check(within_seconds=0.2)
    assert {name: health.standing for name, health in found.items()} == {
        "raise": Standing.DOWN,
        "hang": Standing.DOWN,
        "refuse": Standing.DOWN,
        "hello": Standing.OK,
    }
    assert "a secret" not in found["raise"].problem
    assert "did not end within 0.2 s" in found["hang"].problem
    assert "OSError: no greeting today" in found["refuse"].problem


async def test_the_watch_looks_by_itself_again_and_again(folder: Path) -> None:
    (folder / "connectors.yaml").write_text("connectors: {hall: {kind: greeter}}")
    configuration = configuration_of(folder / "connectors.yaml", Plugins.discovered(), tenant="main")
    made = ConnectorContext(tenant="main", folder=folder, load=never, store=never)
    async with open_connectors(configuration, lambda _: made) as connectors:
        watch = ConnectorWatch(connectors=connectors, every_seconds=0.01)
        async with watch.looking():
            await eventually(lambda: "hall" in watch.known, within_seconds=10)
            first = watch.known["hall"].checked_at
            await eventually(lambda: watch.known["hall"].checked_at > first, within_seconds=10)
