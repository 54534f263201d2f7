"""The quality desk: figures of groups for their lead, one's own for everybody, seeds, and how much is checked."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from graphs.analysis import is_analysis
from graphs.audit import AuditRecord
from graphs.compaction import kept_task
from graphs.errors import Conflict, DutiesConflict, Invalid, NotFound
from graphs.intake import check_reason, require
from graphs.quality.asking import question_of
from graphs.quality.figures import checked, of_one, reviewed, stampings
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.people import PERSON, Actor
from graphs.store.quality import KNOWN, SECOND, WAITING, Quality
from graphs.store.quality_tables import QualityProbe, QualityRate
from graphs.store.tables import Task
from policies.fact import FULL_BPS
from policies.review_quality import K_PERSONS, Signals, signals
from policies.rubber_stamp import Stamping, tasks_to_flag

READ: Final = "quality.read"
MANAGE: Final = "quality.manage"
OWN: Final = "task.answer"
PERIOD: Final = timedelta(days=30)

Decision = Literal["approve", "correct", "reject"]


class NotSeedable(Conflict):
    """The task cannot become a known case: it has no answer, or it is one already."""

    code = "not_seedable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Whose reviews: a team's, or those of everybody who holds a role. Exactly one of the two."""

    team: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Figures of a group between two instants; `flagged` counts reviewers, None where too few people are counted."""

    group: Group
    since: datetime
    until: datetime
    signals: Signals
    flagged: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Somebody's own figures, and what the test for rubber-stamping has found in their answers ever."""

    since: datetime
    until: datetime
    signals: Signals
    stamping: Stamping


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """A role's rates. `flags_within` is in how many tasks somebody who approves everything is flagged."""

    rate: QualityRate
    seeds: int
    traps: int

    @property
    def flags_within(self) -> int | None:
        """With a probability of 95 %, as long as seeds wait; None where nothing is mixed in that must be refused."""
        share = self.rate.known_bps / FULL_BPS * self.traps / self.seeds if self.seeds else 0.0
        return tasks_to_flag(trap_share=share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """What is right for an answered task, and why: as known as its lead says."""

    task_id: str
    right: Decision
    reason: str
    set: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityDesk:
    """Shows figures, and takes what is checked."""

    services: Services

    async def show(
        self, actor: Actor, group: Group, *, since: datetime | None = None, until: datetime | None = None
    ) -> Shown:
        """The group's figures. Raises `PermissionMissing`, `Invalid`, or `NotFound` for a team or role."""
        require(actor, READ)
        since, until = self._period(since, until)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            quality = Quality(unit.session, actor.tenant)
            people = await _people(quality, group)
            known = await quality.scored(KNOWN, people, since=since, until=until)
            found = await _signals(quality, people, known, since=since, until=until, role=group.role)
            tested = stampings(await quality.scored(KNOWN, people))
        flagged = sum(one.flagged_at is not None for one in tested.values()) if len(tested) >= K_PERSONS else None
        return Shown(group=group, since=since, until=until, signals=found, flagged=flagged)

    async def own(self, actor: Actor, *, since: datetime | None = None, until: datetime | None = None) -> Own:
        """The actor's own figures; nobody else's. Raises `PermissionMissing` or `Invalid`."""
        require(actor, OWN)
        since, until = self._period(since, until)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            quality, me = Quality(unit.session, actor.tenant), [actor.user_id]
            known = await quality.scored(KNOWN, me, since=since, until=until)
            found = await _signals(quality, me, known, since=since, until=until, k=1)
            ever = await quality.scored(KNOWN, me)
        return Own(since=since, until=until, signals=found, stamping=of_one(ever))

    async def seed(self, actor: Actor, seed: Seed) -> QualityProbe:
        """Have the answered task asked again of others some day, as a case of which it is known what is right.

        Raises `PermissionMissing`; `DutiesConflict` for whoever answered it; `NotFound`, `NotSeedable`, `Invalid`;
        or what says that its question cannot be asked again.
        """
        require(actor, MANAGE)
        check_reason(seed.reason)
        if seed.set and seed.right != "correct":
            raise Invalid("set: fields belong to the decision 'correct'")
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            task = await self._seedable(unit, actor, seed.task_id)
            probe = _seeded(actor, task, seed, now=self.services.clock())
            if not await Quality(unit.session, actor.tenant).add(probe):
                raise NotSeedable(f"task {task.id} is a known case already")
            values = {"probe": probe.id, "task": task.id, "right": probe.expected, "reason": seed.reason}
            unit.record(actor.tenant, AuditRecord(kind="quality.seeded", actor=actor.user_id, values=values))
        return probe

    async def _seedable(self, unit: UnitOfWork, actor: Actor, task_id: str) -> Task:
        task = await kept_task(unit, task_id)
        case = await unit.cases.get(task.case_id)
        if task.decided_by is None or is_analysis(case):
            raise NotSeedable(f"task {task.id} has no answer that counts: seed one that a person has answered")
        if actor.kind != PERSON or actor.user_id == task.decided_by:
            raise DutiesConflict("what is right is for a person to say who has not answered the task")
        await question_of(self.services, unit, case, task)
        return task

    async def rates(self, actor: Actor) -> list[Rated]:
        """How much is checked, by role. Raises `PermissionMissing`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await _rated(Quality(unit.session, actor.tenant))

    async def counts(self, actor: Actor) -> Mapping[tuple[str, str], int]:
        """How many known cases and second reviews there are, by status. Raises `PermissionMissing`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await Quality(unit.session, actor.tenant).counts()

    async def set_rate(self, actor: Actor, role: str, *, second_bps: int, known_bps: int, reason: str) -> Rated:
        """Say of how many of a role's answers (basis points) a second is asked, and beside how many a known case put.

        Raises `PermissionMissing`, `DutiesConflict` unless a person says so, `NotFound` or `Invalid`.
        """
        require(actor, MANAGE)
        check_reason(reason)
        if actor.kind != PERSON:
            raise DutiesConflict("how much is checked is for a person to say")
        if not (0 <= second_bps <= FULL_BPS and 0 <= known_bps <= FULL_BPS):
            raise Invalid(f"a share is from 0 to {FULL_BPS} basis points")
        row = QualityRate(
            tenant=actor.tenant,
            role=role,
            second_bps=second_bps,
            known_bps=known_bps,
            reason=reason,
            set_by=actor.user_id,
            set_at=self.services.clock(),
        )
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            quality = Quality(unit.session, actor.tenant)
            if not await quality.has_role(role):
                raise NotFound(f"there is no role {role!r}")
            await quality.put_rate(row)
            values = {"role": role, "second_bps": second_bps, "known_bps": known_bps, "reason": reason}
            unit.record(actor.tenant, AuditRecord(kind="quality.rate_set", actor=actor.user_id, values=values))
            return next(one for one in await _rated(quality) if one.rate.role == role)

    def _period(self, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
        """The last 30 days where nothing is said. Raises `Invalid`."""
        until = until or self.services.clock()
        since = since or until - PERIOD
        if since >= until:
            raise Invalid("since must be before until")
        return since, until


async def _people(quality: Quality, group: Group) -> list[str]:
    if (group.team is None) == (group.role is None):
        raise Invalid("name a team or a role, and not both")
    if group.role is not None:
        if not await quality.has_role(group.role):
            raise NotFound(f"there is no role {group.role!r}")
        return await quality.holders(group.role)
    members = await quality.members(str(group.team))
    if members is None:
        raise NotFound(f"there is no team {group.team!r}")
    return members


async def _signals(
    quality: Quality,
    people: Sequence[str],
    known: Sequence[QualityProbe],
    *,
    since: datetime,
    until: datetime,
    role: str | None = None,
    k: int = K_PERSONS,
) -> Signals:
    rows = await quality.reviewed(people, since=since, until=until, role=role)
    second = await quality.scored(SECOND, people, since=since, until=until)
    return signals(
        [reviewed(row) for row in rows],
        known=[checked(probe) for probe in known],
        second=[checked(probe) for probe in second],
        loads=await quality.loads(people),
        k=k,
    )


async def _rated(quality: Quality) -> list[Rated]:
    found: list[Rated] = []
    for rate in await quality.rates():
        seeds, traps = await quality.seeds(rate.role)
        found.append(Rated(rate=rate, seeds=seeds, traps=traps))
    return found


def _seeded(actor: Actor, task: Task, seed: Seed, *, now: datetime) -> QualityProbe:
    """Whoever answered it, and whoever says what is right, is never asked."""
    return QualityProbe(
        id=str(uuid.uuid4()),
        tenant=actor.tenant,
        kind=KNOWN,
        task_id=task.id,
        case_id=task.case_id,
        step=task.step,
        role=task.role,
        expected={"decision": seed.right, "set": dict(seed.set)},
        excluded=sorted({*task.excluded, str(task.decided_by), actor.user_id}),
        status=WAITING,
        reason=seed.reason,
        ordered_by=actor.user_id,
        created_at=now,
    )
