"""The confidence of a reading's fields: calibrated, then held down by what has failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from tools.document.confidence_features import RAW, check_digits, features, raw_confidence, totals_add_up
from tools.document.confidence_model import Calibration
from tools.document.reading import DocumentFinding, DocumentKind, Reader, Reading
from tools.document.signals import ANCHOR

PACKAGED: Final = "confidence.json"
INVISIBLE_LAYER: Final = "invisible_text_layer"
INVISIBLE_LAYER_CAP: Final = 0.3
CALIBRATION_UNUSABLE: Final = "calibration_unusable"
FAILED_ARITHMETIC_CAP: Final = 0.5
FAILED_IBAN_CAP: Final = 0.05
FAILED_VAT_ID_CAP: Final = 0.6
HIDDEN_CAP: Final = 0.05
UNNAMED_CAP: Final = 0.5
LEAST_ANCHORS: Final[Mapping[str, float]] = MappingProxyType({"invoice_number": 0.7, "issue_date": 0.3})
"""The weakest anchor at which words on a page still name the field; below it a value was taken for its place alone,
under a title or as the first date. The calibration does not know how wrong those are: it saw only fields that
are stated.
"""
TEMPLATE_CONFIDENCE: Final = 0.85
"""Of a value that only a template found. Nothing was measured yet, so it stays below what amounts and numbers need."""
FINDING_CAPS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "xml_page_mismatch": 0.5,
        "ambiguous_date": 0.55,
        "ambiguous_amount": 0.4,
        "several_ibans": 0.5,
        "several_values": 0.5,
        "shadow_value": 0.5,
        "hidden_text": HIDDEN_CAP,
    }
)
"""The most that is said of a field that such a finding names."""
DOCUMENT_CAPS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "page_not_compared": 0.8,
        "several_e_invoices": 0.5,
        "revisions_not_compared": 0.5,
        "revision_unreadable": 0.5,
        "page_not_read": 0.5,
        INVISIBLE_LAYER: INVISIBLE_LAYER_CAP,
    }
)
"""The most that is said of any field of a document with such a finding. `hidden_text` is none of them: what nobody sees
is left out of the reading, so that it says nothing for or against what is seen."""
_ADDED = ("net_total", "tax_total", "total")


class CalibrationUnusable(ValueError):
    """A calibration is damaged or of an unknown format; fit it anew with `interlock evals calibrate documents`."""


def parse_calibration(text: str) -> Calibration:
    """The calibration that `text` holds as JSON. Raises `CalibrationUnusable`."""
    try:
        return Calibration.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise CalibrationUnusable(f"the calibration cannot be used: {place}: {first['msg']}") from None


@cache
def packaged_calibration() -> Calibration:
    """The calibration that ships with the readers. Raises `CalibrationUnusable`."""
    try:
        text = (files("tools.document") / PACKAGED).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CalibrationUnusable(f"the calibration cannot be read: {type(error).__name__}") from None
    return parse_calibration(text)


def calibrated(reading: Reading, load: Callable[[], Calibration] = packaged_calibration) -> Reading:
    """The reading with confidences that can be believed, by the calibration that `load` gives.

    The reader's own confidence stays in the signal `raw`. Fail closed: with an unusable calibration every
    confidence is 0, and a finding says so.
    """
    try:
        fitted = load()
    except CalibrationUnusable as unusable:
        finding = DocumentFinding(code=CALIBRATION_UNUSABLE, message=str(unusable))
        return _with(reading, dict.fromkeys(reading.fields, 0.0), finding)
    return _with(reading, {name: _confidence(reading, name, fitted) for name in reading.fields})


def ceiling(reading: Reading, field: str) -> float:
    """The hard cap of `field`: what no calibration may exceed, whatever it was fitted on."""
    return min(_ceilings(reading, field), default=1.0)


def _ceilings(reading: Reading, field: str) -> Iterator[float]:
    if field in _ADDED and totals_add_up(reading) is False:
        yield FAILED_ARITHMETIC_CAP
    if _is_unnamed(reading, field):
        yield UNNAMED_CAP
    if check_digits(reading, field) is False:
        yield FAILED_IBAN_CAP if field == "iban" else FAILED_VAT_ID_CAP
    for finding in reading.findings:
        if finding.field == field and finding.code in FINDING_CAPS:
            yield FINDING_CAPS[finding.code]
        if finding.code in DOCUMENT_CAPS:
            yield DOCUMENT_CAPS[finding.code]


def _is_unnamed(reading: Reading, field: str) -> bool:
    """Whether no words of an invoice's page name the value of `field`. Receipts name neither number nor date."""
    if field not in LEAST_ANCHORS or field not in reading.fields or reading.kind is DocumentKind.RECEIPT_PHOTO:
        return False
    if reading.fields[field].source.reader not in (Reader.PDF_TEXT, Reader.OCR):
        return False
    return reading.signals.get(field, {}).get(ANCHOR, 1.0) < LEAST_ANCHORS[field]


def _confidence(reading: Reading, field: str, fitted: Calibration) -> float:
    if reading.fields[field].source.reader == Reader.TEMPLATE:
        return min(TEMPLATE_CONFIDENCE, ceiling(reading, field))
    raw, kind = raw_confidence(reading, field), _kind_of(reading, field)
    believed = fitted.confidence(kind.value, field, raw=raw, features=features(reading, field))
    return min(believed, ceiling(reading, field))


def _kind_of(reading: Reading, field: str) -> DocumentKind:
    """What the field was read from: a recognised page of a digital PDF is a scan."""
    recognised = reading.fields[field].source.reader == Reader.OCR
    return DocumentKind.SCAN if recognised and reading.kind is DocumentKind.DIGITAL_PDF else reading.kind


def _with(reading: Reading, confidences: Mapping[str, float], *findings: DocumentFinding) -> Reading:
    fields = {name: fact.model_copy(update={"confidence": confidences[name]}) for name, fact in reading.fields.items()}
    signals = {name: {**reading.signals.get(name, {}), RAW: raw_confidence(reading, name)} for name in reading.fields}
    kept = {name: known for name, known in reading.signals.items() if name not in signals}
    return reading.model_copy(
        update={"fields": fields, "signals": kept | signals, "findings": (*reading.findings, *findings)}
    )
