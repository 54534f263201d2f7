"""One document in, one reading or one named refusal out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal

from tools.document.anchored_fields import PrintedFields, read_fields
from tools.document.cii import is_cii, read_cii
from tools.document.confidence import calibrated
from tools.document.errors import (
    DocumentTooLarge,
    EmptyDocument,
    MalformedXml,
    NotAnInvoiceOrOrder,
    NoTextLayer,
    UnsupportedType,
)
from tools.document.hybrid import compare, page_fact
from tools.document.layout import Layout, lay_out
from tools.document.limits import DEFAULT_LIMITS, Limits
from tools.document.pdf_text import PdfContent, read_pdf, require_text_layer
from tools.document.reading import DocumentFinding, DocumentKind, Line, Reading
from tools.document.tables import read_lines, sum_of_lines
from tools.document.template import Template
from tools.document.template_reading import with_templates
from tools.document.ubl import is_ubl, read_ubl
from tools.document.xml_fields import XmlReading
from tools.document.xml_tree import Element, local_name, parse_xml

PDF = "application/pdf"
XML = "application/xml"
_PDF_HEADER_WINDOW = 1024
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"II*\x00", b"MM\x00*", b"GIF8", b"BM", b"RIFF")
_XML_STARTS = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")
_E_INVOICE_NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml", "zugferd_invoice.xml")


def read_document(
    content: bytes, *, name: str, limits: Limits = DEFAULT_LIMITS, templates: Sequence[Template] = ()
) -> Reading:
    """The fields, lines and findings of an invoice, credit note or order. Raises `DocumentRefused`.

    Pure: no network, no file. It bounds size, depth and pages but not time and memory; a document from
    outside goes through `read_document_isolated`. `name` only serves the messages. Where a template of
    `templates` fits, a printed field is read by it. Confidences are calibrated.
    """
    reading = _read(content, name=name, limits=limits)
    if templates and reading.media_type == PDF:
        reading = with_templates(reading, read_pdf(content, limits=limits).words, templates)
    return calibrated(reading)


def _read(content: bytes, *, name: str, limits: Limits) -> Reading:
    sha256 = hashlib.sha256(content).hexdigest()
    if media_type_of(content, name=name, limits=limits) == XML:
        return _xml_reading(read_xml(content, limits=limits), sha256)
    pdf = read_pdf(content, limits=limits)
    xml, findings = _attached(pdf, limits)
    if xml is not None:
        return _hybrid_reading(pdf, xml, sha256, findings)
    return _digital_reading(pdf, sha256, findings)


def media_type_of(content: bytes, *, name: str, limits: Limits) -> str:
    """`application/pdf` or `application/xml`, by the bytes and never by the name.

    Raises `EmptyDocument`, `DocumentTooLarge`, `NoTextLayer` for pictures, or `UnsupportedType`.
    """
    if not content:
        raise EmptyDocument(f"{name!r} is empty")
    if len(content) > limits.max_bytes:
        raise DocumentTooLarge(f"{name!r} has {len(content)} bytes; at most {limits.max_bytes} are read")
    if b"%PDF-" in content[:_PDF_HEADER_WINDOW]:
        return PDF
    if content.startswith(_PICTURES):
        raise NoTextLayer(f"{name!r} is a picture; scans come with a later release")
    if content.lstrip().startswith(_XML_STARTS):
        return XML
    raise UnsupportedType(f"{name!r} is neither XML nor PDF; send the e-invoice or the PDF")


def read_xml(content: bytes, *, limits: Limits) -> XmlReading:
    """The fields of a UBL or cross industry document. Raises `DocumentRefused`."""
    return _fields_of(parse_xml(content, limits=limits))


def _fields_of(root: Element) -> XmlReading:
    if is_ubl(root):
        return read_ubl(root)
    if is_cii(root):
        return read_cii(root)
    raise NotAnInvoiceOrOrder(f"{local_name(root)!r} is no invoice, credit note or order in UBL or CII")


def _attached(pdf: PdfContent, limits: Limits) -> tuple[XmlReading | None, list[DocumentFinding]]:
    """The attached e-invoice, with findings about attachments that are none.

    An attachment that carries the name of an e-invoice must be one, or the document is refused.
    """
    found: list[XmlReading] = []
    findings: list[DocumentFinding] = []
    for name, content in sorted(pdf.attachments, key=lambda one: one[0].casefold() not in _E_INVOICE_NAMES):
        try:
            found.append(read_xml(content, limits=limits))
        except (MalformedXml, NotAnInvoiceOrOrder) as refusal:
            if name.casefold() in _E_INVOICE_NAMES:
                raise
            message = f"attachment {name!r} was not read: {refusal.message}"
            findings.append(DocumentFinding(code="attachment_ignored", message=message))
    if len(found) > 1:
        message = f"the PDF carries {len(found)} e-invoices; the first was read"
        findings.append(DocumentFinding(code="several_e_invoices", message=message))
    return (found[0] if found else None), findings


def _xml_reading(xml: XmlReading, sha256: str) -> Reading:
    return Reading(
        kind=xml.kind,
        sha256=sha256,
        media_type=XML,
        fields=xml.facts(sha256),
        lines=xml.lines,
        findings=xml.findings,
    )


def _hybrid_reading(pdf: PdfContent, xml: XmlReading, sha256: str, findings: list[DocumentFinding]) -> Reading:
    layout = lay_out(pdf.words)
    page = _page_fields(pdf, layout)
    compared = compare(xml, page, layout, sha256)
    return Reading(
        kind=DocumentKind.HYBRID_PDF,
        sha256=sha256,
        media_type=PDF,
        fields=compared.facts,
        lines=xml.lines or (_lines(layout, page) if page else ()),
        findings=(*findings, *xml.findings, *compared.findings),
    )


def _page_fields(pdf: PdfContent, layout: Layout) -> PrintedFields | None:
    """The printed fields of a hybrid PDF, None where its pages carry no invoice text."""
    try:
        require_text_layer(pdf.words)
        return read_fields(layout)
    except (NoTextLayer, NotAnInvoiceOrOrder):
        return None


def _digital_reading(pdf: PdfContent, sha256: str, findings: list[DocumentFinding]) -> Reading:
    require_text_layer(pdf.words)
    layout = lay_out(pdf.words)
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
