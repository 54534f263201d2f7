"""One document in, one reading or one named refusal out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tools.document.anchored_fields import PrintedFields, read_fields
from tools.document.errors import MalformedXml, NotAnInvoiceOrOrder, NoTextLayer
from tools.document.hybrid import compare, page_fact
from tools.document.kinds import read_structured
from tools.document.layout import Layout, lay_out
from tools.document.limits import DEFAULT_LIMITS, Limits
from tools.document.media_type import PDF, XML, media_type_of
from tools.document.pdf_text import PdfContent, Word, has_text_layer, read_pdf, require_text_layer
from tools.document.reading import DocumentFinding, DocumentKind, Line, Reading, capped
from tools.document.revisions import compare_revisions
from tools.document.tables import read_lines, sum_of_lines
from tools.document.xml_fields import XmlReading
from tools.document.xml_tree import parse_xml

HIDDEN_TEXT_CAP: Final = 0.3
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


def read_document(content: bytes, *, name: str, limits: Limits = DEFAULT_LIMITS) -> Reading:
    """The fields, lines and findings of a document. Raises `DocumentRefused`.

    Pure: no network, no file. It bounds size, depth and pages but not time and memory, and holds nothing against
    schema and rules; a document from outside goes through `read_document_isolated`. `name` only serves the messages.
    """
    return read_structured_too(content, name=name, limits=limits).reading


def read_structured_too(content: bytes, *, name: str, limits: Limits = DEFAULT_LIMITS) -> Structured:
    """What `read_document` returns, with the XML that is still to be validated. Raises `DocumentRefused`."""
    sha256 = hashlib.sha256(content).hexdigest()
    if media_type_of(content, name=name, limits=limits) == XML:
        return Structured(reading=_xml_reading(read_xml(content, limits=limits), sha256), xml=content)
    found = _read_pdf(content, sha256, limits)
    reading = compare_revisions(
        found.reading, content, limits=limits, read=lambda earlier: _read_pdf(earlier, sha256, limits).reading
    )
    return Structured(reading=reading, xml=found.xml)


def read_xml(content: bytes, *, limits: Limits) -> XmlReading:
    """The fields of a structured document. Raises `DocumentRefused`."""
    return read_structured(parse_xml(content, limits=limits))


def _read_pdf(content: bytes, sha256: str, limits: Limits) -> Structured:
    pdf = read_pdf(content, limits=limits)
    words, hidden = _seen(pdf)
    attached = _attached(pdf, limits)
    findings = [*hidden, *attached.findings]
    if attached.xml is not None:
        return Structured(reading=_hybrid_reading(words, attached.xml, sha256, findings), xml=attached.content)
    if not has_text_layer(words) and has_text_layer(pdf.words):
        # A scan with an invisible text layer that some program wrote: better than nothing, and never trusted.
        reading = _digital_reading(pdf.words, sha256, findings)
        fields = {name: capped(fact, HIDDEN_TEXT_CAP) for name, fact in reading.fields.items()}
        return Structured(reading=reading.model_copy(update={"fields": fields}), xml=b"")
    return Structured(reading=_digital_reading(words, sha256, findings), xml=b"")


def _seen(pdf: PdfContent) -> tuple[tuple[Word, ...], list[DocumentFinding]]:
    """The words that a person sees, with a finding about those that nobody does."""
    hidden = [word for word in pdf.words if word.hidden is not None]
    if not hidden:
        return pdf.words, []
    quoted = " ".join(word.text for word in hidden)[:_QUOTED]
    reasons = ", ".join(sorted({word.hidden.value for word in hidden if word.hidden is not None}))
    message = f"{len(hidden)} words that nobody sees on the page were left out ({reasons}): {quoted!r}"
    finding = DocumentFinding(code="hidden_text", message=message, values={"reasons": reasons, "text": quoted})
    return tuple(word for word in pdf.words if word.hidden is None), [finding]


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


def _hybrid_reading(words: tuple[Word, ...], xml: XmlReading, sha256: str, findings: list[DocumentFinding]) -> Reading:
    layout = lay_out(words)
    page = _page_fields(words, layout)
    compared = compare(xml, page, layout, sha256)
    return Reading(
        kind=DocumentKind.HYBRID_PDF,
        sha256=sha256,
        media_type=PDF,
        fields=compared.facts,
        lines=xml.lines or (_lines(layout, page) if page else ()),
        findings=(*findings, *xml.findings, *compared.findings),
    )


def _page_fields(words: tuple[Word, ...], layout: Layout) -> PrintedFields | None:
    """The printed fields of a hybrid PDF, None where its pages carry no invoice text."""
    try:
        require_text_layer(words)
        return read_fields(layout)
    except (NoTextLayer, NotAnInvoiceOrOrder):
        return None


def _digital_reading(words: tuple[Word, ...], sha256: str, findings: list[DocumentFinding]) -> Reading:
    require_text_layer(words)
    layout = lay_out(words)
    page = read_fields(layout)
    lines = _lines(layout, page)
    return Reading(
        kind=DocumentKind.DIGITAL_PDF,
        sha256=sha256,
        media_type=PDF,
        fields={name: page_fact(field, sha256) for name, field in page.fields.items()},
        lines=lines,
        findings=(*findings, *page.findings, *_line_findings(lines, page)),
    )


def _lines(layout: Layout, page: PrintedFields) -> tuple[Line, ...]:
    net = page.fields.get("net_total")
    return read_lines(layout, net.value if net else None)


def _line_findings(lines: tuple[Line, ...], page: PrintedFields) -> tuple[DocumentFinding, ...]:
    """A finding where the lines sum up to neither the net total nor the total."""
    summed = sum_of_lines(lines) if lines else None
    stated = {name: page.fields[name].value for name in ("net_total", "total") if name in page.fields}
    if summed is None or not stated or summed in {Decimal(value) for value in stated.values()}:
        return ()
    message = f"the lines sum up to {summed}, which is neither the net total nor the total"
    return (DocumentFinding(code="lines_do_not_add_up", message=message, values=stated | {"lines": str(summed)}),)
