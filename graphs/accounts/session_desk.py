"""The session desk: signing in and out, the password, and the sessions that somebody has."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from graphs.accounts.errors import SessionOver, SignInRefused
from graphs.accounts.login import folded
from graphs.accounts.password import check_password
from graphs.accounts.session import (
    SECRET_LENGTH,
    SessionActor,
    is_live,
    new_secret,
    require_session,
    secret_hash,
)
from graphs.accounts.terms import AccountTerms
from graphs.accounts.throttle import (
    FORGOTTEN,
    OF_ACCOUNT,
    OF_ADDRESS,
    Throttle,
    account_key,
    address_key,
)
from graphs.audit import AuditRecord
from graphs.errors import Invalid, NotFound
from graphs.runtime.services import Services
from graphs.store.account_pauses import SignInPauses
from graphs.store.account_sessions import AccountSessions, enter
from graphs.store.account_tables import AccountRow, SessionRow
from graphs.store.accounts import Accounts, AccountTokens
from graphs.store.database import UnitOfWork
from graphs.store.people import PERSON, Actor

SEEN_EVERY = timedelta(minutes=1)
"""A session's last use is noted to the minute: a page that asks often writes no row for each request."""
MAX_AGENT = 200
REFUSED = "login and password do not belong together"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session that has just begun; `secret` is for the cookie and is nowhere else."""

    actor: SessionActor
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """From where somebody signs in, as their connection says; shown to them with their session."""

    address: str
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDesk:
    """Begins, finds and ends sessions, each with its audit entry in one transaction."""

    services: Services
    terms: AccountTerms

    @property
    def throttle(self) -> Throttle:
        """Counts failed attempts."""
        return Throttle(database=self.services.database, clock=self.services.clock)

    async def sign_in(self, tenant: str | None, login: str, password: str, *, caller: Caller) -> SignedIn:
        """Begin a session. Raises `SignInRefused`, the same for an unknown login, or `SignInPaused`."""
        tenant = await self._tenant(tenant)
        of_account, of_address = account_key(tenant, folded(login)), address_key(caller.address)
        await self.throttle.admit(of_address, OF_ADDRESS)
        await self.throttle.admit(of_account, OF_ACCOUNT)
        async with self.services.database.unit_of_work(tenant) as unit:
            account = await Accounts(unit.session, tenant).by_login(folded(login))
        hashed = account.password_hash if account else None
        if not await self.terms.hasher.fits(hashed, password) or account is None or hashed is None:
            raise SignInRefused(REFUSED)
        anew = await self.terms.hasher.hash(password) if self.terms.hasher.outdated(hashed) else None
        now, secret = self.services.clock(), new_secret()
        async with self.services.database.unit_of_work(tenant) as unit:
            actor = await self._still(unit, account)
            if anew is not None:
                await Accounts(unit.session, tenant).set_password(account.user_id, anew, now=None)
            row = session_row(actor, secret, terms=self.terms, caller=caller, now=now)
            await AccountSessions(unit.session).add(row)
            pauses = SignInPauses(unit.session)
            failed = await pauses.clear(of_account) - 1
            await pauses.forgive(of_address)
            await pauses.forget(now - FORGOTTEN)
            _record(unit, actor, "session.started", session=row.id, failed_before=max(failed, 0))
        return SignedIn(actor=SessionActor.of(actor, row), secret=secret)

    async def found(self, secret: str) -> SessionActor | None:
        """Who the session of this secret belongs to; None where it is over, or its user is not active any more."""
        if len(secret) != SECRET_LENGTH or not secret.isascii():
            return None
        now = self.services.clock()
        async with self.services.database.unit_of_work() as unit:
            sessions = AccountSessions(unit.session)
            row = await sessions.presented(secret_hash(secret))
            if row is None or not is_live(row, self.terms, now=now):
                return None
            await enter(unit.session, row.tenant)
            try:
                actor = await unit.people.actor(row.user_id)
            except NotFound:
                return None
            if now - row.seen_at >= SEEN_EVERY:
                await sessions.see(row.id, now=now)
        return SessionActor.of(actor, row)

    async def sign_out(self, actor: Actor) -> None:
        """End the session. Raises `SessionNeeded` for an API key."""
        signed_in = require_session(actor)
        await self._end(signed_in, why="signed out", only=signed_in.session_id)

    async def mine(self, actor: Actor) -> Sequence[SessionRow]:
        """The actor's sessions that are not over, the newest first."""
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            rows = await AccountSessions(unit.session).of_user(actor.tenant, actor.user_id)
        return [row for row in rows if is_live(row, self.terms, now=now)]

    async def end(self, actor: Actor, session_id: str) -> None:
        """End one of the actor's sessions. Raises `NotFound`."""
        if not await self._end(actor, why="ended by its owner", only=session_id):
            raise NotFound(f"you have no session {session_id}")

    async def end_others(self, actor: Actor) -> int:
        """End all of the actor's sessions but the one that asks; how many there were."""
        own = actor.session_id if isinstance(actor, SessionActor) else None
        return len(await self._end(actor, why="ended by its owner", but=own))

    async def confirm(self, actor: Actor, password: str, *, caller: Caller) -> SessionActor:
        """Note that the actor gave the password just now. Raises `SignInRefused`, `SignInPaused`, `SessionOver`."""
        signed_in = require_session(actor)
        account = await self._proven(signed_in, password, caller=caller)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await self._still(unit, account)
            if not await AccountSessions(unit.session).confirm(signed_in.session_id, now=now):
                raise SessionOver("the session has ended: sign in again")
            _record(unit, actor, "session.confirmed", session=signed_in.session_id)
        return replace(signed_in, confirmed_at=now)

    async def change_password(self, actor: Actor, old: str, new: str, *, caller: Caller) -> int:
        """Set another password, and end the actor's other sessions; how many there were.

        Raises `SignInRefused` for a wrong old one, `SignInPaused`, `PasswordTooWeak`, `Invalid` for the same again.
        """
        signed_in = require_session(actor)
        account = await self._proven(signed_in, old, caller=caller)
        if await self.terms.hasher.fits(account.password_hash, new):
            raise Invalid("that is the password you have: take another")
        check_password(new, own=(account.login_key, actor.name))
        hashed, now = await self.terms.hasher.hash(new), self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await self._still(unit, account)
            await Accounts(unit.session, actor.tenant).set_password(actor.user_id, hashed, now=now)
            await AccountTokens(unit.session).replace(actor.tenant, actor.user_id, now=now)
            await AccountSessions(unit.session).confirm(signed_in.session_id, now=now)
            ended = await AccountSessions(unit.session).end(
                actor.tenant, actor.user_id, now=now, why="password changed", but=signed_in.session_id
            )
            _record(unit, actor, "account.password_set", how="changed", ended=ended)
        return len(ended)

    async def _tenant(self, named: str | None) -> str:
        if named is not None:
            return named
        async with self.services.database.unit_of_work() as unit:
            tenants = await unit.people.tenants()
        if len(tenants) != 1:
            raise Invalid("tenant: say of which organisation, there are several")
        return tenants[0]

    async def _proven(self, actor: SessionActor, password: str, *, caller: Caller) -> AccountRow:
        """The account, once its password was given. Raises `SignInRefused` or `SignInPaused`."""
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            account = await Accounts(unit.session, actor.tenant).locked(actor.user_id)
        if account is None:
            raise SignInRefused(REFUSED)
        of_account, of_address = account_key(actor.tenant, account.login_key), address_key(caller.address)
        await self.throttle.admit(of_address, OF_ADDRESS)
        await self.throttle.admit(of_account, OF_ACCOUNT)
        if not await self.terms.hasher.fits(account.password_hash, password):
            raise SignInRefused("this is not your password")
        async with self.services.database.unit_of_work() as unit:
            await SignInPauses(unit.session).clear(of_account)
            await SignInPauses(unit.session).forgive(of_address)
        return account

    async def _still(self, unit: UnitOfWork, account: AccountRow) -> Actor:
        """The account's person, the account locked; the password is still the one that was looked at.

        Raises `SignInRefused`.
        """
        locked = await Accounts(unit.session, account.tenant).locked(account.user_id)
        try:
            actor = await unit.people.actor(account.user_id)
        except NotFound:
            raise SignInRefused(REFUSED) from None
        if locked is None or locked.password_set_at != account.password_set_at or actor.kind != PERSON:
            raise SignInRefused(REFUSED)
        return actor

    async def _end(self, actor: Actor, *, why: str, only: str | None = None, but: str | None = None) -> list[str]:
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            sessions = AccountSessions(unit.session)
            ended = await sessions.end(actor.tenant, actor.user_id, now=now, why=why, only=only, but=but)
            if ended:
                _record(unit, actor, "session.ended", sessions=ended, why=why)
        return ended


def session_row(
    actor: Actor,
    secret: str,
    *,
    terms: AccountTerms,
    caller: Caller,
    now: datetime,
    issuer: str | None = None,
    confirmed_at: datetime | None = None,
) -> SessionRow:
    """A session that begins now; `confirmed_at` is when the actor proved who they are, where that was not just now."""
    return SessionRow(
        id=str(uuid.uuid4()),
        tenant=actor.tenant,
        user_id=actor.user_id,
        secret_hash=secret_hash(secret),
        address=caller.address,
        agent=printable(caller.agent)[:MAX_AGENT],
        started_at=now,
        seen_at=now,
        confirmed_at=confirmed_at or now,
        expires_at=now + terms.session_life,
        issuer=issuer,
    )


def printable(text: str) -> str:
    """`text` without what a database or a terminal cannot take."""
    return "".join(character for character in text if character.isprintable())


def _record(unit: UnitOfWork, actor: Actor, kind: str, **values: object) -> None:
    unit.record(actor.tenant, AuditRecord(kind=kind, actor=actor.user_id, values=values))
