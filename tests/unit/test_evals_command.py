"""`interlock evals`: lists, runs, compares, and writes what others read; the exit code is the gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import parse

import pytest
from typer.testing import CliRunner
from typer.testing import Result as Told

from api.cli.command import application
from api.cli.failure import CommandFailed, ExitCode
from evals.comparison import committed
from evals.result import GateResult, Result
from evals.rules import run_rules
from evals.run import Outputs, RunRefused, as_json, as_text, run_suites
from evals.suites import SUITES, Finished, Registered, Request
from policies.packaged import rule_book


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own."""
    monkeypatch.setenv("INTERLOCK_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


def evals(*arguments: str | Path) -> Told:
    return CliRunner().invoke(application(), ["evals", *map(str, arguments)])


def test_every_suite_is_listed_with_what_it_asks() -> None:
    listed: list[dict[str, Any]] = json.loads(evals("list", "--json").stdout)
    assert {one["name"] for one in listed} == SUITES.keys()
    assert all(one["about"] for one in listed)


@pytest.mark.parametrize("suite", ["chat", pytest.param("rules", marks=pytest.mark.chaos)])
def test_a_run_is_held_against_the_committed_baseline_and_written_for_ci(folder: Path, suite: str) -> None:
    out = folder / "out"
    told = evals(
        "run",
        suite,
        "--against",
        "baseline",
        "--junit",
        out / "r.xml",
        "--html",
        folder / "out" / "r.html",
    )
    assert told.exit_code == 0, told.stdout
    assert "against the baseline" in told.stdout
    assert parse(out / "r.xml").getroot()[0].get("failures") == "0"
    assert "<h2" in (out / "r.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "poetry"), "no suite 'poetry' (known:"),
        (("run", "rules", "--data", "."), "leave --data out"),
        (("run", "guardrails", "--data", "."), "leave --data out"),
        (("run", "all", "--data", "."), "name the suite instead of `all`"),
        (("run", "all", "--against", "other.json"), "name the suite instead of `all`"),
        (("run", "documents", "--data", "/nowhere"), "index.json"),
    ],
)
def test_what_cannot_be_run_says_why_and_what_to_do(folder: Path, arguments: tuple[str, ...], told: str) -> None:
    refused = evals(*arguments).exception
    assert isinstance(refused, CommandFailed)
    assert (told in refused.message, refused.code) == (True, ExitCode.NOT_ASKED)


def test_a_rule_that_breaks_its_table_fails_the_run() -> None:
    book = rule_book("portal_invoices")
    rule = book.pack.rules[0]
    turned = rule.examples[0].model_copy(update={"expect": rule.examples[-1].expect})
    changed = rule.model_copy(update={"examples": (turned, *rule.examples[1:])})
    pack = book.pack.model_copy(update={"rules": (changed, *book.pack.rules[1:])})
    result = run_rules([type(book)(pack)])
    assert (rule.examples[0].expect is not turned.expect, result.passed) == (True, False)
    assert rule.id in result.failing[0].name


def test_a_run_without_a_baseline_to_hold_against_is_refused(folder: Path) -> None:
    refused = evals("run", "rules", "--against", folder / "none.json").exception
    assert isinstance(refused, CommandFailed)
    assert "--update-baseline" in refused.message


def test_a_run_that_fails_is_reported_and_makes_no_baseline(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = GateResult(name="own", reached="1", demanded="0", passed=False)
    result = Result(suite="rules", dataset="d", cases=(), gates=(failed,))
    registered = Registered(name="rules", about="", run=lambda _: Finished(result=result, report=result))
    monkeypatch.setattr("evals.run.SUITES", {"rules": registered})
    outputs = Outputs(against=None, update=True, junit=folder / "r.xml")
    before = committed("rules").read_text()
    (finished,) = run_suites("all", Request(folder=folder), outputs)
    assert "no baseline was made" in as_text(finished)
    assert "does not pass" in json.loads(as_json(finished))["notes"][0]
    assert parse(folder / "r.xml").getroot()[0].get("failures") == "1"
    assert committed("rules").read_text() == before


def test_a_page_that_cannot_be_written_is_named(folder: Path) -> None:
    (folder / "file").write_text("")
    request = Request(folder=folder)
    with pytest.raises(RunRefused, match="cannot be written"):
        list(run_suites("rules", request, Outputs(html=folder / "file" / "page.html")))
