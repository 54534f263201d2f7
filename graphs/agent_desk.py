"""Agents as actors: made, given a sponsor and limits, switched off; each change on record."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from graphs.api_key import new_key
from graphs.audit import AuditRecord
from graphs.authority_desk import READ, SET
from graphs.errors import Conflict, Invalid, NotFound, PermissionMissing
from graphs.intake import check_reason, require
from graphs.runtime.services import Services
from graphs.store.agents import AgentRecord, Agents
from graphs.store.asked_tasks import APPROVAL
from graphs.store.authority import AuthorityRows
from graphs.store.database import UnitOfWork
from graphs.store.people import ACTION, AGENT, PERSON, Actor, key_hash
from graphs.store.people_tables import ApiKey, AuthorityLimit, User
from policies.authority import ANY
from policies.money import money_text


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLimit:
    """What an agent may move by itself, in minor units, from a day on; `effective_to` is the last day."""

    currency: str
    limit_minor: int
    effective_from: date
    effective_to: date | None = None

    def __post_init__(self) -> None:
        """Raises `Invalid` for a last day before the first."""
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise Invalid(f"limits: {self.effective_to} is before {self.effective_from}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTerms:
    """Under which terms an agent works: who answers for it (login or id), what it may move, whether it may work."""

    sponsor: str
    limits: tuple[AgentLimit, ...] = ()
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDesk:
    """Makes agents and sets their terms, each with its audit entry in one transaction."""

    services: Services

    async def listed(self, actor: Actor) -> list[AgentRecord]:
        """Every agent of the tenant, by login. Raises `PermissionMissing`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await Agents(unit.session, actor.tenant).listed()

    async def add(
        self, actor: Actor, login: str, *, name: str, roles: Sequence[str], terms: AgentTerms, reason: str
    ) -> tuple[AgentRecord, str]:
        """A new agent, and its API key, which is shown this once.

        Raises `PermissionMissing`, `Conflict` for a login that is taken, or `Invalid` for a role that is not there
        and for terms that cannot be given.
        """
        _require_setter(actor)
        check_reason(reason)
        key, now = new_key(), self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            agents = Agents(unit.session, actor.tenant)
            if await agents.find(login) is not None:
                raise Conflict(f"the login {login} is taken")
            unknown = sorted(set(roles) - await AuthorityRows(unit.session, actor.tenant).roles())
            if unknown:
                raise Invalid(f"there is no role {', '.join(unknown)}")
            sponsor = await self._sponsor(unit, actor.tenant, terms, on=now.date())
            user = User(
                id=str(uuid.uuid4()),
                tenant=actor.tenant,
                login=login,
                name=name,
                kind=AGENT,
                active=terms.active,
                created_at=now,
                sponsor_id=sponsor,
            )
            await agents.add(user, sorted(set(roles)), _key_row(user, key, now=now))
            await agents.set_limits(user, [_limit_row(user, limit) for limit in terms.limits])
            made = {"agent": user.id, "login": login, "roles": sorted(set(roles))}
            _record(unit, actor, "agent.added", {**made, **_terms_data(terms, sponsor), "reason": reason})
            return await _existing(agents, login), key

    async def set(self, actor: Actor, login: str, *, terms: AgentTerms, reason: str) -> AgentRecord:
        """Put these terms in the place of the agent's present ones; in force within seconds, a key that is off at once.

        Raises `PermissionMissing`, `NotFound` where no agent has that login, or `Invalid`.
        """
        _require_setter(actor)
        check_reason(reason)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            agents = Agents(unit.session, actor.tenant)
            found = await _existing(agents, login)
            sponsor = await self._sponsor(unit, actor.tenant, terms, on=self.services.clock().date())
            user = found.user
            user.sponsor_id, user.active = sponsor, terms.active
            await agents.set_limits(user, [_limit_row(user, limit) for limit in terms.limits])
            values = {"agent": user.id, "login": login, **_terms_data(terms, sponsor), "reason": reason}
            _record(unit, actor, "agent.set", values)
            return await _existing(agents, login)

    async def _sponsor(self, unit: UnitOfWork, tenant: str, terms: AgentTerms, *, on: date) -> str:
        """The sponsor's user id. Raises `NotFound` or `Invalid`."""
        sponsor = await unit.people.named(tenant, terms.sponsor)
        if sponsor.kind != PERSON:
            raise Invalid(f"{sponsor.name} is no person: only a person can answer for an agent")
        entry = next(one for one in await unit.people.roster(tenant) if one.user_id == sponsor.user_id)
        for limit in terms.limits:
            own = entry.limit(matter=APPROVAL, currency=limit.currency, entity=None, on=on) or 0
            if limit.limit_minor > own:
                may, wanted = (money_text(minor, limit.currency) for minor in (own, limit.limit_minor))
                raise Invalid(
                    f"{sponsor.name} may approve up to {may}: an agent may move no more by itself than its sponsor "
                    f"may approve, and {wanted} is more"
                )
        return sponsor.user_id


def _require_setter(actor: Actor) -> None:
    require(actor, SET)
    if actor.kind == AGENT:
        raise PermissionMissing("an agent sets no terms, neither its own nor another's")


async def _existing(agents: Agents, login: str) -> AgentRecord:
    found = await agents.record(login)
    if found is None:
        raise NotFound(f"there is no agent {login!r}: `interlock agents list` shows all")
    return found


def _key_row(user: User, key: str, *, now: datetime) -> ApiKey:
    return ApiKey(id=str(uuid.uuid4()), tenant=user.tenant, user_id=user.id, key_hash=key_hash(key), created_at=now)


def _limit_row(user: User, limit: AgentLimit) -> AuthorityLimit:
    return AuthorityLimit(
        id=str(uuid.uuid4()),
        tenant=user.tenant,
        user_id=user.id,
        subject=ACTION,
        max_minor=limit.limit_minor,
        currency=limit.currency,
        effective_from=limit.effective_from,
        effective_to=limit.effective_to,
        entity=ANY,
    )


def _terms_data(terms: AgentTerms, sponsor: str) -> dict[str, object]:
    limits = [
        {
            "currency": limit.currency,
            "limit_minor": limit.limit_minor,
            "effective_from": limit.effective_from.isoformat(),
            "effective_to": limit.effective_to.isoformat() if limit.effective_to else None,
        }
        for limit in terms.limits
    ]
    return {"sponsor": sponsor, "active": terms.active, "limits": limits}


def _record(unit: UnitOfWork, actor: Actor, kind: str, values: dict[str, object]) -> None:
    unit.record(actor.tenant, AuditRecord(kind=kind, actor=actor.user_id, values=values))
