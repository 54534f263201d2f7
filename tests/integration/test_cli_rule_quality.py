"""`interlock policies`: rules are linted and mutated here; a case is explained through its server."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from api.cli import main
from policies.packaged import pack_names
from tests.support.command import Ended, Run
from tests.support.served import Served, served
from tools.clock import utc_now
from tools.testing.invoices.samples import make_samples

SAMPLES = {sample.file_name: sample for sample in make_samples(11, utc_now().date())}
FACTS = {
    "invoice.total": 510000,
    "invoice.currency": "EUR",
    "invoice.kind": "invoice",
    "payee.source": "system_of_record",
    "amount.source": "matched_to_order",
    "supplier.found": True,
    "supplier.blocked": False,
}
PACK = {
    "pack": "small",
    "version": "1",
    "fields": {"a.count": {"type": "int", "description": "How many"}},
    "rules": [
        {
            "id": "R-01",
            "at": ["check"],
            "title": "Too many",
            "severity": "review",
            "when": "a.count > 3",
            "message": "{a.count} are too many.",
            "source": {"regulation": "Law", "clause": "1"},
            "examples": [
                {"expect": "fires", "verdict": "review", "given": {"a.count": 4}},
                {"expect": "passes", "given": {"a.count": 1}},
            ],
        }
    ],
}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command of `interlock policies`, or of another group, with INTERLOCK_ variables."""
    for name in [name for name in os.environ if name.startswith("INTERLOCK_")]:
        monkeypatch.delenv(name)

    def command(*arguments: str, group: str = "policies", **variables: str) -> Ended:
        for name, value in variables.items():
            monkeypatch.setenv(f"INTERLOCK_{name.upper()}", value)
        monkeypatch.setattr(sys, "argv", ["interlock", group, *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Ended(code=int(ended.value.code or 0), out=printed.out, err=printed.err)

    return command


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all commands."""
    with served(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A pack with one rule, whose table does not show the edge."""
    file = tmp_path / "small.yaml"
    file.write_text(yaml.safe_dump(PACK))
    return file


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    """A question to the rules of procure-to-pay."""
    file = tmp_path / "facts.yaml"
    file.write_text(yaml.safe_dump({"pack": "procure_to_pay", "point": "draft", "on": "2026-11-22", "facts": FACTS}))
    return file


def test_the_packaged_packs_are_linted(run: Run) -> None:
    linted = run("lint", "--json")
    assert (linted.code, linted.json["errors"], linted.json["warnings"]) == (0, 0, 0)
    assert [pack["pack"] for pack in linted.json["packs"]] == list(pack_names())
    assert "errors" in run("lint", "procure_to_pay").out


def test_an_error_of_a_pack_ends_lint_with_1(run: Run, small: Path) -> None:
    clean = run("lint", str(small))
    small.write_text(small.read_text().replace("a.count > 3", "a.count > 3 and a.count < 4"))
    broken = run("lint", str(small))
    assert (clean.code, broken.code) == (0, 1)
    assert "it never fires, whatever the facts are" in broken.out


def test_recorded_facts_show_rules_that_never_fired(run: Run, small: Path, tmp_path: Path) -> None:
    records = tmp_path / "records.jsonl"
    lines = [{"point": "check", "facts": {"a.count": number}, "judged_on": "2026-11-22"} for number in (1, 2)]
    records.write_text("\n".join(map(json.dumps, lines)))
    found = run("lint", str(small), "--records", str(records), "--json").json["packs"][0]["findings"]
    assert [(f["code"], f["rules"], f["why"]) for f in found] == [
        ("never_fired", ["R-01"], "it did not fire in 2 judgements in which it was decided")
    ]


def test_the_packaged_packs_notice_95_of_100_mistakes(run: Run) -> None:
    mutated = run("mutate", "--json")
    assert mutated.code == 0
    assert mutated.json["score"] >= 95
    assert mutated.json["mutants"] > 400
    assert len(mutated.json["survivors"]) == mutated.json["mutants"] - mutated.json["killed"]


def test_a_table_with_a_hole_ends_mutate_with_1_and_says_what_is_missing(run: Run, small: Path) -> None:
    table, data = run("mutate", str(small)), run("mutate", str(small), "--json").json
    assert (table.code, run("mutate", str(small), "--minimum", "60").code) == (1, 0)
    assert "a.count: 3" in table.out
    assert data["score"] < 95
    survivor = data["survivors"][0]
    assert survivor["mutation"] == "when: `a.count > 3` became `a.count >= 3`"
    assert (survivor["facts"], survivor["rule_does"], survivor["mutant_does"]) == ({"a.count": 3}, "passes", "fires")


def test_facts_in_a_file_are_explained(run: Run, facts: Path) -> None:
    told, data = run("explain", str(facts)), run("explain", str(facts), "--json").json
    (fired,) = [rule for rule in data["rules"] if rule["standing"] == "fired"]
    assert told.code == 0
    assert "(invoice.total) ≤ 5000.00 EUR" in told.out
    assert "P2P-SUP-02" not in told.out
    assert "P2P-SUP-02" in run("explain", str(facts), "--all").out
    assert fired["remedies"] == [
        {
            "changes": [{"field": "invoice.total", "sign": "at_most", "values": [500000], "sample": 500000}],
            "verdict": "allow",
        }
    ]


def test_a_question_that_cannot_be_asked_says_why(run: Run, facts: Path, tmp_path: Path) -> None:
    elsewhere = run("explain", str(facts), "--point", "match")
    text = facts.read_text()
    facts.write_text(text.replace("510000", "5100.5"))
    fraction = run("explain", str(facts))
    facts.write_text(text.replace("pack: procure_to_pay\n", ""))
    nameless = run("explain", str(facts))
    facts.write_text(text.replace("invoice.total", "invoice.totl"))
    unknown = run("explain", str(facts))
    facts.write_text(text + "paramters: {}\n")
    mistyped = run("explain", str(facts))
    empty = tmp_path / "empty.json"
    empty.write_text("[]")
    assert (elsewhere.code, "there are draft" in elsewhere.err) == (1, True)
    assert (fraction.code, "invoice.total" in fraction.err) == (2, True)
    assert (nameless.code, "--pack" in nameless.err) == (2, True)
    assert (unknown.code, "the pack knows no such field" in unknown.out) == (1, True)
    assert (mistyped.code, "paramters" in mistyped.err) == (2, True)
    assert (run("explain", str(empty)).code, run("lint", "nothing").code) == (2, 2)


def test_a_case_is_explained_by_its_recorded_verdict(run: Run, server: Served, tmp_path: Path) -> None:
    sample = SAMPLES["price_variance.pdf"]
    document = tmp_path / sample.file_name
    document.write_bytes(sample.content)
    start = ("start", "procure_to_pay", "--document", str(document), "--channel", sample.channel)
    intake, dario = ({"url": server.url, "api_key": server.key(login)} for login in ("intake", "dario"))
    case = run(*start, "--sender", sample.sender, "--wait", group="case", **intake).json["id"]
    told = run("explain", case, **dario)
    data = run("explain", case, "--json", **dario).json
    at_validate = run("explain", case, "--point", "validate", "--json", **dario).json
    refused = run("explain", case, url=server.url, api_key=server.key("mara"))
    fired = {rule["rule"]: rule for rule in data["rules"] if rule["standing"] == "fired"}
    assert (told.code, "would pass if" in told.out) == (0, True)
    assert (data["point"], data["same_rules"], data["recorded"]["kind"]) == ("match", True, "review")
    assert data["verdict"]["kind"] == "review"
    assert "match.price_excess_bps" in json.dumps(fired["P2P-MAT-02"]["remedies"])
    assert at_validate["verdict"]["kind"] == "allow"
    assert (refused.code, "audit.read" in refused.err) == (1, True)
