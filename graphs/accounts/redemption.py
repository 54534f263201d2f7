"""Invitations and resets by whoever they are for: asked for without signing in, and redeemed once."""

from __future__ import annotations

from dataclasses import dataclass

from graphs.accounts.desk import RESET, given_token
from graphs.accounts.errors import TokenRefused
from graphs.accounts.login import folded
from graphs.accounts.password import check_password
from graphs.accounts.signed_token import Purpose, row_of
from graphs.accounts.terms import AccountTerms
from graphs.accounts.throttle import OF_ASKING, Throttle, account_key, address_key
from graphs.audit import AuditRecord
from graphs.errors import NotFound
from graphs.runtime.services import Services
from graphs.store.account_pauses import SignInPauses
from graphs.store.account_sessions import AccountSessions
from graphs.store.account_tables import AccountTokenRow
from graphs.store.accounts import Accounts, AccountTokens
from graphs.store.people import Actor

NO_TOKEN = "this token is unknown, used, replaced or over: ask for another"  # noqa: S105 - a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionDesk:
    """Takes what people send who are not signed in."""

    services: Services
    terms: AccountTerms

    async def admit(self, address: str) -> None:
        """Count somebody who asks or redeems. Raises `SignInPaused`."""
        throttle = Throttle(database=self.services.database, clock=self.services.clock)
        await throttle.admit(address_key(address, what="asking"), OF_ASKING)

    async def ask(self, tenant: str | None, login: str) -> None:
        """Have a reset sent to the address of the account, if there is one: nobody is told whether.

        An account is sent at most one each `reset_gap`.
        """
        named = tenant
        if named is None:
            async with self.services.database.unit_of_work() as unit:
                tenants = await unit.people.tenants()
            if len(tenants) != 1:
                return
            named = tenants[0]
        now = self.services.clock()
        async with self.services.database.unit_of_work(named) as unit:
            accounts = Accounts(unit.session, named)
            account = await accounts.by_login(folded(login))
            user = await accounts.user(account.user_id) if account else None
            if user is None or not user.active or not user.email:
                return
            await accounts.locked(user.id)
            last = await AccountTokens(unit.session).newest(named, user.id, RESET)
            if last is not None and now - last < self.terms.reset_gap:
                return
            row = await given_token(unit, self.terms, user, RESET, by=user.id, now=now)
            values = {"user": user.id, "token": row.id}
            unit.record(named, AuditRecord(kind="account.reset_asked", actor=user.id, values=values))

    async def redeem(self, token: str, password: str) -> Actor:
        """Set the password of the token's account, and end its sessions; exactly one of two does.

        Raises `TokenRefused`, `PasswordTooWeak`.
        """
        row = await presented_token(self.services, token)
        async with self.services.database.unit_of_work(row.tenant) as unit:
            account = await Accounts(unit.session, row.tenant).locked(row.user_id)
            try:
                actor = await unit.people.actor(row.user_id)
            except NotFound:
                raise TokenRefused(NO_TOKEN) from None
        if account is None:
            raise TokenRefused(NO_TOKEN)
        check_password(password, own=(account.login_key, actor.name))
        hashed, now = await self.terms.hasher.hash(password), self.services.clock()
        async with self.services.database.unit_of_work(row.tenant) as unit:
            accounts = Accounts(unit.session, row.tenant)
            await accounts.locked(row.user_id)
            if await AccountTokens(unit.session).use(row.id, now=now) is None:
                raise TokenRefused(NO_TOKEN)
            await accounts.set_password(row.user_id, hashed, now=now)
            ended = await AccountSessions(unit.session).end(row.tenant, row.user_id, now=now, why="password set")
            await SignInPauses(unit.session).clear(account_key(row.tenant, account.login_key))
            values = {"how": row.purpose, "token": row.id, "given_by": row.created_by, "ended": ended}
            unit.record(row.tenant, AuditRecord(kind="account.password_set", actor=row.user_id, values=values))
        return actor


async def presented_token(services: Services, token: str) -> AccountTokenRow:
    """The token's row, as long as it can be used. Raises `TokenRefused`."""
    row_id = row_of(services.seal, Purpose.ACCOUNT, token)
    now = services.clock()
    if row_id is not None:
        async with services.database.unit_of_work() as unit:
            row = await AccountTokens(unit.session).presented(row_id)
        if row is not None and row.used_at is None and row.replaced_at is None and now < row.expires_at:
            return row
    raise TokenRefused(NO_TOKEN)
