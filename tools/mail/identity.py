"""The Message-IDs of mails that are sent: derived from the idempotency key, so that a mail and its answer find home."""

from __future__ import annotations

import hashlib
import re

MARK = "interlock"
OURS = re.compile(rf"<{MARK}\.([0-9a-f]{{40}})@([A-Za-z0-9.-]{{1,253}})>")


def message_id_of(key: str, *, domain: str) -> str:
    """The Message-ID of the mail that an effect with this key sends; the same at every attempt."""
    return f"<{MARK}.{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain.casefold()}>"


def is_ours(message_id: str, *, domain: str) -> bool:
    """Whether it has the form of one of ours. Who knows one can write it: it finds a case, it proves nothing."""
    match = OURS.fullmatch(message_id)
    return match is not None and match[2].casefold() == domain.casefold()
