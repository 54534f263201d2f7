"""The door for archives: an upload that packs one document becomes that document, anything else is refused by name."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Final

from api.connectors import media_type_by_name
from api.problems import RequestRefused
from graphs.intake import Incoming
from tools.document.archive import is_archive
from tools.document.errors import DocumentRefused, NotScanned
from tools.document.isolation import NO_SAFEGUARDS, Safeguards, unpack_isolated

OPENED_AT_ONCE: Final = 2
"""So many archives an API process opens at once: each may take as much memory as the limits allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveDoor:
    """Opens archives as inlets do, in a child process and past the `safeguards`; a request starts one case at most."""

    safeguards: Safeguards = NO_SAFEGUARDS
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(OPENED_AT_ONCE))

    async def document(self, incoming: Incoming) -> Incoming:
        """`incoming` itself, or the one document in it.

        Raises `RequestRefused`: with the archive's own code where it is not opened, with `several_documents` where it
        holds more than one, and with 503 where the virus scanner gives no verdict.
        """
        if not is_archive(incoming.content):
            return incoming
        try:
            async with self.slots:
                members = await unpack_isolated(incoming.content, name=incoming.name, safeguards=self.safeguards)
        except NotScanned as refused:
            unavailable = HTTPStatus.SERVICE_UNAVAILABLE
            raise RequestRefused(unavailable, refused.code, refused.message, {"Retry-After": "10"}) from refused
        except DocumentRefused as refused:
            raise RequestRefused(HTTPStatus.UNPROCESSABLE_ENTITY, refused.code, refused.message) from refused
        if len(members) > 1:
            raise RequestRefused(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "several_documents",
                f"the archive holds {len(members)} documents, and a request starts one case: send them one by one",
            )
        (member,) = members
        name = PurePosixPath(member.name).name
        return replace(incoming, name=name, media_type=media_type_by_name(name), content=member.content)
