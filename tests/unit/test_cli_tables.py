"""`interlock policies`, as far as it works on files: tables as CSV, DMN files, the schema."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from policies.boundary_table import failures
from policies.judgement import RuleBook
from policies.pack_file import read_pack
from policies.pack_schema import pack_schema

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "authority.yaml"
DMN = ROOT / "docs" / "examples" / "credit_check.dmn"
FACTS = ROOT / "docs" / "examples" / "credit_check.csv"
SCHEMA = ROOT / "docs" / "reference" / "rule-pack.schema.json"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["interlock", "policies", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return command


@pytest.fixture
def pack_file(tmp_path: Path) -> Path:
    path = tmp_path / "authority.yaml"
    path.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def test_the_schema_in_the_docs_is_the_one_that_is_printed(run: Any) -> None:
    code, out, _ = run("schema")
    assert (code, json.loads(out)) == (0, pack_schema())
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == pack_schema(), "interlock policies schema > " + str(SCHEMA)


def test_the_pack_in_the_docs_does_what_its_boundary_tables_say() -> None:
    assert list(failures(RuleBook(read_pack(EXAMPLE.read_text(encoding="utf-8"), name="authority")))) == []


def test_tables_are_listed(run: Any) -> None:
    code, out, _ = run("tables", str(EXAMPLE), "--json")
    assert code == 0
    assert [table["name"] for table in json.loads(out)["tables"]] == ["authority"]
    assert "authority" in run("tables", str(EXAMPLE))[1]


def test_a_table_goes_to_a_spreadsheet_and_back(run: Any, pack_file: Path, tmp_path: Path) -> None:
    rows = tmp_path / "authority.csv"
    assert run("export-table", str(pack_file), "authority", "--out", str(rows))[0] == 0
    before = pack_file.read_text(encoding="utf-8")
    assert run("import-table", str(pack_file), "authority", str(rows))[0] == 0
    assert read_pack(pack_file.read_text(encoding="utf-8"), name="p") == read_pack(before, name="p")


def test_rows_that_break_a_boundary_table_are_not_written(run: Any, pack_file: Path, tmp_path: Path) -> None:
    rows = tmp_path / "authority.csv"
    text = run("export-table", str(pack_file), "authority")[1]
    rows.write_text(text.replace("1000000", "1000001"), encoding="utf-8")
    before = pack_file.read_text(encoding="utf-8")
    code, _, err = run("import-table", str(pack_file), "authority", str(rows))
    assert (code, "AUT-01: example" in err, "nothing was written" in err) == (1, True, True)
    assert pack_file.read_text(encoding="utf-8") == before


def test_a_dry_run_writes_nothing(run: Any, pack_file: Path, tmp_path: Path) -> None:
    rows = tmp_path / "authority.csv"
    text = run("export-table", str(pack_file), "authority")[1]
    rows.write_text(text.replace("Level 1", "First level"), encoding="utf-8")
    before = pack_file.read_text(encoding="utf-8")
    assert run("import-table", str(pack_file), "authority", str(rows), "--dry-run")[0] == 0
    assert pack_file.read_text(encoding="utf-8") == before
    assert run("import-table", str(pack_file), "authority", str(rows))[0] == 0
    assert "First level" in pack_file.read_text(encoding="utf-8")


def test_a_dmn_file_becomes_a_pack_that_reads(run: Any, tmp_path: Path) -> None:
    out = tmp_path / "credit.yaml"
    arguments = ("--examples", str(FACTS), "--regulation", "Credit policy", "--clause", "4.2", "--out", str(out))
    code, _, err = run("import-dmn", str(DMN), *arguments)
    assert (code, err) == (0, "")
    pack = read_pack(out.read_text(encoding="utf-8"), name="credit")
    assert [rule.id for rule in pack.rules] == ["CREDIT-CHECK-BLOCK", "CREDIT-CHECK-REVIEW"]


def test_without_examples_it_becomes_a_table_to_put_into_a_pack(run: Any) -> None:
    code, out, _ = run("import-dmn", str(DMN))
    assert (code, "tables:\n  credit_check:" in out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("tables", "nowhere.yaml"), 2, "cannot be read"),
        (("export-table", str(EXAMPLE), "prices"), 1, "no table 'prices'"),
        (("import-dmn", str(EXAMPLE)), 1, "is not XML"),
        (("import-dmn", str(DMN), "--decision", "Other"), 2, "--decision, one of 'Credit Check'"),
        (("import-dmn", str(DMN), "--examples", str(FACTS)), 2, "--regulation"),
        (("tables", str(FACTS)), 1, "should be a valid dictionary"),
    ],
)
def test_what_is_wrong_is_said(run: Any, arguments: tuple[str, ...], code: int, why: str) -> None:
    ended, _, err = run(*arguments)
    assert (ended, why in err.replace("\n", " ")) == (code, True), err
