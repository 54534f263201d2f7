"""The kinds `mail` and `file_drop`: what their settings refuse, what they offer, and what their check says."""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr, ValidationError

from api.inlets import sources_of
from tests.conftest import ROOT
from tests.support.imap_server import ImapServer
from tests.support.mail_sink import mail_sink
from tests.support.mails import PDF, mail
from tools.connector import ConnectorContext, ConnectorKind, Standing
from tools.drop.connector import FILE_DROP
from tools.inlet import Inlet
from tools.mail.connector import MAIL
from tools.mail.settings import MailSettings
from tools.notify.connector import NOTIFY
from tools.secret import resolve

INBOUND = {"process": "toy", "imap": {"host": "mail.example.com", "user": "u", "password": "env:P"}}
OUTBOUND = {"host": "mail.example.com", "sender": "a@b.example", "recipients": ["*@b.example"]}


def context(folder: Path, *, environment: Mapping[str, str] = {}) -> ConnectorContext:
    async def load(sha256: str) -> tuple[str, bytes]:
        return "a.pdf", PDF

    async def store(name: str, content: bytes) -> str:
        return "a" * 64

    def secret(reference: str) -> SecretStr:
        return resolve(reference, environment=environment)

    return ConnectorContext(tenant="acme", folder=folder, load=load, store=store, secret=secret)


def local(server: ImapServer, port: int) -> dict[str, Any]:
    here = {"host": "127.0.0.1", "security": "none"}
    imap = {**here, "port": server.port, "user": "mailer", "password": "env:MAIL_PASSWORD"}
    return {"inbound": {"process": "toy", "imap": imap}, "outbound": {**OUTBOUND, **here, "port": port}}


@pytest.mark.parametrize("kind", ["mail", "notify", "file_drop"])
def test_the_entry_point_of_a_kind_is_the_kind(kind: str) -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["interlock.tools"][kind]
    module, _, attribute = named.partition(":")
    found: ConnectorKind = getattr(importlib.import_module(module), attribute)
    assert found.kind == kind
    assert found.settings.model_config.get("extra") == "forbid"
    assert found.settings.model_config.get("frozen") is True


@pytest.mark.parametrize("page", ["mail", "notifications", "drop-a-file"])
def test_the_configuration_on_a_page_is_one_that_works(page: str) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "how-to" / f"{page}.md").read_text(), re.DOTALL)
    kinds: dict[str, ConnectorKind] = {kind.kind: kind for kind in (MAIL, NOTIFY, FILE_DROP)}
    (entry,) = yaml.safe_load(block)["connectors"].values()
    kinds[entry["kind"]].settings.model_validate(entry["settings"])


async def test_a_mailbox_and_a_server_make_an_inlet_and_a_tool(tmp_path: Path) -> None:
    async with ImapServer().running() as server, mail_sink() as sink:
        settings = MailSettings.model_validate(local(server, sink.port))
        known = context(tmp_path, environment={"MAIL_PASSWORD": "secret"})
        async with MAIL.open("post", settings, known) as connector:
            assert [tool.name for tool in connector.tools()] == ["mail.send"]
            (source,) = sources_of([("acme", connector), ("acme", object())])
            server.inbox.add(mail(PDF))
            (arrival,) = await source.inlet.poll()
            found = await connector.check()
    assert (found.standing, found.problem, found.details) == (Standing.OK, "", {"refused": 0})
    assert (source.name, source.tenant, isinstance(source.inlet, Inlet)) == ("post", "acme", True)
    assert arrival.documents[0].content == PDF


async def test_opening_asks_for_no_secret_and_no_server_and_the_check_tells_of_both(tmp_path: Path) -> None:
    async with ImapServer().running() as server, mail_sink() as sink:
        pass
    settings = MailSettings.model_validate(local(server, sink.port))
    async with MAIL.open("post", settings, context(tmp_path)) as connector:
        found = await connector.check()
    assert found.standing is Standing.DOWN
    assert found.problem.count("127.0.0.1 cannot be reached") == 2


async def test_mails_that_may_go_to_nobody_are_told_of(tmp_path: Path) -> None:
    async with mail_sink() as sink:
        outbound = {**OUTBOUND, "host": "127.0.0.1", "security": "none", "port": sink.port, "recipients": []}
        settings = MailSettings.model_validate({"outbound": outbound})
        async with MAIL.open("post", settings, context(tmp_path)) as connector:
            found = await connector.check()
            assert sources_of([("acme", connector)]) == []
    assert (found.standing, found.problem.split(":")[0]) == (Standing.DEGRADED, "mails may go to nobody")


async def test_a_file_drop_is_an_inlet_without_tools(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    settings = FILE_DROP.settings.model_validate({"folder": tmp_path / "drop", "process": "toy"})
    async with FILE_DROP.open("scanner", settings, context(tmp_path)) as connector:
        assert (list(connector.tools()), len(sources_of([("acme", connector)]))) == ([], 1)
        assert (await connector.check()).standing is Standing.OK


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"inbound": {"process": "toy"}},
        {"inbound": {**INBOUND, "maildir": "mails"}},
        {"inbound": {"process": "toy", "imap": {**INBOUND["imap"], "password": "hunter2"}}},  # type: ignore[dict-item]  # a dict
        {"inbound": {"process": "toy", "imap": {**INBOUND["imap"], "folder": "InterlockTaken"}}},  # type: ignore[dict-item]  # a dict
        {"inbound": {**INBOUND, "authserv_id": "mx example"}},
        {"inbound": {**INBOUND, "letters": "supplier_mail", "without_document": "refuse"}},
        {"outbound": {**OUTBOUND, "recipients": ["*"]}},
        {"outbound": {**OUTBOUND, "recipients": ["*@*.example"]}},
        {"outbound": {**OUTBOUND, "sender": "Interlock <a@b.example>"}},
        {"outbound": {**OUTBOUND, "host": "mail.example.com/x"}},
        {"outbound": {**OUTBOUND, "security": "maybe"}},
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MailSettings.model_validate(changes)
