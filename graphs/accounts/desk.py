"""The account desk: who may sign in is added, invited, let in and kept out by somebody with the right to."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from graphs.accounts.errors import GrantExceeded, LoginTaken
from graphs.accounts.login import folded, new_login
from graphs.accounts.session import SessionActor, is_live, require_confirmed
from graphs.accounts.signed_token import Purpose, spelled
from graphs.accounts.terms import AccountTerms
from graphs.audit import AuditRecord
from graphs.errors import Invalid, NotFound, PermissionMissing
from graphs.intake import check_reason
from graphs.notices.notice import Notice, tell
from graphs.runtime.services import Services
from graphs.store.account_sessions import AccountSessions
from graphs.store.account_tables import AccountRow, AccountTokenRow, SessionRow
from graphs.store.accounts import Accounts, AccountTokens, KnownAccount
from graphs.store.database import UnitOfWork
from graphs.store.identities import Identities
from graphs.store.people import PERSON, SERVICE, Actor
from graphs.store.people_tables import User, UserRole

MANAGE = "account.manage"
ADMIN = "admin"
"""Whoever has it may give what they do not have."""
INVITATION, RESET = "invitation", "reset"
INVITED, RESET_ASKED = "account.invited", "account.reset"
"""The kinds of notice. Their values name the token's row, never the token: `graphs.accounts.told` spells it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """A person who is to be able to sign in."""

    login: str
    name: str
    email: str | None
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A token that lets `user` set a password once, until it expires."""

    user: User
    purpose: str
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDesk:
    """Manages accounts, each change with its audit entry in one transaction.

    Every method raises `PermissionMissing`, and `ConfirmationNeeded` in a session whose password was given long ago.
    """

    services: Services
    terms: AccountTerms

    async def set_roles(self, actor: Actor, login: str, roles: Sequence[str], *, reason: str) -> tuple[str, ...]:
        """Give the person or service these roles and no other. You can give and take only what you may do yourself.

        Raises `NotFound`, `GrantExceeded`, `Invalid` without a reason, for oneself, or for a role that is not there.
        """
        self._check(actor)
        check_reason(reason)
        wanted = sorted(set(roles))
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            accounts = Accounts(unit.session, actor.tenant)
            user = await _manageable(accounts, login)
            if user.id == actor.user_id:
                raise Invalid("you cannot change your own roles: somebody else must")
            await accounts.hold(user.id)
            before = await accounts.roles_of(user.id)
            given, taken = sorted(set(wanted) - set(before)), sorted(set(before) - set(wanted))
            await check_grant(accounts, actor, [*given, *taken])
            if given or taken:
                await Identities(unit.session, actor.tenant).set_roles(user.id, given=given, taken=taken)
                _record(unit, actor, "account.roles_set", user=user.id, given=given, taken=taken, reason=reason)
        return tuple(wanted)

    async def listed(self, actor: Actor) -> Sequence[KnownAccount]:
        """Every person of the tenant, with how they sign in."""
        check_manager(actor)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await Accounts(unit.session, actor.tenant).listed(PERSON)

    async def add(self, actor: Actor, new: NewAccount) -> Given:
        """Add a person and invite them.

        Raises `LoginInvalid`, `LoginTaken`, `Invalid` for a role that is not there, `GrantExceeded`.
        """
        self._check(actor)
        login, now = new_login(new.login), self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            accounts = Accounts(unit.session, actor.tenant)
            await check_grant(accounts, actor, new.roles)
            if await accounts.login_known(login):
                raise LoginTaken(f"somebody has the login {login!r}")
            user = User(
                id=f"{actor.tenant}-{login}",
                tenant=actor.tenant,
                login=login,
                name=new.name,
                kind=PERSON,
                email=new.email,
                created_at=now,
            )
            if await unit.people.is_known(user.id):
                raise LoginTaken(f"somebody has the id {user.id!r}")
            await unit.people.add(user)
            for role in new.roles:
                await unit.people.add(UserRole(tenant=actor.tenant, user_id=user.id, role=role))
            _record(unit, actor, "account.added", user=user.id, login=login, roles=sorted(new.roles))
            return await self._give(unit, actor, user, INVITATION, now=now)

    async def invite(self, actor: Actor, login: str) -> Given:
        """Invite somebody who is known, in the place of what they were given before.

        Raises `NotFound`, `LoginTaken`, `GrantExceeded`.
        """
        return await self._give_to(actor, login, INVITATION)

    async def reset(self, actor: Actor, login: str) -> Given:
        """Let somebody choose another password; the one they have counts until then. Raises as `invite` does."""
        return await self._give_to(actor, login, RESET)

    async def disable(self, actor: Actor, login: str) -> User:
        """Keep the person or service out, by session, token and API key, at once.

        Raises `NotFound`, `GrantExceeded`, `Invalid` for oneself.
        """
        return await self._set_active(actor, login, active=False)

    async def enable(self, actor: Actor, login: str) -> User:
        """Let them in again, with the password or the keys they had. Raises `NotFound`, `GrantExceeded`."""
        return await self._set_active(actor, login, active=True)

    async def sessions(self, actor: Actor, login: str) -> Sequence[SessionRow]:
        """The person's sessions that are not over. Raises `NotFound`."""
        check_manager(actor)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            user = await _person(Accounts(unit.session, actor.tenant), login)
            rows = await AccountSessions(unit.session).of_user(actor.tenant, user.id)
        return [row for row in rows if is_live(row, self.terms, now=now)]

    async def end_sessions(self, actor: Actor, login: str) -> int:
        """End all of the person's sessions; how many there were. Raises `NotFound`."""
        self._check(actor)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            user = await _person(Accounts(unit.session, actor.tenant), login)
            return len(await _end_sessions(unit, actor, user, why="ended by an administrator", now=now))

    def _check(self, actor: Actor) -> None:
        check_confirmed(actor, self.terms, now=self.services.clock())

    async def _give_to(self, actor: Actor, login: str, purpose: str) -> Given:
        self._check(actor)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            accounts = Accounts(unit.session, actor.tenant)
            user = await _person(accounts, login)
            if not user.active:
                raise Invalid(f"{user.name} is kept out: enable the account first")
            await check_grant(accounts, actor, await accounts.roles_of(user.id))
            return await self._give(unit, actor, user, purpose, now=now)

    async def _give(self, unit: UnitOfWork, actor: Actor, user: User, purpose: str, *, now: datetime) -> Given:
        row = AccountRow(user_id=user.id, tenant=user.tenant, login_key=folded(user.login), created_at=now)
        if not await Accounts(unit.session, user.tenant).add(row):
            raise LoginTaken(f"somebody else signs in as {user.login!r}, in another case")
        token = await given_token(unit, self.terms, user, purpose, by=actor.user_id, now=now)
        kind = "account.invited" if purpose == INVITATION else "account.reset_given"
        _record(unit, actor, kind, user=user.id, token=token.id)
        text = spelled(self.services.seal, Purpose.ACCOUNT, token.id)
        return Given(user=user, purpose=purpose, token=text, expires_at=token.expires_at)

    async def _set_active(self, actor: Actor, login: str, *, active: bool) -> User:
        self._check(actor)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            accounts = Accounts(unit.session, actor.tenant)
            user = await _manageable(accounts, login)
            if user.id == actor.user_id:
                raise Invalid("you cannot keep yourself out, or let yourself in: somebody else must")
            await check_grant(accounts, actor, await accounts.roles_of(user.id))
            await accounts.hold(user.id)
            if await accounts.set_active(user.id, active=active):
                _record(unit, actor, "account.enabled" if active else "account.disabled", user=user.id)
            if not active:
                await AccountTokens(unit.session).replace(user.tenant, user.id, now=now)
                await _end_sessions(unit, actor, user, why="account disabled", now=now)
            user.active = active
            return user


async def given_token(
    unit: UnitOfWork, terms: AccountTerms, user: User, purpose: str, *, by: str, now: datetime
) -> AccountTokenRow:
    """A token in the place of the user's unused ones; whoever has an address is told, with the token's id alone."""
    life = terms.invitation_life if purpose == INVITATION else terms.reset_life
    row = AccountTokenRow(
        id=str(uuid.uuid4()),
        tenant=user.tenant,
        user_id=user.id,
        purpose=purpose,
        created_by=by,
        created_at=now,
        expires_at=now + life,
    )
    await AccountTokens(unit.session).add(row)
    if user.email:
        notice = Notice(
            tenant=user.tenant,
            recipient_id=user.id,
            kind=INVITED if purpose == INVITATION else RESET_ASKED,
            key=row.id,
            values={"token_id": row.id, "login": user.login, "expires_at": row.expires_at.isoformat()},
            urgency="urgent",
        )
        await tell(unit, notice, now=now)
    return row


def check_confirmed(actor: Actor, terms: AccountTerms, *, now: datetime) -> None:
    """Raises `PermissionMissing`, or `ConfirmationNeeded` in a session that was confirmed too long ago to manage."""
    check_manager(actor)
    if isinstance(actor, SessionActor):
        require_confirmed(actor, terms.confirmation.total_seconds() / 60, now=now)


def check_manager(actor: Actor) -> None:
    """Raises `PermissionMissing` unless the actor may manage accounts."""
    if not actor.permissions & {MANAGE, ADMIN}:
        raise PermissionMissing(f"{actor.name} may not do this: no role grants {MANAGE!r}")


async def check_grant(accounts: Accounts, actor: Actor, roles: Sequence[str]) -> None:
    """Whether the actor may give these roles, or a password to somebody who has them.

    Who sets somebody's password can act as them. Raises `Invalid` for a role that is not there, `GrantExceeded`.
    """
    known = await accounts.permissions(roles)
    unknown = sorted(set(roles) - set(known))
    if unknown:
        raise Invalid(f"there is no role {', '.join(unknown)}")
    if ADMIN in actor.permissions:
        return
    beyond = sorted(frozenset[str]().union(*known.values()) - actor.permissions)
    if beyond:
        raise GrantExceeded(f"{actor.name} may not do this for {', '.join(sorted(known))}: it grants {beyond[0]!r}")


async def _person(accounts: Accounts, login: str) -> User:
    user = await accounts.user(login)
    if user is None:
        raise NotFound(f"there is no user {login!r}")
    if user.kind != PERSON:
        raise Invalid(f"{user.name} is a {user.kind}: only a person signs in, others have API keys")
    return user


async def _manageable(accounts: Accounts, login: str) -> User:
    """Whose roles and standing are set here: an agent's sponsor answers for them, so its terms are set elsewhere."""
    user = await accounts.user(login)
    if user is None:
        raise NotFound(f"there is no user {login!r}")
    if user.kind not in {PERSON, SERVICE}:
        raise Invalid(f"{user.name} is an {user.kind}: its terms are set with `interlock agents set`")
    return user


async def _end_sessions(unit: UnitOfWork, actor: Actor, user: User, *, why: str, now: datetime) -> list[str]:
    ended = await AccountSessions(unit.session).end(user.tenant, user.id, now=now, why=why)
    if ended:
        _record(unit, actor, "session.ended", user=user.id, sessions=ended, why=why)
    return ended


def _record(unit: UnitOfWork, actor: Actor, kind: str, **values: object) -> None:
    unit.record(actor.tenant, AuditRecord(kind=kind, actor=actor.user_id, values=values))
