"""The kind `tryton`: what it takes, what it offers, and what its check says in plain words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from tools.connector import ConnectorContext, ConnectorKind, Health, Standing
from tools.erp.connector import TRYTON, TrytonConnector, TrytonSettings
from tools.erp.sandbox_server import RunningTryton
from tools.erp.tryton import TrytonErp
from tools.erp.tryton_rpc import TrytonSession
from tools.limits import declared_limits, target_of

Check = Callable[..., Awaitable[Health]]
SETTINGS = {"url": "http://127.0.0.1:9", "database": "erp", "user": "interlock", "password": "env:ERP_PASSWORD"}


async def load(sha256: str) -> tuple[str, bytes]:
    """No document is asked for."""
    raise AssertionError(sha256)


async def store(name: str, content: bytes) -> str:
    """No document is stored."""
    raise AssertionError(f"{name} {len(content)}")


def context(folder: Path, secrets: dict[str, str]) -> ConnectorContext:
    """What the connector may use; its secrets by their references."""
    return ConnectorContext(
        tenant="acme", folder=folder, load=load, store=store, secret=lambda reference: SecretStr(secrets[reference])
    )


def answered_by(handle: httpx.MockTransport) -> TrytonConnector:
    """A connector whose server is `handle`."""
    session = TrytonSession("http://erp", database="db", user="u", password="secret", transport=handle)
    return TrytonConnector(name="books", erp=TrytonErp(session), session=session, vendors=None, offered=())


@pytest.fixture
def checked(tryton: RunningTryton, tmp_path: Path) -> Check:
    """Checks a Tryton by settings that differ from the right ones as said."""

    async def check(**changes: Any) -> Health:
        given = {"url": tryton.url, "database": tryton.database, "user": tryton.user, "password": "env:RIGHT"}
        settings = TrytonSettings.model_validate({**given, **changes})
        secrets = {"env:RIGHT": tryton.password, "env:WRONG": "not it", "env:VENDORS": tryton.vendors.password}
        async with TRYTON.open("books", settings, context(tmp_path, secrets)) as connector:
            return await connector.check()

    return check


def test_it_is_a_kind_of_connector() -> None:
    kind: ConnectorKind = TRYTON
    assert (kind.kind, kind.settings) == ("tryton", TrytonSettings)


@pytest.mark.parametrize(
    "change",
    [
        {"password": "hunter2"},
        {"url": "not a url"},
        {"database": "a/b"},
        {"vendor_user": "vendors"},
        {"vendor_password": "env:X"},
        {"call_timeout_seconds": 0},
        {"postings_at_once": 0},
        {"passwort": "env:X"},
    ],
)
def test_settings_that_cannot_be_right_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TrytonSettings.model_validate({**SETTINGS, **change})


async def test_its_tools_carry_its_name_and_its_limits(tmp_path: Path) -> None:
    settings = TrytonSettings.model_validate({**SETTINGS, "postings_at_once": 2})
    async with TRYTON.open("books", settings, context(tmp_path, {"env:ERP_PASSWORD": "x"})) as connector:
        tools = {tool.name: tool for tool in connector.tools()}
    post, read = tools["erp.invoice.post"], tools["erp.invoice.read"]
    assert (target_of(post), declared_limits(post).max_concurrent) == ("books.postings", 2)
    assert target_of(read) == "books"
    assert declared_limits(post).breaker is not None
    assert declared_limits(read).breaker is not None


async def test_a_tryton_that_is_not_there_is_down_and_the_check_does_not_raise(tmp_path: Path) -> None:
    settings = TrytonSettings.model_validate(SETTINGS)
    async with TRYTON.open("books", settings, context(tmp_path, {"env:ERP_PASSWORD": "hunter2"})) as connector:
        health = await connector.check()
    assert health.standing is Standing.DOWN
    assert "reached" in health.problem
    assert "url" in health.remedy
    assert "hunter2" not in repr(health)


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", "null", '{"id": 1, "result": 5}'])
async def test_a_server_that_is_no_tryton_is_down_and_the_check_does_not_raise(body: str) -> None:
    health = await answered_by(httpx.MockTransport(lambda _request: httpx.Response(200, text=body))).check()
    assert health.standing is Standing.DOWN
    assert health.problem
    assert health.remedy


@pytest.mark.tryton
async def test_a_tryton_that_is_as_it_must_be_is_ok(checked: Check) -> None:
    alone = await checked()
    both = await checked(vendor_user="interlock_vendors", vendor_password="env:VENDORS")
    assert [(health.standing, health.problem) for health in (alone, both)] == [(Standing.OK, "")] * 2
    assert (alone.details, both.details) == ({"vendor_master": "reads only"}, {"vendor_master": "changes"})


@pytest.mark.tryton
@pytest.mark.parametrize(
    ("change", "problem", "remedy"),
    [
        ({"password": "env:WRONG"}, "refuses the login", "password"),
        ({"vendor_user": "interlock_vendors", "vendor_password": "env:WRONG"}, "refuses the login", "vendor_user"),
        ({"database": "no_such_database", "call_timeout_seconds": 3}, "in time", "database"),
    ],
)
async def test_what_is_wrong_is_said_with_its_remedy(
    checked: Check, change: dict[str, object], problem: str, remedy: str
) -> None:
    health = await checked(**change)
    assert health.standing is Standing.DOWN
    assert problem in health.problem
    assert remedy in health.remedy
    assert "not it" not in repr(health)


@pytest.mark.tryton
async def test_a_user_without_the_rights_is_told_which_page_names_them(checked: Check, tryton: RunningTryton) -> None:
    # The user of the vendor master may read parties, but neither orders nor receipts.
    health = await checked(user=tryton.vendors.user, password="env:VENDORS")
    assert health.standing is not Standing.OK
    assert health.remedy
