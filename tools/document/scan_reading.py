"""A scan or photo as a reading: recognised, read like a printed page, and doubtful fields read a second time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from policies.fact import Fact
from tools.document.anchored_fields import PrintedField
from tools.document.pictures import PagePicture
from tools.document.printed import read_printed
from tools.document.reading import DocumentFinding, DocumentKind, Line, Reader, Reading, document_fact
from tools.document.receipts import is_receipt, read_receipt
from tools.document.recognised import ReadLine, Recognition
from tools.document.scans import Scan, read_scan
from tools.document.second_reader import agrees, second_look
from tools.document.signals import AGREEMENT, OCR, claim

SURE: Final = 0.85
"""A value at least this sure is not read a second time."""
DISAGREED: Final = 0.8
_NOT_SPELLED: Final = ("doc_type", "currency")
"""Fields whose value is not what is printed, but what it means."""


def scan_reading(
    pages: Iterable[PagePicture],
    recognition: Recognition,
    *,
    sha256: str,
    media_type: str,
    findings: Sequence[DocumentFinding] = (),
) -> Reading:
    """What is read on `pages`. Raises `DocumentRefused`: a page that is not recognised, no text, no known kind.

    Boxes are those of the page as it is shown, so that a reviewer sees where a value stands.
    """
    scan = read_scan(pages, recognition.page)
    receipt = is_receipt(scan.layout)
    printed = read_receipt(scan.layout) if receipt else read_printed(scan.layout)
    fields = {name: doubted(scan, name, field, recognition.line) for name, field in printed.fields.fields.items()}
    return Reading(
        kind=DocumentKind.RECEIPT_PHOTO if receipt else DocumentKind.SCAN,
        sha256=sha256,
        media_type=media_type,
        fields={name: scan_fact(scan, field, sha256) for name, field in fields.items()},
        lines=tuple(shown_line(scan, line) for line in printed.lines),
        findings=(*findings, *printed.findings),
        signals={name: dict(field.signals) for name, field in fields.items()},
    )


def doubted(scan: Scan, name: str, field: PrintedField, read_line: ReadLine) -> PrintedField:
    """`field`, no surer than its letters; where that leaves doubt, with what a second reader says of it."""
    confidence = field.confidence * field.signals.get(OCR, 1.0)
    if confidence >= SURE or field.page is None or field.box is None or name in _NOT_SPELLED:
        return replace(field, confidence=confidence)
    text = second_look(scan, field.page, field.box, read_line=read_line)
    if text is None:
        return replace(field, confidence=confidence)
    agreed = agrees(field.value, text)
    signals = {**field.signals, AGREEMENT: claim(agreed)}
    return replace(field, confidence=confidence if agreed else confidence * DISAGREED, signals=signals)


def scan_fact(scan: Scan, field: PrintedField, sha256: str) -> Fact:
    """A field of a scan as a fact, its box where it stands on the page as it is shown."""
    return document_fact(
        value=field.value,
        confidence=field.confidence,
        sha256=sha256,
        reader=Reader.OCR,
        page=field.page,
        box=scan.shown_box(field.page, field.box),
    )


def shown_line(scan: Scan, line: Line) -> Line:
    """A line of a scan, its box where it stands on the page as it is shown."""
    return line.model_copy(update={"box": scan.shown_box(line.page, line.box)})
