"""Newcomers: who an identity is here, the first time and every time after; and the roles that its groups stand for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from graphs.accounts.claims import ClaimMapping
from graphs.accounts.desk import INVITATION
from graphs.accounts.errors import (
    AccountDisabled,
    IdentityElsewhere,
    IdentityStale,
    IdentityUnknown,
    LoginInvalid,
    ProviderUnusable,
)
from graphs.accounts.login import folded, new_login
from graphs.audit import WORKER, AuditRecord
from graphs.store.account_tables import AccountRow, IdentityRow, SignInAttemptRow
from graphs.store.accounts import Accounts, AccountTokens
from graphs.store.database import UnitOfWork
from graphs.store.identities import Identities
from graphs.store.people import PERSON
from graphs.store.people_tables import User, UserRole
from tools.oidc.id_token import Identity

NOT_INVITED = "nobody here is linked with this identity: ask an administrator for an invitation, and open its link"
ELSEWHERE = "this identity belongs to somebody else here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomers:
    """Finds the person of one identity, in one transaction."""

    unit: UnitOfWork
    tenant: str
    identity: Identity
    mapping: ClaimMapping
    now: datetime

    @property
    def identities(self) -> Identities:
        """The rows of identities."""
        return Identities(self.unit.session, self.tenant)

    @property
    def accounts(self) -> Accounts:
        """The rows of accounts."""
        return Accounts(self.unit.session, self.tenant)

    @property
    def tokens(self) -> AccountTokens:
        """The rows of invitations."""
        return AccountTokens(self.unit.session)

    async def person(self, attempt: SignInAttemptRow, *, leeway: timedelta) -> User:
        """Whom the identity is of, by what the attempt brought. Raises an `IdentityRefused`."""
        known = await self.identities.of_subject(self.identity.issuer, self.identity.subject)
        if attempt.user_id is not None:
            self._check_again(attempt, known, leeway)
        if attempt.token_id is not None:
            return await self._active(await self._invited(attempt.token_id, known))
        if known is not None:
            return await self._active(known.user_id)
        by_login = await self._by_login() if self.mapping.match == "login" else None
        if by_login is not None:
            return await self._active(by_login)
        if self.mapping.new_roles is not None:
            return await self._new(self.mapping.new_roles)
        raise IdentityUnknown(NOT_INVITED)

    async def follow_roles(self, user: User) -> None:
        """Give and take the roles that the provider decides about, and no other."""
        governed = self.mapping.governed
        if not governed:
            return
        there = frozenset(await self.accounts.permissions(sorted(governed)))
        wanted = self.mapping.roles_of(self.identity.claims) & there
        present = frozenset(await self.accounts.roles_of(user.id))
        given, taken = sorted(wanted - present), sorted((governed & present) - wanted)
        if given or taken:
            await self.identities.set_roles(user.id, given=given, taken=taken)
            self._record("account.roles_set", WORKER, user=user.id, given=given, taken=taken, by=self.identity.issuer)

    def _check_again(self, attempt: SignInAttemptRow, known: IdentityRow | None, leeway: timedelta) -> None:
        """Whether the same person has just proved who they are."""
        if known is None or known.user_id != attempt.user_id:
            raise IdentityElsewhere("you have signed in there as somebody else")
        proven = self.identity.authenticated_at
        if proven is None or proven < attempt.started_at - leeway:
            raise IdentityStale("the provider has not asked you anew, or does not say when it did")

    async def _invited(self, token_id: str, known: IdentityRow | None) -> str:
        """Whoever has the link of an invitation is who was invited."""
        token = await self.tokens.use(token_id, now=self.now)
        if token is None or token.purpose != INVITATION:
            raise IdentityUnknown("the invitation was used, replaced or is over: ask for another")
        if known is not None and known.user_id != token.user_id:
            raise IdentityElsewhere(ELSEWHERE)
        if known is None:
            await self._link(token.user_id, how="invitation")
        return token.user_id

    async def _by_login(self) -> str | None:
        """Somebody with this login whose invitation waits, and who never signed in; nobody else is taken over."""
        login = self.mapping.login_of(self.identity.claims)
        account = await self.accounts.by_login(folded(login)) if login else None
        if account is None or account.password_hash is not None:
            return None
        if await self.identities.of_user(account.user_id, self.identity.issuer) is not None:
            return None
        token = await self.tokens.live(self.tenant, account.user_id, INVITATION, now=self.now)
        if token is None or await self.tokens.use(token.id, now=self.now) is None:
            return None
        await self._link(account.user_id, how="login")
        return account.user_id

    async def _new(self, roles: Sequence[str]) -> User:
        """Somebody whom only the provider knows, added with the roles of the settings."""
        login = self._new_login()
        missing = sorted(set(roles) - set(await self.accounts.permissions(roles)))
        if missing:
            raise ProviderUnusable(f"new people are to have a role that is not there: {', '.join(missing)}")
        user = User(
            id=f"{self.tenant}-{login}",
            tenant=self.tenant,
            login=login,
            name=self.mapping.name_of(self.identity.claims) or login,
            kind=PERSON,
            email=self.mapping.email_of(self.identity.claims),
            created_at=self.now,
        )
        if await self.accounts.login_known(login) or await self.unit.people.is_known(user.id):
            raise IdentityElsewhere(f"somebody here has the login {login!r}: an administrator must invite you")
        await self.unit.people.add(user)
        for role in roles:
            await self.unit.people.add(UserRole(tenant=self.tenant, user_id=user.id, role=role))
        row = AccountRow(user_id=user.id, tenant=self.tenant, login_key=folded(login), created_at=self.now)
        if not await self.accounts.add(row):
            raise IdentityElsewhere(f"somebody here has the login {login!r}, in another case")
        self._record("account.added", WORKER, user=user.id, login=login, roles=sorted(roles), by=self.identity.issuer)
        await self._link(user.id, how="new")
        return user

    def _new_login(self) -> str:
        login = self.mapping.login_of(self.identity.claims)
        if login is None:
            raise IdentityUnknown(f"the provider does not say your {self.mapping.login_claim}, or has not verified it")
        try:
            return new_login(login)
        except LoginInvalid as error:
            raise IdentityUnknown(f"what the provider calls you is no login here: {error}") from error

    async def _link(self, user_id: str, *, how: str) -> None:
        row = IdentityRow(
            id=str(uuid.uuid4()),
            tenant=self.tenant,
            user_id=user_id,
            issuer=self.identity.issuer,
            subject=self.identity.subject,
            how=how,
            linked_at=self.now,
        )
        if not await self.identities.put(row):
            raise IdentityElsewhere(ELSEWHERE)
        self._record("account.linked", user_id, user=user_id, identity=row.id, issuer=row.issuer, how=how)

    async def _active(self, user_id: str) -> User:
        user = await self.accounts.user(user_id)
        if user is None or user.kind != PERSON:
            raise IdentityElsewhere(ELSEWHERE)
        if not user.active:
            raise AccountDisabled("this account is kept out: ask an administrator")
        return user

    def _record(self, kind: str, actor: str, **values: object) -> None:
        self.unit.record(self.tenant, AuditRecord(kind=kind, actor=actor, values=values))
