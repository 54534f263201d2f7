"""`interlock connectors`: in plain words, with exit codes, and without a server."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from api.cli import main
from tests.support.command import Ended, Run
from tests.support.plugin_kind import install

ONE = "connectors: {hall: {kind: greeter, settings: {greeting: %s}}}"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `interlock connectors` in a folder with a distribution and a configuration."""
    for name in [name for name in os.environ if name.startswith("INTERLOCK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, "greeting-tools", "greeting_of_cli", {"greeter": "greeting_of_cli:GREETER"})

    def command(*arguments: str, configuration: str = "") -> Ended:
        if configuration:
            (tmp_path / "connectors.yaml").write_text(configuration)
            monkeypatch.setenv("INTERLOCK_CONNECTORS", "connectors.yaml")
        monkeypatch.setattr(sys, "argv", ["interlock", "connectors", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Ended(code=int(ended.value.code or 0), out=printed.out, err=printed.err)

    return command


def test_a_connector_that_is_well_passes_the_check(run: Run) -> None:
    ended = run("check", "--json", configuration=ONE % "hello")
    assert (ended.code, ended.json["connectors"][0]["standing"]) == (0, "ok")


def test_a_connector_that_is_down_is_told_with_what_to_do(run: Run) -> None:
    ended = run("check", configuration=ONE % "silence")
    assert ended.code == 1
    assert "nobody greets back" in ended.out
    assert "say it louder" in ended.out


def test_a_hanging_check_ends_when_it_is_said(run: Run) -> None:
    ended = run("check", "--within-seconds", "0.2", "--json", configuration=ONE % "hang")
    assert (ended.code, "0.2 s" in ended.json["connectors"][0]["problem"]) == (1, True)


def test_without_a_configuration_there_is_nothing_to_check(run: Run) -> None:
    ended = run("check")
    assert (ended.code, "INTERLOCK_CONNECTORS is not set" in ended.err) == (2, True)


def test_the_model_is_checked_beside_the_connectors(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("INTERLOCK_LLM_MODEL", "m")
    ended = run("check", "--json", configuration=ONE % "hello")
    assert (ended.code, ended.json["connectors"][0]["standing"], ended.json["model"]["standing"]) == (1, "ok", "down")
    assert "cannot be reached" in ended.json["model"]["problem"]


def test_a_cassette_needs_no_endpoint_and_is_always_well(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cassette.json").write_text('{"origin": "scripted", "model": "m"}')
    monkeypatch.setenv("INTERLOCK_LLM_CASSETTE", "cassette.json")
    ended = run("check", "--json")
    assert (ended.code, ended.json["model"]["details"]["answers"]) == (0, "from a cassette (scripted)")


def test_a_model_that_is_not_configured_is_shown_as_such_and_is_no_failure(run: Run) -> None:
    ended = run("check", configuration=ONE % "hello")
    assert ended.code == 0
    assert "(model)" in ended.out
    assert "unset" in ended.out


def test_a_configuration_that_cannot_be_used_is_told_by_field(run: Run) -> None:
    ended = run("list", configuration="connectors: {hall: {kind: greeter, settings: {key: s3cr3t}}}")
    assert ended.code == 2
    assert "connectors.yaml: connector 'hall': settings.key: write env:" in ended.err
    assert "s3cr3t" not in ended.err


def test_connectors_and_kinds_are_listed_with_their_problems(run: Run, tmp_path: Path) -> None:
    install(tmp_path, "mute-tools", "mute_of_cli", {"mute": "mute_of_cli:MUTE"}, code="raise RuntimeError('mute')")
    ended = run("list", "--json", configuration=f"{(ONE % 'hello')[:-1]}, attic: {{kind: mute}}}}")
    connectors = {one["name"]: one for one in ended.json["connectors"]}
    kinds = {one["kind"]: one for one in ended.json["kinds"]}
    assert ended.code == 0
    assert (connectors["hall"]["tools"], connectors["attic"]["tools"]) == (["greeter.greet"], [])
    assert "RuntimeError: mute" in connectors["attic"]["problem"]
    assert (kinds["greeter"]["from"], kinds["greeter"]["problem"]) == ("greeting-tools 1.2", "")


def test_the_schema_names_the_settings_of_every_kind(run: Run) -> None:
    found = json.loads(run("schema").out)
    kinds = found["$defs"]["ConnectorEntry"]["properties"]["kind"]["enum"]
    assert {"greeter", "rest", "jobs"} <= set(kinds)
    assert "greeting" in found["$defs"]["Settings"]["properties"]
