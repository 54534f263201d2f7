"""The composition root: a database of yours, the first people, the tools of each tenant."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import text

from api.app import create_app
from api.bootstrap import Interlock, open_interlock
from api.errors import SettingsInvalid
from api.people import FIRST_USERS, user_id
from api.servers import Servers, start_servers
from api.settings import Settings, load_settings
from graphs.store.databases import drop_database
from graphs.store.embedded import EmbeddedPostgres
from graphs.store.people import key_hash
from tools.catalog import UnknownTool
from tools.testing.erp import MemoryErp, RemoteMemoryErp


@pytest.fixture
def settings(server: EmbeddedPostgres, tmp_path: Path) -> Iterator[Settings]:
    """A PostgreSQL of yours, on which the database is not there yet."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield load_settings(data_dir=tmp_path, database_url=server.url(name), erp="memory")
    drop_database(server.url(), name)


@pytest.fixture
def servers(settings: Settings) -> Iterator[Servers]:
    with start_servers(settings) as started:
        yield started


@pytest.fixture
async def interlock(servers: Servers) -> AsyncIterator[Interlock]:
    async with open_interlock(servers) as opened:
        yield opened


async def test_a_database_of_yours_is_made_and_migrated_and_used_without_its_owners_rights(
    interlock: Interlock,
) -> None:
    async with interlock.services.database.unit_of_work("main") as unit:
        role = (await unit.session.execute(text("SELECT current_user, current_setting('is_superuser')"))).one()
    assert tuple(role) == ("interlock_app", "off")


async def test_the_first_people_have_different_rights(interlock: Interlock) -> None:
    actors = {}
    async with interlock.services.database.unit_of_work("main") as unit:
        for user in FIRST_USERS:
            actors[user.login] = await unit.people.actor(user_id("main", user.login))
        roster = await unit.people.roster("main")
    limits = {
        entry.login: [(limit.subject, limit.currency, limit.max_minor) for limit in entry.limits] for entry in roster
    }
    assert {login: actor.kind for login, actor in actors.items()} == {
        "clara": "person",
        "mara": "person",
        "dario": "person",
        "intake": "service",
        "admin": "service",
    }
    assert limits == {
        "clara": [],
        "mara": [("approval", "EUR", 1_000_000)],
        "dario": [("approval", "EUR", 10_000_000)],
    }
    work = {"case.read", "escalation.acknowledge", "task.read", "task.answer", "task.ask_outside"}
    assert actors["clara"].permissions == {"case.start", *work}
    assert actors["mara"].permissions == {"policies.activate", *work}
    assert actors["dario"].permissions >= {"audit.read", "incident.retry", "task.answer"}
    assert actors["intake"].permissions == {"case.start", "case.read", "message.send"}
    assert "admin" in actors["admin"].permissions


async def test_a_key_names_its_user(interlock: Interlock) -> None:
    key = interlock.servers.folder.read_or_make_key("mara")
    actor = await interlock.actor_of_key(key)
    assert actor is not None
    assert actor.name == "Mara Manager"
    assert await interlock.actor_of_key("another") is None


async def test_a_key_file_that_was_handed_out_and_deleted_is_not_made_again(servers: Servers) -> None:
    async with open_interlock(servers):
        servers.folder.key_file("clara").unlink()
    async with open_interlock(servers):
        assert not servers.folder.key_file("clara").exists()


async def test_a_key_file_whose_row_a_crash_has_lost_is_taken_over(servers: Servers) -> None:
    key = servers.folder.read_or_make_key("clara")
    async with open_interlock(servers) as interlock:
        actor = await interlock.actor_of_key(key)
    assert actor is not None
    assert actor.login == "clara"


async def test_what_was_changed_stays_at_the_next_start(servers: Servers) -> None:
    async with open_interlock(servers):
        pass
    with psycopg.connect(servers.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE users SET name = 'Clara Renamed', active = false WHERE login = 'clara'")
        owner.execute("DELETE FROM user_roles WHERE user_id = 'main-mara'")
    async with open_interlock(servers) as interlock, interlock.services.database.unit_of_work("main") as unit:
        assert await unit.people.names(["main-clara"]) == {"main-clara": "Clara Renamed"}
        assert (await unit.people.actor("main-mara")).roles == ()


async def test_only_the_settings_tenant_reaches_the_erp(interlock: Interlock) -> None:
    ours, other = interlock.services.catalogs("main"), interlock.services.catalogs("other")
    assert {tool.name for tool in ours} >= {"document.read", "erp.order.read", "erp.invoice.post"}
    fixes = ["incident.read", "incident.retry", "incident.correct", "incident.reroute"]
    own = ["document.read", "document.text", "by_hand", "case.start", *fixes, "information.read", "notice.read"]
    assert [tool.name for tool in other] == own
    with pytest.raises(UnknownTool):
        other["erp.invoice.post"]


async def test_the_erp_is_the_one_of_the_settings(servers: Servers, settings: Settings) -> None:
    async with open_interlock(servers) as interlock:
        assert isinstance(interlock.erp, MemoryErp)
    remote = settings.model_copy(update={"erp_url": "http://127.0.0.1:1"})
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(open_interlock(with_settings(servers, remote)))
        assert isinstance(opened.erp, RemoteMemoryErp)


async def test_a_worker_of_its_own_has_no_sandbox(servers: Servers, settings: Settings) -> None:
    sandbox = settings.model_copy(update={"erp": "sandbox"})
    with pytest.raises(SettingsInvalid, match="INTERLOCK_ERP=tryton"):
        async with open_interlock(with_settings(servers, sandbox)):
            pass


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"document": 5, "channel": "mail", "sender": "a"},
        {"document": ["a"], "channel": "mail", "sender": "a"},
        {"document": {"a": "b"}, "channel": {"a": 1}, "sender": [1]},
    ],
)
async def test_an_input_of_other_types_is_no_fault_of_ours(interlock: Interlock, body: dict[str, Any]) -> None:
    key = interlock.servers.folder.read_or_make_key("clara")
    transport = httpx.ASGITransport(create_app(interlock.services), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://x", headers={"X-API-Key": key}) as clara:
        response = await clara.post("/cases", json={"process": "procure_to_pay", "input": body})
    assert response.status_code == 422


def with_settings(servers: Servers, settings: Settings) -> Servers:
    """The same servers under other settings."""
    return Servers(
        settings=settings,
        folder=servers.folder,
        admin_url=servers.admin_url,
        owner_url=servers.owner_url,
        app_url=servers.app_url,
        role=servers.role,
    )


def test_a_hash_is_not_the_key() -> None:
    assert key_hash("il_key") != "il_key"
