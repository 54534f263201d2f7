"""The service desk: accounts of programs, which sign in by API keys alone. Their keys are the key desk's matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphs.accounts.desk import check_confirmed, check_grant, check_manager
from graphs.accounts.errors import LoginTaken
from graphs.accounts.login import new_login
from graphs.accounts.terms import AccountTerms
from graphs.audit import AuditRecord
from graphs.intake import check_reason
from graphs.runtime.services import Services
from graphs.store.accounts import Accounts, KnownAccount
from graphs.store.people import SERVICE, Actor
from graphs.store.people_tables import User, UserRole


@dataclass(frozen=True, slots=True, kw_only=True)
class NewService:
    """A program that is to call the API, and why."""

    login: str
    name: str
    roles: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDesk:
    """Adds service accounts, each with its audit entry in one transaction. They have no password and cannot sign in."""

    services: Services
    terms: AccountTerms

    async def listed(self, actor: Actor) -> Sequence[KnownAccount]:
        """Every service of the tenant, Interlock's own ones among them, by login. Raises `PermissionMissing`."""
        check_manager(actor)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await Accounts(unit.session, actor.tenant).listed(SERVICE)

    async def add(self, actor: Actor, new: NewService) -> KnownAccount:
        """Add a service that may do no more than the actor. It has no key yet.

        Raises `PermissionMissing`, `ConfirmationNeeded`, `LoginInvalid`, `LoginTaken`, `GrantExceeded`, `Invalid` for
        a role that is not there or without a reason.
        """
        now = self.services.clock()
        check_confirmed(actor, self.terms, now=now)
        check_reason(new.reason)
        login = new_login(new.login)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            accounts = Accounts(unit.session, actor.tenant)
            await check_grant(accounts, actor, new.roles)
            user = User(
                id=f"{actor.tenant}-{login}",
                tenant=actor.tenant,
                login=login,
                name=new.name,
                kind=SERVICE,
                created_at=now,
            )
            if await accounts.login_known(login) or await unit.people.is_known(user.id):
                raise LoginTaken(f"somebody has the login {login!r}")
            await unit.people.add(user)
            for role in new.roles:
                await unit.people.add(UserRole(tenant=actor.tenant, user_id=user.id, role=role))
            values = {"user": user.id, "login": login, "roles": sorted(new.roles), "reason": new.reason}
            unit.record(actor.tenant, AuditRecord(kind="service.added", actor=actor.user_id, values=values))
        return KnownAccount(user=user, account=None, roles=tuple(sorted(new.roles)))
