"""A portal on loopback in this process, and bots in one Chromium."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from tools.browser.connector import SUPPLIER_PORTAL, PortalConnector, PortalSettings
from tools.connector import ConnectorContext
from tools.errors import Permanent
from tools.testing.portal.app import Conditions, Portal
from tools.testing.portal.books import PortalBooks
from tools.testing.portal.serving import served

TODAY = date(2026, 11, 28)
USER = "interlock"
PASSWORD = "korrekt&<Pferd>'42%"


@dataclass(slots=True)
class Originals:
    """Documents by their hash, in memory; nothing more is kept once it is full."""

    kept: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    full: bool = False

    async def store(self, name: str, content: bytes) -> str:
        if self.full:
            raise Permanent("there is no room", code="full")
        sha256 = hashlib.sha256(content).hexdigest()
        self.kept[sha256] = (name, content)
        return sha256

    async def load(self, sha256: str) -> tuple[str, bytes]:
        return self.kept[sha256]


@dataclass(slots=True, kw_only=True)
class Desk:
    """The portal, as its supplier sees it, and the connector that works it."""

    portal: Portal
    address: str
    originals: Originals
    connector: PortalConnector
    stack: AsyncExitStack

    @property
    def conditions(self) -> Conditions:
        return self.portal.conditions

    def reset(self) -> None:
        """As on the first day, for the next test."""
        self.portal.books = PortalBooks.from_seed(today=TODAY)
        self.portal.conditions = Conditions()
        self.portal.sessions.clear()
        self.portal.requests.clear()
        self.originals.kept.clear()

    async def opened(self, **changed: object) -> PortalConnector:
        """Another connector to the same portal; it shares the browser."""
        settings = self.connector.settings.model_copy(update=changed)
        context = self.connector.context
        opened = await self.stack.enter_async_context(SUPPLIER_PORTAL.open("other", settings, context))
        assert isinstance(opened, PortalConnector)
        return opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole_desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """One portal and one browser for the session."""
    portal = Portal(books=PortalBooks.from_seed(today=TODAY), user=USER, password=PASSWORD)
    originals = Originals()
    folder: Path = tmp_path_factory.mktemp("portal")
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(served(portal))
        settings = PortalSettings(
            address=address,
            user=USER,
            password="env:PORTAL",
            sender="rechnung@nordlicht-buero.example",
            call_seconds=20,
            patience_seconds=5,
        )
        context = ConnectorContext(
            tenant="acme",
            folder=folder,
            load=originals.load,
            store=originals.store,
            secret=lambda reference: SecretStr(PASSWORD),
        )
        connector = await stack.enter_async_context(SUPPLIER_PORTAL.open("supplier_portal", settings, context))
        assert isinstance(connector, PortalConnector)
        yield Desk(portal=portal, address=address, originals=originals, connector=connector, stack=stack)


@pytest.fixture
def desk(whole_desk: Desk) -> Desk:
    """The same, as on the first day."""
    whole_desk.reset()
    return whole_desk
