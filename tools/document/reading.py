"""What reading a document yields."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from policies.fact import Fact, Integrity, Source, SourceKind
from tools.document.errors import DocumentRefused

Box = tuple[float, float, float, float]
"""`(x0, y0, x1, y1)` from the top left of the page as it is shown: in points, on a picture in its pixels."""


class DocumentKind(StrEnum):
    """What a document is technically."""

    XML_UBL = "xml_ubl"
    XML_CII = "xml_cii"
    ORDER_XML = "order_xml"
    DELIVERY_XML = "delivery_xml"
    CLINICAL_XML = "clinical_xml"
    HYBRID_PDF = "hybrid_pdf"
    DIGITAL_PDF = "digital_pdf"
    SCAN = "scan"
    RECEIPT_PHOTO = "receipt_photo"


class Reader(StrEnum):
    """Which reader saw a value."""

    XML = "xml"
    PDF_TEXT = "pdf_text"
    OCR = "ocr"
    TEMPLATE = "template"


class Line(BaseModel):
    """One item of the document. Quantity and unit price are decimal strings as printed, the amount has
    two places. Like every value of a document, none of it is trusted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str
    quantity: str | None = None
    unit_price: str | None = None
    amount: str | None = None
    confidence: float = Field(ge=0, le=1, allow_inf_nan=False)
    page: int | None = None
    box: Box | None = None


class DocumentFinding(BaseModel):
    """Something a person or a rule should know about the document; `values` are the values it compares."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    message: str
    field: str | None = None
    values: dict[str, str] = Field(default_factory=dict)


class Reading(BaseModel):
    """A document as facts, lines and findings. Absent fields are absent, never empty.

    `validated_against` names the standard whose schema and rules the document was held against; what was broken
    stands among the findings. None: it was not validated, or there is nothing to validate.
    `signals` says of printed fields what speaks for them (0..1): `anchor` (label and place), `margin` (lead over
    the next candidate), `ocr` (letters), and where known `arithmetic`, `check_digit` and `agreement` (of a second
    reader).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: DocumentKind
    sha256: str
    media_type: str
    fields: dict[str, Fact]
    lines: tuple[Line, ...] = ()
    findings: tuple[DocumentFinding, ...] = ()
    validated_against: str | None = None
    signals: dict[str, dict[str, float]] = Field(default_factory=dict)

    def value(self, name: str) -> str | None:
        """The value of field `name` as text, or None where the document does not say."""
        fact = self.fields.get(name)
        return None if fact is None or fact.value is None else str(fact.value)


def document_fact(
    *,
    value: str,
    confidence: float,
    sha256: str,
    reader: Reader,
    page: int | None = None,
    box: Box | None = None,
) -> Fact:
    """A fact read from the document `sha256`; always untrusted, because its sender wrote it."""
    source = Source(kind=SourceKind.DOCUMENT, ref=sha256, reader=reader.value, page=page, box=box)
    return Fact(value=value, confidence=confidence, source=source, integrity=Integrity.UNTRUSTED)


def capped(fact: Fact, ceiling: float) -> Fact:
    """`fact`, its confidence at most `ceiling`."""
    return fact.model_copy(update={"confidence": min(fact.confidence, ceiling)})


def to_json_line(file: str, outcome: Reading | DocumentRefused) -> str:
    """One line of JSON about `file`: its fields, lines and findings, or the refusal under `error`."""
    shown: dict[str, Any] = {"file": file, "kind": None, "fields": {}, "lines": [], "findings": []}
    shown |= {"validated_against": None, "error": None}
    if isinstance(outcome, DocumentRefused):
        shown["error"] = {"code": outcome.code, "message": outcome.message}
    else:
        shown["kind"] = outcome.kind.value
        shown["fields"] = {name: _shown_fact(fact) for name, fact in outcome.fields.items()}
        shown["lines"] = [
            line.model_dump(include={"description", "quantity", "unit_price", "amount"}) for line in outcome.lines
        ]
        shown["validated_against"] = outcome.validated_against
        shown["findings"] = [finding.model_dump(mode="json") for finding in outcome.findings]
    return json.dumps(shown, ensure_ascii=False, allow_nan=False)


def _shown_fact(fact: Fact) -> dict[str, Any]:
    return {
        "value": fact.value,
        "confidence": round(fact.confidence, 4),
        "page": fact.source.page,
        "box": None if fact.source.box is None else [round(edge, 1) for edge in fact.source.box],
        "source": fact.source.reader,
    }
