"""The provider desk: people are sent to the identity provider, and let in when they come back as somebody known here.

Who somebody is here is decided by issuer and subject alone. How an identity comes to a person: they bring it with the
link of their invitation; or, where that is set, by the login of somebody who has an invitation that waits; or, where
that is set, by being new.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from graphs.accounts.attempt import attempt_hash, is_of, is_secret, nonce_of, safe_path, state_of, verifier_of
from graphs.accounts.claims import ClaimMapping
from graphs.accounts.desk import INVITATION
from graphs.accounts.errors import (
    IdentityDoubtful,
    IdentityRefused,
    ProviderDeclined,
    ProviderUnusable,
    SignInLost,
    TokenRefused,
)
from graphs.accounts.newcomer import Newcomers
from graphs.accounts.redemption import NO_TOKEN, presented_token
from graphs.accounts.session import SessionActor, new_secret
from graphs.accounts.session_desk import Caller, SignedIn, session_row
from graphs.accounts.terms import AccountTerms
from graphs.accounts.throttle import OF_BEGINNING, Throttle, address_key
from graphs.audit import WORKER, AuditRecord
from graphs.runtime.services import Services
from graphs.store.account_pauses import SignInPauses
from graphs.store.account_sessions import AccountSessions
from graphs.store.account_tables import SignInAttemptRow
from graphs.store.identities import SignInAttempts
from tools.errors import ToolError
from tools.oidc.client import OidcClient
from tools.oidc.errors import ProviderDown, ProviderMisconfigured
from tools.oidc.id_token import Identity

ATTEMPT_LIFE = timedelta(minutes=10)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When somebody proved who they are, where the provider does not say when: too long ago for anything that asks."""
COUNTED = "provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInProvider:
    """An identity provider that people may sign in with; `title` is what they call it."""

    client: OidcClient
    mapping: ClaimMapping
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where to send the browser; `secret` is for its cookie and is nowhere else."""

    url: str
    secret: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtBack:
    """What the browser brings from the provider, as it stands in the address."""

    state: str
    code: str = ""
    issuer: str | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """Somebody who is let in, and where they wanted to go."""

    signed_in: SignedIn
    next_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDesk:
    """Begins and ends sign-ins with the provider; each session, link and refusal is in the audit trail."""

    services: Services
    terms: AccountTerms
    provider: SignInProvider

    async def begin(self, *, next_path: str | None, invitation: str | None = None, caller: Caller) -> Begun:
        """Send somebody to the provider. Raises `SignInPaused`, `TokenRefused`, `ProviderUnusable`."""
        throttle = Throttle(database=self.services.database, clock=self.services.clock)
        await throttle.admit(address_key(caller.address, what=COUNTED), OF_BEGINNING)
        token_id = None
        if invitation is not None:
            token = await presented_token(self.services, invitation)
            if token.purpose != INVITATION:
                raise TokenRefused(NO_TOKEN)
            token_id = token.id
        return await self._begun(safe_path(next_path), token_id=token_id)

    async def confirm(self, actor: SessionActor, *, next_path: str | None) -> Begun:
        """Have somebody who is signed in prove anew who they are. Raises `ProviderUnusable`."""
        return await self._begun(safe_path(next_path), user_id=actor.user_id)

    async def finish(self, secret: str, brought: BroughtBack, *, caller: Caller) -> Admitted:
        """Let in whom the browser brings. Raises `ProviderUnusable`, or an `IdentityRefused` that says why not.

        An attempt is used up by whatever comes of it: what is brought a second time was not begun.
        """
        attempt = await self._taken(secret, brought.state)
        try:
            identity = await self._identity(secret, brought)
            return await self._admitted(attempt, identity, caller)
        except (IdentityRefused, ProviderUnusable) as refused:
            await self._note(refused, caller)
            raise

    async def sign_out_url(self, *, back_to: str) -> str | None:
        """Where to end the session with the provider, too; None where it offers none, or does not answer."""
        try:
            return await self.provider.client.sign_out_url(back_to=back_to)
        except ToolError:
            return None

    async def _begun(self, next_path: str, *, token_id: str | None = None, user_id: str | None = None) -> Begun:
        now, secret = self.services.clock(), new_secret()
        try:
            url = await self.provider.client.authorization_url(
                state=state_of(secret),
                nonce=nonce_of(secret),
                verifier=verifier_of(secret),
                afresh=user_id is not None,
            )
        except (ProviderDown, ProviderMisconfigured) as error:
            raise ProviderUnusable(str(error)) from error
        row = SignInAttemptRow(
            id=attempt_hash(secret),
            next_path=next_path,
            token_id=token_id,
            user_id=user_id,
            started_at=now,
            expires_at=now + ATTEMPT_LIFE,
        )
        async with self.services.database.unit_of_work() as unit:
            await SignInAttempts(unit.session).add(row)
        return Begun(url=url, secret=secret, expires_at=now + ATTEMPT_LIFE)

    async def _taken(self, secret: str, state: str) -> SignInAttemptRow:
        """The attempt that this browser has begun, used up."""
        if not is_secret(secret) or not is_of(secret, state):
            raise SignInLost("this sign-in was not begun in this browser: begin again")
        async with self.services.database.unit_of_work() as unit:
            found = await SignInAttempts(unit.session).take(attempt_hash(secret), now=self.services.clock())
        if found is None:
            raise SignInLost("this sign-in has ended already, or took too long: begin again")
        return found

    async def _identity(self, secret: str, brought: BroughtBack) -> Identity:
        try:
            metadata = await self.provider.client.metadata()
            named = brought.issuer
            if named is None and metadata.authorization_response_iss_parameter_supported:
                raise IdentityDoubtful("the answer does not say which provider it is from, and this one always does")
            if named is not None and named != metadata.issuer:
                raise IdentityDoubtful("the answer is from another provider than the one that was asked")
            if brought.error:
                raise ProviderDeclined("the identity provider has not signed you in: try again, or ask who runs it")
            return await self.provider.client.redeem(brought.code, nonce=nonce_of(secret), verifier=verifier_of(secret))
        except (ProviderDown, ProviderMisconfigured) as error:
            raise ProviderUnusable(str(error)) from error
        except ToolError as error:
            raise IdentityDoubtful(str(error)) from error

    async def _admitted(self, attempt: SignInAttemptRow, identity: Identity, caller: Caller) -> Admitted:
        now, secret = self.services.clock(), new_secret()
        tenant = await self._tenant(identity)
        async with self.services.database.unit_of_work(tenant) as unit:
            newcomers = Newcomers(unit=unit, tenant=tenant, identity=identity, mapping=self.provider.mapping, now=now)
            user = await newcomers.person(attempt, leeway=self.provider.client.terms.leeway)
            await newcomers.follow_roles(user)
            actor = await unit.people.actor(user.id)
            proven = min(identity.authenticated_at, now) if identity.authenticated_at else NEVER
            row = session_row(
                actor,
                secret,
                terms=self.terms,
                caller=caller,
                now=now,
                issuer=identity.issuer,
                confirmed_at=proven,
            )
            await AccountSessions(unit.session).add(row)
            values = {"session": row.id, "issuer": identity.issuer, "proven_at": proven.isoformat()}
            unit.record(tenant, AuditRecord(kind="session.started", actor=user.id, values=values))
        async with self.services.database.unit_of_work() as unit:
            await SignInPauses(unit.session).forgive(address_key(caller.address, what=COUNTED))
        signed_in = SignedIn(actor=SessionActor.of(actor, row), secret=secret)
        return Admitted(signed_in=signed_in, next_path=attempt.next_path)

    async def _tenant(self, identity: Identity) -> str:
        """The organisation that the identity belongs to. Raises `IdentityDoubtful`."""
        named = self.provider.mapping.tenant_of(identity.claims)
        async with self.services.database.unit_of_work() as unit:
            tenants = await unit.people.tenants()
        if named is None or named not in tenants:
            raise IdentityDoubtful("the provider names no organisation that there is here")
        return named

    async def _note(self, refused: IdentityRefused | ProviderUnusable, caller: Caller) -> None:
        """Keep the refusal. Only what a browser has begun comes here, so nobody fills the trail from outside."""
        values = {"why": refused.code, "issuer": self.provider.client.terms.issuer, "address": caller.address}
        tenant = self.provider.mapping.tenant
        async with self.services.database.unit_of_work(tenant) as unit:
            unit.record(tenant, AuditRecord(kind="session.refused", actor=WORKER, values=values))
