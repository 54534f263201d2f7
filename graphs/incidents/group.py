"""Groups: incidents of one cause, with the fixes that agents propose for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphs.incidents.advice import next_step_of_group
from graphs.intake import require
from graphs.resolution.desk import ResolutionDesk
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.incidents import GroupRow
from graphs.store.operation_tables import OperationRow
from graphs.store.operations import Operations
from graphs.store.people import Actor
from graphs.store.tables import Incident

READ = "case.read"
LISTED = 100
ASKED = 50
"""Proposals that are looked at, of the oldest open incidents: a group's fixes are the same if theirs are."""
NOTHING_PROPOSED = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Incidents of one cause. `fixes` counts what is proposed for the open ones, of which `asked` were looked at."""

    row: GroupRow
    fixes: Mapping[str, int]
    asked: int
    under_way: OperationRow | None

    @property
    def one_fix(self) -> str | None:
        """The fix that is proposed for every open incident that was looked at."""
        return next(iter(self.fixes)) if len(self.fixes) == 1 and NOTHING_PROPOSED not in self.fixes else None

    @property
    def fixes_told(self) -> str:
        """The fixes in a line."""
        return ", ".join(f"{number} × {fix}" for fix, number in self.fixes.items()) or "nothing is proposed"

    @property
    def next_step(self) -> str:
        """What usually helps."""
        return next_step_of_group(self.row.kind, self.row.code, open_ones=self.row.open, one_fix=self.one_fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPage:
    """A group with some of its incidents, and the titles of their cases by id."""

    group: Group
    incidents: Sequence[Incident]
    titles: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDesk:
    """Shows groups. Every method raises `PermissionMissing`."""

    services: Services

    async def listed(
        self, actor: Actor, *, status: str | None = None, process: str | None = None, limit: int = LISTED
    ) -> list[GroupRow]:
        """Groups, the one that failed last first."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await unit.incidents.groups(actor.tenant, status=status, process=process, limit=limit)

    async def show(
        self,
        actor: Actor,
        fingerprint: str,
        *,
        status: str | None = None,
        after: str | None = None,
        limit: int = LISTED,
    ) -> GroupPage:
        """A group and its incidents behind the incident `after`. Raises `NotFound`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            group = await group_of(unit, self.services, actor.tenant, fingerprint)
            seen = await unit.incidents.get(after) if after else None
            behind = (seen.created_at, seen.id) if seen else None
            found = await unit.incidents.of_group(actor.tenant, fingerprint, status=status, after=behind, limit=limit)
            titles = await unit.cases.titles([incident.case_id for incident in found])
            return GroupPage(group=group, incidents=found, titles=titles)


async def group_of(unit: UnitOfWork, services: Services, tenant: str, fingerprint: str) -> Group:
    """The group with what is proposed for it. Raises `NotFound`."""
    row = await unit.incidents.group(tenant, fingerprint)
    asked = await unit.incidents.of_group(tenant, fingerprint, status="open", after=None, limit=ASKED)
    desk = ResolutionDesk(services=services)
    choices = [await _choice(desk, unit, incident.id) for incident in asked]
    under_way = await Operations(unit.session).of_group(tenant, fingerprint)
    return Group(row=row, fixes=Counter(choices), asked=len(asked), under_way=under_way)


async def _choice(desk: ResolutionDesk, unit: UnitOfWork, incident_id: str) -> str:
    """What is proposed for the incident and may be applied; a proposal to leave it to a person is none."""
    proposal = await desk.proposal(unit, incident_id)
    return (proposal.applicable if proposal else None) or NOTHING_PROPOSED
