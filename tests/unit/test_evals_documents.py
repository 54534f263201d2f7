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

from evals.calibrate import calibrate_documents
from evals.calibration_fit import cross_validated, fit
from evals.calibration_samples import Sample, folds_of
from evals.dataset import DatasetError, load_dataset
from evals.document_outcomes import normal
from evals.documents import run_documents
from evals.generated import generated_dataset
from evals.generated_scans import generated_scans
from evals.reliability import brier, calibration_error, coverage, lower_bound
from evals.report import Gate, KindReport, Score, SuiteReport, as_text
from evals.suites import SUITES, UnknownSuite, suite_named
from tools.document.limits import Limits
from tools.document.media_type import media_type_of
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


def test_kinds_that_are_not_read_yet_are_counted_and_their_target_is_missed(tmp_path: Path) -> None:
    scan = {"file": "b.bin", "kind": "scan_simulated", "expected": {"total": "1.00"}, "content": "not read by anybody"}
    report = run_documents(dataset(tmp_path, ubl(invoice_number="4711"), scan))
    assert report.not_yet == {"scan_simulated": 1}
    assert "scan_simulated" in as_text(report)
    gate = gates(report)["scan_simulated"]
    assert (gate.figure, gate.passed, gate.short) == (None, False, ("1 documents are not read yet",))


def test_a_kind_that_is_read_at_all_is_scored_with_what_was_refused(tmp_path: Path) -> None:
    clinical = {"kind": "clinical_xml", "expected": {"invoice_number": "4711"}}
    refused = {"file": "b.bin", "content": "not read by anybody", **clinical}
    report = run_documents(dataset(tmp_path, {"file": "a.xml", **clinical}, refused))
    assert (report.not_yet, only_kind(report).score) == ({}, Score(fields=2, right=1))


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


def test_kinds_of_one_family_are_judged_together_and_against_targets_of_their_own(tmp_path: Path) -> None:
    def record(file: str, kind: str, number: str) -> dict[str, Any]:
        visible = {"invoice_number": True}
        return {"file": file, "kind": kind, "expected": {"invoice_number": number}, "visible_in_text_layer": visible}

    report = run_documents(
        dataset(tmp_path, record("a.pdf", "digital_pdf", "4711"), record("b.pdf", "digital_pdf_derived", "no"))
    )
    known = gates(report)
    assert (known["digital_pdf"].figure, known["digital_pdf_derived"].figure) == (1.0, 0.0)
    assert known["digital_pdf_derived"].short == ("invoice_number 0 of 1 right, wrong in b.pdf",)
    assert known["digital accepted at 99 % right"].figure == 0.0
    assert "invoice_number 0 of 1 right" in as_text(report)


@pytest.mark.parametrize(("at_most", "passing"), [(False, (False, True, True)), (True, (True, True, False))])
def test_a_gate_passes_at_its_target_and_not_beyond_nor_without_documents(
    at_most: bool, passing: tuple[bool, ...]
) -> None:
    def passed(figure: float | None) -> bool:
        return Gate(name="g", target=0.7, figure=figure, at_most=at_most).passed

    assert tuple(passed(figure) for figure in (0.69, 0.7, 0.71)) == passing
    assert not passed(None)


def test_a_run_without_a_gate_shows_nothing_and_does_not_pass() -> None:
    assert not SuiteReport(suite="documents", dataset="d", kinds=(), not_yet={}, gates=()).passed


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


def test_a_report_as_json_has_its_gates_and_figures(tmp_path: Path) -> None:
    report = json.loads(run_documents(dataset(tmp_path, ubl(invoice_number="4711", currency="GBP"))).model_dump_json())
    assert report["passed"] is False
    assert {gate["name"]: gate["figure"] for gate in report["gates"]} == {"xml_ubl": 0.5}
    assert report["kinds"][0]["believed"]["reliability"]["samples"] == 2
    assert report["kinds"][0]["believed"]["coverage"]["share"] <= 0.5


def test_a_generated_collection_is_read_as_well_as_the_targets_ask(tmp_path: Path) -> None:
    items = list(make_collection(73, today=date(2026, 6, 15), count=40))
    for item in items:
        (tmp_path / item.file_name).write_bytes(item.content)
    index = {"set": "written", "documents": [item.record() for item in items]}
    (tmp_path / "truth.json").write_text(json.dumps(index), encoding="utf-8")
    reached = {name: gate.passed for name, gate in gates(run_documents(tmp_path)).items() if gate.unit == "share"}
    names = ("xml_ubl", "xml_cii", "hybrid_pdf", "digital_pdf", "digital accepted at 99 % right")
    assert reached == dict.fromkeys(names, True)


def sample(*, raw: float, right: bool, group: str, field: str = "total") -> Sample:
    return Sample(
        kind="digital_pdf",
        scored_as="digital_pdf",
        field=field,
        file=group,
        group=group,
        features={"raw": raw},
        raw=raw,
        cap=1.0,
        right=right,
        listed=True,
        weight=1.0,
    )


def told_apart(count: int = 300) -> list[Sample]:
    """Values of which those below a half are wrong three times in four, and those above once in four."""
    return [
        sample(raw=raw, right=number % 4 < right_of_four, group=f"g{number}-{raw}")
        for number in range(count // 2)
        for raw, right_of_four in ((0.2, 1), (0.8, 3))
    ]


def test_overconfidence_is_measured_and_fitted_away() -> None:
    judged = [(confidence, one.right) for one, confidence in cross_validated(told_apart())]
    bold = [(0.99 if one.raw > 0.5 else 0.6, one.right) for one in told_apart()]
    before, after = calibration_error(bold), calibration_error(judged)
    assert before is not None
    assert after is not None
    assert before > 0.25
    assert after < 0.06
    assert (brier(judged) or 1) < (brier(bold) or 0)


def test_no_business_case_stands_in_two_folds_and_none_is_scored_by_a_fit_that_saw_it() -> None:
    samples = [sample(raw=0.5, right=True, group=f"g{number % 7}") for number in range(35)]
    folds = folds_of(samples)
    assert len(folds) == 7
    # One case is always wrong, and only its own samples could say so: a fit that saw none of them does not.
    odd = [sample(raw=0.9, right=False, group="odd", field="po_number") for _ in range(200)]
    judged = [confidence for one, confidence in cross_validated([*told_apart(), *odd]) if one.group == "odd"]
    assert set(judged) == {0.5}


def test_a_field_with_too_few_wrong_values_has_no_curve_of_its_own() -> None:
    plenty, few = told_apart(), [sample(raw=0.9, right=True, group=f"f{n}", field="iban") for n in range(50)]
    model = fit([*plenty, *few]).kinds["digital_pdf"]
    assert (model.fields["total"].curve is None, model.fields["iban"].curve is None) == (False, True)
    assert model.fields["iban"].ceiling == 51 / 52


def test_what_may_be_accepted_stops_before_too_much_of_it_is_wrong() -> None:
    judged = [(0.9, True)] * 99 + [(0.8, False)] + [(0.7, False)] + [(0.6, True)] * 99
    accepted = coverage(judged)
    assert (accepted.accepted, accepted.threshold, accepted.right) == (200, 0.6, 0.99)
    assert coverage(judged[:-1]).accepted == 100
    assert coverage([(0.9, True), (0.9, False)]).threshold is None
    assert coverage([]).share == 0.0


def test_few_values_bound_the_truth_loosely() -> None:
    assert lower_bound(10, 10) == pytest.approx(0.787, abs=0.001)
    assert lower_bound(1000, 1000) > 0.997


def test_a_calibration_is_written_with_its_figures_and_without_documents(tmp_path: Path) -> None:
    data = dataset(tmp_path, ubl(invoice_number="4711", issue_date="2026-04-03", currency="EUR"))
    report = calibrate_documents([data], tmp_path / "out.json")
    text = (tmp_path / "out.json").read_text(encoding="utf-8")
    assert report.calibration.fitted_on[0].name == "made here"
    assert "4711" not in text
    assert "xml_ubl" in report.text()


def test_a_calibration_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    data = dataset(tmp_path, ubl(invoice_number="4711"))
    with pytest.raises(DatasetError, match="cannot be written"):
        calibrate_documents([data], tmp_path / "none" / "out.json")


def test_nothing_to_fit_on_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no document"):
        calibrate_documents([dataset(tmp_path)], tmp_path / "out.json")


def test_generated_documents_are_the_same_each_time_and_pages_are_grouped_by_layout() -> None:
    one, other = generated_dataset(seeds=(3,), count=12), generated_dataset(seeds=(3,), count=12)
    assert one == other
    assert {document.group for document in one.documents if document.kind == "xml_ubl"} == {
        document.file for document in one.documents if document.kind == "xml_ubl"
    }
    assert len({document.group for document in one.documents if document.kind == "digital_pdf"}) < 7


def test_generated_scans_are_the_same_each_time_and_know_what_is_printed_on_them() -> None:
    one, other = generated_scans(scans=2, receipts=2), generated_scans(scans=2, receipts=2)
    assert one == other
    assert {document.kind for document in one.documents} == {"scan_generated", "receipt_photo"}
    for document in one.documents:
        known = media_type_of(document.read(), name=document.file, limits=Limits())
        assert known == ("application/pdf" if document.kind == "scan_generated" else "image/jpeg")
        assert document.fields["total"]
        assert (document.visible or {})["total"]


@pytest.mark.skipif("INTERLOCK_EVAL_DATA" not in os.environ, reason="INTERLOCK_EVAL_DATA names no evaluation data")
def test_the_third_parties_documents_are_read_no_worse_than_before() -> None:
    root = Path(os.environ["INTERLOCK_EVAL_DATA"])
    data = root / "idp" if (root / "idp").is_dir() else root
    kinds = {kind.kind: kind.score for kind in run_documents(data).kinds}
    printed = kinds["digital_pdf"] + kinds["digital_pdf_derived"]
    figures = [kinds[name].accuracy or 0 for name in ("xml_ubl", "xml_cii", "hybrid_pdf")]
    assert min(figures) >= 0.995
    assert (printed.accuracy or 0) >= 0.95
