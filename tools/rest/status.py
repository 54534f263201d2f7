"""What a status of HTTP means for a call: whether something happened, and whether it may be made again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from tools.document.errors import DocumentRefused
from tools.document.strict_json import read_json
from tools.errors import Ambiguous, Permanent, ToolError, Transient
from tools.rest.transport import Answer

MAX_TEXT = 200
LONGEST_WAIT = timedelta(hours=1)
TOLD = ("detail", "message", "error_description", "title", "error")
"""Members in which systems say what was wrong; the first that is a text is told."""
NOT_MOVED = (HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT)
"""Redirects that say nothing was done here."""
TOO_EARLY = (HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


def refusal(answer: Answer, *, reads: bool, now: datetime) -> ToolError | None:
    """The error that the answer's status means; None for success.

    A server's own failure says nothing about a write: it may have happened. So may a redirect that follows a write.
    """
    status = answer.status
    unclear = Transient if reads else Ambiguous
    match status:
        case _ if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return None
        case _ if status < HTTPStatus.BAD_REQUEST:
            moved = Permanent if reads or status in NOT_MOVED else Ambiguous
            return moved(f"HTTP {status}: the system sends the call elsewhere", code="redirected")
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            return Transient(f"HTTP {status}: {told(answer)}", code="credentials_refused")
        case HTTPStatus.FORBIDDEN:
            return Permanent(f"HTTP {status}: {told(answer)}", code="not_allowed")
        case HTTPStatus.REQUEST_TIMEOUT:
            return unclear(f"HTTP {status}: {told(answer)}", code="timeout")
        case _ if status in TOO_EARLY:
            later = Transient(f"HTTP {status}: {told(answer)}", code="too_many_requests")
            later.ask_at = retry_at(answer, now=now)
            return later
        case _ if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return Permanent(f"HTTP {status}: {told(answer)}", code=f"http_{status}")
        case _:
            return unclear(f"HTTP {status}: {told(answer)}", code="server_error")


def told(answer: Answer) -> str:
    """What the system says was wrong, in its first words; its status' name where it says nothing."""
    try:
        found: Any = read_json(answer.body)
    except DocumentRefused:
        found = None
    if isinstance(found, dict):
        text = next((found[name] for name in TOLD if isinstance(found.get(name), str)), "")
        shown = "".join(character for character in text if character.isprintable())
        if shown:
            return shown[:MAX_TEXT]
    try:
        return HTTPStatus(answer.status).phrase
    except ValueError:
        return "no reason was given"


def retry_at(answer: Answer, *, now: datetime) -> datetime | None:
    """When the system says to ask again (`Retry-After`), an hour from now at the latest; None if it does not say."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdecimal():
        return now + min(timedelta(seconds=int(said[:9])), LONGEST_WAIT)
    try:
        instant = parsedate_to_datetime(said)
    except (ValueError, IndexError):
        return None
    zoned = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return min(max(zoned, now), now + LONGEST_WAIT)
