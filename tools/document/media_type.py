"""What bytes are, told by the bytes and never by a name."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from tools.document.archive import ends_as_zip, is_archive
from tools.document.errors import (
    ArchiveNotUnpacked,
    DocumentTooLarge,
    EmptyDocument,
    SeveralTypesAtOnce,
    UnsupportedType,
)
from tools.document.limits import Limits

PDF: Final = "application/pdf"
XML: Final = "application/xml"
PICTURES: Final = MappingProxyType(
    {
        b"\xff\xd8\xff": "image/jpeg",
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"II*\x00": "image/tiff",
        b"MM\x00*": "image/tiff",
    }
)
"""How the pictures that can be read begin, and what they are called."""
_PDF_HEADER: Final = b"%PDF-"
_PDF_HEADER_WINDOW: Final = 1024
_OTHER_PICTURES: Final = (b"\x89PNG", b"GIF8", b"BM", b"RIFF")
_XML_STARTS: Final = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")
_PROGRAMS: Final = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe")


def media_type_of(content: bytes, *, name: str, limits: Limits) -> str:
    """`application/pdf`, `application/xml` or a picture's.

    Raises `EmptyDocument`, `DocumentTooLarge`, `ArchiveNotUnpacked`, `SeveralTypesAtOnce` or `UnsupportedType`.
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
    picture = next((kind for start, kind in PICTURES.items() if content.startswith(start)), None)
    if picture is None and not content.lstrip().startswith(_XML_STARTS):
        raise UnsupportedType(f"{name!r} is neither XML nor PDF nor a JPEG, PNG or TIFF; send one of these")
    if ends_as_zip(content):
        raise SeveralTypesAtOnce(f"{name!r} is {'a picture' if picture else 'XML'} and a zip archive at once")
    return picture or XML


def _refuse_a_second_type(content: bytes, name: str) -> None:
    """Raises `SeveralTypesAtOnce` where a PDF begins as something else, or ends as a zip archive."""
    others = (*PICTURES, *_OTHER_PICTURES, *_PROGRAMS)
    second = not content.startswith(_PDF_HEADER) and (
        is_archive(content) or content.startswith(others) or content.lstrip().startswith(b"<")
    )
    if second or ends_as_zip(content):
        raise SeveralTypesAtOnce(f"{name!r} is a PDF and something else at once; send a plain PDF")
