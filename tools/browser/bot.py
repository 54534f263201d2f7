"""Bots: small scripts of named steps, and how they are run.

A run has a context of its own. A session that ends on the way is signed in again and the steps begin anew, unless the
bot has clicked what changes something: then nobody knows, and nothing is clicked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from playwright.async_api import BrowserContext, Error
from pydantic import SecretStr

from tools.browser.browser import WorkerBrowser
from tools.browser.dialect import Dialect
from tools.browser.errors import LoginRefused, OutcomeUnseen, PageAway, Traces, told
from tools.browser.evidence import Evidence
from tools.browser.visit import PLAYWRIGHT, SessionExpired, Visit, as_failure
from tools.connector import StoreOriginal
from tools.errors import Ambiguous, ToolError

State = TypeVar("State")
SIGN_IN = "sign in"
SIGN_INS = 3
"""How often one run signs in at most: a session that ends again and again is no session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotStep(Generic[State]):
    """A step: its name stands in every failure; `run` gives the state that the next step begins with."""

    name: str
    run: Callable[[Visit, State], Awaitable[State]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot(Generic[State]):
    """A named script. Its first step goes where it begins from wherever it is: it may be begun anew."""

    name: str
    steps: tuple[BotStep[State], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who the bot is at the site. `password` is read for each run, and kept by nobody."""

    user: str
    password: Callable[[], SecretStr]


SignIn = Callable[[Visit, str, SecretStr], Awaitable[None]]
"""Fills in the site's form and sends it. Raises `LoginRefused`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where bots work: the site's address, its dialects, how one signs in, and how long things may take there."""

    address: str
    dialects: Mapping[str, Dialect]
    sign_in: SignIn
    account: Account
    call_seconds: float = 30.0
    patience_seconds: float = 8.0
    download_limit: int = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRunner:
    """Runs bots at one site in this process's browser; evidence of failures goes to `store`."""

    browser: WorkerBrowser
    site: Site
    store: StoreOriginal

    async def run(self, bot: Bot[State], state: State) -> State:
        """The state after the last step.

        Raises `PageAway`, `LayoutUnknown`, `LoginRefused`, `PageRefused`, `DownloadTooLarge`, each with the step and
        its evidence, and `OutcomeUnseen` for whatever goes wrong once the bot has clicked what changes something.
        """
        password = self.site.account.password()
        async with self.browser.context(self.site.address) as context:
            run = _Run(runner=self, context=context, password=password, bot=bot, state=state)
            return await run.finished()


@dataclass(slots=True, kw_only=True)
class _Run(Generic[State]):
    runner: BotRunner
    context: BrowserContext
    password: SecretStr
    bot: Bot[State]
    state: State
    step: str = SIGN_IN
    traced: bool = False
    visit: Visit | None = None

    @property
    def _evidence(self) -> Evidence:
        return Evidence(store=self.runner.store, secrets=(self.password.get_secret_value(),))

    async def finished(self) -> State:
        try:
            async with asyncio.timeout(self.runner.site.call_seconds):
                return await self._worked()
        except ToolError as error:
            raise await self._failed(error) from error
        except PLAYWRIGHT as error:
            raise await self._failed(as_failure(error)) from error

    async def _worked(self) -> State:
        visit = self.visit = await self._arrive()
        for _ in range(SIGN_INS):
            await self._sign_in(visit)
            with suppress(SessionExpired):
                return await self._stepped(visit)
            if visit.committed:
                raise OutcomeUnseen("the session ended with the click")
        raise PageAway("the session ends again and again", code="session_expired")

    async def _arrive(self) -> Visit:
        site = self.runner.site
        milliseconds = site.patience_seconds * 1000
        self.context.set_default_timeout(milliseconds)
        self.context.set_default_navigation_timeout(milliseconds)
        await self.context.tracing.start(snapshots=True)
        await self.context.tracing.stop_chunk()
        return Visit(
            context=self.context,
            page=await self.context.new_page(),
            address=site.address.rstrip("/"),
            dialects=site.dialects,
            patience_seconds=site.patience_seconds,
            download_limit=site.download_limit,
        )

    async def _sign_in(self, visit: Visit) -> None:
        if self.traced:
            await self._evidence.pause(visit)
        self.step, self.traced, visit.signed_in = SIGN_IN, False, False
        await visit.go()
        await self.runner.site.sign_in(visit, self.runner.site.account.user, self.password)
        if await visit.asks_who_is_there():
            raise LoginRefused("the site asks for the password again")
        visit.signed_in = True
        await self._evidence.begin(visit)
        self.traced = True

    async def _stepped(self, visit: Visit) -> State:
        state = self.state
        for step in self.bot.steps:
            self.step = step.name
            state = await step.run(visit, state)
        return state

    async def _failed(self, error: ToolError) -> ToolError:
        committed = self.visit is not None and self.visit.committed
        kept: dict[str, str] | None = None
        if self.visit is not None:
            kept = await self._evidence.keep(self.visit, bot=self.bot.name, step=self.step, traced=self.traced)
        if kept is None:
            await self._let_go()
        traces = Traces(bot=self.bot.name, step=self.step, evidence=kept or {})
        if committed and not isinstance(error, Ambiguous):
            return told(OutcomeUnseen(error.message), traces)
        return told(error, traces)

    async def _let_go(self) -> None:
        """A browser that does not answer hangs, or is gone: the next run starts another."""
        with suppress(Error):
            await self.runner.browser.abandon(self.context.browser)
