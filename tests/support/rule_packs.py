"""A rule owner and a second person who change the toy's rules as people do: proposed, replayed, approved."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphs.pack_desk import NewProposal, PackDesk
from graphs.pack_limits import NewLimits
from graphs.replay import Progress, Scope
from graphs.replay_report import ReplayReport
from graphs.runtime.services import Services
from graphs.stocked import stock
from graphs.store.database import Database
from graphs.store.pack_tables import PackActivation, PackProposal, PackReplay
from graphs.store.people import Actor
from graphs.store.people_tables import Role, UserRole
from policies.fact import FactValue
from policies.pack_file import read_pack
from tests.support.people import actor

OWNER, SECOND = "sven", "berta"
WIDE = NewLimits(
    newly_allowed_bps=10_000,
    newly_blocked_bps=10_000,
    extra_tasks_bps=1_000_000,
    unknown_bps=10_000,
    money_allowed={"XXX": 10**12, "EUR": 10**12},
)
"""Limits that nothing is outside of."""


async def let(database: Database, login: str, *permissions: str) -> None:
    """Give a user a role for rules."""
    async with database.unit_of_work("acme") as unit:
        role = f"rules-{login}"
        await unit.people.add(Role(tenant="acme", name=role, title=role, permissions=list(permissions)))
        await unit.people.add(UserRole(tenant="acme", user_id=f"acme-{login}", role=role))


async def report_of(found: AsyncIterator[Progress | ReplayReport]) -> ReplayReport:
    """The report at the end of a replay."""
    [report] = [item async for item in found if isinstance(item, ReplayReport)]
    return report


@dataclass(frozen=True, kw_only=True)
class RuleOwners:
    """Sven owns the rules, Berta is the second person; nobody has changed anything yet."""

    desk: PackDesk
    owner: Actor
    second: Actor

    @classmethod
    async def of(
        cls, services: Services, texts: Mapping[str, str], *, limits: NewLimits | None = WIDE, **how: Any
    ) -> RuleOwners:
        """With the release's packs in stock, and limits for them."""
        database = services.database
        packs = [(text, read_pack(text, name=name)) for name, text in texts.items()]
        await stock(database, packs, "acme", now=services.clock())
        await let(database, OWNER, "policies.propose", "policies.limits", "policies.activate", "case.read")
        await let(database, SECOND, "policies.activate", "case.read")
        owners = cls(
            desk=PackDesk(services=services, **how),
            owner=await actor(database, OWNER),
            second=await actor(database, SECOND),
        )
        for name in texts if limits is not None else ():
            await owners.desk.set_limits(owners.owner, name, limits or WIDE)
        return owners

    async def propose(self, text: str | None = None, *, digest: str | None = None, **asked: Any) -> PackProposal:
        """Sven's proposal."""
        wanted = NewProposal(reason="the limit was too high", **asked)
        found = await self.desk.propose(self.owner, wanted, yaml=text, pack_digest=digest)
        return found.proposal

    async def replay(self, proposal: PackProposal) -> ReplayReport:
        """The report of a replay that is kept."""
        return await report_of(self.desk.replay(self.owner, proposal.id))

    async def try_out(self, text: str, *, parameters: Mapping[str, FactValue] | None = None) -> ReplayReport:
        """The report of a replay of all verdicts that is not kept."""
        return await report_of(self.desk.try_out(self.owner, text, Scope(), parameters=parameters or {}))

    async def newest_replay(self, proposal: PackProposal) -> PackReplay | None:
        """The replay that counts."""
        [found] = [one for one in await self.desk.proposals(self.owner) if one.proposal.id == proposal.id]
        return found.replay

    async def approve(self, proposal: PackProposal, who: Actor | None = None) -> PackActivation:
        """Berta's approval, or somebody else's, of what is there."""
        replay = await self.newest_replay(proposal)
        seen = replay.report_digest if replay else ""
        return await self.desk.approve(who or self.second, proposal.id, pack_digest=proposal.digest, report_digest=seen)

    async def activate(self, text: str | None = None, **asked: Any) -> PackActivation:
        """Propose, replay and approve."""
        proposal = await self.propose(text, **asked)
        await self.replay(proposal)
        return await self.approve(proposal)
