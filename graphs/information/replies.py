"""Mails that come of requests: each is kept once and shown with the task, and at most one of them is the answer.

What a mail says is a note for the reviewer. It is no fact that a rule trusts, it fills in no field, and it lets no case
go on but the one that sent the question.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graphs.information.moves import conclude, record_of, tell
from graphs.information.request import RECEIVED, Counts
from graphs.information.tag import address_mac, tag_mac
from graphs.information.terms import MOST_REPLIES
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.information import ANSWERED, OPEN, InformationRequests
from graphs.store.information_tables import InformationReplyRow, InformationRow
from graphs.store.people import Actor
from policies.canonical import digest
from policies.fact import Fact, Integrity, Source, SourceKind
from tools.inlet import Reply
from tools.mail.identity import own_part_of

REPLIES = uuid.UUID("c1b6e0f2-7d50-4b7a-8f0e-5a9c2e7d3010")
REFUTED = "fail"
READER = "authentication-results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A document that came with a mail, stored."""

    sha256: str
    name: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail as it came: what it may answer, what it brought, and what of it was refused (what, code, problem)."""

    reply: Reply
    received_at: datetime
    documents: Sequence[Attached] = ()
    refused: Sequence[Mapping[str, str]] = field(default_factory=tuple)

    def id_for(self, request_id: str) -> str:
        """The same at every delivery of the same mail; two different mails under one Message-ID are two."""
        said = {name: self.reply.payload.get(name) for name in ("sender", "subject", "text")}
        what = digest([self.reply.message_id, said, sorted(one.sha256 for one in self.documents)])
        return str(uuid.uuid5(REPLIES, f"{request_id}/{what}"))


class TooManyReplies(Exception):
    """So many mails came of the request that no more are kept with it: see the folder of the refused."""

    code = "too_many_replies"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDesk:
    """Finds the request that a mail belongs to, and keeps the mail with it."""

    services: Services

    async def request_of(self, tenant: str, reply: Reply) -> str | None:
        """The request whose mail is answered: by its Message-IDs, the nearest first, else by its tag; None for none.

        Never by the words of a subject, and never more than one.
        """
        async with self.services.database.unit_of_work(tenant) as unit:
            requests = InformationRequests(unit.session)
            for message_id in reply.answers:
                row = await requests.of_mail(tenant, own_part_of(message_id))
                if row is not None:
                    return row.id
            for tag in reply.tags:
                row = await requests.of_tag(tenant, tag_mac(tag))
                if row is not None:
                    return row.id
        return None

    async def keep(self, actor: Actor, request_id: str, mail: Mail) -> str:
        """Keep the mail with its request, once; returns the case of the task that the request is about.

        Raises `ClockBusy`, and `TooManyReplies` for one more than are kept. Nothing is committed then.
        """
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            requests = InformationRequests(unit.session)
            await requests.take(request_id)
            row = await requests.get(request_id)
            reply_id = mail.id_for(row.id)
            if await requests.has_reply(reply_id):
                return row.case_id
            if len(await requests.replies([row.id])) >= MOST_REPLIES:
                raise TooManyReplies(f"information request {row.id} has {MOST_REPLIES} mails already")
            counts = self._counts(row, mail.reply)
            if counts is Counts.ANSWER and not await conclude(
                unit, self.services, row, ANSWERED, by=actor.user_id, now=now
            ):
                counts = Counts.LATE
            kept = InformationReplyRow(
                id=reply_id,
                tenant=row.tenant,
                case_id=row.case_id,
                request_id=row.id,
                standing=counts.value,
                received_at=mail.received_at,
            )
            await requests.add_reply(kept)
            await self._record(unit, actor, row, kept, mail, now=now)
        return row.case_id

    def _counts(self, row: InformationRow, reply: Reply) -> Counts:
        """What the mail counts as: nobody's words but of who was asked are an answer."""
        if reply.automatic:
            return Counts.AUTOMATIC
        sender = str(reply.payload.get("sender") or "")
        if row.address_mac != address_mac(self.services, row.id, sender):
            return Counts.OTHER_SENDER
        if _verified(reply.payload) == REFUTED:
            return Counts.SENDER_REFUTED
        return Counts.ANSWER if row.status == OPEN else Counts.LATE

    async def _record(
        self,
        unit: UnitOfWork,
        actor: Actor,
        row: InformationRow,
        kept: InformationReplyRow,
        mail: Mail,
        *,
        now: datetime,
    ) -> None:
        task = await unit.inbox.get(row.task_id)
        payload = mail.reply.payload
        values = {
            "reply": kept.id,
            "counts": kept.standing,
            "sender": payload.get("sender"),
            "sender_verified": sender_fact(payload).model_dump(mode="json"),
            "subject": payload.get("subject"),
            "text": payload.get("text"),
            "documents": [
                {"sha256": one.sha256, "name": one.name, "media_type": one.media_type} for one in mail.documents
            ],
            "refused": [dict(one) for one in mail.refused],
        }
        unit.record(row.tenant, record_of(RECEIVED, row, task, by=actor.user_id, values=values))
        if kept.standing == Counts.AUTOMATIC:
            return
        people = {row.asked_by, *([task.assignee_id] if task.assignee_id else [])}
        told = "information.mail_answered" if kept.standing == Counts.ANSWER else "information.mail_received"
        await tell(unit, row, task, people, told, key=kept.id, values={"counts": kept.standing}, now=now)


def sender_fact(payload: Mapping[str, Any]) -> Fact:
    """What the receiving server said of the sender: `pass`, `fail` or `none`. It vouches for a domain, not for words.

    Untrusted, whoever said it: nothing about a case may rest on it.
    """
    said = (payload.get("verification") or {}).get("sender_verified") or {}
    ref = str((said.get("source") or {}).get("ref") or "no mail server is trusted")
    source = Source(kind=SourceKind.SYSTEM_OF_RECORD, ref=ref, reader=READER)
    return Fact(value=_verified(payload), confidence=1.0, source=source, integrity=Integrity.UNTRUSTED)


def _verified(payload: Mapping[str, Any]) -> str:
    said = (payload.get("verification") or {}).get("sender_verified") or {}
    return str(said.get("value") or "none")
