"""`interlock process prove`: what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.cli.command import application
from api.rehearsals import DefinitionNotFound
from graphs.processes.released import process_definitions
from graphs.proof.claims import Claim
from tests.conftest import ROOT


def prove(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        application()(["process", "prove", *arguments], standalone_mode=True)
    return int(ended.value.code or 0)


def proof_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = prove(*arguments, "--json")
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def violated(proof: dict[str, Any]) -> dict[str, list[list[str]]]:
    return {
        claim["claim"]: [violation["path"] for violation in claim["violations"]]
        for claim in proof["processes"][0]["claims"]
        if not claim["proven"]
    }


def test_every_registered_process_is_proven(capsys: pytest.CaptureFixture[str]) -> None:
    code, proof = proof_of(capsys)
    assert (code, proof["proven"]) == (0, True)
    registered = {definition.reference: definition.digest for definition in process_definitions()}
    assert {one["process"]: one["digest"] for one in proof["processes"]} == registered
    assert [claim["claim"] for claim in proof["processes"][0]["claims"]] == [claim.value for claim in Claim]


@pytest.mark.parametrize(
    "wanted", ["procure_to_pay@1", "tests.support.saga:saga_definition", "docs.examples.petty_cash:petty_cash"]
)
def test_one_process_is_proven_by_its_name_or_its_place(capsys: pytest.CaptureFixture[str], wanted: str) -> None:
    code, proof = proof_of(capsys, wanted)
    assert (code, proof["proven"], len(proof["processes"])) == (0, True, 1)
    assert violated(proof) == {}


def test_a_refused_definition_shows_the_path(capsys: pytest.CaptureFixture[str]) -> None:
    code, proof = proof_of(capsys, "tests.support.unproven:past_its_proposal")
    assert (code, proof["proven"]) == (1, False)
    assert proof["processes"][0]["refused"] == "effect 'write' must be entered from its propose step only: " + (
        "['check', 'propose']"
    )
    assert violated(proof) == {"proposed": [["look_up", "check", "write"]]}


def test_a_definition_that_is_refused_for_something_else_is_not_proven_either(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, proof = proof_of(capsys, "tests.support.unproven:late_without_time")
    assert (code, proof["proven"], violated(proof)) == (1, False, {})
    assert "needs both `within` and `late`" in proof["processes"][0]["refused"]


def test_a_definition_that_was_accepted_may_still_be_unproven(capsys: pytest.CaptureFixture[str]) -> None:
    code, proof = proof_of(capsys, "tests.support.unproven:for_nobody")
    assert (code, proof["processes"][0]["refused"]) == (1, None)
    assert violated(proof) == {"ends": [["look_up", "check", "propose", "approve"]]}


def test_a_step_graph_is_looked_at_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    code, proof = proof_of(capsys, "tests.support.unproven:skipped_into_its_effect")
    assert code == 1
    assert violated(proof) == {"orders": [["look_up", "check", "propose", "approve", "write"]]}


def test_people_read_the_claims_the_loops_and_the_path(capsys: pytest.CaptureFixture[str]) -> None:
    assert prove("tests.support.unproven:past_its_proposal") == 1
    told = capsys.readouterr().out
    assert "Graph proof of toy@1" in told
    assert "12 visits of each step" in told
    assert "proposed (definition): effect 'write' is reached round its proposal 'propose'" in told
    assert "\n  look_up → check → write\n" in told
    assert "NO: 1" in told


def test_the_documentation_shows_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "how-to" / "define-a-process.md").read_text()
    assert prove("tests.support.unproven:petty_cash_past_its_proposal") == 1
    shown = [line for line in capsys.readouterr().out.splitlines() if "round its proposal" in line or " → pay" in line]
    assert "\n".join(("```", *shown[-2:], "```")) in page


def test_the_documentation_says_each_claim_as_it_is() -> None:
    page = (ROOT / "docs" / "how-to" / "define-a-process.md").read_text()
    assert [claim for claim in Claim if f"\n| `{claim.value}` | " not in page] == []


def test_it_is_part_of_make_check() -> None:
    assert "\n\t$(BIN)/interlock process prove\n" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ("unheard_of@1", "unheard_of@1 is not registered (known: procure_to_pay@1, "),
        ("tests.support.unproven:NUMBER", "is neither a process definition nor a step graph"),
        ("tests.support.unproven:nothing", "cannot be imported: module"),
        ("tests.support.unproven:for_a_case", "missing a required argument: 'number'"),
        ("no.such.module:definition", "cannot be imported: No module named"),
        (":definition", "cannot be imported: Empty module name"),
    ],
)
def test_what_is_no_process_is_said(wanted: str, why: str) -> None:
    with pytest.raises(DefinitionNotFound) as raised:
        application()(["process", "prove", wanted], standalone_mode=False)
    assert why in str(raised.value)


@pytest.mark.parametrize(("wanted", "code"), [("procure_to_pay@1", 0), ("unheard_of@1", 2)])
def test_it_needs_no_server_no_database_and_no_folder(tmp_path: Path, wanted: str, code: int) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "from api.cli import main; main()", "process", "prove", wanted],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert list(tmp_path.iterdir()) == []
