"""`interlock documents read`: every file gets an answer, and the exit code says whether every file could be asked."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli.command import application

INVOICE = (
    b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>4711</ID>'
    b"<IssueDate>2026-04-03</IssueDate></Invoice>"
)
Read = Callable[..., Result]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    """Runs the command; a scanner that answers at once stands in where the test names one."""
    monkeypatch.delenv("INTERLOCK_VIRUS_SCAN", raising=False)

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(application(), ["documents", "read", *map(str, arguments)])

    return run


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_folder_with_an_archive_and_what_is_no_document_is_answered_line_by_line(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(INVOICE)
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "notes.txt").write_bytes(b"notes")
    (tmp_path / ".hidden.xml").write_bytes(INVOICE)
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("inner/one.xml", INVOICE)
        archive.writestr("two.bin", b"\0")
    result = read("--json", tmp_path)
    told = {Path(line["file"]).relative_to(tmp_path).as_posix(): line for line in lines(result)}
    assert result.exit_code == 0
    assert list(told) == ["a.xml", "below/notes.txt", "c.zip/inner/one.xml", "c.zip/two.bin"]
    assert told["a.xml"]["fields"]["invoice_number"]["value"] == "4711"
    assert told["c.zip/inner/one.xml"]["kind"] == "xml_ubl"
    assert [finding["code"] for finding in told["a.xml"]["findings"]] == ["schema_invalid"]
    for refused in ("below/notes.txt", "c.zip/two.bin"):
        assert told[refused]["error"]["code"] == "unsupported_type"


def test_an_archive_that_is_refused_is_one_line(read: Read, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../a.xml", INVOICE)
    result = read("--json", tmp_path / "a.zip")
    assert result.exit_code == 0
    assert [line["error"]["code"] for line in lines(result)] == ["unsafe_member_name"]


def test_a_file_that_cannot_be_opened_is_named_and_makes_the_exit_code_1(read: Read, tmp_path: Path) -> None:
    (tmp_path / "empty folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    result = read("--json", tmp_path / "absent.xml", tmp_path / "empty folder", tmp_path / "pipe")
    assert result.exit_code == 1
    assert [line["error"]["code"] for line in lines(result)] == ["file_unreadable"] * 3


def test_a_huge_file_is_refused_before_it_is_in_memory(read: Read, tmp_path: Path) -> None:
    with (tmp_path / "huge.pdf").open("wb") as file:
        file.truncate(1 << 40)
    result = read("--json", tmp_path / "huge.pdf")
    assert result.exit_code == 0
    assert lines(result)[0]["error"]["code"] == "too_large"


@pytest.mark.parametrize("form", [["--json"], []])
def test_a_name_that_is_no_text_is_shown_with_its_bytes(read: Read, tmp_path: Path, form: list[str]) -> None:
    (tmp_path / os.fsdecode(b"\xff.txt")).write_bytes(b"notes")
    result = read(*form, tmp_path)
    assert result.exit_code == 0
    assert "\\udcff.txt" in result.stdout.replace("\\\\", "\\")
    assert "unsupported_type" in result.stdout


def test_a_person_sees_fields_and_findings(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(INVOICE)
    result = read(tmp_path / "a.xml")
    assert result.exit_code == 0
    assert "4711" in result.stdout
    assert "schema_invalid" in result.stdout


def test_without_the_scanner_s_verdict_nothing_is_read(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.xml").write_bytes(INVOICE)
    monkeypatch.setenv("INTERLOCK_VIRUS_SCAN", "/bin/sh -c 'exit 2'")
    result = read("--json", tmp_path / "a.xml")
    assert result.exit_code == 0
    assert lines(result)[0]["error"]["code"] == "not_scanned"
