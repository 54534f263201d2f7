"""One browser a process: started when first needed, and anew after a crash or a hang."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from playwright.async_api import Browser, BrowserContext, Error, Playwright, async_playwright

from tools.browser.chromium import arguments, find_chromium
from tools.browser.errors import PageAway

START_SECONDS = 30.0
OPEN_SECONDS = 10.0
CLOSE_SECONDS = 3.0
MARKER = "--interlock-browser"
PORTS = {"http": 80, "https": 443}
NOWHERE = "http://blocked.invalid:80"
"""The proxy for everything but the portal: there is none, so nothing else is ever reached, by redirects neither."""

log = structlog.get_logger(__name__)


@dataclass(kw_only=True)
class WorkerBrowser:
    """The browser of this process, for one event loop; every run has a context of its own."""

    executable: Path | None = None
    marker: str = field(default_factory=lambda: f"{MARKER}={uuid.uuid4().hex}")
    starts: int = 0
    _driver: Playwright | None = None
    _browser: Browser | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def context(self, address: str) -> AsyncGenerator[BrowserContext]:
        """An empty context that can reach the origin of `address` and nothing else, closed with the block.

        Raises `PageAway` where the browser cannot be started now, and `ChromiumMissing`.
        """
        context = await self._opened(address)
        try:
            yield context
        finally:
            await self._closed(context)

    async def _opened(self, address: str) -> BrowserContext:
        proxy: Any = {"server": NOWHERE, "bypass": origin(address)}
        for last in (False, True):
            browser = await self._running()
            try:
                async with asyncio.timeout(OPEN_SECONDS):
                    return await browser.new_context(
                        accept_downloads=True, service_workers="block", proxy=proxy, locale="en-GB"
                    )
            except (Error, TimeoutError) as error:
                log.warning("browser.lost", error=type(error).__name__)
                await self.abandon(browser)
                if last:
                    raise PageAway(f"the browser opens no page: {_first(error)}", code="browser_lost") from error
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _closed(self, context: BrowserContext) -> None:
        browser = context.browser
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await context.close()
        except (Error, TimeoutError):
            await self.abandon(browser)

    async def _running(self) -> Browser:
        async with self._lock:
            if self._browser is not None and self._browser.is_connected():
                return self._browser
            await self._end()
            try:
                async with asyncio.timeout(START_SECONDS):
                    return await self._start()
            except (Error, TimeoutError) as error:
                await self._end()
                raise PageAway(f"the browser does not start: {_first(error)}", code="browser_lost") from error

    async def _start(self) -> Browser:
        driver = self._driver = await async_playwright().start()
        executable = self.executable or find_chromium(own=driver.chromium.executable_path)
        self._browser = await driver.chromium.launch(
            executable_path=executable, headless=True, args=arguments(self.marker), chromium_sandbox=os.geteuid() != 0
        )
        self.starts += 1
        log.info("browser.started", version=self._browser.version)
        return self._browser

    async def abandon(self, browser: Browser | None) -> None:
        """Let go of a browser that does not answer; the next run starts another."""
        async with self._lock:
            if browser is self._browser:
                await self._end()

    async def close(self) -> None:
        """End the browser, whether it answers or not."""
        async with self._lock:
            await self._end()

    async def _end(self) -> None:
        browser, driver, self._browser, self._driver = self._browser, self._driver, None, None
        if browser is not None:
            with suppress(Error, TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await browser.close()
        for pid in marked(self.marker):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if driver is not None:
            with suppress(Error, TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await driver.stop()


def origin(address: str) -> str:
    """Scheme, host and port of an address, as a proxy's exception wants them. Raises `ValueError`."""
    parts = urlsplit(address)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError(f"{address!r} is no http or https address")
    return f"{parts.scheme}://{parts.hostname}:{parts.port or PORTS[parts.scheme]}"


def marked(marker: str) -> list[int]:
    """Ids of the processes that were started with the marker: this browser's own."""
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if marker.encode() in (folder / "cmdline").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0][:120] or type(error).__name__


@dataclass(slots=True)
class _Shared:
    browser: WorkerBrowser
    users: int = 0


_of_loops: dict[tuple[int, Path | None], _Shared] = {}


@asynccontextmanager
async def worker_browser(executable: Path | None = None) -> AsyncGenerator[WorkerBrowser]:
    """The browser that all connectors of this process share, ended when the last of them is closed."""
    key = (id(asyncio.get_running_loop()), executable)
    shared = _of_loops.setdefault(key, _Shared(WorkerBrowser(executable=executable)))
    shared.users += 1
    try:
        yield shared.browser
    finally:
        shared.users -= 1
        if shared.users == 0:
            del _of_loops[key]
            await shared.browser.close()
