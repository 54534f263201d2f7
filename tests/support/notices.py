"""The toy engine, with what it takes to tell people: the dispatcher, a server of mail, a chat."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from sqlalchemy import text, update
from sqlmodel import col

from graphs.intake import Intake
from graphs.notices.desk import NoticeDesk
from graphs.notices.dispatcher import NoticeDispatcher
from graphs.notices.links import Links
from graphs.notices.notice import Notice, tell
from graphs.notices.preferences import Preferences
from graphs.notices.terms import NoticeTerms
from graphs.notices.tools import notice_tools
from graphs.process import ProcessRegistry
from graphs.processes import notification
from graphs.runtime.services import Services
from graphs.store.notice_tables import NoticePreferencesRow, NoticeRow
from graphs.store.notice_wishes import NoticeWishes
from graphs.store.notices import Notices
from graphs.store.people_tables import User
from graphs.store.tables import SHARED_TABLES, TENANT_TABLES, Case
from policies.packaged import rule_book
from tests.support.api import grant
from tests.support.engine import SEAL, Engine
from tests.support.patience import eventually
from tests.support.people import actor
from tests.support.toy import toy_definition
from tools.catalog import Catalog
from tools.mail.actions import SendMail
from tools.mail.outbox import Outbox
from tools.mail.settings import Outbound
from tools.mail.smtp import SmtpOutbox
from tools.notify.actions import Notify
from tools.notify.template import NOTICE, WRITTEN
from tools.port import Tool
from tools.testing.mail import MemoryOutbox, SentMail
from tools.testing.notify import MemoryAnnouncer

SENDER = "interlock@acme.example"


def outbound(port: int = 25) -> Outbound:
    """A server on this machine that may be given mails for people of the company."""
    known = {"host": "127.0.0.1", "port": port, "security": "none", "timeout_seconds": 5}
    return Outbound.model_validate({**known, "sender": SENDER, "recipients": ["*@acme.example"]})


def address(login: str) -> str:
    return f"{login}@acme.example"


def shown(mail: SentMail) -> EmailMessage:
    """The mail, parsed."""
    return cast("EmailMessage", message_from_bytes(mail.content, policy=default))


@dataclass(slots=True, kw_only=True)
class NoticeEngine(Engine):
    """`outbox` and `chat` None: not connected. With a `port` mails go to the server there."""

    outbox: MemoryOutbox | None = field(default_factory=MemoryOutbox)
    chat: MemoryAnnouncer | None = None
    port: int | None = None
    terms: NoticeTerms = field(default_factory=lambda: NoticeTerms(public_url="https://interlock.example"))

    @property
    def services(self) -> Services:
        made: list[Services] = []
        tools: list[Tool] = [self.reader, self.notebook, *notice_tools(lambda: made[0], "acme"), *self._channels()]
        catalog = Catalog(tools)
        services = Services(
            database=self.database,
            catalogs=lambda tenant: catalog,
            rulebooks={"toy": self.rulebook, "notification": rule_book("notification")},
            registry=ProcessRegistry([toy_definition(), notification.definition()]),
            seal=SEAL,
            clock=self.clock,
            notice_terms=self.terms,
        )
        made.append(services)
        return services

    def _channels(self) -> list[Tool]:
        links = Links(services=lambda: self.services, tenant="acme")

        async def load(sha256: str) -> tuple[str, bytes]:
            raise LookupError(sha256)

        tools: list[Tool] = []
        server = outbound(self.port or 25)
        outbox: Outbox | None = SmtpOutbox(server=server, password=None) if self.port else self.outbox
        if outbox is not None:
            tools.append(
                SendMail(
                    target="post", outbox=outbox, server=server, load=load, clock=self.clock, complete=links.completed
                )
            )
        if self.chat is not None:
            tools.append(
                Notify(target="chat", announcer=self.chat, templates={NOTICE: WRITTEN}, pause=timedelta(seconds=0))
            )
        return tools

    async def prepare(self, *logins: str) -> None:
        """Give the people addresses."""
        for login in logins or ("clara", "dora", "sven"):
            await self.set_user(login, email=address(login))

    async def set_user(self, login: str, **changes: Any) -> None:
        """Change a user's row."""
        async with self.database.unit_of_work("acme") as unit:
            await unit.session.execute(update(User).where(col(User.id) == f"acme-{login}").values(**changes))

    async def want(self, login: str, **wants: Any) -> None:
        """What the person wants from now on, as if it had been set before anything was told."""
        row = NoticePreferencesRow(
            tenant="acme",
            user_id=f"acme-{login}",
            wants=Preferences.model_validate(wants).model_dump(mode="json"),
            set_by=f"acme-{login}",
            since=self.clock(),
        )
        async with self.database.unit_of_work("acme") as unit:
            await NoticeWishes(unit.session, "acme").set_preferences(row)

    async def tell(self, key: str = "one", *, login: str = "clara", kind: str = "odd.kind", **more: Any) -> str:
        """Have somebody told; the notice's id."""
        notice = Notice(tenant="acme", recipient_id=f"acme-{login}", kind=kind, key=key, **more)
        async with self.database.unit_of_work("acme") as unit:
            await tell(unit, notice, now=self.clock())
        return notice.id

    @property
    def desk_of_notices(self) -> NoticeDesk:
        return NoticeDesk(services=self.services)

    @property
    def outbox_sent(self) -> list[SentMail]:
        """The mails that the outbox has taken."""
        return self.outbox.sent if self.outbox is not None else []

    async def retry_as_sven(self, incident_id: str) -> None:
        """Sven retries what stopped a delivery."""
        await grant(self.database, "sven", "incident.retry")
        await self.retry(incident_id)

    async def start_process(self, process: str, body: dict[str, Any]) -> Case:
        """A case that somebody starts by hand."""
        who = await actor(self.database, "clara")
        return (await Intake(services=self.services).start(who, process, body, key=None)).case

    async def break_preferences(self, login: str) -> None:
        """As if another release had written them."""
        await self.want(login)
        async with self.database.unit_of_work("acme") as unit:
            await unit.session.execute(text("UPDATE notice_preferences SET wants = '{\"zone\": 7}'"))

    async def stands_anywhere(self, secret: str) -> list[str]:
        """The tables of the database that hold the text."""
        async with self.database.unit_of_work("acme") as unit:
            return [
                table
                for table in (*TENANT_TABLES, *SHARED_TABLES)
                if (
                    await unit.session.execute(
                        text(f"SELECT count(*) FROM {table} t WHERE t::text LIKE :secret"),
                        {"secret": f"%{secret}%"},
                    )
                ).scalar_one()
            ]

    async def until_told(self, notice_id: str) -> None:
        """Wait until the worker has delivered it."""

        async def sent() -> bool:
            return (await self.notice(notice_id)).status == "sent"

        await eventually(sent, within_seconds=20)

    async def dispatch(self) -> int:
        """One run of the dispatcher; how many deliveries began."""
        return await NoticeDispatcher(services=self.services).run()

    async def deliver(self) -> list[SentMail]:
        """Dispatch, run what began, and settle; the mails of the outbox."""
        await self.dispatch()
        for case in await self.deliveries("running"):
            await self.advance(case.id)
        await self.dispatch()
        return self.outbox.sent if self.outbox is not None else []

    async def deliveries(self, *statuses: str) -> list[Case]:
        """The cases that deliver, in their order."""
        query = text("SELECT id, status FROM cases WHERE process = 'notification' ORDER BY created_at, id")
        async with self.database.unit_of_work("acme") as unit:
            found = (await unit.session.execute(query)).all()
        return [await self.case(case_id) for case_id, status in found if not statuses or status in statuses]

    async def notice(self, notice_id: str) -> NoticeRow:
        async with self.database.unit_of_work("acme") as unit:
            row = await unit.session.get(NoticeRow, notice_id)
        assert row is not None
        return row

    async def statuses(self, login: str = "clara") -> dict[str, int]:
        """How many of the person's notices have each status."""
        async with self.database.unit_of_work("acme") as unit:
            rows = await Notices(unit.session).listed("acme", f"acme-{login}", unread=False, limit=10_000)
        found: dict[str, int] = {}
        for row in rows:
            found[row.status] = found.get(row.status, 0) + 1
        return found
