"""`interlock notice` against a real server: what it prints, and how it ends."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import uvicorn

from api.app import create_app
from api.cli import main
from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.api import grant, key_of
from tests.support.command import Ended
from tests.support.notices import NoticeEngine
from tests.support.patience import eventually
from tests.support.people import populate
from tests.support.toy import AmountReader, Notebook

RunAs = Callable[..., Awaitable[Ended]]


@pytest.fixture
async def run(
    database: Database,
    own_database: TestDatabase,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[RunAs]:
    """Runs `interlock notice` as a login, against the API on a socket."""
    await populate(database)
    engine = NoticeEngine(database=database, url=own_database.app_url, reader=AmountReader(500), notebook=Notebook())
    await engine.prepare()
    await grant(database, "sven", "notice.manage")
    config = uvicorn.Config(create_app(engine.services), host="127.0.0.1", port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started, within_seconds=20)
    port = server.servers[0].sockets[0].getsockname()[1]
    for name in [name for name in os.environ if name.startswith("INTERLOCK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INTERLOCK_URL", f"http://127.0.0.1:{port}")

    def command(login: str, arguments: tuple[str, ...]) -> Ended:
        monkeypatch.setenv("INTERLOCK_API_KEY", key_of(login))
        monkeypatch.setattr(sys, "argv", ["interlock", "notice", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Ended(code=int(ended.value.code or 0), out=printed.out, err=printed.err)

    async def of(login: str, *arguments: str) -> Ended:
        return await asyncio.to_thread(command, login, arguments)

    yield of
    server.should_exit = True
    await serving


async def test_a_person_says_how_they_want_to_be_told_and_reads_their_notices(run: RunAs, tmp_path: Path) -> None:
    wanted = ("--set", "zone=Europe/Berlin", "--set", 'muted=["task.commented"]')
    assert (await run("clara", "preferences", *wanted, "--json")).json["muted"] == ["task.commented"]
    assert "Europe/Berlin" in (await run("clara", "preferences")).out
    refused = await run("clara", "preferences", "--set", "zone=Atlantis")
    assert (refused.code, "zone" in refused.err) == (1, True)
    (tmp_path / "wants.json").write_text('{"language": "de"}', encoding="utf-8")
    anew = await run("clara", "preferences", "--file", str(tmp_path / "wants.json"), "--json")
    assert (anew.json["language"], anew.json["zone"]) == ("de", "UTC")
    told = (await run("clara", "test", "--json")).json["id"]
    assert "Test: Benachrichtigungen erreichen Sie" in (await run("clara", "list", "--unread")).out
    assert "Sie haben diesen Test angefordert, Clara." in (await run("clara", "read", told)).out
    assert (await run("clara", "list", "--unread", "--json")).json == {"notices": []}
    assert (await run("clara", "digest", "--json")).json == {"notices": 1}
    assert (await run("dora", "read", told)).code == 1


@pytest.mark.parametrize("arguments", [("--set", "zone"), ("--file", "gone.json")])
async def test_what_cannot_be_asked_ends_with_2(run: RunAs, arguments: tuple[str, ...]) -> None:
    assert (await run("clara", "preferences", *arguments)).code == 2


async def test_who_may_sets_the_tenants_own_words(run: RunAs, tmp_path: Path) -> None:
    body = tmp_path / "body.txt"
    body.write_text("${task} ${link}", encoding="utf-8")
    named = ("set-text", "task.assigned", "--language", "en", "--reason", "ours")
    written = await run("sven", *named, "--title", "For you: ${task}", "--body", str(body), "--json")
    assert (written.json["origin"], written.json["version"]) == ("own", 1)
    assert "For you: ${task}" in (await run("sven", "texts")).out
    assert (await run("sven", *named, "--title", "costs $5", "--body", str(body))).code == 1
    assert (await run("sven", *named, "--json")).json["version"] == 2
    assert (await run("clara", "texts")).code == 1
