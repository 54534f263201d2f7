"""The kind of connector `notify`: channels over which people are told something."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from pydantic import BaseModel

from tools.connector import Connector, ConnectorContext, Health
from tools.notify.actions import Notify
from tools.notify.channels import AppriseAnnouncer
from tools.notify.port import Announcer
from tools.notify.settings import NotifySettings
from tools.notify.template import NOTICE, WRITTEN
from tools.port import Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyConnector:
    """One configured set of channels."""

    name: str
    settings: NotifySettings
    announcer: Announcer

    def tools(self) -> Sequence[Tool]:
        """`notify.send`."""
        templates = {**self.settings.templates, NOTICE: WRITTEN}
        return [Notify(target=self.name, announcer=self.announcer, templates=templates)]

    async def check(self) -> Health:
        """Whether every channel's address is there and can be used; mail servers are asked, nobody is told anything."""
        return await self.announcer.check()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyKind:
    """Opens notification connectors."""

    kind: str = "notify"
    settings: type[BaseModel] = NotifySettings

    def open(self, name: str, settings: BaseModel, context: ConnectorContext) -> AbstractAsyncContextManager[Connector]:
        """The connector; no channel is asked yet."""
        return _opened(name, NotifySettings.model_validate(settings.model_dump()), context)


NOTIFY = NotifyKind()


@asynccontextmanager
async def _opened(name: str, settings: NotifySettings, context: ConnectorContext) -> AsyncGenerator[NotifyConnector]:
    addresses = {channel: one.url for channel, one in settings.channels.items()}
    announcer = AppriseAnnouncer(
        addresses=addresses, secret=context.secret, call_timeout_seconds=settings.timeout_seconds
    )
    try:
        yield NotifyConnector(name=name, settings=settings, announcer=announcer)
    finally:
        announcer.close()
