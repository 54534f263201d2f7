"""The client of one identity provider: where browsers are sent, and what a code is worth that they bring back.

The provider's description and keys are asked for when they are needed, and kept for an hour. A token signed by a key
that is not known has the keys asked for again, at most every few seconds: so a new key works at once, and nobody can
make us ask without end.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc.jwk import Key

from tools.clock import utc_now
from tools.oidc.errors import CodeRefused, IdentityUnproven, ProviderDown, ProviderMisconfigured
from tools.oidc.id_token import Expected, Identity, KeyUnknown, identified, public_keys
from tools.oidc.metadata import Metadata, read_metadata
from tools.secret import SecretMissing, SecretRef, resolve

KNOWN_FOR = timedelta(hours=1)
KEYS_AGAIN = timedelta(seconds=10)
DESCRIPTION = "/.well-known/openid-configuration"
MAX_ANSWER = 1024 * 1024
MAX_CODE = 4096
METHOD = "S256"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderTerms:
    """Which provider, and who we are to it. `needed` are claims that are asked for again where a token lacks them."""

    issuer: str
    client_id: str
    client_secret: SecretRef | None = None
    redirect_uri: str
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    needed: tuple[str, ...] = ()
    time_limit: timedelta = timedelta(seconds=10)
    leeway: timedelta = timedelta(seconds=60)


@dataclass(slots=True)
class Known:
    """Something that was asked for, and when."""

    value: Any
    at: datetime


@dataclass(slots=True, kw_only=True)
class OidcClient:
    """Speaks with one provider, within its time limit. Any method raises `ProviderDown` or `ProviderMisconfigured`."""

    terms: ProviderTerms
    clock: Callable[[], datetime] = utc_now
    _metadata: Known | None = field(default=None, init=False)
    _keys: Known | None = field(default=None, init=False)

    async def authorization_url(self, *, state: str, nonce: str, verifier: str, afresh: bool = False) -> str:
        """Where the browser is sent; `afresh` asks for a proof that is not older than the question."""
        metadata = await self.metadata()
        more = {"prompt": "login", "max_age": "0"} if afresh else {}
        async with self._client(metadata) as client:
            url, _ = client.create_authorization_url(
                metadata.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier, **more
            )
        return str(url)

    async def redeem(self, code: str, *, nonce: str, verifier: str) -> Identity:
        """Whom the code is about. Raises `CodeRefused`, `IdentityUnproven`."""
        if not code or len(code) > MAX_CODE:
            raise CodeRefused("the code is empty or too long")
        metadata = await self.metadata()
        answer = await self._tokens(metadata, code, verifier)
        token, access = answer.get("id_token"), answer.get("access_token")
        if not isinstance(token, str) or not isinstance(access, str):
            raise IdentityUnproven("it answered without an ID token: is `openid` among the scopes?")
        expected = Expected(
            issuer=self.terms.issuer,
            client_id=self.terms.client_id,
            nonce=nonce,
            signatures=metadata.signatures,
            leeway_seconds=int(self.terms.leeway.total_seconds()),
        )
        found = await self._identified(metadata, token, access, expected)
        return await self._completed(metadata, found, access)

    async def sign_out_url(self, *, back_to: str) -> str | None:
        """Where the browser is sent to end the session with the provider, too; None where it offers none."""
        metadata = await self.metadata()
        if metadata.end_session_endpoint is None:
            return None
        asked = urlencode({"client_id": self.terms.client_id, "post_logout_redirect_uri": back_to})
        joint = "&" if "?" in metadata.end_session_endpoint else "?"
        return f"{metadata.end_session_endpoint}{joint}{asked}"

    async def metadata(self) -> Metadata:
        """How the provider describes itself."""
        now = self.clock()
        if self._metadata is None or now - self._metadata.at >= KNOWN_FOR:
            document = await self._json("its description", f"{self.terms.issuer.rstrip('/')}{DESCRIPTION}")
            self._metadata = Known(read_metadata(document, issuer=self.terms.issuer), now)
        return cast("Metadata", self._metadata.value)

    async def _identified(self, metadata: Metadata, token: str, access: str, expected: Expected) -> Identity:
        keys = await self._public_keys(metadata, at_most=KNOWN_FOR)
        try:
            return identified(token, keys, expected, access_token=access, now=self.clock())
        except KeyUnknown:
            newer = await self._public_keys(metadata, at_most=KEYS_AGAIN)
            if newer is keys:
                raise
            return identified(token, newer, expected, access_token=access, now=self.clock())

    async def _public_keys(self, metadata: Metadata, *, at_most: timedelta) -> list[Key]:
        now = self.clock()
        if self._keys is None or now - self._keys.at >= at_most:
            self._keys = Known(public_keys(await self._json("its keys", metadata.jwks_uri)), now)
        return cast("list[Key]", self._keys.value)

    async def _completed(self, metadata: Metadata, found: Identity, access: str) -> Identity:
        """With the claims that the token lacks and the provider has elsewhere; those of the token count."""
        if metadata.userinfo_endpoint is None or all(name in found.claims for name in self.terms.needed):
            return found
        headers = {"Authorization": f"Bearer {access}"}
        more = await self._json("what it knows about somebody", metadata.userinfo_endpoint, headers=headers)
        if not isinstance(more, Mapping) or more.get("sub") != found.subject:
            raise IdentityUnproven("what it knows is about somebody else")
        claims = {**cast("Mapping[str, Any]", more), **found.claims}
        return Identity(
            issuer=found.issuer, subject=found.subject, claims=claims, authenticated_at=found.authenticated_at
        )

    async def _tokens(self, metadata: Metadata, code: str, verifier: str) -> Mapping[str, Any]:
        async with self._client(metadata) as client:
            try:
                answer = await client.fetch_token(
                    metadata.token_endpoint, code=code, code_verifier=verifier, grant_type="authorization_code"
                )
            except OAuthError as error:
                raise CodeRefused(f"it does not take the code ({_word(error.error)})") from None
            except httpx2.HTTPError as error:
                raise ProviderDown(f"redeeming a code: {type(error).__name__}") from None
            except ValueError:
                raise ProviderDown("redeeming a code: its answer is no JSON") from None
        return cast("Mapping[str, Any]", answer)

    @asynccontextmanager
    async def _client(self, metadata: Metadata) -> AsyncGenerator[Any]:
        secret = self.terms.client_secret
        # It is an httpx2.AsyncClient, which its sources do not say in a way that a type checker reads.
        opened: Any = AsyncOAuth2Client(
            client_id=self.terms.client_id,
            client_secret=_read(secret) if secret else None,
            token_endpoint_auth_method=metadata.client_authentication(has_secret=secret is not None),
            scope=" ".join(self.terms.scopes),
            redirect_uri=self.terms.redirect_uri,
            code_challenge_method=METHOD,
            timeout=self.terms.time_limit.total_seconds(),
        )
        async with opened as client:
            yield client

    async def _json(self, what: str, url: str, *, headers: Mapping[str, str] | None = None) -> Any:
        """The JSON at an address of the provider; it redirects us nowhere."""
        try:
            async with httpx2.AsyncClient(timeout=self.terms.time_limit.total_seconds()) as client:
                answer = await client.get(url, headers=dict(headers or {}), follow_redirects=False)
            if not answer.is_success:
                raise ProviderDown(f"{what}: HTTP {answer.status_code}")
            if len(answer.content) > MAX_ANSWER:
                raise ProviderDown(f"{what}: longer than {MAX_ANSWER} bytes")
            return answer.json()
        except httpx2.HTTPError as error:
            raise ProviderDown(f"{what}: {type(error).__name__}") from None
        except ValueError:
            raise ProviderDown(f"{what}: its answer is no JSON") from None


def _read(reference: SecretRef) -> str:
    try:
        return resolve(reference).get_secret_value()
    except SecretMissing as error:
        raise ProviderMisconfigured(f"the client's secret: {error}") from None


def _word(error: object) -> str:
    """A provider's error code, if it is one."""
    text = str(error)
    return text if len(text) <= 60 and text.replace("_", "").isalnum() else "without a code"
