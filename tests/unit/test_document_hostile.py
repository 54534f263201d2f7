"""Hostile and broken documents: each gets a named refusal, at exactly its limit."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from tools.document.errors import (
    DamagedPdf,
    DamagedPicture,
    DoctypeRefused,
    DocumentRefused,
    DocumentTooLarge,
    EmptyDocument,
    EncryptedPdf,
    MalformedXml,
    NotAnInvoiceOrOrder,
    TooManyPages,
    TruncatedPdf,
    UnsupportedType,
    XmlTooDeep,
    XmlTooLarge,
    refusal,
)
from tools.document.limits import Limits
from tools.document.reader import read_document

LIMITS = Limits()
XXE = (
    """<?xml version="1.0"?><!DOCTYPE Invoice [<!ENTITY file SYSTEM "file:///etc/passwd">]><Invoice>&file;</Invoice>"""
)
BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]><x>&a11;</x>"
)
REMOTE_DTD = '<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:9/evil.dtd"><Invoice/>'
PARAMETER_ENTITY = '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]><x/>'


def pdf(pages: int = 1, text: str = "Invoice 4711 of the third of April, total 119.00") -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target)
    for _ in range(pages):
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def encrypted(user_password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    writer.encrypt(user_password=user_password, owner_password="owner", algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def refuse(content: bytes, limits: Limits = LIMITS) -> DocumentRefused:
    with pytest.raises(DocumentRefused) as caught:
        read_document(content, name="upload", limits=limits)
    return caught.value


@pytest.mark.parametrize("text", [XXE, BILLION_LAUGHS, REMOTE_DTD, PARAMETER_ENTITY, "<!DOCTYPE html><html/>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_any_doctype_is_refused_before_an_entity_is_looked_at(text: str, encoding: str) -> None:
    assert isinstance(refuse(text.encode(encoding)), DoctypeRefused)


def test_an_undeclared_entity_is_malformed() -> None:
    assert isinstance(refuse(b"<Invoice>&unknown;</Invoice>"), MalformedXml)


@pytest.mark.parametrize(
    "text", ["<a>", "<a></b>", "<", "<a b=>", "<?xml version='1.0' encoding='nonsense'?><a/>", "<a>\x00</a>"]
)
def test_broken_xml_is_malformed(text: str) -> None:
    assert isinstance(refuse(text.encode()), MalformedXml)


def test_xml_depth_is_allowed_up_to_the_limit() -> None:
    limits = replace(LIMITS, max_xml_depth=5)
    nested = {depth: b"<a>" * depth + b"</a>" * depth for depth in (4, 5, 6)}
    assert isinstance(refuse(nested[4], limits), NotAnInvoiceOrOrder)
    assert isinstance(refuse(nested[5], limits), NotAnInvoiceOrOrder)
    assert isinstance(refuse(nested[6], limits), XmlTooDeep)


def test_a_very_deep_document_is_refused() -> None:
    assert isinstance(refuse(b"<a>" * 1_000_000), XmlTooDeep)


def test_xml_elements_are_allowed_up_to_the_limit() -> None:
    limits = replace(LIMITS, max_xml_elements=10)
    many = {count: b"<a>" + b"<b/>" * (count - 1) + b"</a>" for count in (9, 10, 11)}
    assert isinstance(refuse(many[9], limits), NotAnInvoiceOrOrder)
    assert isinstance(refuse(many[10], limits), NotAnInvoiceOrOrder)
    assert isinstance(refuse(many[11], limits), XmlTooLarge)


def test_bytes_are_allowed_up_to_the_limit() -> None:
    limits = replace(LIMITS, max_bytes=12)
    assert isinstance(refuse(b"<a>4567</a>", limits), NotAnInvoiceOrOrder)
    assert isinstance(refuse(b"<a>45678</a>", limits), NotAnInvoiceOrOrder)
    assert isinstance(refuse(b"<a>456789</a>", limits), DocumentTooLarge)


def test_pages_are_allowed_up_to_the_limit() -> None:
    limits = replace(LIMITS, max_pages=3)
    assert read_document(pdf(pages=2), name="upload", limits=limits).value("doc_type") == "invoice"
    assert read_document(pdf(pages=3), name="upload", limits=limits).value("doc_type") == "invoice"
    assert isinstance(refuse(pdf(pages=4), limits), TooManyPages)


def test_an_empty_document_is_refused() -> None:
    assert isinstance(refuse(b""), EmptyDocument)


@pytest.mark.parametrize("content", [b"\x00\x01\x02", b"PK\x03\x04zip", b"MZ program", b"plain text", b"   "])
def test_other_types_are_refused(content: bytes) -> None:
    assert isinstance(refuse(content), UnsupportedType)


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0jpeg", b"\x89PNG\r\n\x1a\n....", b"II*\x00tiff"])
def test_what_only_begins_like_a_picture_is_refused(content: bytes) -> None:
    assert isinstance(refuse(content), DamagedPicture)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_truncated_pdf_is_refused(share: float) -> None:
    whole = pdf()
    assert isinstance(refuse(whole[: int(len(whole) * share)]), TruncatedPdf)


def test_a_pdf_of_junk_is_refused() -> None:
    assert isinstance(refuse(b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"\n%%EOF"), DamagedPdf)


def test_an_encrypted_pdf_is_refused() -> None:
    assert isinstance(refuse(encrypted("secret")), EncryptedPdf)


def test_a_pdf_that_only_restricts_its_reader_is_read() -> None:
    assert read_document(encrypted(""), name="upload").value("doc_type") == "invoice"


def test_a_pdf_that_is_no_invoice_is_refused() -> None:
    content = pdf(text="Dear Sir or Madam, the weather here is fine and we hope to see you soon.")
    assert isinstance(refuse(content), NotAnInvoiceOrOrder)


@given(st.binary(min_size=1, max_size=300))
def test_arbitrary_bytes_are_refused_by_name(content: bytes) -> None:
    assert refuse(content).code != DocumentRefused.code


@given(st.binary(min_size=1, max_size=200))
def test_arbitrary_bytes_dressed_as_a_pdf_are_refused_by_name(content: bytes) -> None:
    assert refuse(b"%PDF-1.4\n" + content + b"\n%%EOF\n").code != DocumentRefused.code


def test_a_refusal_is_found_again_by_its_code() -> None:
    assert isinstance(refusal("encrypted_pdf", "x"), EncryptedPdf)
    assert type(refusal("something else", "x")) is DocumentRefused


def test_a_refusal_quotes_no_more_than_its_limit() -> None:
    assert len(MalformedXml("x" * 10_000).message) == 300
