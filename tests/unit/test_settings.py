"""Settings: every variable, its bounds, and errors that name it."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from api.data_folder import DataFolder
from api.errors import DataFolderUnusable, DiskFull, PortTaken, SandboxInUse, SettingsInvalid
from api.listener import bind, url_of
from api.settings import Settings, load_settings, variable

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine reaches the tests."""
    for name in [name for name in os.environ if name.startswith("INTERLOCK_")]:
        monkeypatch.delenv(name)


def test_everything_has_a_default_that_works_on_a_laptop() -> None:
    settings = load_settings()
    assert settings.data_dir == Path(".interlock")
    assert settings.database_url is None
    assert (settings.host, settings.port, settings.url) == ("127.0.0.1", 8400, "http://127.0.0.1:8400")
    assert (settings.erp, settings.tenant, settings.worker_concurrency) == ("sandbox", "main", 16)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("port", "0", "-1"),
        ("port", "65535", "65536"),
        ("checkpoint_seconds", "1", "0.9"),
        ("checkpoint_seconds", "86400", "86401"),
        ("checkpoint_entries", "1", "0"),
        ("port", "8400", "eighty"),
        ("workers", "1", "0"),
        ("worker_concurrency", "1", "0"),
        ("worker_concurrency", "256", "257"),
        ("tool_time_limit_seconds", "0.1", "0"),
        ("tool_time_limit_seconds", "600", "601"),
        ("erp", "memory", "sap"),
        ("log_level", "debug", "loud"),
        ("tenant", "main_2", "Main"),
        ("tenant", "a", "../a"),
        ("url", "https://interlock.example", "interlock.example"),
        ("database_url", "postgresql://db/interlock", "sqlite:///x"),
        ("checkpoint_key", "ab" * 32, "ab" * 31),
        ("checkpoint_key", "00" * 32, "xy" * 32),
    ],
)
def test_a_bad_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, good: str, bad: str) -> None:
    monkeypatch.setenv(variable(name), good)
    load_settings()
    monkeypatch.setenv(variable(name), bad)
    with pytest.raises(SettingsInvalid, match=variable(name)):
        load_settings()


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_PORT", "")
    assert load_settings().port == 8400


def test_a_tryton_of_yours_needs_its_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_ERP", "tryton")
    monkeypatch.setenv("INTERLOCK_ERP_URL", "http://tryton.example")
    with pytest.raises(SettingsInvalid, match="INTERLOCK_ERP_DATABASE, INTERLOCK_ERP_USER, INTERLOCK_ERP_PASSWORD"):
        load_settings()


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_API_KEY", "il_hush")
    monkeypatch.setenv("INTERLOCK_ERP_PASSWORD", "hush too")
    monkeypatch.setenv("INTERLOCK_DATABASE_URL", "postgresql://u:hush@db/x")
    assert "hush" not in repr(load_settings())
    monkeypatch.setenv("INTERLOCK_DATABASE_URL", "mysql://u:hush@db/x")
    with pytest.raises(SettingsInvalid) as refused:
        load_settings()
    assert "hush" not in str(refused.value)


def test_the_data_folder_is_made(tmp_path: Path) -> None:
    folder = DataFolder.prepared(tmp_path / "new" / "folder")
    assert folder.path.is_dir()
    assert list(folder.path.iterdir()) == []


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataFolderUnusable, match="INTERLOCK_DATA_DIR"):
        DataFolder.prepared(tmp_path / "file" / "folder")


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    more_than_any_disk = shutil.disk_usage(tmp_path).total + 1
    with pytest.raises(DiskFull, match="make room"):
        DataFolder.prepared(tmp_path, minimum_free_bytes=more_than_any_disk)


def test_a_key_is_written_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    folder = DataFolder.prepared(tmp_path)
    key = folder.read_or_make_key("clara")
    assert folder.read_or_make_key("clara") == key
    assert folder.key_file("clara").stat().st_mode & 0o777 == 0o600
    assert folder.keys.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in folder.keys.iterdir()] == ["clara"]


def test_the_signing_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    folder = DataFolder.prepared(tmp_path)
    key = folder.read_or_make_signing_key(lambda: "first")
    assert (key, folder.read_or_make_signing_key(lambda: "second")) == (b"first", b"first")
    assert folder.signing_key.stat().st_mode & 0o777 == 0o600


def test_a_sandbox_has_one_owner(tmp_path: Path) -> None:
    folder = DataFolder.prepared(tmp_path)
    with folder.sandbox_lock(), pytest.raises(SandboxInUse), folder.sandbox_lock():
        pass
    with folder.sandbox_lock():
        pass


def test_a_taken_port_says_which_variable_to_set() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert url_of(taken) == f"http://127.0.0.1:{port}"
        with pytest.raises(PortTaken, match=f"port {port} is taken .*: set INTERLOCK_PORT"):
            bind("127.0.0.1", port)


def test_a_port_is_free_again_after_it_was_used() -> None:
    with bind("127.0.0.1", 0) as listener:
        address = listener.getsockname()
        with socket.create_connection(address):
            pass
    bind(*address).close()


def test_every_setting_is_in_the_reference() -> None:
    text = (REFERENCE / "settings.md").read_text()
    assert [name for name in Settings.model_fields if f"`{variable(name)}`" not in text] == []
