"""The kind of connector `mail`: a mailbox that is read, a server that mails are given to, or both."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from pydantic import BaseModel

from tools.connector import Connector, ConnectorContext, Health, Standing
from tools.inlet import Inlet
from tools.mail.actions import SendMail
from tools.mail.address import domain_of
from tools.mail.arrival import Reading
from tools.mail.imap import ImapMailbox
from tools.mail.inlet import MailInlet
from tools.mail.mailbox import Mailbox
from tools.mail.maildir import MaildirMailbox
from tools.mail.outbox import Outbox
from tools.mail.position import Position
from tools.mail.settings import Inbound, MailSettings, Outbound
from tools.mail.smtp import SmtpOutbox
from tools.port import Tool

BATCH_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class MailConnector:
    """One configured mail connector."""

    name: str
    settings: MailSettings
    context: ConnectorContext
    mailbox: Mailbox | None
    outbox: Outbox | None
    inlet: Inlet | None

    def tools(self) -> Sequence[Tool]:
        """`mail.send`, where a server to send through is configured."""
        if self.outbox is None or self.settings.outbound is None:
            return []
        send = SendMail(
            target=self.name,
            outbox=self.outbox,
            server=self.settings.outbound,
            load=self.context.load,
            clock=self.context.clock,
            complete=self.context.complete,
        )
        return [send]

    async def check(self) -> Health:
        """Both directions; the worse standing counts."""
        found = [await one.check() for one in (self.mailbox, self.outbox) if one is not None]
        outbound = self.settings.outbound
        if outbound is not None and not outbound.recipients:
            nobody = "mails may go to nobody: outbound.recipients is empty"
            found.append(Health(standing=Standing.DEGRADED, problem=nobody, remedy="name the recipients, or *@domain"))
        return worst_of(found)


def worst_of(found: Sequence[Health]) -> Health:
    """Several findings as one."""
    order = [Standing.OK, Standing.DEGRADED, Standing.DOWN]
    return Health(
        standing=max((one.standing for one in found), key=order.index, default=Standing.OK),
        problem="; ".join(one.problem for one in found if one.problem),
        remedy="; ".join(one.remedy for one in found if one.remedy),
        seconds=sum(one.seconds for one in found),
        details={name: value for one in found for name, value in one.details.items()},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MailKind:
    """Opens mail connectors."""

    kind: str = "mail"
    settings: type[BaseModel] = MailSettings

    def open(self, name: str, settings: BaseModel, context: ConnectorContext) -> AbstractAsyncContextManager[Connector]:
        """The connector; it connects when it is first used."""
        return _opened(name, MailSettings.model_validate(settings.model_dump()), context)


MAIL = MailKind()


@asynccontextmanager
async def _opened(name: str, settings: MailSettings, context: ConnectorContext) -> AsyncGenerator[MailConnector]:
    inbound, outbound = settings.inbound, settings.outbound
    mailbox = _mailbox(inbound, context) if inbound else None
    try:
        yield MailConnector(
            name=name,
            settings=settings,
            context=context,
            mailbox=mailbox,
            outbox=_outbox(outbound, context) if outbound else None,
            inlet=mail_inlet(name, mailbox, settings, context) if mailbox else None,
        )
    finally:
        if mailbox is not None:
            await mailbox.aclose()


def mail_inlet(name: str, mailbox: Mailbox, settings: MailSettings, context: ConnectorContext) -> MailInlet:
    """The inlet over a mailbox. Raises `ValueError` where nothing is said about what arrives."""
    inbound, outbound = settings.inbound, settings.outbound
    if inbound is None:
        raise ValueError(f"{name} says nothing about mails that arrive")
    reading = Reading(
        process=inbound.process,
        limits=inbound.limits,
        authserv_id=inbound.authserv_id,
        domain=domain_of(outbound.sender) if outbound else None,
        without_document=inbound.without_document,
        letters=inbound.letters,
    )
    return MailInlet(
        name=name,
        mailbox=mailbox,
        reading=reading,
        position=Position.read(context.folder / "position.json"),
        interval=timedelta(seconds=inbound.poll_seconds),
        batch_bytes=max(BATCH_BYTES, inbound.limits.message_bytes),
    )


def _mailbox(inbound: Inbound, context: ConnectorContext) -> Mailbox:
    if inbound.imap is not None:
        account = inbound.imap
        return ImapMailbox(account, password=lambda: context.secret(account.password))
    if inbound.maildir is None:
        raise ValueError("neither imap nor maildir is configured")
    return MaildirMailbox(path=inbound.maildir)


def _outbox(outbound: Outbound, context: ConnectorContext) -> Outbox:
    login = outbound.login
    return SmtpOutbox(server=outbound, password=(lambda: context.secret(login.password)) if login else None)
