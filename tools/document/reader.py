"""One document in, one reading or one named refusal out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from tools.document.confidence import INVISIBLE_LAYER, calibrated
from tools.document.errors import (
    MalformedXml,
    NotAnInvoiceOrOrder,
    NoTextLayer,
    RecognitionUnavailable,
    TextNotRecognised,
)
from tools.document.hybrid import compare, page_fact
from tools.document.kinds import read_structured
from tools.document.layout import Layout, lay_out
from tools.document.limits import DEFAULT_LIMITS, Limits
from tools.document.media_type import PDF, XML, media_type_of
from tools.document.mixed import mixed_reading, recognise_bare
from tools.document.ocr import shared_ocr
from tools.document.pdf_text import PdfContent, Word, has_text_layer, read_pdf, seen
from tools.document.pictures import pdf_pages, picture_pages
from tools.document.printed import Printed, read_printed
from tools.document.reading import DocumentFinding, DocumentKind, Reading
from tools.document.recognised import Recognise, Recognition
from tools.document.revisions import compare_revisions
from tools.document.scan_reading import scan_reading
from tools.document.template import Template
from tools.document.template_reading import with_templates
from tools.document.tesseract import read_line
from tools.document.xml_fields import XmlReading
from tools.document.xml_tree import parse_xml

_QUOTED: Final = 120
_E_INVOICE_NAMES: Final = (
    "factur-x.xml",
    "zugferd-invoice.xml",
    "xrechnung.xml",
    "order-x.xml",
    "zugferd_invoice.xml",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Structured:
    """A reading, and the bytes of the structured document in it: itself, the attachment, or none."""

    reading: Reading
    xml: bytes


def read_document(
    content: bytes,
    *,
    name: str,
    limits: Limits = DEFAULT_LIMITS,
    recognise: Recognise | None = None,
    templates: Sequence[Template] = (),
) -> Reading:
    """The fields, lines and findings of a document. Raises `DocumentRefused`.

    No network, no file; the pages of a scan go to `recognise`, by default the OCR process. It bounds size, depth and
    pages but not time and memory, and holds nothing against schema and rules; a document from outside goes through
    `read_document_isolated`. `name` only serves the messages. Where a template of `templates` fits, a printed field
    of a text layer is read by it. Confidences are calibrated.
    """
    recognition = Recognition(page=recognise or shared_ocr().recognise, line=read_line)
    found = read_structured_too(content, name=name, limits=limits, recognition=recognition, templates=templates)
    return found.reading


def read_structured_too(
    content: bytes, *, name: str, limits: Limits, recognition: Recognition, templates: Sequence[Template] = ()
) -> Structured:
    """What `read_document` returns, with the XML that is still to be validated. Raises `DocumentRefused`."""
    pdfs = _PdfReader(limits=limits, recognition=recognition.remembering(), templates=templates)
    found = _read(content, name, pdfs)
    return replace(found, reading=calibrated(found.reading))


def _read(content: bytes, name: str, pdfs: _PdfReader) -> Structured:
    """The document as its reader sees it; confidences are the reader's own."""
    limits = pdfs.limits
    sha256 = hashlib.sha256(content).hexdigest()
    media_type = media_type_of(content, name=name, limits=limits)
    if media_type == XML:
        return Structured(reading=_xml_reading(read_xml(content, limits=limits), sha256), xml=content)
    if media_type != PDF:
        pages = picture_pages(content, limits=limits)
        return Structured(reading=scan_reading(pages, pdfs.recognition, sha256=sha256, media_type=media_type), xml=b"")
    found = pdfs.read(content, sha256)
    return replace(
        found,
        reading=compare_revisions(
            found.reading, content, limits=limits, read=lambda earlier: pdfs.read(earlier, sha256).reading
        ),
    )


def read_xml(content: bytes, *, limits: Limits) -> XmlReading:
    """The fields of a structured document. Raises `DocumentRefused`."""
    return read_structured(parse_xml(content, limits=limits))


@dataclass(frozen=True, slots=True, kw_only=True)
class _PdfReader:
    """Reads a PDF, and each earlier revision of it, in the same way."""

    limits: Limits
    recognition: Recognition
    templates: Sequence[Template]

    def read(self, content: bytes, sha256: str) -> Structured:
        pdf = read_pdf(content, limits=self.limits)
        words, hidden = _seen(pdf)
        attached = _attached(pdf, self.limits)
        findings = [*hidden, *attached.findings]
        if attached.xml is not None:
            reading = self._taught(_hybrid_reading(words, attached.xml, sha256, findings), words)
            return Structured(reading=reading, xml=attached.content)
        if has_text_layer(words):
            return Structured(reading=self._taught(self._digital(content, sha256, pdf, findings), words), xml=b"")
        return Structured(reading=self._scan(content, sha256, pdf, findings), xml=b"")

    def _taught(self, reading: Reading, words: tuple[Word, ...]) -> Reading:
        """The reading with what templates find among the words that a person sees."""
        return with_templates(reading, words, self.templates) if self.templates else reading

    def _digital(self, content: bytes, sha256: str, pdf: PdfContent, findings: list[DocumentFinding]) -> Reading:
        """What stands on the pages as text, and what is recognised on those that have none."""
        words, recognise = seen(pdf.words), self.recognition.page
        bare = recognise_bare(content, words, pages=pdf.pages, limits=self.limits, recognise=recognise)
        if not bare.scanned:
            return _digital_reading(words, sha256, [*findings, *bare.findings])
        return mixed_reading(words, bare, self.recognition, sha256=sha256, media_type=PDF, findings=tuple(findings))

    def _scan(self, content: bytes, sha256: str, pdf: PdfContent, findings: list[DocumentFinding]) -> Reading:
        """What stands on the pages as pictures; an invisible text layer only where nothing is recognised on them."""
        pages = pdf_pages(content, limits=self.limits)
        try:
            return scan_reading(pages, self.recognition, sha256=sha256, media_type=PDF, findings=findings)
        except (NoTextLayer, RecognitionUnavailable, TextNotRecognised):
            if not has_text_layer(pdf.words):
                raise
        # What some program wrote and nobody sees: better than nothing, and never trusted.
        message = "nothing is recognised on the pages; what was read is a text layer that nobody sees"
        told = DocumentFinding(code=INVISIBLE_LAYER, message=message)
        return _digital_reading(pdf.words, sha256, [*findings, told])


def _seen(pdf: PdfContent) -> tuple[tuple[Word, ...], list[DocumentFinding]]:
    """The words that a person sees, with a finding about those that nobody does."""
    hidden = [word for word in pdf.words if word.hidden is not None]
    if not hidden:
        return pdf.words, []
    quoted = " ".join(word.text for word in hidden)[:_QUOTED]
    reasons = ", ".join(sorted({word.hidden.value for word in hidden if word.hidden is not None}))
    message = f"{len(hidden)} words that nobody sees on the page were left out ({reasons}): {quoted!r}"
    finding = DocumentFinding(code="hidden_text", message=message, values={"reasons": reasons, "text": quoted})
    return seen(pdf.words), [finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attached:
    """The attached e-invoice, if there is one, and findings about attachments that are none."""

    xml: XmlReading | None
    content: bytes
    findings: list[DocumentFinding]


def _attached(pdf: PdfContent, limits: Limits) -> _Attached:
    """The e-invoice among the attachments; one that carries the name of an e-invoice must be one, or it is refused."""
    found: list[tuple[XmlReading, bytes]] = []
    findings: list[DocumentFinding] = []
    for name, content in sorted(pdf.attachments, key=lambda one: one[0].casefold() not in _E_INVOICE_NAMES):
        try:
            found.append((read_xml(content, limits=limits), content))
        except (MalformedXml, NotAnInvoiceOrOrder) as refusal:
            if name.casefold() in _E_INVOICE_NAMES:
                raise
            message = f"attachment {name!r} was not read: {refusal.message}"
            findings.append(DocumentFinding(code="attachment_ignored", message=message))
    if len(found) > 1:
        message = f"the PDF carries {len(found)} e-invoices; the first was read"
        findings.append(DocumentFinding(code="several_e_invoices", message=message))
    xml, content = found[0] if found else (None, b"")
    return _Attached(xml=xml, content=content, findings=findings)


def _xml_reading(xml: XmlReading, sha256: str) -> Reading:
    return Reading(
        kind=xml.kind,
        sha256=sha256,
        media_type=XML,
        fields=xml.facts(sha256),
        lines=xml.lines,
        findings=xml.findings,
    )


def _hybrid_reading(
    words: tuple[Word, ...], xml: XmlReading, sha256: str, findings: Sequence[DocumentFinding]
) -> Reading:
    layout = lay_out(words)
    page = _printed(words, layout)
    compared = compare(xml, page.fields if page else None, layout, sha256)
    return Reading(
        kind=DocumentKind.HYBRID_PDF,
        sha256=sha256,
        media_type=PDF,
        fields=compared.facts,
        lines=xml.lines or (page.lines if page else ()),
        findings=(*findings, *xml.findings, *compared.findings),
        signals=page.signals if page else {},
    )


def _printed(words: tuple[Word, ...], layout: Layout) -> Printed | None:
    """What is printed on a hybrid PDF, None where its pages carry no invoice text."""
    try:
        return read_printed(layout) if has_text_layer(words) else None
    except NotAnInvoiceOrOrder:
        return None


def _digital_reading(words: tuple[Word, ...], sha256: str, findings: Sequence[DocumentFinding]) -> Reading:
    page = read_printed(lay_out(words))
    return Reading(
        kind=DocumentKind.DIGITAL_PDF,
        sha256=sha256,
        media_type=PDF,
        fields={name: page_fact(field, sha256) for name, field in page.fields.fields.items()},
        lines=page.lines,
        findings=(*findings, *page.findings),
        signals=page.signals,
    )
