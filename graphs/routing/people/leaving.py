"""Somebody leaves, or is away: what they have open goes to others, and what they could do ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from graphs.audit import WORKER, AuditRecord
from graphs.errors import Conflict, Invalid, NotFound
from graphs.intake import check_reason, require
from graphs.routing.people.handover import Handed, HandOver
from graphs.routing.people.reading import A_DAY_EITHER_WAY, WorkforceReader
from graphs.routing.people.workforce_desk import MANAGE
from graphs.runtime.services import Services
from graphs.store.account_sessions import AccountSessions
from graphs.store.accounts import Accounts, AccountTokens
from graphs.store.database import UnitOfWork
from graphs.store.delegations import Delegations
from graphs.store.people import PERSON, Actor
from graphs.store.people_tables import User
from graphs.store.workforce import WorkforceRows
from graphs.store.workforce_tasks import WorkforceTasks, leavers_with_tasks

LEFT = "who had it has left"
AWAY = "who had it is away"

log = structlog.get_logger(__name__)
Revoke = Callable[[UnitOfWork, str, str, datetime], Awaitable[Mapping[str, int]]]
"""Ends what lets a user in, given tenant, user and time, in the transaction; says how many of what it ended."""


class NotAbsent(Conflict):
    """The person is not away today: give the absence its first day, or wait for it."""

    code = "person_not_absent"


async def revoke_keys(unit: UnitOfWork, tenant: str, user_id: str, now: datetime) -> Mapping[str, int]:
    """Every API key of the user."""
    return {"keys": await WorkforceTasks(unit.session, tenant).revoke_keys(user_id, now=now)}


async def revoke_sessions(unit: UnitOfWork, tenant: str, user_id: str, now: datetime) -> Mapping[str, int]:
    """Every session of the user, and every invitation and reset that is not used."""
    await AccountTokens(unit.session).replace(tenant, user_id, now=now)
    return {
        "sessions": len(await AccountSessions(unit.session).end(tenant, user_id, now=now, why="the person has left"))
    }


REVOKERS: tuple[Revoke, ...] = (revoke_keys, revoke_sessions)
"""All that lets somebody in. A part that adds another way in adds how it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offboarded:
    """What an offboarding did. `revoked` counts what let them in; `flagged` are absences that lost their substitute.

    `leads`, `manages` and `sponsors` are what somebody has to be named for: teams, people, agents.
    """

    user: User
    handed: Sequence[Handed]
    revoked: Mapping[str, int]
    delegations: Sequence[str]
    flagged: Sequence[str]
    leads: Sequence[str]
    manages: Sequence[str]
    sponsors: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingDesk:
    """Offboards people, and hands over what absent people have. Each task moves in a transaction of its own."""

    services: Services

    async def offboard(self, actor: Actor, login: str, *, reason: str) -> Offboarded:
        """End what the person could do, then hand over what they have; done again, it goes on where it ended.

        Raises `PermissionMissing`, `NotFound`, or `Invalid` without a reason, for oneself, or for who is no person.
        """
        require(actor, MANAGE)
        check_reason(reason)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            user = await self._leaver(unit, actor, login)
            ended = await self._end(unit, actor, user, reason=reason, now=now)
        hand_over = HandOver(services=self.services, tenant=actor.tenant, from_id=user.id, why=LEFT, by=actor.user_id)
        return Offboarded(user=user, handed=await hand_over.all(), **ended)

    async def hand_over_absent(self, actor: Actor, login: str) -> Sequence[Handed]:
        """Hand over what somebody has who is away today, to their substitute first; everybody may for themselves.

        What nobody else may take stays where it is. Raises `PermissionMissing`, `NotFound` or `NotAbsent`.
        """
        if login not in (actor.login, actor.user_id):
            require(actor, MANAGE)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            workforce = await self._reader(actor).read_in(unit, self.services.clock())
        entry = next((one for one in workforce.people if login in (one.login, one.user_id)), None)
        if entry is None:
            raise NotFound(f"there is no active person {login!r}")
        if entry.absent(self.services.clock()) is None:
            raise NotAbsent(f"{entry.name} is not away today")
        hand_over = HandOver(
            services=self.services,
            tenant=actor.tenant,
            from_id=entry.user_id,
            why=AWAY,
            by=actor.user_id,
            absent=True,
        )
        return await hand_over.all()

    def _reader(self, actor: Actor) -> WorkforceReader:
        return WorkforceReader(database=self.services.database, tenant=actor.tenant)

    async def _leaver(self, unit: UnitOfWork, actor: Actor, login: str) -> User:
        user = await WorkforceRows(unit.session, actor.tenant).person(login, lock=True)
        if user is None:
            raise NotFound(f"there is no person {login!r}")
        if user.kind != PERSON:
            raise Invalid(f"{user.name} is no person: switch agents off with `interlock agents set --off`")
        if user.id == actor.user_id:
            raise Invalid("nobody offboards themselves: somebody else must see what becomes of their tasks")
        return user

    async def _end(self, unit: UnitOfWork, actor: Actor, user: User, *, reason: str, now: datetime) -> dict[str, Any]:
        rows, tasks = WorkforceRows(unit.session, actor.tenant), WorkforceTasks(unit.session, actor.tenant)
        workforce = await self._reader(actor).read_in(unit, now)
        revoked: dict[str, int] = {}
        for revoke in REVOKERS:
            revoked |= await revoke(unit, actor.tenant, user.id, now)
        delegations = await _end_delegations(unit, actor, user, now)
        flagged = await rows.substitute_leaves(user.id, now=now, since=now.date() - A_DAY_EITHER_WAY)
        teams = await rows.leave_teams(user.id)
        was_active = await Accounts(unit.session, actor.tenant).set_active(user.id, active=False)
        if was_active or any(revoked.values()) or delegations:
            values = {
                "user": user.id,
                "reason": reason,
                "revoked": revoked,
                "delegations": delegations,
                "substitute_of": flagged,
                "teams": teams,
            }
            unit.record(actor.tenant, AuditRecord(kind="person.offboarded", actor=actor.user_id, values=values))
        return {
            "revoked": revoked,
            "delegations": delegations,
            "flagged": flagged,
            "leads": sorted(team.name for team in workforce.teams if team.lead_id == user.id),
            "manages": sorted(one.login for one in workforce.people if one.manager_id == user.id),
            "sponsors": await tasks.sponsored_by(user.id),
        }


async def _end_delegations(unit: UnitOfWork, actor: Actor, user: User, now: datetime) -> list[str]:
    """End what the person gave and received; each is on record."""
    known = Delegations(unit.session, actor.tenant)
    ended: list[str] = []
    for row in await known.of_person(user.id, on=now.date()):
        if await known.end(row.id, giver=row.giver, now=now):
            values = {"delegation": row.id, "giver": row.giver, "receiver": row.receiver, "because": LEFT}
            unit.record(actor.tenant, AuditRecord(kind="delegation.ended", actor=actor.user_id, values=values))
            ended.append(row.id)
    return ended


async def hand_over_leavers(services: Services, *tenants: str) -> int:
    """Hand over what people have who have left; returns how much.

    A worker that had read the workforce before somebody left may still give them a task in the seconds after.
    """
    async with services.database.unit_of_work(*tenants) as unit:
        leavers = await leavers_with_tasks(unit.session)
    moved = 0
    for tenant, user_id in leavers:
        handed = await HandOver(services=services, tenant=tenant, from_id=user_id, why=LEFT, by=WORKER).all()
        moved += len(handed)
        log.warning("tasks.left_behind", tenant=tenant, user=user_id, handed_over=len(handed))
    return moved
