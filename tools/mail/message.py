"""A mail, taken apart: which documents it brings, which parts are refused and why, and its text.

A mail is written by a stranger. Whatever it holds becomes a document, a named refusal or shown text, never an error of
the program and never an instruction.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from email import policy
from email.errors import InvalidBase64PaddingDefect, MessageDefect
from email.message import Message
from email.parser import BytesParser
from html.parser import HTMLParser

from tools.inlet import Refusal
from tools.mail import headers
from tools.mail.limits import MailLimits

ENCODINGS = ("", "7bit", "8bit", "binary", "base64", "quoted-printable")
EXTENSIONS = ("pdf", "xml", "png", "jpg", "jpeg", "tif", "tiff", "zip", "gz")
"""What a document may be called; what it is, its reader finds out from its bytes."""
MEDIA_TYPES = {
    "application/pdf": "pdf",
    "application/xml": "xml",
    "text/xml": "xml",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/tiff": "tif",
    "application/zip": "zip",
    "application/gzip": "gz",
}
ASIDE = ("text/calendar", "text/vcard", "text/x-vcard", "text/directory")
SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
REPORTS = ("message/delivery-status", "message/disposition-notification", "text/rfc822-headers")
TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
ENCRYPTED = ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted", "multipart/encrypted")
TEXTS = ("text/plain", "text/html")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDocument:
    """An attachment that is taken; `nested` where it came within a mail that was attached."""

    name: str
    media_type: str
    content: bytes
    nested: bool

    @property
    def sha256(self) -> str:
        """The hash of the bytes (hex)."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(slots=True, kw_only=True)
class Contents:
    """What a mail holds; `aside` are parts that belong to the mail itself, such as the picture in a signature."""

    documents: list[MailDocument] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    plain: str = ""
    html: str = ""

    def refuse(self, what: str, code: str, problem: str) -> None:
        """Note a part that is not taken."""
        self.refusals.append(Refusal(what=what or "a part without a name", code=code, problem=problem))

    @property
    def text(self) -> str:
        """What the sender wrote, as plain text."""
        text = self.plain.strip() or text_of_html(self.html)
        return "".join(character for character in text if character.isprintable() or character in "\n\t")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part, and where it stood."""

    message: Message
    depth: int
    related: bool


def parsed(content: bytes) -> Message | None:
    """The mail; None where not even its structure can be read."""
    try:
        return BytesParser(policy=policy.compat32).parsebytes(content)
    except (RecursionError, ValueError, LookupError, TypeError, IndexError, AttributeError):
        # Python's parser promises not to raise and does so for some hostile mails, by whatever it ran into.
        return None


def contents_of(message: Message, limits: MailLimits) -> Contents:
    """The mail's contents within the limits. A mail over a limit is refused as a whole, never taken in part."""
    found = Contents()
    waiting = [Part(message=message, depth=0, related=False)]
    seen = 0
    while waiting:
        part = waiting.pop()
        seen += 1
        if seen > limits.parts:
            return refused_whole("too_many_parts", f"the mail has more than {limits.parts} parts")
        if part.message.get_content_type() in ENCRYPTED:
            found.refuse(headers.file_name(part.message), "encrypted", "it is encrypted: ask for it unencrypted")
        elif part.message.is_multipart():
            waiting += reversed(_inner(part, found, limits))
        else:
            _take(part, found, limits)
    if len(found.documents) > limits.documents:
        count = len(found.documents)
        return refused_whole("too_many_documents", f"the mail brings {count} documents, more than {limits.documents}")
    return found


def refused_whole(code: str, problem: str) -> Contents:
    """Contents of a mail of which nothing is taken."""
    found = Contents()
    found.refuse("the mail", code, f"{problem}: ask for it in smaller pieces")
    return found


def _inner(part: Part, found: Contents, limits: MailLimits) -> list[Part]:
    kind = part.message.get_content_type()
    if kind in REPORTS:
        found.aside.append(kind)
        return []
    attached = kind == "message/rfc822"
    depth = part.depth + attached
    if depth > limits.nesting:
        found.refuse(
            headers.file_name(part.message) or "an attached mail",
            "nested_too_deep",
            f"it lies in more than {limits.nesting} mails, each attached to the next: ask for the document itself",
        )
        return []
    related = kind == "multipart/related"
    inner = part.message.get_payload()
    children = inner if isinstance(inner, list) else []
    return [Part(message=one, depth=depth, related=related) for one in children if isinstance(one, Message)]


def _take(part: Part, found: Contents, limits: MailLimits) -> None:
    message, kind = part.message, part.message.get_content_type()
    name = headers.file_name(message)
    if kind in TNEF or name.casefold() == "winmail.dat":
        found.refuse(
            name, "winmail", "Outlook has packed the attachments into winmail.dat: ask for a mail as plain text"
        )
        return
    if kind.startswith("multipart/"):
        found.refuse(name, "malformed", "its structure is broken: ask for the mail again")
        return
    if kind in (*ASIDE, *SIGNATURES, *REPORTS) or _belongs_to_text(part):
        found.aside.append(name or kind)
        return
    content = _content(message, name, found)
    if content is None:
        return
    if kind in TEXTS and not name and message.get_content_disposition() != "attachment":
        _keep_text(message, kind, content, found, part.depth)
        return
    _take_document(part, name, content, found, limits)


def _belongs_to_text(part: Part) -> bool:
    """Whether it is a picture that the text shows, such as a logo."""
    picture = part.message.get_content_maintype() == "image"
    shown = part.related or "content-id" in part.message
    return picture and shown and part.message.get_content_disposition() != "attachment"


def _content(message: Message, name: str, found: Contents) -> bytes | None:
    encoding = headers.raw(message, "Content-Transfer-Encoding").strip().casefold()
    if encoding not in ENCODINGS:
        found.refuse(name, "encoding_unknown", f"its encoding {headers.printable(encoding, limit=40)!r} is not known")
        return None
    before = len(message.defects)
    try:
        content = message.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError):
        content = None
    damage = [one for one in message.defects[before:] if _is_damage(one)]
    if not isinstance(content, bytes) or damage:
        found.refuse(name, "damaged", "it was damaged on its way: ask for the mail again")
        return None
    return content


def _is_damage(defect: MessageDefect) -> bool:
    # Missing padding loses nothing; everything else means bytes that were not sent so.
    return not isinstance(defect, InvalidBase64PaddingDefect)


def _keep_text(message: Message, kind: str, content: bytes, found: Contents, depth: int) -> None:
    if depth:
        return
    text = headers.as_text(content, message.get_content_charset())
    if kind == "text/plain":
        found.plain = found.plain or text
    else:
        found.html = found.html or text


def _take_document(part: Part, name: str, content: bytes, found: Contents, limits: MailLimits) -> None:
    kind = part.message.get_content_type()
    extension = name.rpartition(".")[2].casefold() if "." in name else ""
    if extension not in EXTENSIONS and kind not in MEDIA_TYPES:
        listed = ", ".join(EXTENSIONS)
        found.refuse(name or kind, "kind_not_accepted", f"documents are taken as {listed}; this is {name or kind}")
    elif not content:
        found.refuse(name, "empty", "it is empty: ask for it again")
    elif len(content) > limits.document_bytes:
        found.refuse(name, "document_too_large", f"it is larger than {limits.document_bytes} bytes")
    else:
        shown = name or f"attachment-{len(found.documents) + 1}.{MEDIA_TYPES[kind]}"
        document = MailDocument(name=shown, media_type=kind, content=content, nested=part.depth > 0)
        if document.sha256 not in {one.sha256 for one in found.documents}:
            found.documents.append(document)


class _Words(HTMLParser):
    """Collects what a reader of the page would see, roughly."""

    HIDDEN = ("script", "style", "head", "title")
    BREAKS = ("p", "br", "div", "tr", "li", "blockquote")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in self.HIDDEN
        if tag in self.BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in self.HIDDEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


LONGEST_HTML = 200_000


def text_of_html(html: str) -> str:
    """The text of a page, without its markup."""
    words = _Words()
    words.feed(html[:LONGEST_HTML])
    lines = (" ".join(line.split()) for line in "".join(words.words).splitlines())
    return "\n".join(line for line in lines if line)
