"""The documents suite counts what is right, shows what is wrong, and drops nothing."""

from __future__ import annotations

import io
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from reportlab.pdfgen.canvas import Canvas

from evals.__main__ import main
from evals.dataset import DatasetError, load_dataset
from evals.documents import normal, run_documents
from evals.report import Gate, KindReport, Score, SuiteReport, as_text
from evals.suites import SUITES, UnknownSuite, suite_named
from tools.testing.invoices.collection import make_collection

UBL = """<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>4711</ID>
<IssueDate>2026-04-03</IssueDate><DocumentCurrencyCode>EUR</DocumentCurrencyCode>
<InvoiceLine><InvoicedQuantity>2</InvoicedQuantity><LineExtensionAmount>10</LineExtensionAmount>
<Item><Name>Pen</Name></Item><Price><PriceAmount>5.00</PriceAmount></Price></InvoiceLine></Invoice>"""
PEN = {"description": "Pen", "quantity": "2.0000", "unit_price": "5", "amount": "10.00"}


def page() -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target)
    for y, text in ((700, "Invoice no. 4711"), (680, "Invoice date: 3 April 2026"), (660, "Total: 119.00 EUR")):
        canvas.drawString(72, y, text)
    canvas.save()
    return target.getvalue()


def dataset(folder: Path, *records: dict[str, Any]) -> Path:
    for record in records:
        content = record.pop("content", UBL).encode()
        (folder / record["file"]).write_bytes(page() if record["file"].endswith(".pdf") else content)
    index = {"set": "made here", "documents": list(records)}
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return folder


def ubl(**expected: Any) -> dict[str, Any]:
    return {"file": "a.xml", "kind": "xml_ubl", "expected": expected}


def only_kind(report: SuiteReport) -> KindReport:
    (kind,) = report.kinds
    return kind


def gates(report: SuiteReport) -> dict[str, Gate]:
    return {gate.name: gate for gate in report.gates}


def test_every_expected_field_counts_and_a_wrong_one_is_shown(tmp_path: Path) -> None:
    report = run_documents(dataset(tmp_path, ubl(invoice_number="4711", issue_date="2026-04-04", iban="DE1")))
    kind = only_kind(report)
    assert (kind.documents, kind.score.fields, kind.score.right) == (1, 3, 1)
    assert [(wrong.field, wrong.expected, wrong.read) for wrong in kind.wrong] == [
        ("issue_date", "2026-04-04", "2026-04-03"),
        ("iban", "DE1", None),
    ]


def test_all_lines_together_are_one_field_compared_by_number(tmp_path: Path) -> None:
    right = only_kind(run_documents(dataset(tmp_path, ubl(lines=[PEN]))))
    wrong = only_kind(run_documents(dataset(tmp_path, ubl(lines=[PEN, PEN]))))
    assert (right.score, right.lines) == (Score(fields=1, right=1), Score(fields=1, right=1))
    assert (wrong.score, wrong.lines) == (Score(fields=1, right=0), Score(fields=1, right=0))


def test_a_refused_document_is_named_and_wrong_in_every_field(tmp_path: Path) -> None:
    record = ubl(invoice_number="4711", currency="EUR") | {"content": "<html/>"}
    kind = only_kind(run_documents(dataset(tmp_path, record)))
    assert (kind.score.fields, kind.score.right) == (2, 0)
    assert [(refused.file, refused.code) for refused in kind.refused] == [("a.xml", "not_an_invoice_or_order")]


def test_kinds_that_are_not_read_yet_are_counted_and_not_dropped(tmp_path: Path) -> None:
    scan = {"file": "b.jpg", "kind": "scan_simulated", "expected": {"total": "1.00"}}
    report = run_documents(dataset(tmp_path, ubl(invoice_number="4711"), scan))
    assert report.not_yet == {"scan_simulated": 1}
    assert "scan_simulated" in as_text(report)


def test_of_printed_pages_only_fields_visible_on_them_are_scored(tmp_path: Path) -> None:
    record = {
        "file": "a.pdf",
        "kind": "digital_pdf_derived",
        "expected": {"invoice_number": "4711", "issue_date": "2026-04-03", "currency": "EUR"},
        "visible_in_text_layer": {"invoice_number": True, "issue_date": False},
    }
    kind = only_kind(run_documents(dataset(tmp_path, record)))
    assert kind.fields == {"invoice_number": Score(fields=1, right=1)}
    assert kind.unlisted == Score(fields=1, right=1)


def test_a_gate_with_a_star_adds_up_the_kinds_that_begin_so(tmp_path: Path) -> None:
    def record(file: str, kind: str, number: str) -> dict[str, Any]:
        visible = {"invoice_number": True}
        return {"file": file, "kind": kind, "expected": {"invoice_number": number}, "visible_in_text_layer": visible}

    report = run_documents(
        dataset(tmp_path, record("a.pdf", "digital_pdf", "4711"), record("b.pdf", "digital_pdf_derived", "no"))
    )
    assert gates(report)["digital_pdf*"].figure == 0.5


def test_a_gate_passes_at_its_target_and_not_below_nor_without_documents() -> None:
    def passed(figure: float | None) -> bool:
        return Gate(name="g", target=0.7, figure=figure).passed

    assert (passed(0.69), passed(0.7), passed(0.71), passed(None)) == (False, True, True, False)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [("iban", "DE02 1203", "DE021203"), ("vendor_vat_id", "DE 1", "DE1"), ("total", "10.00", "10")],
)
def test_values_are_compared_in_their_normal_form(name: str, one: str, other: str) -> None:
    assert normal(name, one) == normal(name, other)


def test_names_are_compared_exactly() -> None:
    assert normal("vendor_name", "Acme Ltd") != normal("vendor_name", "Acme  Ltd")


def test_a_folder_without_an_index_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"index\.json"):
        load_dataset(tmp_path)


@pytest.mark.parametrize("text", ["not json", "[]", "{}", '{"documents": [{"file": "a"}]}'])
def test_a_broken_index_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "index.json").write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError):
        load_dataset(tmp_path)


def test_suites_are_found_by_name() -> None:
    assert suite_named("documents") is SUITES["documents"]
    with pytest.raises(UnknownSuite, match="documents"):
        suite_named("nonsense")


def test_the_command_exits_by_its_gates_and_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = dataset(tmp_path, ubl(invoice_number="4711"))
    assert main(["documents", "--data", str(data), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["passed"] is False
    assert {gate["name"]: gate["passed"] for gate in report["gates"]}["xml_ubl"] is True


def test_the_command_says_why_it_cannot_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["documents", "--data", str(tmp_path)]) == 2
    assert "index.json" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["documents"], ["guardrails", "--data", "."]])
def test_a_suite_says_whether_it_needs_data(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "--data" in capsys.readouterr().err


def test_a_generated_collection_passes_every_gate(tmp_path: Path) -> None:
    items = list(make_collection(73, today=date(2026, 6, 15), count=40))
    for item in items:
        (tmp_path / item.file_name).write_bytes(item.content)
    index = {"set": "generated", "documents": [item.record() for item in items]}
    (tmp_path / "truth.json").write_text(json.dumps(index), encoding="utf-8")
    assert run_documents(tmp_path).passed


@pytest.mark.skipif("INTERLOCK_EVAL_DATA" not in os.environ, reason="INTERLOCK_EVAL_DATA names no evaluation data")
def test_the_third_parties_documents_pass_every_gate() -> None:
    root = Path(os.environ["INTERLOCK_EVAL_DATA"])
    data = root / "idp" if (root / "idp").is_dir() else root
    assert run_documents(data).passed
