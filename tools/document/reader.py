"""One document in, one reading or one named refusal out."""

from __future__ import annotations

import hashlib

from tools.document.cii import is_cii, read_cii
from tools.document.errors import (
    DocumentTooLarge,
    EmptyDocument,
    MalformedXml,
    NotAnInvoiceOrOrder,
    UnsupportedType,
)
from tools.document.hybrid import compare, page_fact
from tools.document.layout import Layout, lay_out
from tools.document.limits import DEFAULT_LIMITS, Limits
from tools.document.ocr import shared_ocr
from tools.document.pdf_text import PdfContent, has_text_layer, read_pdf
from tools.document.pictures import MEDIA_TYPES, pdf_pages, picture_pages
from tools.document.printed import Printed, read_printed
from tools.document.reading import DocumentFinding, DocumentKind, Reading
from tools.document.recognised import Recognise
from tools.document.scan_reading import scan_reading
from tools.document.ubl import is_ubl, read_ubl
from tools.document.xml_fields import XmlReading
from tools.document.xml_tree import Element, local_name, parse_xml

PDF = "application/pdf"
XML = "application/xml"
_PDF_HEADER_WINDOW = 1024
_XML_STARTS = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")
_E_INVOICE_NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml", "zugferd_invoice.xml")


def read_document(
    content: bytes, *, name: str, limits: Limits = DEFAULT_LIMITS, recognise: Recognise | None = None
) -> Reading:
    """The fields, lines and findings of an invoice, credit note, order or receipt. Raises `DocumentRefused`.

    No network, no file; the pages of a scan go to `recognise`, by default the OCR process. It bounds size, depth
    and pages but not time and memory; a document from outside goes through `read_document_isolated`. `name` only
    serves the messages.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    media_type = media_type_of(content, name=name, limits=limits)
    recognise = recognise or shared_ocr().recognise
    if media_type in MEDIA_TYPES.values():
        pages = picture_pages(content, limits=limits)
        return scan_reading(pages, recognise, sha256=sha256, media_type=media_type)
    if media_type == XML:
        return _xml_reading(read_xml(content, limits=limits), sha256)
    pdf = read_pdf(content, limits=limits)
    xml, findings = _attached(pdf, limits)
    if xml is not None:
        return _hybrid_reading(pdf, xml, sha256, findings)
    if not has_text_layer(pdf.words):
        pages = pdf_pages(content, limits=limits)
        return scan_reading(pages, recognise, sha256=sha256, media_type=PDF, findings=findings)
    return _digital_reading(pdf, sha256, findings)


def media_type_of(content: bytes, *, name: str, limits: Limits) -> str:
    """`application/pdf`, `application/xml` or a picture's, by the bytes and never by the name.

    Raises `EmptyDocument`, `DocumentTooLarge` or `UnsupportedType`.
    """
    if not content:
        raise EmptyDocument(f"{name!r} is empty")
    if len(content) > limits.max_bytes:
        raise DocumentTooLarge(f"{name!r} has {len(content)} bytes; at most {limits.max_bytes} are read")
    if b"%PDF-" in content[:_PDF_HEADER_WINDOW]:
        return PDF
    for signature, media_type in MEDIA_TYPES.items():
        if content.startswith(signature):
            return media_type
    if content.lstrip().startswith(_XML_STARTS):
        return XML
    raise UnsupportedType(f"{name!r} is neither XML nor PDF nor a JPEG, PNG or TIFF; send one of these")


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
    page = _printed(pdf, layout)
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


def _printed(pdf: PdfContent, layout: Layout) -> Printed | None:
    """What is printed on a hybrid PDF, None where its pages carry no invoice text."""
    try:
        return read_printed(layout) if has_text_layer(pdf.words) else None
    except NotAnInvoiceOrOrder:
        return None


def _digital_reading(pdf: PdfContent, sha256: str, findings: list[DocumentFinding]) -> Reading:
    page = read_printed(lay_out(pdf.words))
    return Reading(
        kind=DocumentKind.DIGITAL_PDF,
        sha256=sha256,
        media_type=PDF,
        fields={name: page_fact(field, sha256) for name, field in page.fields.fields.items()},
        lines=page.lines,
        findings=(*findings, *page.findings),
        signals=page.signals,
    )
