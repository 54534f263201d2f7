"""Rehearsing a definition that no server knows yet: this program's own code against the database of the settings."""

from __future__ import annotations

import asyncio
import importlib
import inspect
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from api.bootstrap import Catalogs, checkpoint_key, wired_connectors
from api.connectors import Connectors
from api.errors import SettingsInvalid
from api.servers import Servers, start_servers
from api.settings import load_settings
from api.views.version import CASES_A_REQUEST, RehearsalView
from graphs.process import DefinitionInvalid, ProcessDefinition, ProcessRegistry
from graphs.processes.released import process_definitions
from graphs.rehearsal import Rehearser
from graphs.runtime.seal import Seal
from graphs.runtime.services import Services
from graphs.runtime.strictness import require_strict_msgpack
from graphs.store.database import Database
from policies.packaged import pack_names, rule_book
from tools.clock import utc_now
from tools.erp.port import Erp
from tools.testing.erp import MemoryErp


class DefinitionNotFound(SettingsInvalid):
    """`module:attribute` names no process definition."""


def load_definition(path: str) -> ProcessDefinition:
    """The definition at `module:attribute`, or what the function there returns. Raises `DefinitionNotFound`."""
    made = load_attribute(path)
    if not isinstance(made, ProcessDefinition):
        raise DefinitionNotFound(f"{path} is no process definition")
    return made


def load_attribute(path: str) -> object:
    """What is at `module:attribute`, or what the function there returns. Raises `DefinitionNotFound`."""
    module, _, attribute = path.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
        if callable(found):
            inspect.signature(found).bind()
    except DefinitionInvalid:
        raise
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise DefinitionNotFound(f"{path} cannot be imported: {error}") from error
    return found() if callable(found) else found


def rehearse(path: str, names: Mapping[str, str]) -> list[RehearsalView]:
    """Rehearse the live cases of every tenant against the definition at `path`; returns all pages.

    Raises `StartRefused`, or `Invalid` for a mapping that cannot be meant.
    """
    require_strict_msgpack()
    definition = load_definition(path)
    with start_servers(load_settings(), sandbox=False) as servers:
        return asyncio.run(_rehearsed(servers, definition, names))


async def _rehearsed(servers: Servers, definition: ProcessDefinition, names: Mapping[str, str]) -> list[RehearsalView]:
    database = Database(servers.app_url, clock=utc_now, role=servers.role)
    try:
        async with database.unit_of_work() as unit:
            tenants = await unit.people.tenants()
        twins = twins_of(servers, tenants)
        async with AsyncExitStack() as stack:
            connectors = await wired_connectors(servers, database, twins, stack)
            wired = services(servers, database, twins, connectors, definition)
            rehearser = Rehearser(services=wired, definition=definition, names=names)
            return [page for tenant in tenants for page in await _pages(rehearser, tenant)]
    finally:
        await database.close()


async def _pages(rehearser: Rehearser, tenant: str) -> list[RehearsalView]:
    pages: list[RehearsalView] = []
    after: str | None = ""
    while after is not None:
        page = await rehearser.page(tenant, after=after, limit=CASES_A_REQUEST)
        pages.append(RehearsalView.of(page))
        after = page.after
    return pages


def twins_of(servers: Servers, tenants: Sequence[str]) -> dict[str, Erp]:
    """A rehearsal knows tools by name only, so a twin stands for the ERP, where the settings name one."""
    if servers.settings.erp == "none":
        return {}
    twin: Erp = MemoryErp.from_seed(today=utc_now().date())
    return dict.fromkeys(tenants, twin)


def services(
    servers: Servers,
    database: Database,
    twins: dict[str, Erp],
    connectors: Connectors,
    definition: ProcessDefinition,
) -> Services:
    """What a rehearsal needs; no tool is called."""
    known = process_definitions()
    packs = {one.pack for one in known} | ({definition.pack} & set(pack_names()))
    return Services(
        database=database,
        catalogs=Catalogs(database=database, erps=twins, connectors=connectors).of,
        rulebooks={pack: rule_book(pack) for pack in packs},
        registry=ProcessRegistry(known),
        seal=Seal(checkpoint_key(servers)),
    )
