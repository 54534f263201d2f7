"""The pack desk: packs are proposed, replayed, and activated by a second person. Nothing else changes the rules.

Every change has its audit entry in the same transaction. Which activation wins of two at once is decided by the
number that both want: it is the key of the row.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from graphs.activation_gate import counting_replay, limits_of
from graphs.audit import AuditRecord
from graphs.errors import AnswerOutdated, DutiesConflict, Invalid, NotFound
from graphs.intake import check_reason, require
from graphs.pack_limits import NewLimits
from graphs.pack_refusals import (
    ActivatedMeanwhile,
    NotAPerson,
    ProposalClosed,
)
from graphs.replay import BATCH, Candidate, Progress, Replayer, Scope
from graphs.replay_report import ReplayReport
from graphs.runtime.services import Services
from graphs.stocked import stored_pack
from graphs.store.database import UnitOfWork
from graphs.store.pack_tables import (
    ACTIVATED,
    OPEN,
    WITHDRAWN,
    PackActivation,
    PackLimits,
    PackProposal,
    PackReplay,
    StoredPack,
)
from graphs.store.packs import PackSummary
from graphs.store.people import Actor
from graphs.trial import COMMAND, PackRefused, TrialLimits, trial_of
from policies.canonical import digest
from policies.errors import PackInvalid
from policies.fact import FactValue
from policies.pack import RulePack
from policies.pack_file import read_pack

READ = "case.read"
PROPOSE = "policies.propose"
ACTIVATE = "policies.activate"
LIMIT = "policies.limits"
PROPOSED = "was proposed"
"""What a stored text says of itself: why is in its proposal, where a person's values can be erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProposal:
    """What is to be active: with the tenant's parameters, from an instant on, for cases started since a day."""

    parameters: Mapping[str, FactValue] = field(default_factory=dict)
    from_at: datetime | None = None
    cases_since: date | None = None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A proposal with its pack and its newest replay."""

    proposal: PackProposal
    pack: StoredPack
    replay: PackReplay | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackDesk:
    """Takes packs. `trial_command` and `trial_limits` are how a pack is tried before anything else is done with it."""

    services: Services
    trial_command: Sequence[str] = COMMAND
    trial_limits: TrialLimits = field(default_factory=TrialLimits)
    batch: int = BATCH

    async def listed(self, actor: Actor) -> tuple[list[PackSummary], Sequence[PackActivation]]:
        """The stored packs and every activation, newest first. Raises `PermissionMissing`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await unit.packs.listed(actor.tenant), await unit.packs.history(actor.tenant)

    async def pack(self, actor: Actor, pack_digest: str) -> StoredPack:
        """The stored pack. Raises `PermissionMissing`, `NotFound`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await unit.packs.get(pack_digest)

    async def proposals(self, actor: Actor, *, open_only: bool = False, pack_digest: str = "") -> list[Proposed]:
        """Proposals, newest first, with their newest replays. Raises `PermissionMissing`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            found = await unit.packs.proposals(actor.tenant, open_only=open_only, digest=pack_digest)
            return [await _proposed(unit, proposal) for proposal in found]

    async def proposal(self, actor: Actor, proposal_id: str) -> Proposed:
        """One proposal with its newest replay. Raises `PermissionMissing`, `NotFound`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await _proposed(unit, await unit.packs.proposal(proposal_id))

    async def propose(
        self, actor: Actor, asked: NewProposal, *, yaml: str | None = None, pack_digest: str | None = None
    ) -> Proposed:
        """Propose a text, or a stored pack again: an earlier one to go back, the same one with other parameters.

        The pack is tried in a child process first. Raises `PermissionMissing`, `NotAPerson`, `Invalid`, `PackRefused`,
        `TrialFailed`, or `NotFound`.
        """
        require(actor, PROPOSE)
        require_person(actor)
        check_reason(asked.reason)
        text = await self._text(actor, yaml, pack_digest)
        pack = readable(text)
        if pack.pack not in self.services.shelf:
            raise Invalid(f"no process is judged by a rule pack called {pack.pack!r}")
        async with trial_of(
            text,
            name=pack.pack,
            parameters=asked.parameters,
            limits=self.trial_limits,
            command=self.trial_command,
        ):
            pass
        return await self._stored(actor, asked, text, pack)

    async def _text(self, actor: Actor, yaml: str | None, pack_digest: str | None) -> str:
        if (yaml is None) == (pack_digest is None):
            raise Invalid("propose either the text of a pack or the digest of a stored one")
        if yaml is not None:
            return yaml
        return (await self.pack(actor, pack_digest or "")).yaml

    async def _stored(self, actor: Actor, asked: NewProposal, text: str, pack: RulePack) -> Proposed:
        now = self.services.clock()
        row = stored_pack(actor.tenant, text, pack, stored_by=actor.user_id, note=PROPOSED, now=now)
        proposal = PackProposal(
            id=str(uuid.uuid4()),
            tenant=actor.tenant,
            pack=pack.pack,
            digest=pack.digest,
            parameters=dict(asked.parameters),
            from_at=asked.from_at,
            cases_since=asked.cases_since,
            reason=asked.reason,
            status=OPEN,
            proposed_by=actor.user_id,
            proposed_at=now,
        )
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await unit.packs.keep(row)
            await unit.packs.add(proposal)
            values = {**named(proposal), "version": pack.version, "reason": asked.reason}
            unit.record(actor.tenant, AuditRecord(kind="pack.proposed", actor=actor.user_id, values=values))
        return Proposed(proposal=proposal, pack=row, replay=None)

    async def try_out(
        self, actor: Actor, yaml: str, scope: Scope, *, parameters: Mapping[str, FactValue]
    ) -> AsyncGenerator[Progress | ReplayReport]:
        """Replay a text that nobody has proposed. Nothing of it is kept.

        Raises `PermissionMissing`, `PackRefused`, `TrialFailed`.
        """
        require(actor, PROPOSE)
        pack = readable(yaml)
        if pack.pack not in self.services.shelf:
            raise Invalid(f"no process is judged by a rule pack called {pack.pack!r}")
        async with aclosing(self._replayed(actor.tenant, yaml, pack, parameters, scope)) as replayed:
            async for found in replayed:
                yield found

    async def replay(self, actor: Actor, proposal_id: str) -> AsyncGenerator[Progress | ReplayReport]:
        """Replay a proposal over the window of the pack's limits, and keep the report.

        Raises `PermissionMissing`, `NotFound`, `ProposalClosed`, `LimitsMissing`, `PackRefused`, `TrialFailed`.
        """
        require(actor, PROPOSE)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            proposal = await unit.packs.proposal(proposal_id)
            check_open(proposal)
            limits = await limits_of(unit, proposal)
            stored = await unit.packs.get(proposal.digest)
        since = (self.services.clock() - timedelta(days=limits.window_days)).date()
        pack = readable(stored.yaml)
        scope = Scope(since=since)
        async with aclosing(self._replayed(actor.tenant, stored.yaml, pack, proposal.parameters, scope)) as replayed:
            async for found in replayed:
                if isinstance(found, ReplayReport):
                    await self._keep(actor, proposal, found)
                yield found

    async def _replayed(
        self, tenant: str, yaml: str, pack: RulePack, parameters: Mapping[str, FactValue], scope: Scope
    ) -> AsyncGenerator[Progress | ReplayReport]:
        async with trial_of(
            yaml, name=pack.pack, parameters=parameters, limits=self.trial_limits, command=self.trial_command
        ) as trial:
            candidate = Candidate(pack=pack, parameters=parameters)
            replayer = Replayer(
                services=self.services, tenant=tenant, candidate=candidate, trial=trial, scope=scope, batch=self.batch
            )
            async with aclosing(replayer.run()) as replayed:
                async for found in replayed:
                    yield found

    async def _keep(self, actor: Actor, proposal: PackProposal, report: ReplayReport) -> None:
        written = report.model_dump(mode="json")
        row = PackReplay(
            id=str(uuid.uuid4()),
            tenant=actor.tenant,
            proposal_id=proposal.id,
            against=report.against.number,
            made_by=actor.user_id,
            made_at=report.made_at,
            report=written,
            report_digest=digest(written),
        )
        values = {
            **named(proposal),
            "replay": row.id,
            "report_digest": row.report_digest,
            "verdicts": report.verdicts,
            "flips": report.flipped,
        }
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await unit.packs.add(row)
            unit.record(actor.tenant, AuditRecord(kind="pack.replayed", actor=actor.user_id, values=values))

    async def approve(self, actor: Actor, proposal_id: str, *, pack_digest: str, report_digest: str) -> PackActivation:
        """Activate a proposal as its second person, who names the pack and the report that they have seen.

        Raises `PermissionMissing`, `NotAPerson`, `DutiesConflict`, `NotFound`, `AnswerOutdated`, or why it is not
        activated (`graphs.pack_refusals`).
        """
        require(actor, ACTIVATE)
        require_person(actor)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            proposal = await unit.packs.proposal(proposal_id, lock=True)
            check_open(proposal)
            if actor.user_id == proposal.proposed_by:
                raise DutiesConflict("who has proposed a rule pack cannot approve it: a second person must")
            replay = await counting_replay(unit, proposal)
            if (pack_digest, report_digest) != (proposal.digest, replay.report_digest):
                raise AnswerOutdated("this is not the pack, or not the replay, that you have seen: look again")
            activation = self._activation(actor, proposal, replay)
            if not await unit.packs.activate(activation):
                raise ActivatedMeanwhile(f"another activation of {proposal.pack} was faster: replay against it")
            await unit.packs.close(proposal.id, ACTIVATED, by=actor.user_id, at=self.services.clock())
            values = {
                **named(proposal),
                "number": activation.number,
                "proposed_by": proposal.proposed_by,
                "from_at": activation.from_at,
                "report_digest": replay.report_digest,
            }
            unit.record(actor.tenant, AuditRecord(kind="pack.activated", actor=actor.user_id, values=values))
        self.services.shelf.forget()
        return activation

    def _activation(self, actor: Actor, proposal: PackProposal, replay: PackReplay) -> PackActivation:
        now = self.services.clock()
        return PackActivation(
            tenant=actor.tenant,
            pack=proposal.pack,
            number=replay.against + 1,
            digest=proposal.digest,
            parameters=proposal.parameters,
            proposed_by=proposal.proposed_by,
            approved_by=actor.user_id,
            activated_at=now,
            from_at=max(now, proposal.from_at or now),
            cases_since=proposal.cases_since,
            proposal_id=proposal.id,
            replay_id=replay.id,
            report_digest=replay.report_digest,
        )

    async def withdraw(self, actor: Actor, proposal_id: str, *, reason: str) -> PackProposal:
        """Close a proposal without activating it: who proposed it, or who could approve it.

        Raises `PermissionMissing`, `NotFound`, `ProposalClosed`, `Invalid` without a reason.
        """
        check_reason(reason)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            proposal = await unit.packs.proposal(proposal_id, lock=True)
            require(actor, PROPOSE if actor.user_id == proposal.proposed_by else ACTIVATE)
            check_open(proposal)
            closed = await unit.packs.close(proposal.id, WITHDRAWN, by=actor.user_id, at=self.services.clock())
            values = {**named(proposal), "reason": reason}
            unit.record(actor.tenant, AuditRecord(kind="pack.withdrawn", actor=actor.user_id, values=values))
        return closed

    async def limits(self, actor: Actor) -> Sequence[PackLimits]:
        """The limits of all packs. Raises `PermissionMissing`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await unit.packs.all_limits(actor.tenant)

    async def set_limits(self, actor: Actor, pack: str, new: NewLimits) -> PackLimits:
        """Set a pack's limits. Raises `PermissionMissing`, `NotAPerson`, `Invalid`, `NotFound`."""
        require(actor, LIMIT)
        require_person(actor)
        new.check()
        if pack not in self.services.shelf:
            raise NotFound(f"no process is judged by a rule pack called {pack!r}")
        row = PackLimits(
            tenant=actor.tenant,
            pack=pack,
            max_newly_allowed_bps=new.newly_allowed_bps,
            max_newly_blocked_bps=new.newly_blocked_bps,
            max_extra_tasks_bps=new.extra_tasks_bps,
            max_unknown_bps=new.unknown_bps,
            max_money_allowed=dict(new.money_allowed),
            window_days=new.window_days,
            report_hours=new.report_hours,
            set_by=actor.user_id,
            since=self.services.clock(),
        )
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await unit.packs.set_limits(row)
            values = row.model_dump(exclude={"tenant", "set_by", "since"})
            unit.record(actor.tenant, AuditRecord(kind="pack.limits_set", actor=actor.user_id, values=values))
        return row


def require_person(actor: Actor) -> None:
    """Raises `NotAPerson` for a service or an agent."""
    if actor.kind != "person":
        raise NotAPerson(f"{actor.name} is a {actor.kind}: two people activate a rule pack")


def readable(yaml: str) -> RulePack:
    """The pack written in `yaml`, not compiled. Raises `PackRefused`."""
    try:
        return read_pack(yaml, name="the pack")
    except PackInvalid as error:
        raise PackRefused(str(error)) from error


def check_open(proposal: PackProposal) -> None:
    """Raises `ProposalClosed`."""
    if proposal.status != OPEN:
        raise ProposalClosed(f"proposal {proposal.id} is {proposal.status}")


def named(proposal: PackProposal) -> dict[str, object]:
    """What every entry about a proposal names."""
    return {
        "proposal": proposal.id,
        "pack": proposal.pack,
        "digest": proposal.digest,
        "parameters": proposal.parameters,
        "cases_since": proposal.cases_since,
    }


async def _proposed(unit: UnitOfWork, proposal: PackProposal) -> Proposed:
    pack, replay = await unit.packs.get(proposal.digest), await unit.packs.replay_of(proposal.id)
    return Proposed(proposal=proposal, pack=pack, replay=replay)
