"""The connectors of a process: opened as the file says, offered to their tenants, checked all at once."""

from __future__ import annotations

import asyncio
import mimetypes
import time
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from api.errors import SettingsInvalid
from tools.configuration import Configuration, ConfigurationRefused, ConfiguredConnector, read_configuration
from tools.configured_tool import configured
from tools.connector import Connector, ConnectorContext, Health, Standing
from tools.plugin import Plugins
from tools.port import Tool

CHECK_SECONDS = 15.0
CLOSE_SECONDS = 5.0
MAX_TEXT = 500
FOLDER = "connectors"
VARIABLE = "INTERLOCK_CONNECTORS"

ContextOf = Callable[[ConfiguredConnector], ConnectorContext]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedConnector:
    """A configured connector with what it was opened as; without a `connector`, `problem` says why."""

    configured: ConfiguredConnector
    connector: Connector | None = None
    tools: tuple[Tool, ...] = ()
    problem: str = ""

    @property
    def name(self) -> str:
        return self.configured.name

    async def check(self, *, within_seconds: float = CHECK_SECONDS) -> Health:
        """How it is now; a check that hangs or raises is a connector that is down."""
        began = time.monotonic()
        if self.connector is None:
            return Health(standing=Standing.DOWN, problem=self.problem, remedy="mend the configuration and start again")
        try:
            async with asyncio.timeout(within_seconds):
                found = await self.connector.check()
        except TimeoutError:
            problem = f"the check did not end within {within_seconds:g} s"
            found = Health(
                standing=Standing.DOWN, problem=problem, remedy="see whether the system answers at all, and how fast"
            )
        except Exception as error:  # the port forbids it, but the code may be of others
            log.warning("connector.check_failed", connector=self.name, error=type(error).__name__)
            problem = f"the check itself failed ({type(error).__name__})"
            found = Health(
                standing=Standing.DOWN, problem=problem, remedy=f"report it to who made {self.configured.kind}"
            )
        seconds = round(time.monotonic() - began, 3)
        return replace(found, problem=found.problem[:MAX_TEXT], remedy=found.remedy[:MAX_TEXT], seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connectors:
    """Every configured connector."""

    opened: tuple[OpenedConnector, ...] = ()

    def __bool__(self) -> bool:
        """Whether any is configured."""
        return bool(self.opened)

    def of(self, tenant: str) -> list[OpenedConnector]:
        """The tenant's, in the order of the file."""
        return [opened for opened in self.opened if opened.configured.tenant == tenant]

    def named(self, name: str) -> OpenedConnector | None:
        """The connector of that name, whosever it is."""
        return next((opened for opened in self.opened if opened.name == name), None)

    def tools(self, tenant: str) -> list[Tool]:
        """What the tenant's processes may propose to do with them."""
        return [tool for opened in self.of(tenant) for tool in opened.tools]

    async def check(self, *, within_seconds: float = CHECK_SECONDS) -> dict[str, Health]:
        """How each is now, by name; all are asked at the same time."""
        found = await asyncio.gather(*(opened.check(within_seconds=within_seconds) for opened in self.opened))
        return {opened.name: health for opened, health in zip(self.opened, found, strict=True)}


NO_CONNECTORS = Connectors()


def configuration_of(file: Path | None, plugins: Plugins, *, tenant: str) -> Configuration:
    """What `INTERLOCK_CONNECTORS` names; nothing where it is unset. Raises `SettingsInvalid`."""
    if file is None:
        return Configuration()
    try:
        return read_configuration(file, plugins, tenant=tenant)
    except ConfigurationRefused as error:
        raise SettingsInvalid(f"{VARIABLE}: {error}") from error


@asynccontextmanager
async def open_connectors(configuration: Configuration, context_of: ContextOf) -> AsyncGenerator[Connectors]:
    """The configured connectors, closed afterwards. One that cannot be opened is there with its problem."""
    async with AsyncExitStack() as stack:
        yield Connectors(opened=tuple([await _opened(one, context_of, stack) for one in configuration.connectors]))


async def _opened(one: ConfiguredConnector, context_of: ContextOf, stack: AsyncExitStack) -> OpenedConnector:
    if one.kind_found is None or one.settings is None:
        log.error("connector.unusable", connector=one.name, problem=one.problem)
        return OpenedConnector(configured=one, problem=one.problem)
    try:
        opening = one.kind_found.open(one.name, one.settings, context_of(one))
        async with asyncio.timeout(CHECK_SECONDS):
            connector = await opening.__aenter__()
        stack.push_async_callback(_close, one.name, opening.__aexit__)
        return OpenedConnector(configured=one, connector=connector, tools=tuple(configured(connector.tools(), one)))
    except Exception as error:  # a kind may be code of others: one that fails takes nobody with it
        log.exception("connector.not_opened", connector=one.name)
        problem = f"the kind {one.kind} could not open it: {type(error).__name__}: {error}"[:MAX_TEXT]
        return OpenedConnector(configured=one, problem=problem)


async def _close(name: str, leave: Callable[[None, None, None], object]) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await leave(None, None, None)  # type: ignore[misc]  # an awaitable, by the protocol of context managers
    except Exception as error:
        log.warning("connector.not_closed", connector=name, error=type(error).__name__)


def check_names(
    configuration: Configuration,
    connectors: Connectors,
    *,
    taken: Mapping[str, Sequence[str]],
    tenants: Collection[str],
) -> None:
    """Raises `SettingsInvalid` where a tenant is unknown, or two connectors offer it the same tool.

    `taken` are names of tools that a tenant has anyway.
    """
    file = configuration.file
    for opened in connectors.opened:
        if opened.configured.tenant not in tenants:
            known = ", ".join(sorted(tenants))
            problem = f"there is no tenant {opened.configured.tenant!r} (there are {known})"
            raise SettingsInvalid(f"{VARIABLE}: {file}: connector {opened.name!r}: tenant: {problem}")
    for tenant in tenants:
        owners = dict.fromkeys(taken.get(tenant, ()), "the ERP of INTERLOCK_ERP, or Interlock itself,")
        for opened in connectors.of(tenant):
            for tool in opened.tools:
                if tool.name in owners:
                    problem = f"{owners[tool.name]} offers {tool.name!r} to tenant {tenant!r} too: give it a prefix"
                    raise SettingsInvalid(f"{VARIABLE}: {file}: connector {opened.name!r}: prefix: {problem}")
                owners[tool.name] = f"connector {opened.name!r}"


def media_type_by_name(name: str) -> str:
    """What a file of that name usually is. Only for show: a document is read by its bytes."""
    return mimetypes.guess_type(name, strict=True)[0] or "application/octet-stream"
