"""Reply tags: the second way by which an answer finds its request, where its mail program keeps no references.

A tag stands in the subject of the mail and on no record: whoever may read a case cannot write an answer with it. The
texts of a case hold a mark instead, which becomes the tag as the mail is sent, and only in a mail to nobody but who the
request is put to. Of the tag, the request keeps a hash.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphs.runtime.services import Services
from graphs.store.information import InformationRequests
from tools.mail.identity import written_tag

TAG_BYTES = 16


def mark_of(request_id: str) -> str:
    """What stands for the request's tag until its mail is sent. No line that an asker writes can hold it."""
    return f"<reply:{request_id}>"


MARK = re.compile(re.escape(mark_of("@")).replace("@", "([0-9a-f-]{36})"))


def tag_of(services: Services, tenant: str, request_id: str) -> str:
    """The request's tag: made with the installation's key, for this conversation alone."""
    code = services.seal.close(f"information/tag/{tenant}/{request_id}", b"")[:TAG_BYTES]
    return base64.b32encode(code).decode().rstrip("=").lower()


def tag_mac(tag: str) -> str:
    """What is kept of a tag, and looked for."""
    return hashlib.sha256(f"information/{tag.casefold()}".encode()).hexdigest()


def address_mac(services: Services, request_id: str, address: str) -> str:
    """What is kept of whom a request is put to: enough to know them again, and worth nothing without the key."""
    return services.seal.close(f"information/address/{request_id}", address.casefold().encode())[:32].hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTags:
    """Completes the mails of a tenant."""

    services: Callable[[], Services]
    tenant: str

    async def completed(self, text: str, recipients: Sequence[str]) -> str:
        """The text with its tags."""
        marked = set(MARK.findall(text))
        if not marked or len(recipients) != 1:
            return text
        services = self.services()
        async with services.database.unit_of_work(self.tenant) as unit:
            rows = [await InformationRequests(unit.session).find(request_id) for request_id in sorted(marked)]
        for row in rows:
            if row is not None and row.address_mac == address_mac(services, row.id, recipients[0]):
                text = text.replace(mark_of(row.id), written_tag(tag_of(services, self.tenant, row.id)))
        return text
