"""A mail as an arrival: its documents, who it is from as far as is known, what it answers, what of it is refused."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from typing import Any, Literal

from policies.canonical import digest
from tools.inlet import REPLY, Answer, Arrival, ArrivedDocument, Refusal, Reply
from tools.mail import headers
from tools.mail.bounce import bounce_of
from tools.mail.identity import is_ours, tags_in
from tools.mail.limits import MailLimits
from tools.mail.message import Contents, MailDocument, contents_of, parsed, refused_whole
from tools.mail.verification import Verification, verify

CHANNEL = "mail"
UNKNOWN_SENDER = "unknown"
MAIL_TYPE = "message/rfc822"
WithoutDocument = Literal["case", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How mails are read: for which process, whom to believe about senders, and what becomes of one without documents.

    `domain` is that of the mails that are sent, by which answers to them are known; None where none are. A mail
    without documents is for `letters` where that names a process.
    """

    process: str
    limits: MailLimits
    authserv_id: str | None
    domain: str | None
    without_document: WithoutDocument
    letters: str | None = None


def arrival_of(content: bytes, *, reference: str, received_at: datetime, whole: bool, reading: Reading) -> Arrival:
    """The mail as an arrival; `whole` is False where only its headers were fetched because it is too large."""
    message = parsed(content)
    if message is None:
        broken = Refusal(what="the mail", code="malformed", problem="its structure is broken: ask for it again")
        return _unreadable(content, broken, reference=reference, received_at=received_at, reading=reading)
    verification = verify(message, authserv_id=reading.authserv_id)
    contents = _contents(message, whole=whole, limits=reading.limits)
    identity = headers.message_id(message) or f"raw:{hashlib.sha256(content).hexdigest()}"
    details = _details(message, contents, verification)
    documents, refusals = _documents(content, message, contents, identity=identity, reading=reading)
    letter = not contents.documents
    if letter:
        details |= _letter(message, contents, reading)
    return Arrival(
        reference=reference,
        process=(reading.letters if letter else None) or reading.process,
        channel=CHANNEL,
        sender=verification.sender or UNKNOWN_SENDER,
        received_at=received_at,
        documents=documents,
        details={"mail": details},
        refusals=refusals,
        answer=_answer(message, contents, verification, identity=identity, reading=reading),
        reply=_reply(message, contents, verification, identity=identity, reading=reading),
        bounce=bounce_of(message, domain=reading.domain) if whole else None,
    )


def _contents(message: Message, *, whole: bool, limits: MailLimits) -> Contents:
    if whole:
        return contents_of(message, limits)
    return refused_whole("mail_too_large", f"the mail is larger than {limits.message_bytes} bytes")


def _unreadable(
    content: bytes, refusal: Refusal, *, reference: str, received_at: datetime, reading: Reading
) -> Arrival:
    identity = f"raw:{hashlib.sha256(content).hexdigest()}"
    documents = (_itself(content, "", identity),) if reading.without_document == "case" else ()
    return Arrival(
        reference=reference,
        process=reading.letters or reading.process,
        channel=CHANNEL,
        sender=UNKNOWN_SENDER,
        received_at=received_at,
        documents=documents,
        refusals=(refusal,),
    )


def _documents(
    content: bytes, message: Message, contents: Contents, *, identity: str, reading: Reading
) -> tuple[tuple[ArrivedDocument, ...], tuple[Refusal, ...]]:
    """The mail's documents; where there is none, the mail itself, if it is to become a case then."""
    refusals = tuple(contents.refusals)
    if headers.is_automatic(message):
        automatic = "a machine sent it by itself (a bounce or an absence notice)"
        return (), (Refusal(what="the mail", code="automatic", problem=automatic), *refusals)
    if contents.documents:
        return tuple(_arrived(one, identity) for one in contents.documents), refusals
    if not refusals:
        refusals = (Refusal(what="the mail", code="no_document", problem="it brings no document"),)
    if reading.without_document == "refuse":
        return (), refusals
    return (_itself(content, headers.text_of(message, "Subject"), identity),), refusals


def _arrived(document: MailDocument, identity: str) -> ArrivedDocument:
    return ArrivedDocument(
        key=document_key(identity, document.sha256),
        name=document.name,
        media_type=document.media_type,
        content=document.content,
        details={"nested": True} if document.nested else {},
    )


def _itself(content: bytes, subject: str, identity: str) -> ArrivedDocument:
    return ArrivedDocument(
        key=document_key(identity, "itself"),
        name=f"{subject[:80] or 'mail'}.eml",
        media_type=MAIL_TYPE,
        content=content,
    )


def document_key(identity: str, sha256: str) -> str:
    """The trigger's key of a document in a mail: one case, however often the mail is delivered."""
    return f"mail-{digest([identity, sha256])[:40]}"


def _details(message: Message, contents: Contents, verification: Verification) -> dict[str, Any]:
    return {
        "message_id": headers.message_id(message),
        "subject": headers.text_of(message, "Subject"),
        "integrity": "untrusted",
        "verification": verification.as_json,
        "refused": [{"what": one.what, "code": one.code} for one in contents.refusals],
        "aside": contents.aside[:20],
    }


def _letter(message: Message, contents: Contents, reading: Reading) -> dict[str, Any]:
    """What a mail that is its own document says: who the sender claims to be, and the text."""
    return {
        "sender_name": headers.sender_name(message),
        "text": contents.text[: reading.limits.text_characters],
    }


def _answer(
    message: Message, contents: Contents, verification: Verification, *, identity: str, reading: Reading
) -> Answer | None:
    """What the mail answers, if a person answers a mail of ours."""
    ours = _ours(message, reading)
    if not ours or headers.is_automatic(message):
        return None
    return Answer(
        name=REPLY,
        correlation_key=ours[0],
        message_id=f"mail-{digest([identity, ours[0]])[:40]}",
        payload=_said(message, contents, verification, reading),
    )


def _reply(
    message: Message, contents: Contents, verification: Verification, *, identity: str, reading: Reading
) -> Reply | None:
    """What the mail may come of, whoever sent it; None where it names no mail and no tag of ours."""
    if reading.domain is None:
        return None
    ours = _ours(message, reading)
    tags = tags_in(headers.decoded(headers.raw(message, "Subject"), limit=headers.LONGEST_HEADER))
    if not ours and not tags:
        return None
    return Reply(
        answers=tuple(ours),
        tags=tuple(tags),
        message_id=f"mail-{digest([identity])[:40]}",
        automatic=headers.is_answered_by_machine(message),
        payload=_said(message, contents, verification, reading),
    )


def _ours(message: Message, reading: Reading) -> list[str]:
    """The mails of ours that it answers, the nearest first."""
    domain = reading.domain
    return [] if domain is None else [one for one in headers.answered(message) if is_ours(one, domain=domain)]


def _said(message: Message, contents: Contents, verification: Verification, reading: Reading) -> dict[str, Any]:
    return {
        "sender": verification.sender or UNKNOWN_SENDER,
        "subject": headers.text_of(message, "Subject"),
        "text": contents.text[: reading.limits.text_characters],
        "integrity": "untrusted",
        "verification": verification.as_json,
    }
