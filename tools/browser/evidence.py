"""Evidence of a failed run: screenshot, HTML and trace, with every secret taken out, kept as originals by hash."""

from __future__ import annotations

import asyncio
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

import structlog
from playwright.async_api import Error

from tools.browser.visit import Visit
from tools.connector import StoreOriginal
from tools.errors import ToolError

CAPTURE_SECONDS = 5.0
TRACE_LIMIT = 10_000_000
"""Bytes of a trace, packed, above which it is not kept."""
SHORTEST_SECRET = 4
"""A shorter text stands in too many places to be replaced."""
TAKEN_OUT = b"[secret]"

log = structlog.get_logger(__name__)


def redacted(content: bytes, secrets: Iterable[str]) -> bytes:
    """`content` without the secrets, in any of the forms that pages and traces write a text in."""
    for secret in secrets:
        if len(secret) < SHORTEST_SECRET:
            continue
        in_json = json.dumps(secret)[1:-1]
        for form in {secret, quote(secret, safe=""), quote_plus(secret), in_json, escape(secret), escape(in_json)}:
            content = content.replace(form.encode(), TAKEN_OUT)
    return content


def redacted_archive(content: bytes, secrets: Iterable[str]) -> bytes:
    """A zip whose members are redacted, each for itself."""
    packed, listed = io.BytesIO(), tuple(secrets)
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            target.writestr(member.filename, redacted(source.read(member), listed))
    return packed.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Takes evidence and keeps it through `store`."""

    store: StoreOriginal
    secrets: tuple[str, ...]

    async def begin(self, visit: Visit) -> None:
        """Trace from here on: never while a password is typed."""
        await visit.context.tracing.start_chunk()

    async def pause(self, visit: Visit) -> None:
        """Stop the trace and forget it."""
        await visit.context.tracing.stop_chunk()

    async def keep(self, visit: Visit, *, bot: str, step: str, traced: bool) -> dict[str, str] | None:
        """SHA-256 by kind of what could be kept; None of a browser that hangs or is gone. Never raises."""
        found: dict[str, str] = {}
        name = f"{bot}-{step}".replace(" ", "-")
        secrets: tuple[str, ...] = ()
        alive = False
        with suppress(Error, TimeoutError, ToolError, OSError):
            async with asyncio.timeout(CAPTURE_SECONDS):
                secrets = (*self.secrets, *[str(cookie.get("value", "")) for cookie in await visit.context.cookies()])
                alive = True
                await self._settle(visit)
                page = redacted((await visit.page.content()).encode(), secrets)
                found["page"] = await self.store(f"{name}.html.txt", page)
                found["screenshot"] = await self.store(f"{name}.png", await self._screenshot(visit))
        with suppress(Error, TimeoutError, ToolError, OSError):
            async with asyncio.timeout(CAPTURE_SECONDS if alive and traced else 0):
                trace = await self._trace(visit, secrets)
                if len(trace) <= TRACE_LIMIT:
                    found["trace"] = await self.store(f"{name}.trace.zip", trace)
        log.info("bot.evidence", bot=bot, step=step, kept=sorted(found), alive=alive)
        return found if alive else None

    async def _settle(self, visit: Visit) -> None:
        """Stop waiting for a page that is still to come: what stands there now is the evidence."""
        session = await visit.context.new_cdp_session(visit.page)
        await session.send("Page.stopLoading")
        await session.detach()

    async def _screenshot(self, visit: Visit) -> bytes:
        hidden = [visit.page.locator("input[type=password]")]
        return await visit.page.screenshot(mask=hidden, timeout=CAPTURE_SECONDS * 1000, animations="disabled")

    async def _trace(self, visit: Visit, secrets: Iterable[str]) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "trace.zip"
            await visit.context.tracing.stop_chunk(path=file)
            return redacted_archive(await asyncio.to_thread(file.read_bytes), secrets)
