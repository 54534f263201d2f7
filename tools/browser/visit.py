"""A visit: one page in one context, found and worked by role and label as a person would, never by position.

What cannot be found, or is there twice, ends the step by name. Nothing is clicked that is not exactly what was meant.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from playwright.async_api import BrowserContext, Error, Locator, Page, Response
from playwright.async_api import TimeoutError as Late

from tools.browser.dialect import Dialect
from tools.browser.errors import DownloadTooLarge, LayoutUnknown, PageAway, PageRefused
from tools.browser.portal import File

Kind = Literal["field", "button", "link", "table", "status", "alert"]
SERVER_ERRORS = 500
REFUSALS = 400
MILLISECONDS = 1000

TABLE = """table => [...table.querySelectorAll('tr,[role=row]')].map(row =>
  [...row.querySelectorAll('th,td,[role=columnheader],[role=rowheader],[role=cell]')].map(cell => cell.innerText))"""
TERMS = """page => [...page.querySelectorAll('dt')].map(term =>
  [term.innerText, term.nextElementSibling ? term.nextElementSibling.innerText : ''])"""


class SessionExpired(Exception):
    """The page asks who is there, although the bot had signed in."""


@dataclass(kw_only=True)
class Visit:
    """What the steps of a bot work with. `committed` is True from the click on that changes something outside."""

    context: BrowserContext
    page: Page
    address: str
    dialects: Mapping[str, Dialect]
    patience_seconds: float
    download_limit: int
    signed_in: bool = False
    committed: bool = False
    dialect: Dialect = field(init=False)

    @property
    def _patience(self) -> float:
        return self.patience_seconds * MILLISECONDS

    async def go(self, path: str = "/") -> None:
        """Go to a page of the site."""
        self._check(await self.page.goto(self.address + path, wait_until="domcontentloaded"))
        await self._arrived()

    async def follow(self, kind: Kind, matter: str, *, text: str | None = None) -> None:
        """Click what leads to another page, and arrive there. `text` is the label of something without a matter."""
        found = await self._found(kind, (text,) if text is not None else self.dialect.labels(matter), matter)
        async with self._leaving():
            await found.click()
        await self._arrived()

    async def commit(self, matter: str) -> None:
        """Click the button that changes something outside, once. Whatever fails from here on may have happened."""
        found = await self._found("button", self.dialect.labels(matter), matter)
        await found.click(trial=True)
        self.committed = True
        async with self._leaving():
            await found.click()
        await self._arrived()

    @asynccontextmanager
    async def _leaving(self) -> AsyncGenerator[None]:
        async with self.page.expect_navigation(wait_until="domcontentloaded", timeout=self._patience) as arriving:
            yield
        self._check(await arriving.value)

    def _check(self, response: Response | None) -> None:
        if response is None:
            return
        if response.status >= SERVER_ERRORS:
            raise PageAway(
                f"the page answers {response.status}", code="maintenance" if response.status == 503 else None
            )
        if response.status >= REFUSALS and response.status != 401:
            raise PageRefused(f"the page answers {response.status}")

    async def _arrived(self) -> None:
        language = await self.page.locator("html").get_attribute("lang") or ""
        if language not in self.dialects:
            raise LayoutUnknown(f"the page speaks {language[:20] or 'nothing'}: known are {', '.join(self.dialects)}")
        self.dialect = self.dialects[language]
        if self.signed_in and await self.asks_who_is_there():
            raise SessionExpired

    async def asks_who_is_there(self) -> bool:
        """Whether the page has a field for a password."""
        return await self.page.locator("input[type=password]").count() > 0

    async def fill(self, matter: str, text: str) -> None:
        """Fill in a field."""
        found = await self._found("field", self.dialect.labels(matter), matter)
        await found.fill(text)

    async def fill_day(self, matter: str, day: date) -> None:
        """Fill in a day, as the field takes it."""
        found = await self._found("field", self.dialect.labels(matter), matter)
        native = await found.get_attribute("type") == "date"
        await found.fill(day.isoformat() if native else self.dialect.written_day(day))

    async def has(self, kind: Kind, matter: str, *, text: str | None = None) -> bool:
        """Whether it is on the page now."""
        labels = (text,) if text is not None else self.dialect.labels(matter)
        return await self._locator(kind, labels).count() > 0

    async def alert(self) -> str:
        """What the page warns of; empty if of nothing."""
        found = self.page.get_by_role("alert")
        return (await found.first.inner_text()) if await found.count() else ""

    async def says(self, matter: str) -> None:
        """Wait for the page to say so in its status. Raises `LayoutUnknown`."""
        await self._found("status", self.dialect.labels(matter), matter)

    async def rows(self, matter: str, columns: Sequence[str]) -> list[dict[str, str]]:
        """The rows of a table by matter of the column; none where the page says that nothing was found."""
        nothing = self._locator("status", self.dialect.labels("nothing"))
        table = self._locator("table", self.dialect.labels(matter))
        await self._seen(table.or_(nothing), matter, "table", self.dialect.labels(matter))
        if await nothing.count():
            return []
        found = await self._found("table", self.dialect.labels(matter), matter)
        heads, *rows = await found.evaluate(TABLE)
        matters = [self.dialect.matter(head, tuple(columns)) for head in heads]
        if sorted(matters) != sorted(columns) or any(len(row) != len(heads) for row in rows):
            raise LayoutUnknown(f"the table of {matter} has other columns than {', '.join(columns)}")
        return [dict(zip(matters, (str(cell).strip() for cell in row), strict=True)) for row in rows]

    async def terms(self, matters: Sequence[str]) -> dict[str, str]:
        """What the page's list of terms says of the matters. Raises `LayoutUnknown` unless it says all, once."""
        pairs: list[list[str]] = await self.page.locator("main").evaluate(TERMS)
        found = {self.dialect.matter(term, tuple(matters)): text.strip() for term, text in pairs}
        if len(found) != len(matters) or len(pairs) != len(matters):
            raise LayoutUnknown(f"the page does not say {', '.join(m for m in matters if m not in found)}")
        return found

    async def download(self, matter: str, *, of: str) -> File:
        """The file behind the link that names what it is of. Raises `DownloadTooLarge`."""
        found = await self._found("link", tuple(f"{label} {of}" for label in self.dialect.labels(matter)), matter)
        async with self.page.expect_download(timeout=self._patience) as coming:
            await found.click()
        download = await coming.value
        failure = await download.failure()
        if failure is not None:
            raise PageAway(f"the download failed: {failure[:60]}", code="download_failed")
        path = Path(await download.path())
        size = (await asyncio.to_thread(path.stat)).st_size
        if size > self.download_limit:
            await download.delete()
            raise DownloadTooLarge(f"the file has {size} bytes; at most {self.download_limit} are kept")
        return File(name=Path(download.suggested_filename).name, content=await asyncio.to_thread(path.read_bytes))

    def _locator(self, kind: Kind, labels: Sequence[str]) -> Locator:
        first, *others = (self._called(kind, label) for label in labels)
        for other in others:
            first = first.or_(other)
        return first

    def _called(self, kind: Kind, label: str) -> Locator:
        match kind:
            case "field":
                return self.page.get_by_label(label, exact=True)
            case "status" | "alert":
                return self.page.get_by_role(kind).filter(has_text=label)
            case _:
                return self.page.get_by_role(kind, name=label, exact=True)

    async def _found(self, kind: Kind, labels: Sequence[str], matter: str) -> Locator:
        """The one thing of the kind with one of the labels. Raises `LayoutUnknown` for none, and for two."""
        found = self._locator(kind, labels)
        await self._seen(found, matter, kind, labels)
        number = await found.count()
        if number != 1:
            raise LayoutUnknown(f"{number} times {kind} {' or '.join(map(repr, labels))}")
        return found

    async def _seen(self, found: Locator, matter: str, kind: Kind, labels: Sequence[str]) -> None:
        try:
            await found.first.wait_for(state="visible", timeout=self._patience)
        except Late:
            raise LayoutUnknown(f"no {kind} for {matter}: {' or '.join(map(repr, labels))}") from None


def as_failure(error: Exception) -> PageAway:
    """What Playwright says, as a failure of the page. It may hold a whole log: only its first line is kept."""
    first = str(error).partition("\n")[0]
    code = "page_late" if isinstance(error, Late | TimeoutError) else "page_lost"
    return PageAway(first[:160] or type(error).__name__, code=code)


PLAYWRIGHT = (Error, TimeoutError)
