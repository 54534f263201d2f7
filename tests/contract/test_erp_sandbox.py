"""The Tryton sandbox: prepared once, cloned in no time, gone without a trace."""

from __future__ import annotations

import uuid
from pathlib import Path

import psycopg
import pytest

from graphs.store.embedded import EmbeddedPostgres
from tools.erp.sandbox import TEMPLATE, SandboxFailed, TrytonSandbox

pytestmark = pytest.mark.tryton


def databases(server: EmbeddedPostgres) -> set[str]:
    """The names of all databases."""
    with psycopg.connect(server.url()) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def test_preparing_again_does_nothing(sandbox: TrytonSandbox) -> None:
    steps: list[str] = []
    sandbox.prepare(lambda step, _share: steps.append(step))
    assert steps == ["ready"]


def test_a_stopped_and_dropped_clone_leaves_nothing_behind(
    sandbox: TrytonSandbox, sandbox_server: EmbeddedPostgres
) -> None:
    database = f"test_tryton_{uuid.uuid4().hex[:12]}"
    running = sandbox.start(database)
    assert database in databases(sandbox_server)
    running.stop()
    sandbox.drop(database)
    assert not Path(f"/proc/{running.pid}").exists()
    assert database not in databases(sandbox_server)
    assert list((sandbox.folder / "run").glob(f"{database}*")) == []


def test_a_server_left_by_a_killed_process_is_replaced(sandbox: TrytonSandbox) -> None:
    database = f"test_tryton_{uuid.uuid4().hex[:12]}"
    orphan = sandbox.start(database)
    successor = sandbox.start(database)
    orphan.process.wait(10)
    successor.stop()
    sandbox.drop(database)
    assert orphan.pid != successor.pid


def test_the_password_is_only_for_the_owner(sandbox: TrytonSandbox) -> None:
    files = list(sandbox.folder.glob("*.password"))
    assert len(files) == 3
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_no_credential_stands_in_a_configuration_file(sandbox: TrytonSandbox) -> None:
    secret = (sandbox.folder / "interlock.password").read_text().strip()
    texts = [path.read_text(errors="replace") for path in sandbox.folder.rglob("*.conf") if "venv" not in path.parts]
    assert texts
    assert not [text for text in texts if secret in text or "postgresql://postgres" in text]


def test_the_template_is_not_dropped_as_if_it_were_a_clone(sandbox: TrytonSandbox) -> None:
    with pytest.raises(ValueError, match="template"):
        sandbox.drop(TEMPLATE)


def test_starting_without_a_template_says_what_to_do(tmp_path: Path, sandbox_server: EmbeddedPostgres) -> None:
    unprepared = TrytonSandbox(tmp_path, sandbox_server.url(), template=f"missing_{uuid.uuid4().hex[:8]}")
    with pytest.raises(SandboxFailed, match="make install"):
        unprepared.start(f"test_tryton_{uuid.uuid4().hex[:12]}")
