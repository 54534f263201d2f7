"""The toy engine, with what it takes to ask somebody outside: an address book, a server of mail, a mailbox."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

from sqlalchemy import text

from api.bootstrap import completing
from graphs.contacts import Contact, on_record
from graphs.information.desk import InformationDesk
from graphs.information.letter import Words
from graphs.information.request import AskingOutside, InformationRequest
from graphs.information.tools import information_tools
from graphs.process import ProcessRegistry
from graphs.processes import information_request
from graphs.runtime.services import Services
from graphs.state import CaseView
from graphs.store.database import Database
from graphs.store.information import InformationRequests
from graphs.store.information_tables import InformationRow
from policies.packaged import rule_book
from tests.support.api import grant
from tests.support.engine import SEAL, Engine
from tests.support.mail_look import looked_at
from tests.support.mails import mail
from tests.support.notices import SENDER
from tests.support.people import actor, populate
from tests.support.toy import AmountReader, Notebook, toy_definition
from tools.catalog import Catalog
from tools.document.isolation import NO_SAFEGUARDS, Safeguards
from tools.mail.actions import SendMail
from tools.mail.arrival import Reading
from tools.mail.limits import MailLimits
from tools.mail.outbox import Outbox
from tools.mail.settings import Outbound
from tools.mail.smtp import SmtpOutbox
from tools.testing.mail import MemoryMailbox, MemoryOutbox, SentMail

SUPPLIER = {"name": "Supplier", "emails": ("billing@supplier.example", "dispatch@supplier.example", "no address")}
BILLING, DISPATCH, STRANGER = "billing@supplier.example", "dispatch@supplier.example", "eve@elsewhere.example"
HERE = "mx.acme.example"
WORDS = Words(subject="Your invoice 4711", text="When did you deliver?")
TO_BILLING = AskingOutside(to=BILLING, words=WORDS)
LIMITS = MailLimits(message_bytes=60_000, document_bytes=40_000)


def contacts(case: CaseView) -> Sequence[Contact]:
    """The supplier in the system of record, unless the case says that there is none."""
    return [] if case.input["subject"] == "of nobody" else on_record(SUPPLIER, of="vendor master")


def outbound(port: int, recipients: Sequence[str]) -> Outbound:
    known = {"host": "127.0.0.1", "port": port, "security": "none", "timeout_seconds": 5}
    return Outbound.model_validate({**known, "sender": SENDER, "recipients": list(recipients)})


@dataclass(slots=True, kw_only=True)
class InformationEngine(Engine):
    """With a `port` mails go to the server there. `book` is what the toy process declares."""

    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    port: int | None = None
    connected: bool = True
    recipients: tuple[str, ...] = ("*@supplier.example", "*@elsewhere.example")
    book: Any = contacts
    safeguards: Safeguards = NO_SAFEGUARDS

    @property
    def services(self) -> Services:
        made: list[Services] = []

        async def load(sha256: str) -> tuple[str, bytes]:
            raise LookupError(sha256)

        server = outbound(self.port or 25, self.recipients)
        outbox: Outbox = SmtpOutbox(server=server, password=None) if self.port else self.outbox
        completed = completing(lambda: made[0], "acme")
        send = SendMail(target="post", outbox=outbox, server=server, load=load, clock=self.clock, complete=completed)
        sending = [send] if self.connected else []
        catalog = Catalog([self.reader, self.notebook, *information_tools(lambda: made[0], "acme"), *sending])
        toy = replace(toy_definition(), contacts=self.book)
        services = Services(
            database=self.database,
            catalogs=lambda tenant: catalog,
            rulebooks={"toy": self.rulebook, "information_request": rule_book("information_request")},
            registry=ProcessRegistry([toy, information_request.definition()]),
            seal=SEAL,
            clock=self.clock,
        )
        made.append(services)
        return services

    @property
    def information(self) -> InformationDesk:
        return InformationDesk(services=self.services)

    async def a_task(self, *, subject: str = "a note") -> str:
        """A task that Berta has."""
        self.reader.amount = 60_000
        case = await self.advance((await self.start(subject=subject)).case.id)
        task = await self.task_of(case.id)
        await self.desk.claim(await actor(self.database, "berta"), task.id)
        return task.id

    async def ask(self, task_id: str, asking: AskingOutside = TO_BILLING, *, by: str = "berta") -> InformationRequest:
        return await self.information.ask(await actor(self.database, by), task_id, asking)

    async def asked(self, task_id: str, asking: AskingOutside = TO_BILLING) -> InformationRequest:
        """Ask, and send the mail."""
        request = await self.ask(task_id, asking)
        await self.advance(request.row.id)
        return request

    async def withdraw(self, request: InformationRequest, *, by: str = "berta") -> InformationRequest:
        return await self.information.withdraw(await actor(self.database, by), request.row.id)

    async def shown(self, request: InformationRequest) -> InformationRequest:
        return await self.information.get(await actor(self.database, "berta"), request.row.id)

    async def counted(self, request: InformationRequest) -> list[str]:
        """What each mail that came of it counts as."""
        return [reply.row.standing for reply in (await self.shown(request)).replies]

    async def row_of(self, request: InformationRequest) -> InformationRow:
        async with self.database.unit_of_work("acme") as unit:
            return await InformationRequests(unit.session).get(request.row.id)

    async def look(self, folder: Path, *mails: bytes, box: MemoryMailbox | None = None) -> MemoryMailbox:
        """The mails arrive in the mailbox and are looked at."""
        box = box or MemoryMailbox()
        for content in mails:
            box.deliver(content)
        reading = Reading(
            process="toy", limits=LIMITS, authserv_id=HERE, domain="acme.example", without_document="case"
        )
        await looked_at(self.services, self.url, folder, reading, box, safeguards=self.safeguards)
        return box


async def opened(database: Database, url: str, **more: Any) -> InformationEngine:
    """Tenant `acme`, whose approvers may ask whom an address book names."""
    await populate(database)
    for login in ("berta", "emil"):
        await grant(database, login, "task.ask_outside")
    await grant(database, "intake", "message.send")
    return InformationEngine(database=database, url=url, reader=AmountReader(500), notebook=Notebook(), **more)


def letter(sent: SentMail) -> EmailMessage:
    """The mail, parsed."""
    return cast("EmailMessage", message_from_bytes(sent.content, policy=default))


def tag_in(sent: SentMail) -> str:
    """The tag of the mail's subject, in its brackets."""
    found = re.search(r"\[ref:[a-z2-7]{26}\]", str(letter(sent)["Subject"]))
    assert found is not None
    return found[0]


def vouched(outcome: str = "pass", domain: str = "supplier.example") -> Mapping[str, str]:
    """What our server says of the sender."""
    return {"Authentication-Results": f"{HERE}; dmarc={outcome} header.from={domain}"}


def answer(
    sent: SentMail | None,
    *documents: bytes,
    sender: str = BILLING,
    text: str = "On Friday.",
    message_id: str = "<answer.1@supplier.example>",
    subject: str = "Re: your question",
    said: Mapping[str, str] | None = None,
    headers: Mapping[str, str] = {},
) -> bytes:
    """An answer to the mail; without one, to none."""
    known = {"In-Reply-To": str(letter(sent)["Message-ID"])} if sent is not None else {}
    vouching = vouched() if said is None else said
    return mail(
        *documents,
        message_id=message_id,
        sender=sender,
        subject=subject,
        text=text,
        headers={**vouching, **known, **headers},
    )


async def allow(engine: InformationEngine, login: str, *permissions: str) -> None:
    """The person's own role grants exactly this."""
    query = text("UPDATE roles SET permissions = CAST(:permissions AS jsonb) WHERE name = :role")
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(query, {"permissions": json.dumps(permissions), "role": f"extra-{login}"})
