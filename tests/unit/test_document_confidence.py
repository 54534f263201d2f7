"""Confidences come from what was measured, are held down by what failed, and are 0 where nothing can be believed."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.document.confidence import (
    CALIBRATION_UNUSABLE,
    FAILED_ARITHMETIC_CAP,
    FAILED_IBAN_CAP,
    FAILED_VAT_ID_CAP,
    PACKAGED,
    TEMPLATE_CONFIDENCE,
    UNNAMED_CAP,
    CalibrationUnusable,
    calibrated,
    packaged_calibration,
    parse_calibration,
)
from tools.document.confidence_features import RAW, features
from tools.document.confidence_model import Calibration, Curve, FieldModel, KindModel, Reliability
from tools.document.reading import DocumentFinding, DocumentKind, Line, Reader, Reading, document_fact

SHA256 = "0" * 64
NUMBERS = ("invoice_number", "po_number")
SURE = Calibration(
    format=1,
    fitted_on=(),
    kinds={
        "digital_pdf": KindModel(
            pooled=FieldModel(reliability=Reliability(samples=9_998, right=9_998)),
            fields={
                name: FieldModel(reliability=Reliability(samples=9_998, right=9_998))
                for name in (
                    "net_total",
                    "tax_total",
                    "total",
                    "iban",
                    "vendor_vat_id",
                    "issue_date",
                    "due_date",
                    *NUMBERS,
                )
            },
        )
    },
)


def reading(
    *findings: DocumentFinding,
    raw: float = 0.97,
    signals: dict[str, dict[str, float]] | None = None,
    reader: Reader = Reader.PDF_TEXT,
    **values: str,
) -> Reading:
    return Reading(
        kind=DocumentKind.DIGITAL_PDF,
        sha256=SHA256,
        media_type="application/pdf",
        fields={
            name: document_fact(value=value, confidence=raw, sha256=SHA256, reader=reader)
            for name, value in values.items()
        },
        findings=findings,
        signals=signals or {},
    )


def confidence(read: Reading, field: str, calibration: Calibration = SURE) -> float:
    return calibrated(read, lambda: calibration).fields[field].confidence


def unusable() -> Calibration:
    return parse_calibration('{"format": 2}')


def curve(**changes: Any) -> Curve:
    data = {"means": {RAW: 0.0}, "scales": {RAW: 1.0}, "weights": {RAW: 1.0}, "intercept": 0.0}
    return Curve.model_validate({**data, "steps": ((0.0, 0.2), (0.5, 0.6), (0.9, 0.8)), **changes})


def test_the_readers_own_confidence_is_kept_beside_the_calibrated_one() -> None:
    once = calibrated(reading(total="119.00"), lambda: SURE)
    assert once.signals["total"][RAW] == 0.97
    assert calibrated(once, lambda: SURE) == once


def test_other_signals_stay() -> None:
    kept = calibrated(
        reading(total="1.00", signals={"total": {"anchor": 0.9}, "po_number": {"ocr": 0.5}}), lambda: SURE
    ).signals
    assert kept["total"]["anchor"] == 0.9
    assert kept["po_number"] == {"ocr": 0.5}


@pytest.mark.parametrize(("total", "most"), [("119.00", 0.97), ("119.01", FAILED_ARITHMETIC_CAP)])
def test_totals_that_do_not_add_up_are_at_most_half_sure(total: str, most: float) -> None:
    read = reading(net_total="100.00", tax_total="19.00", total=total)
    assert [confidence(read, name) for name in ("net_total", "tax_total", "total")] == [most] * 3


@pytest.mark.parametrize(
    ("field", "sound", "wrong", "most"),
    [
        ("iban", "NL50INGB0683251309", "NL51INGB0683251309", FAILED_IBAN_CAP),
        ("vendor_vat_id", "DE136695976", "DE123456789", FAILED_VAT_ID_CAP),
    ],
)
def test_failed_check_digits_lower_the_confidence_and_never_drop_the_value(
    field: str, sound: str, wrong: str, most: float
) -> None:
    assert confidence(reading(**{field: sound}), field) == 0.97
    assert confidence(reading(**{field: wrong}), field) == most
    assert calibrated(reading(**{field: wrong}), lambda: SURE).value(field) == wrong


@pytest.mark.parametrize(
    ("code", "field", "most"),
    [
        ("hidden_text", "total", 0.05),
        ("xml_page_mismatch", "total", 0.5),
        ("revision_unreadable", None, 0.5),
        ("invisible_text_layer", None, 0.3),
    ],
)
def test_a_finding_about_a_value_or_the_whole_document_holds_it_down(code: str, field: str | None, most: float) -> None:
    finding = DocumentFinding(code=code, message="…", field=field)
    assert confidence(reading(finding, total="1.00"), "total") == most


def test_words_that_were_left_out_because_nobody_sees_them_hold_nothing_down() -> None:
    left_out = DocumentFinding(code="hidden_text", message="…")
    assert confidence(reading(left_out, total="1.00"), "total") == 0.97


def test_a_finding_about_another_field_does_not() -> None:
    finding = DocumentFinding(code="shadow_value", message="…", field="iban")
    assert confidence(reading(finding, total="1.00"), "total") == 0.97


@pytest.mark.parametrize(
    ("field", "value", "anchor", "most"),
    [
        ("invoice_number", "NT-1", 0.7, 0.97),
        ("invoice_number", "NT-1", 0.69, UNNAMED_CAP),
        ("issue_date", "2026-04-25", 0.3, 0.97),
        ("issue_date", "2026-04-25", 0.25, UNNAMED_CAP),
        ("po_number", "PO-1", 0.25, 0.97),
    ],
)
def test_a_number_or_date_that_no_words_name_is_at_most_half_sure(
    field: str, value: str, anchor: float, most: float
) -> None:
    assert confidence(reading(signals={field: {"anchor": anchor}}, **{field: value}), field) == most


def test_what_an_e_invoice_names_needs_no_words_on_the_page() -> None:
    named = reading(reader=Reader.XML, signals={"invoice_number": {"anchor": 0.2}}, invoice_number="NT-1")
    assert confidence(named, "invoice_number") == 0.97


@given(raw=st.floats(0, 1), total=st.sampled_from(["119.00", "120.00"]))
def test_a_cap_only_ever_lowers(raw: float, total: str) -> None:
    read = reading(raw=raw, net_total="100.00", tax_total="19.00", total=total)
    assert confidence(read, "total") <= max(raw, 0)


def test_what_nobody_measured_allows_no_more_than_a_coins_toss() -> None:
    assert confidence(reading(title="Order"), "title") == 0.5
    unknown = SURE.model_copy(update={"kinds": {}})
    assert confidence(reading(total="1.00"), "total", unknown) == 0.5
    assert confidence(reading(raw=0.3, total="1.00"), "total", unknown) == 0.3


@pytest.mark.parametrize(("samples", "most"), [(1, 2 / 3), (8, 0.9), (98, 0.97)])
def test_few_samples_all_right_do_not_make_a_field_certain(samples: int, most: float) -> None:
    known = FieldModel(reliability=Reliability(samples=samples, right=samples))
    kind = SURE.kinds["digital_pdf"].model_copy(update={"fields": {"total": known}})
    assert confidence(reading(total="1.00"), "total", SURE.model_copy(update={"kinds": {"digital_pdf": kind}})) == most


def test_a_field_with_a_curve_of_its_own_is_judged_by_it_and_others_by_their_kinds() -> None:
    known = Reliability(samples=500, right=450)
    own = FieldModel(curve=curve(steps=((0.0, 0.11),)), reliability=known)
    fields = {"total": own, "iban": FieldModel(reliability=known)}
    kind = KindModel(pooled=FieldModel(curve=curve(steps=((0.0, 0.22),)), reliability=known), fields=fields)
    fitted = SURE.model_copy(update={"kinds": {"digital_pdf": kind}})
    read = reading(total="1.00", iban="NL50INGB0683251309")
    assert (confidence(read, "total", fitted), confidence(read, "iban", fitted)) == (0.11, 0.22)


@given(low=st.floats(-20, 20), more=st.floats(0, 20))
def test_a_curve_never_falls_where_its_feature_speaks_for_the_value(low: float, more: float) -> None:
    assert curve().confidence({RAW: low}) <= curve().confidence({RAW: low + more})


def test_the_ends_of_a_curve_are_its_first_and_last_step() -> None:
    assert (curve().confidence({RAW: -1e9}), curve().confidence({RAW: 1e9})) == (0.2, 0.8)


def test_a_missing_feature_counts_as_the_usual_one() -> None:
    shifted = curve(means={RAW: 2.0})
    assert shifted.confidence({}) == shifted.confidence({RAW: 2.0})


def test_what_only_a_template_found_stays_below_what_is_posted_unseen() -> None:
    assert confidence(reading(total="1.00", reader=Reader.TEMPLATE), "total") == TEMPLATE_CONFIDENCE
    wrong = reading(net_total="1.00", tax_total="1.00", total="1.00", reader=Reader.TEMPLATE)
    assert confidence(wrong, "total") == FAILED_ARITHMETIC_CAP


def test_dates_a_year_apart_are_plausible_and_a_day_more_than_that_not() -> None:
    def dates(due: str) -> float:
        return features(reading(issue_date="2026-01-01", due_date=due), "due_date")["dates"]

    assert (dates("2025-12-31"), dates("2026-01-01"), dates("2027-01-06"), dates("2027-01-07")) == (-1, 1, 1, -1)


def test_lines_that_sum_up_to_a_total_speak_for_it() -> None:
    line = Line(description="Pen", amount="100.00", confidence=0.9)
    read = reading(net_total="100.00", total="119.00")
    assert features(read.model_copy(update={"lines": (line,)}), "total")["lines"] == 1
    assert features(read.model_copy(update={"lines": (line, line)}), "total")["lines"] == -1
    assert "lines" not in features(read, "total")


def test_amounts_that_are_none_are_no_feature_and_no_crash() -> None:
    assert "arithmetic" not in features(reading(net_total="NaN", tax_total="x", total="1.00"), "total")


def damaged(**changes: Any) -> str:
    return json.dumps({**json.loads(SURE.model_dump_json()), **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "not json",
        damaged(format=2),
        damaged(kinds=None),
        damaged(more=1),
        '{"format": 1, "fitted_on": [], "kinds": {"digital_pdf": {"pooled": {"reliability": {"samples": -1}}}}}',
    ],
)
def test_a_damaged_calibration_or_one_of_another_format_is_refused_by_name(text: str) -> None:
    with pytest.raises(CalibrationUnusable, match="cannot be used"):
        parse_calibration(text)


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": ((0.0, 0.9), (0.5, 0.5))},
        {"steps": ((0.5, 0.5), (0.5, 0.6))},
        {"steps": ()},
        {"weights": {"other": 1.0}},
        {"scales": {RAW: 0.0}},
        {"intercept": float("nan")},
    ],
)
def test_a_curve_that_falls_or_fits_no_features_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error for Curve"):
        curve(**changes)


def test_with_an_unusable_calibration_no_value_is_believed_and_a_finding_says_so() -> None:
    read = calibrated(reading(total="119.00", iban="NL50INGB0683251309"), unusable)
    assert {fact.confidence for fact in read.fields.values()} == {0.0}
    assert [finding.code for finding in read.findings] == [CALIBRATION_UNUSABLE]
    assert read.value("total") == "119.00"


def test_the_packaged_calibration_is_certain_of_nothing_and_shows_its_figures() -> None:
    packaged = packaged_calibration()
    assert {fitted.name for fitted in packaged.fitted_on} >= {"generated"}
    for model in packaged.kinds.values():
        known = model.pooled.reliability
        assert known.bins
        assert known.ece_after is not None
        for field in model.fields.values():
            most = field.curve.steps[-1][1] if field.curve else field.ceiling
            assert most < 1


def test_the_packaged_calibration_holds_numbers_and_names_only() -> None:
    text = (files("tools.document") / PACKAGED).read_text(encoding="utf-8")
    names = set(packaged_calibration().kinds) | {"generated", "dev"}
    assert parse_calibration(text) == packaged_calibration()
    assert not any(part in text for part in ("http", "/", "GmbH", "files")), names
