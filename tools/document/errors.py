"""Documents that are refused, by name.

DocumentRefused
├── EmptyDocument, DocumentTooLarge
├── UnsupportedType
│   └── ArchiveNotUnpacked, SeveralTypesAtOnce
├── MalformedXml, DoctypeRefused, XmlTooDeep, XmlTooLarge
├── EncryptedPdf, TruncatedPdf, DamagedPdf, TooManyPages, TooManyPixels
├── NoTextLayer, DamagedPicture, TextNotRecognised, RecognitionUnavailable
├── NoSuchPage
├── NotAnInvoiceOrOrder, AmountNotANumber, DateNotADate
├── DamagedArchive, EncryptedArchive, EmptyArchive, NestedArchive, UnsafeMemberName, TooManyMembers, ArchiveBomb
├── Infected, NotScanned
├── TimeLimitExceeded, ReaderDied
└── MalformedJson
    └── DuplicateJsonKey, JsonNumberRefused, JsonTooDeep, JsonTooLarge
"""

from __future__ import annotations

from typing import ClassVar

MESSAGE_LIMIT = 300


def shortened_message(message: str) -> str:
    """At most `MESSAGE_LIMIT` characters of `message`."""
    return message if len(message) <= MESSAGE_LIMIT else message[: MESSAGE_LIMIT - 1] + "…"


class DocumentRefused(Exception):
    """A document is not read, and `code` says why."""

    code: ClassVar[str] = "document_refused"

    def __init__(self, message: str) -> None:
        """Keep at most `MESSAGE_LIMIT` characters: a message may quote what the document says."""
        self.message = shortened_message(message)
        super().__init__(self.message)


class NoSuchPage(DocumentRefused):
    """The document has no page of this number, or none at all: structured data has nothing to look at."""

    code: ClassVar[str] = "no_such_page"


class EmptyDocument(DocumentRefused):
    """The document has no bytes."""

    code: ClassVar[str] = "empty"


class DocumentTooLarge(DocumentRefused):
    """The document, or a file inside it, has more bytes than the limit."""

    code: ClassVar[str] = "too_large"


class UnsupportedType(DocumentRefused):
    """The bytes are neither XML nor PDF nor an image."""

    code: ClassVar[str] = "unsupported_type"


class ArchiveNotUnpacked(UnsupportedType):
    """The bytes are an archive; its members are the documents, and are read one by one."""

    code: ClassVar[str] = "archive_not_unpacked"


class SeveralTypesAtOnce(UnsupportedType):
    """The bytes are valid as two types at once, so two programs could see two documents."""

    code: ClassVar[str] = "several_types_at_once"


class MalformedXml(DocumentRefused):
    """The XML is not well-formed."""

    code: ClassVar[str] = "malformed_xml"


class DoctypeRefused(DocumentRefused):
    """The XML declares a DOCTYPE; entities could read files or fill the memory."""

    code: ClassVar[str] = "doctype_refused"


class XmlTooDeep(DocumentRefused):
    """The XML nests deeper than the limit."""

    code: ClassVar[str] = "xml_too_deep"


class XmlTooLarge(DocumentRefused):
    """The XML has more elements than the limit."""

    code: ClassVar[str] = "xml_too_large"


class EncryptedPdf(DocumentRefused):
    """The PDF opens only with a password."""

    code: ClassVar[str] = "encrypted_pdf"


class TruncatedPdf(DocumentRefused):
    """The PDF ends before its end marker."""

    code: ClassVar[str] = "truncated_pdf"


class DamagedPdf(DocumentRefused):
    """The PDF cannot be opened."""

    code: ClassVar[str] = "damaged_pdf"


class TooManyPages(DocumentRefused):
    """The PDF has more pages than the limit."""

    code: ClassVar[str] = "too_many_pages"


class TooManyPixels(DocumentRefused):
    """A picture, or one inside a PDF, has more pixels than the limit."""

    code: ClassVar[str] = "too_many_pixels"


class NoTextLayer(DocumentRefused):
    """The document is a scan or a photo on which no text is recognised."""

    code: ClassVar[str] = "no_text_layer"


class DamagedPicture(DocumentRefused):
    """The picture cannot be decoded."""

    code: ClassVar[str] = "damaged_picture"


class TextNotRecognised(DocumentRefused):
    """The process that recognises text died or hung on a page of this document."""

    code: ClassVar[str] = "text_not_recognised"


class RecognitionUnavailable(DocumentRefused):
    """The process that recognises text is busy or does not start. Nothing is wrong with the document: try again."""

    code: ClassVar[str] = "recognition_unavailable"


class NotAnInvoiceOrOrder(DocumentRefused):
    """The document is neither an invoice nor a credit note nor an order."""

    code: ClassVar[str] = "not_an_invoice_or_order"


class AmountNotANumber(DocumentRefused):
    """An amount is not a plain decimal number of sensible size (NaN, Infinity, 1e400)."""

    code: ClassVar[str] = "amount_not_a_number"


class DateNotADate(DocumentRefused):
    """A date field of a structured document does not name a day of the calendar."""

    code: ClassVar[str] = "date_not_a_date"


class DamagedArchive(DocumentRefused):
    """The archive cannot be unpacked: damaged, cut off, or packed in an unusual way."""

    code: ClassVar[str] = "damaged_archive"


class EncryptedArchive(DocumentRefused):
    """A member of the archive needs a password."""

    code: ClassVar[str] = "encrypted_archive"


class EmptyArchive(DocumentRefused):
    """The archive has no member that is a file."""

    code: ClassVar[str] = "empty_archive"


class NestedArchive(DocumentRefused):
    """A member of the archive is an archive itself."""

    code: ClassVar[str] = "nested_archive"


class UnsafeMemberName(DocumentRefused):
    """A member's name leads out of the archive (`../`, an absolute path, a link), or two members share one."""

    code: ClassVar[str] = "unsafe_member_name"


class TooManyMembers(DocumentRefused):
    """The archive has more members than the limit."""

    code: ClassVar[str] = "too_many_members"


class ArchiveBomb(DocumentRefused):
    """The archive's members unpack to more bytes than the limit."""

    code: ClassVar[str] = "archive_bomb"


class Infected(DocumentRefused):
    """The virus scanner found something in the document."""

    code: ClassVar[str] = "infected"


class NotScanned(DocumentRefused):
    """The virus scanner gave no verdict, so the document was not opened; a later attempt may succeed."""

    code: ClassVar[str] = "not_scanned"


class TimeLimitExceeded(DocumentRefused):
    """Reading took longer than the limit and was stopped."""

    code: ClassVar[str] = "time_limit_exceeded"


class ReaderDied(DocumentRefused):
    """The process that read the document ended without an answer: a crash or the memory limit."""

    code: ClassVar[str] = "reader_died"


class MalformedJson(DocumentRefused):
    """The text is not JSON in UTF-8."""

    code: ClassVar[str] = "malformed_json"


class DuplicateJsonKey(MalformedJson):
    """An object names a key twice, so two readers could see two values."""

    code: ClassVar[str] = "duplicate_json_key"


class JsonNumberRefused(MalformedJson):
    """A number is NaN, infinite or of absurd size."""

    code: ClassVar[str] = "json_number_refused"


class JsonTooDeep(MalformedJson):
    """The JSON nests deeper than the limit."""

    code: ClassVar[str] = "json_too_deep"


class JsonTooLarge(MalformedJson):
    """The JSON has more bytes than the limit."""

    code: ClassVar[str] = "json_too_large"


def _tree(root: type[DocumentRefused]) -> dict[str, type[DocumentRefused]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found |= _tree(child)
    return found


def refusal(code: str, message: str) -> DocumentRefused:
    """The refusal whose class carries `code`; the root class where none does."""
    return _tree(DocumentRefused).get(code, DocumentRefused)(message)
