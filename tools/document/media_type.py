"""What bytes are, told by the bytes and never by a name."""

from __future__ import annotations

from typing import Final

from tools.document.archive import ends_as_zip, is_archive
from tools.document.errors import (
    ArchiveNotUnpacked,
    DocumentTooLarge,
    EmptyDocument,
    NoTextLayer,
    SeveralTypesAtOnce,
    UnsupportedType,
)
from tools.document.limits import Limits

PDF: Final = "application/pdf"
XML: Final = "application/xml"
_PDF_HEADER: Final = b"%PDF-"
_PDF_HEADER_WINDOW: Final = 1024
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG", b"II*\x00", b"MM\x00*", b"GIF8", b"BM", b"RIFF")
_XML_STARTS: Final = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")
_PROGRAMS: Final = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe")


def media_type_of(content: bytes, *, name: str, limits: Limits) -> str:
    """`application/pdf` or `application/xml`.

    Raises `EmptyDocument`, `DocumentTooLarge`, `ArchiveNotUnpacked`, `SeveralTypesAtOnce`, `NoTextLayer` for pictures,
    or `UnsupportedType`.
    """
    if not content:
        raise EmptyDocument(f"{name!r} is empty")
    if len(content) > limits.max_bytes:
        raise DocumentTooLarge(f"{name!r} has {len(content)} bytes; at most {limits.max_bytes} are read")
    if _PDF_HEADER in content[:_PDF_HEADER_WINDOW]:
        _refuse_a_second_type(content, name)
        return PDF
    if is_archive(content):
        raise ArchiveNotUnpacked(f"{name!r} is an archive; unpack it and read its members")
    if content.startswith(_PICTURES):
        raise NoTextLayer(f"{name!r} is a picture; scans come with a later release")
    if content.lstrip().startswith(_XML_STARTS):
        if ends_as_zip(content):
            raise SeveralTypesAtOnce(f"{name!r} is XML and a zip archive at once")
        return XML
    raise UnsupportedType(f"{name!r} is neither XML nor PDF; send the e-invoice or the PDF")


def _refuse_a_second_type(content: bytes, name: str) -> None:
    """Raises `SeveralTypesAtOnce` where a PDF begins as something else, or ends as a zip archive."""
    if content.startswith(_PDF_HEADER):
        second = False
    else:
        second = (
            is_archive(content) or content.startswith((*_PICTURES, *_PROGRAMS)) or content.lstrip().startswith(b"<")
        )
    if second or ends_as_zip(content):
        raise SeveralTypesAtOnce(f"{name!r} is a PDF and something else at once; send a plain PDF")
