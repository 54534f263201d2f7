"""The Message-IDs of mails that are sent, and the tags of their subjects: so that a mail and its answer find home."""

from __future__ import annotations

import hashlib
import re

MARK = "interlock"
OURS = re.compile(rf"<{MARK}\.([0-9a-f]{{40}})@([A-Za-z0-9.-]{{1,253}})>")
TAG = re.compile(r"\[ref:([a-z2-7]{26})\]", re.IGNORECASE)
MOST_TAGS = 5


def own_part(key: str) -> str:
    """What is a mail's own in its Message-ID: follows from the key of the effect that sends it alone."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def message_id_of(key: str, *, domain: str) -> str:
    """The Message-ID of the mail that an effect with this key sends; the same at every attempt."""
    return f"<{MARK}.{own_part(key)}@{domain.casefold()}>"


def is_ours(message_id: str, *, domain: str) -> bool:
    """Whether it has the form of one of ours. Who knows one can write it: it finds a case, it proves nothing."""
    match = OURS.fullmatch(message_id)
    return match is not None and match[2].casefold() == domain.casefold()


def own_part_of(message_id: str) -> str:
    """The own part of one of our Message-IDs; empty for every other."""
    match = OURS.fullmatch(message_id)
    return match[1] if match else ""


def written_tag(tag: str) -> str:
    """A tag as it stands in a subject."""
    return f"[ref:{tag}]"


def tags_in(subject: str) -> list[str]:
    """The tags of a subject, in small letters. Who knows one can write it: it finds a request, it proves nothing."""
    return list(dict.fromkeys(tag.casefold() for tag in TAG.findall(subject)))[:MOST_TAGS]
