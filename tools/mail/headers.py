"""Headers of a mail as text, whatever a sender has put into them: nothing here raises."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

from tools.mail.address import is_address

LONGEST_HEADER = 10_000
LONGEST_TEXT = 300
LONGEST_ID = 400
MOST_REFERENCES = 100
MESSAGE_ID = re.compile(r"<[^<>\s\x00-\x1f]{1,398}>")


def printable(text: str, *, limit: int = LONGEST_TEXT) -> str:
    """`text` in one line, without characters that control a terminal or turn the direction of writing."""
    line = " ".join(text.split())
    return "".join(character for character in line if character.isprintable())[:limit]


def as_text(content: bytes, charset: str | None) -> str:
    """Bytes as text; a charset that is unknown or does not fit is taken for UTF-8, with marks for what is not."""
    try:
        return content.decode(charset or "utf-8")
    except (LookupError, UnicodeError, ValueError):
        return content.decode("utf-8", errors="replace")


def raw(message: Message, name: str) -> str:
    """The first header of that name as it stands, unfolded and cut; empty if there is none."""
    return next(iter(all_raw(message, name)), "")


def all_raw(message: Message, name: str) -> list[str]:
    """Every header of that name, from the top; bytes that no mail should hold in a header are taken for UTF-8."""
    values = [value for known, value in message.raw_items() if known.casefold() == name.casefold()]
    return [as_text(_unfolded(value).encode("utf-8", "surrogateescape"), "utf-8") for value in values]


def _unfolded(value: object) -> str:
    return re.sub(r"[\r\n]+", "", str(value)[:LONGEST_HEADER])


def decoded(value: str, *, limit: int = LONGEST_TEXT) -> str:
    """A header's encoded words (RFC 2047) as text in one line."""
    try:
        chunks = decode_header(value)
    except (HeaderParseError, ValueError):
        return printable(value, limit=limit)
    return printable("".join(one if isinstance(one, str) else as_text(one, how) for one, how in chunks), limit=limit)


def text_of(message: Message, name: str) -> str:
    """The first header of that name as text."""
    return decoded(raw(message, name))


def senders(message: Message) -> list[str]:
    """The plain addresses of every From header, in small letters; what is no plain address is left out."""
    found = getaddresses([decoded(value, limit=LONGEST_HEADER) for value in all_raw(message, "From")])
    return [address.casefold() for _, address in found if is_address(address)]


def sender_name(message: Message) -> str:
    """The name that the one sender in From gives; empty where there is none, or more than one sender."""
    found = getaddresses([decoded(value, limit=LONGEST_HEADER) for value in all_raw(message, "From")])
    return printable(found[0][0]).strip() if len(found) == 1 else ""


def envelope_sender(message: Message) -> str:
    """The topmost Return-Path: whom the server was told that the mail is from. Empty for a bounce or if unknown."""
    address = raw(message, "Return-Path").strip().removeprefix("<").removesuffix(">").strip()
    return address.casefold() if is_address(address) else ""


def message_id(message: Message) -> str:
    """The Message-ID with its brackets; empty where it is missing, doubled or none."""
    found = all_raw(message, "Message-ID")
    one = found[0].strip() if len(found) == 1 else ""
    return one if MESSAGE_ID.fullmatch(one) else ""


def answered(message: Message) -> list[str]:
    """The Message-IDs that the mail answers, the nearest first."""
    direct = MESSAGE_ID.findall(raw(message, "In-Reply-To"))
    earlier = MESSAGE_ID.findall(raw(message, "References"))
    return [*direct, *reversed(earlier)][:MOST_REFERENCES]


def is_automatic(message: Message) -> bool:
    """Whether a machine sent it by itself: a bounce, or an absence notice (RFC 3834)."""
    submitted = raw(message, "Auto-Submitted").partition(";")[0].strip().casefold()
    empty_path = raw(message, "Return-Path").strip() == "<>"
    report = message.get_content_type() == "multipart/report"
    return submitted not in ("", "no") or empty_path or report


BY_MACHINE = ("bulk", "junk", "list", "auto_reply")
MACHINES_SAY = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply")


def is_answered_by_machine(message: Message) -> bool:
    """The same of an answer, where more says so: older absence notices have a Precedence, or a header of their own.

    Mails that answer nothing may have them, too: invoices are sent in bulk.
    """
    precedence = raw(message, "Precedence").strip().casefold()
    said = any(raw(message, name).strip().casefold() not in ("", "no") for name in MACHINES_SAY)
    return is_automatic(message) or precedence in BY_MACHINE or said


def file_name(part: Message) -> str:
    """The name of an attachment (RFC 2231 and 2047), its last part only; empty where there is none."""
    try:
        named = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, IndexError, AttributeError):
        # What Python's parser of parameters raises for hostile ones is not documented: such a part has no name.
        return ""
    last = re.split(r"[/\\]", decoded(named, limit=LONGEST_HEADER))[-1]
    return last.lstrip(".").strip()[-200:]
