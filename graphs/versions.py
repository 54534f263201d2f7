"""Versions: which are registered, which still have live cases, and which are missing although cases need them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog

from graphs.intake import require
from graphs.process import ProcessRegistry
from graphs.runtime.services import Services
from graphs.store.live_cases import LiveCases, PinnedCount
from graphs.store.people import Actor

READ = "case.read"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionState:
    """One version of a process, by its digest.

    `live` counts its cases that have not ended, by status. A version that is not `registered` cannot go on with them.
    """

    name: str
    version: int
    digest: str
    registered: bool
    live: Mapping[str, int]

    @property
    def reference(self) -> str:
        """`name@version`."""
        return f"{self.name}@{self.version}"

    @property
    def drained(self) -> bool:
        """Whether no live case needs it."""
        return not self.live


def version_states(registry: ProcessRegistry, pinned: Iterable[PinnedCount]) -> list[VersionState]:
    """Every version that is registered or needed, by name and version."""
    live: dict[tuple[str, int, str], dict[str, int]] = {}
    for count in pinned:
        statuses = live.setdefault((count.process, count.version, count.digest), {})
        statuses[count.status] = statuses.get(count.status, 0) + count.cases
    known = {(definition.name, definition.version, definition.digest) for definition in registry}
    return [
        VersionState(name=key[0], version=key[1], digest=key[2], registered=key in known, live=live.get(key, {}))
        for key in sorted({*known, *live})
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDesk:
    """Shows versions."""

    services: Services

    async def listed(self, actor: Actor) -> list[VersionState]:
        """The versions, with the live cases of the actor's tenant. Raises `PermissionMissing`."""
        require(actor, READ)
        return await self._states(actor.tenant)

    async def report_missing(self) -> list[VersionState]:
        """Log every version that live cases of any tenant need and that is not registered; returns them.

        To be called at every start: such a case would only show when it is moved, as an incident.
        """
        async with self.services.database.unit_of_work() as unit:
            tenants = await unit.people.tenants()
        missing = [state for state in await self._states(*tenants) if not state.registered]
        for state in missing:
            changed = self.services.registry.find(state.name, state.version) is not None
            log.error(
                "process.missing",
                process=state.reference,
                digest=state.digest,
                live=sum(state.live.values()),
                why="changed without a new version" if changed else "not registered",
            )
        return missing

    async def _states(self, *tenants: str) -> list[VersionState]:
        async with self.services.database.unit_of_work(*tenants) as unit:
            return version_states(self.services.registry, await LiveCases(unit.session).pinned())
