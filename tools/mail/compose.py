"""The mail that is sent, as bytes: headers that cannot be anything else, and a mark where it is sent once more."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

KEY_HEADER = "X-Interlock-Key"
REPEAT_HEADER = "X-Interlock-Repeated"
REPEATED = "This mail may have reached you before: it is the same one, sent once more.\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A document that goes with the mail."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is sent to whom."""

    message_id: str
    key: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    in_reply_to: str = ""
    attachments: tuple[Attachment, ...] = ()


def composed(letter: Letter, *, now: datetime, repeated: bool) -> bytes:
    """The letter as a mail with CRLF line ends. Raises `ValueError` for a header with a line break."""
    message = EmailMessage(policy=SMTP)
    message["From"] = letter.sender
    message["To"] = ", ".join(letter.recipients)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = letter.message_id
    # Asks other machines not to answer by themselves (RFC 3834), or two of them may write to each other for ever.
    message["Auto-Submitted"] = "auto-generated"
    message[KEY_HEADER] = letter.key
    if letter.in_reply_to:
        message["In-Reply-To"] = letter.in_reply_to
        message["References"] = letter.in_reply_to
    if repeated:
        message[REPEAT_HEADER] = "yes"
    message.set_content(REPEATED + letter.text if repeated else letter.text)
    _attach(message, letter.attachments)
    return message.as_bytes()


def _attach(message: EmailMessage, attachments: Sequence[Attachment]) -> None:
    for attachment in attachments:
        kind = mimetypes.guess_type(attachment.name)[0] or "application/octet-stream"
        main, _, sub = kind.partition("/")
        message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)
