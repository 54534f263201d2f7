"""Documents made to hurt whoever reads them. Each has a name, and is made when it is asked for."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from typing import Final

from pypdf import PdfReader, PdfWriter

from tests.support.raw_pdf import (
    INVOICE,
    at,
    invoice_pdf,
    many_pages,
    one_page,
    packed_zeros,
    raw_pdf,
    stream,
    text_stream,
    updated,
)

MEBIBYTE: Final = 1024 * 1024
UBL: Final = """<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:a="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:b="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <b:CustomizationID>urn:cen.eu:en16931:2017</b:CustomizationID><b:ID>4711</b:ID><b:IssueDate>2026-04-03</b:IssueDate>
 <a:LegalMonetaryTotal><b:PayableAmount currencyID="EUR">119.00</b:PayableAmount></a:LegalMonetaryTotal></Invoice>"""
LAUGHS: Final = (
    '<!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]><x>&a11;</x>"
)


def _amount(text: str) -> bytes:
    return UBL.replace("119.00", text).encode()


def _zip(name: str, content: bytes, times: int = 1) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(times):
            archive.writestr(f"{number}{name}", content)
    return target.getvalue()


def _gzip_of_zeros(size: int) -> bytes:
    """A gzip member around the deflated zeros; its check sum at the end is never reached."""
    return gzip.compress(b"")[:10] + packed_zeros(size)[2:]


def _encrypted() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(invoice_pdf())))
    writer.encrypt(user_password="secret", algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def _attached(content: bytes, *, packed: bool = False, name: str = "factur-x.xml") -> bytes:
    objects = one_page(text_stream())
    objects[0] = f"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [({name}) 6 0 R] >> >> >>".encode()
    spec = f"<< /Type /Filespec /F ({name}) /UF ({name}) /EF << /F 7 0 R /UF 7 0 R >> >>".encode()
    return raw_pdf([*objects, spec, stream(content, "/Type /EmbeddedFile /Subtype /text#2Fxml", packed=packed)])


def _picture(width: int, height: int, content: bytes, *, bits: int = 8) -> bytes:
    entries = f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray"
    objects = one_page(text_stream(after="q 200 0 0 200 60 60 cm /P Do Q"), resources="/XObject << /P 6 0 R >>")
    return raw_pdf([*objects, stream(content, f"{entries} /BitsPerComponent {bits}", packed=True)])


def _form_in_itself() -> bytes:
    objects = one_page(text_stream(after="/F Do"), resources="/XObject << /F 6 0 R >>")
    entries = "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 6 0 R >> >>"
    return raw_pdf([*objects, stream(b"/F Do /F Do", entries)])


def _tree_in_itself() -> bytes:
    objects = one_page(text_stream())
    objects[1] = b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"
    return raw_pdf(objects)


def _names_in_themselves() -> bytes:
    objects = one_page(text_stream())
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles 6 0 R >> >>"
    return raw_pdf([*objects, b"<< /Kids [6 0 R 6 0 R] >>"])


def _deep_arrays() -> bytes:
    objects = one_page(text_stream())
    return raw_pdf([*objects, b"[" * 200_000 + b"]" * 200_000], trailer="/Info 6 0 R")


def _page_bomb() -> bytes:
    return raw_pdf(one_page(stream(packed_zeros(900 * MEBIBYTE), packed=True)))


def _table_in_itself() -> bytes:
    content = invoice_pdf()
    table = int(content[content.rindex(b"startxref") :].split()[1])
    return content.replace(b"/Root 1 0 R", f"/Root 1 0 R /Prev {table}".encode(), 1)


REFUSED: Final[dict[str, tuple[Callable[[], bytes], set[str]]]] = {
    "an entity that reads a file": (
        lambda: b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
        {"doctype_refused"},
    ),
    "an entity that asks a server": (
        lambda: b'<!DOCTYPE x [<!ENTITY f SYSTEM "http://127.0.0.1:9/">]><x>&f;</x>',
        {"doctype_refused"},
    ),
    "a billion laughs": (lambda: LAUGHS.encode(), {"doctype_refused"}),
    "a billion laughs in UTF-16": (lambda: LAUGHS.encode("utf-16"), {"doctype_refused"}),
    "a million levels": (lambda: b"<a>" * 1_000_000, {"xml_too_deep"}),
    "a million elements": (lambda: b"<a>" + b"<b/>" * 1_000_000 + b"</a>", {"xml_too_large"}),
    "an attribute of 15 MiB": (lambda: b'<a b="' + b"x" * (15 * MEBIBYTE) + b'"/>', {"malformed_xml"}),
    "an attribute twice": (lambda: b'<Invoice a="1" a="2"/>', {"malformed_xml"}),
    "a lone surrogate": (lambda: UBL.replace("4711", "&#xD800;").encode(), {"malformed_xml"}),
    "a lone surrogate in raw bytes": (
        lambda: UBL.encode().replace(b"4711", b"\xed\xa0\x80"),
        {"malformed_xml"},
    ),
    "a zero character": (lambda: UBL.encode().replace(b"4711", b"\0"), {"malformed_xml"}),
    "an amount that is no number": (lambda: _amount("NaN"), {"amount_not_a_number"}),
    "an amount without end": (lambda: _amount("Infinity"), {"amount_not_a_number"}),
    "an amount of 400 digits": (lambda: _amount("9" * 400), {"amount_not_a_number"}),
    "an amount with a large exponent": (lambda: _amount("1e999999999"), {"amount_not_a_number"}),
    "XML that is a zip too": (lambda: UBL.encode() + _zip("a.xml", b"<a/>"), {"several_types_at_once"}),
    "a PDF that is a zip too": (lambda: invoice_pdf() + _zip("a.xml", b"<a/>"), {"several_types_at_once"}),
    "a PDF that is a page of HTML too": (
        lambda: b"<html><script>1</script>" + invoice_pdf(),
        {"several_types_at_once"},
    ),
    "a PDF that is a picture too": (lambda: b"\xff\xd8\xff\xe0" + invoice_pdf(), {"several_types_at_once"}),
    "an encrypted PDF": (_encrypted, {"encrypted_pdf"}),
    "20,000 pages": (lambda: many_pages(20_000), {"too_many_pages"}),
    "a page that unpacks to 900 MiB": (_page_bomb, {"reader_died", "no_text_layer", "time_limit_exceeded"}),
    "an attachment that unpacks to 900 MiB": (
        lambda: _attached(packed_zeros(900 * MEBIBYTE), packed=True),
        {"reader_died", "too_large", "malformed_xml"},
    ),
    "an attachment of a billion laughs": (lambda: _attached(LAUGHS.encode()), {"doctype_refused"}),
    "a picture of 60,000 by 60,000": (lambda: _picture(60_000, 60_000, packed_zeros(MEBIBYTE)), {"too_many_pixels"}),
    "a picture with negative size": (lambda: _picture(-5, -5, packed_zeros(MEBIBYTE)), {"too_many_pixels"}),
    "a tree of pages that holds itself": (_tree_in_itself, {"damaged_pdf", "no_text_layer"}),
    "a page that draws 60,000 lines": (lambda: invoice_pdf(before="0 0 m 595 842 l S " * 60_000), {"too_large"}),
    "a page as large as a field": (lambda: invoice_pdf(media="0 0 9999999 9999999"), {"too_many_pixels"}),
    "a zip": (lambda: _zip("a.xml", UBL.encode()), {"archive_not_unpacked"}),
    "junk between the marks of a PDF": (
        lambda: b"%PDF-1.7\n" + bytes(range(256)) * 400 + b"\n%%EOF",
        {"damaged_pdf"},
    ),
    "a program": (lambda: b"MZ" + bytes(5000), {"unsupported_type"}),
}
"""What must be refused, and the codes that may say so."""

COVERED: Final = {
    "an entity that asks a server",
    "a billion laughs in UTF-16",
    "a million levels",
    "an attribute twice",
    "a lone surrogate in raw bytes",
    "a zero character",
    "an amount without end",
    "an amount of 400 digits",
    "an amount with a large exponent",
    "a PDF that is a picture too",
    "an encrypted PDF",
    "junk between the marks of a PDF",
    "a program",
}
"""Of these, what quicker tests refuse without a process of its own too; the long run reads them in one."""

TOLD: Final[dict[str, tuple[Callable[[], bytes], set[str]]]] = {
    "a second total in XML": (
        lambda: UBL.replace("</a:Legal", '<b:PayableAmount currencyID="EUR">9</b:PayableAmount></a:Legal').encode(),
        {"schema_invalid"},
    ),
    "an inclusion of a file": (
        lambda: UBL.replace(
            "<b:ID>", '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/><b:ID>'
        ).encode(),
        {"schema_invalid"},
    ),
    "an invoice that leaves out what it must say": (lambda: UBL.encode(), {"schema_invalid", "rule_failed"}),
    "a total nobody sees": (
        lambda: invoice_pdf(after=at(60, 560, "Total amount: 9.00 EUR", set_up="3 Tr")),
        {"hidden_text"},
    ),
    "a total that was changed afterwards": (
        lambda: updated(invoice_pdf(), 4, text_stream([line.replace("119.00", "919.00") for line in INVOICE])),
        {"shadow_value"},
    ),
    "an attachment that contradicts the page": (lambda: _attached(_amount("919.00")), {"xml_page_mismatch"}),
    "an attachment of another kind": (
        lambda: _attached(b"<notes/>", name="notes.xml"),
        {"attachment_ignored"},
    ),
}
"""What may be read if it is told, and the findings that may tell."""

SURVIVED: Final[dict[str, Callable[[], bytes]]] = {
    "a count of pages that lies": lambda: invoice_pdf().replace(b"/Count 1", b"/Count 2000000000"),
    "a form that draws itself": _form_in_itself,
    "names that hold themselves": _names_in_themselves,
    "a table that comes before itself": _table_in_itself,
    "200,000 arrays in each other": _deep_arrays,
    "a page of five metres": lambda: invoice_pdf(media="0 0 14400 14400"),
    "a page without any size": lambda: invoice_pdf(media="0 0 0 0"),
}
"""What holds an honest invoice in a form that makes a careless program run without end; reading it is right."""

ARCHIVES: Final[dict[str, tuple[Callable[[], bytes], set[str]]]] = {
    "a zip that unpacks to 72 MiB": (lambda: _zip(".xml", bytes(18 * MEBIBYTE), 4), {"archive_bomb"}),
    "a gzip that unpacks to 2 GiB": (lambda: _gzip_of_zeros(2048 * MEBIBYTE), {"archive_bomb"}),
    "a zip of a zip": (lambda: _zip(".zip", _zip(".xml", UBL.encode())), {"nested_archive"}),
    "a gzip of a gzip": (lambda: gzip.compress(gzip.compress(UBL.encode())), {"nested_archive"}),
    "a name that slips out": (lambda: _zip("/../../a.xml", UBL.encode()), {"unsafe_member_name"}),
    "10,000 members": (lambda: _zip(".xml", b"", 10_000), {"too_many_members"}),
}
"""Archives that must be refused, and the codes that may say so."""
