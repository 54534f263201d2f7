"""Bounces: a mail server's report (RFC 3464) that a mail of ours did not reach somebody.

A report is written by a stranger like any other mail. Who knows a mail of ours can write one for it: it finds the mail
and says something that a person then looks into; it proves nothing, and nothing is sent or stopped by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message

from tools.inlet import Bounce
from tools.mail import headers
from tools.mail.compose import KEY_HEADER
from tools.mail.identity import is_ours
from tools.mail.message import parsed

REPORT, STATUS = "multipart/report", "message/delivery-status"
RETURNED = ("message/rfc822", "text/rfc822-headers")
FAILED = "failed"
MOST_PARTS = 20
LONGEST_REASON = 200


def bounce_of(message: Message, *, domain: str | None) -> Bounce | None:
    """What the mail reports as not delivered; None for every other mail, a delay, and a mail that is not ours."""
    if domain is None or message.get_content_type() != REPORT:
        return None
    parts = list(_parts(message))
    failed = next((block for block in _blocks(parts) if _field(block, "Action").casefold() == FAILED), None)
    returned = next((found for part in parts if (found := _returned(part)) is not None), None)
    if failed is None or returned is None:
        return None
    message_id = headers.message_id(returned)
    if not is_ours(message_id, domain=domain):
        return None
    return Bounce(
        message_id=message_id,
        key=headers.text_of(returned, KEY_HEADER),
        status=_field(failed, "Status")[:20],
        reason=_after_type(_field(failed, "Diagnostic-Code"))[:LONGEST_REASON],
    )


def _parts(message: Message) -> Iterator[Message]:
    """The parts of the report itself; what lies deeper is nobody's report."""
    payload = message.get_payload()
    if isinstance(payload, list):
        yield from (part for part in payload[:MOST_PARTS] if isinstance(part, Message))


def _blocks(parts: list[Message]) -> Iterator[Message]:
    """The groups of fields of the delivery status: one about the mail, then one a recipient."""
    for part in parts:
        payload = part.get_payload() if part.get_content_type() == STATUS else None
        if isinstance(payload, list):
            yield from (block for block in payload[:MOST_PARTS] if isinstance(block, Message))


def _returned(part: Message) -> Message | None:
    """The headers of the mail that came back."""
    if part.get_content_type() not in RETURNED:
        return None
    payload = part.get_payload()
    if isinstance(payload, list):
        return payload[0] if payload and isinstance(payload[0], Message) else None
    decoded = part.get_payload(decode=True)
    return parsed(decoded) if isinstance(decoded, bytes) else None


def _field(block: Message, name: str) -> str:
    return headers.text_of(block, name).strip()


def _after_type(code: str) -> str:
    """The words of `smtp; 550 5.1.1 no such user`."""
    return code.partition(";")[2].strip() or code
