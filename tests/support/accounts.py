"""People who sign in: accounts with cheap hashes, and browsers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from fastapi import FastAPI

from api.app import create_app
from graphs.accounts.desk import AccountDesk, Given
from graphs.accounts.link import LinkDesk
from graphs.accounts.password import Hasher
from graphs.accounts.provider_desk import SignInProvider
from graphs.accounts.redemption import RedemptionDesk
from graphs.accounts.session_desk import Caller, SessionDesk
from graphs.accounts.terms import AccountTerms
from graphs.store.people import Actor
from tests.support.api import grant
from tests.support.engine import Clock, Engine
from tests.support.people import actor
from tools.clock import utc_now

HTTPS = "https://interlock.test"
PASSWORD = "four lilac otters hum"
OTHER = "seven brass kettles nap"
CHEAP = Hasher(memory_kib=8, passes=1)
TERMS = AccountTerms(hasher=CHEAP)
HERE = Caller(address="192.0.2.7", agent="a browser")


@dataclass(slots=True)
class StillClock(Clock):
    """Time that passes only when a test moves it: a pause of a second lasts, however slow the machine is."""

    began: datetime = field(default_factory=utc_now)

    def __call__(self) -> datetime:
        return self.began + self.ahead


@dataclass(slots=True, kw_only=True)
class Reception:
    """The desks of accounts on an engine; `sven` is the administrator."""

    engine: Engine
    terms: AccountTerms = TERMS
    provider: SignInProvider | None = None
    sessions: SessionDesk = field(init=False)
    accounts: AccountDesk = field(init=False)
    redemption: RedemptionDesk = field(init=False)
    links: LinkDesk = field(init=False)
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        services = self.engine.services
        self.sessions = SessionDesk(services=services, terms=self.terms)
        self.accounts = AccountDesk(services=services, terms=self.terms)
        self.redemption = RedemptionDesk(services=services, terms=self.terms)
        self.links = LinkDesk(services=services)
        self.app = create_app(services, terms=self.terms, provider=self.provider)

    @classmethod
    async def of(
        cls, engine: Engine, *, terms: AccountTerms = TERMS, provider: SignInProvider | None = None
    ) -> Reception:
        """With an administrator, and time that stands still."""
        engine.clock = StillClock()
        await grant(engine.database, "sven", "account.manage", "admin")
        return cls(engine=engine, terms=terms, provider=provider)

    async def admin(self) -> Actor:
        return await actor(self.engine.database, "sven")

    async def invited(self, login: str) -> Given:
        return await self.accounts.invite(await self.admin(), login)

    async def has_password(self, *logins: str, password: str = PASSWORD) -> None:
        """Each has this password."""
        for login in logins:
            await self.redemption.redeem((await self.invited(login)).token, password)

    def browser(self, base_url: str = HTTPS, *, address: str = "127.0.0.1") -> Browser:
        """A browser with no session."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 4711))
        return Browser(http=httpx.AsyncClient(transport=transport, base_url=base_url), origin=base_url)


@dataclass(slots=True, kw_only=True)
class Browser:
    """A browser at a page of ours: it sends its cookies, where it is, and the page's token."""

    http: httpx.AsyncClient
    origin: str
    csrf: str = ""

    async def sign_in(self, login: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
        answer = await self.post("/session", {"login": login, "password": password, **more})
        if answer.status_code == 201:
            self.csrf = answer.json()["csrf_token"]
        return answer

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        return await self.http.post(path, json=body if body is not None else {}, headers=self.headers())

    async def delete(self, path: str) -> httpx.Response:
        return await self.http.delete(path, headers=self.headers())

    def headers(self) -> dict[str, str]:
        token = {"X-CSRF-Token": self.csrf} if self.csrf else {}
        return {"Origin": self.origin, "Sec-Fetch-Site": "same-origin", **token}
