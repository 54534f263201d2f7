"""Mails that come of information requests: their attachments pass what all documents pass, and are kept with the task.

A mail is kept in one transaction and put away after it; whoever dies in between brings it again, and it is known.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from graphs.deadlines.clock_desk import ClockBusy
from graphs.information.moves import came_back
from graphs.information.replies import Attached, Mail, ReplyDesk, TooManyReplies
from graphs.runtime.services import Services
from graphs.store.people import Actor
from tools.document.archive import is_archive
from tools.document.errors import DocumentRefused, NotScanned
from tools.document.isolation import Safeguards
from tools.inlet import Arrival, ArrivedDocument, Bounce, Refusal, Reply, Settlement
from tools.mail.arrival import MAIL_TYPE

log = structlog.get_logger(__name__)

Unpack = Callable[[ArrivedDocument], Awaitable[Sequence[ArrivedDocument]]]
Keep = Callable[[Actor, ArrivedDocument], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftForLater:
    """The mail stays where it is and comes again: `why` nothing could be done with it now."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailReplies:
    """Takes mails that come of requests. `unpack` opens archives, `keep` stores a document; both as for all mails."""

    services: Services
    safeguards: Safeguards
    unpack: Unpack
    keep: Keep

    async def take(self, actor: Actor, arrival: Arrival, reply: Reply) -> Settlement | LeftForLater | None:
        """What became of the mail; None where it comes of no request, and is a mail like every other."""
        desk = ReplyDesk(services=self.services)
        request_id = await desk.request_of(actor.tenant, reply)
        if request_id is None:
            return None
        refusals = [*arrival.refusals]
        try:
            documents = await self._documents(actor, arrival, refusals)
            refused = [{"what": one.what, "code": one.code, "problem": one.problem} for one in refusals]
            mail = Mail(reply=reply, received_at=arrival.received_at, documents=documents, refused=refused)
            case_id = await desk.keep(actor, request_id, mail)
        except (ClockBusy, NotScanned) as error:
            log.info("reply.left", error=error.code)
            return LeftForLater(why=error.code)
        except TooManyReplies as error:
            return Settlement(refusals=(Refusal(what="the mail", code=error.code, problem=str(error)),))
        return Settlement(cases=(case_id,), refusals=tuple(one for one in refusals if one.code not in SAID_ANYWAY))

    async def came_back(self, actor: Actor, case_id: str, bounce: Bounce) -> LeftForLater | None:
        """Have the request say that its mail came back, if the case that sent it is one of a request."""
        why = " ".join(part for part in (bounce.status, bounce.reason) if part)
        try:
            await came_back(self.services, actor.tenant, case_id, why=why)
        except ClockBusy as error:
            return LeftForLater(why=error.code)
        return None

    async def _documents(self, actor: Actor, arrival: Arrival, refusals: list[Refusal]) -> list[Attached]:
        """The attachments, stored. What is refused goes to `refusals`. Raises `NotScanned`."""
        found: list[Attached] = []
        for document in arrival.documents:
            if document.media_type == MAIL_TYPE:
                continue  # the mail itself, which stands in for documents that it does not have
            try:
                for one in await self._checked(document):
                    sha256 = await self.keep(actor, one)
                    found.append(Attached(sha256=sha256, name=one.name, media_type=one.media_type))
            except NotScanned:
                raise
            except DocumentRefused as refused:
                refusals.append(Refusal(what=document.name, code=refused.code, problem=refused.message))
        return found

    async def _checked(self, document: ArrivedDocument) -> Sequence[ArrivedDocument]:
        """The document, or what an archive holds; scanned, because no reader opens it before a person does."""
        if is_archive(document.content):
            return await self.unpack(document)
        if self.safeguards.scanner is not None:
            await self.safeguards.scanner.scan(document.content, name=document.name)
        return (document,)


SAID_ANYWAY = ("automatic", "no_document")
"""Refusals that say nothing about an answer: that a machine wrote it is shown, and it need bring no document."""
