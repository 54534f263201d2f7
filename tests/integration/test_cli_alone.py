"""The command line where no server is asked: what it says, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import Run, commands
from tests.support.sample_files import written


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `interlock` with arguments and INTERLOCK_ variables."""
    return commands(monkeypatch, capsys, tmp_path)


def test_without_a_key_it_says_where_keys_lie(run: Run) -> None:
    ended = run("case", "list")
    assert (ended.code, ".interlock/keys" in ended.err) == (2, True)


def test_without_a_server_it_says_how_to_start_one(run: Run) -> None:
    ended = run("case", "list", api_key="a", url="http://127.0.0.1:1")
    assert (ended.code, "interlock serve" in ended.err, ended.out) == (2, True, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("case", "start", "procure_to_pay"),
        ("case", "start", "procure_to_pay", "--document", "absent.pdf"),
        ("task", "correct", "x", "--set", "total"),
        ("task", "correct", "x", "--set", "total=1", "--set", "total=2"),
        ("evals", "run", "nothing", "--data", "."),
        ("evals", "run", "documents", "--data", "absent"),
        ("evals", "run", "guardrails", "--data", "."),
        ("case", "fly"),
    ],
)
def test_a_command_that_cannot_be_asked_ends_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    ended = run(*arguments, api_key="a", url="http://127.0.0.1:1")
    assert ended.code == 2
    assert ended.out == ""


def test_documents_are_read_without_a_server_a_line_each(run: Run, tmp_path: Path) -> None:
    invoice = written(tmp_path, "clean_ubl.xml")
    bomb = tmp_path / "bomb.xml"
    bomb.write_text('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    ended = run("documents", "read", invoice, str(bomb), "--json")
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.code == 0
    assert [line["file"] for line in lines] == [invoice, str(bomb)]
    assert lines[0]["error"] is None
    assert set(lines[0]["fields"]["total"]) == {"value", "confidence", "page", "box", "source"}
    assert lines[1]["error"]["code"] == "doctype_refused"


def test_a_file_that_cannot_be_opened_is_named_and_ends_with_1(run: Run) -> None:
    ended = run("documents", "read", "absent.pdf", "--json")
    assert (ended.code, ended.json["error"]["code"]) == (1, "file_unreadable")


def test_a_definition_that_is_none_is_refused_by_name(run: Run) -> None:
    absent = run("process", "check", "no.such:definition")
    other = run("process", "check", "tests.support.versions:TABLES")
    assert (absent.code, "no.such" in absent.err) == (2, True)
    assert (other.code, "no process definition" in other.err) == (2, True)
