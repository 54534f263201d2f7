"""ID tokens: whether one is of this provider, for this client, for this sign-in, and still good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import JWKRegistry, Key

from tools.oidc.errors import IdentityUnproven

MAX_TOKEN = 32_768
"""Characters. Groups make tokens long, but no browser or proxy would have carried a longer one."""
MAX_KEYS = 50
MAX_SUBJECT = 255
PUBLIC_KEYS = ("RSA", "EC", "OKP")


class KeyUnknown(IdentityUnproven):
    """No key that the provider is known to have has signed this: it may have a newer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token must say: from whom, for whom, in answer to which sign-in; `leeway_seconds` for other clocks."""

    issuer: str
    client_id: str
    nonce: str
    signatures: Sequence[str]
    leeway_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody, as the provider knows them: `subject` is theirs for good, the other claims may change.

    `authenticated_at` is when they last proved to the provider who they are, where it says so.
    """

    issuer: str
    subject: str
    claims: Mapping[str, Any]
    authenticated_at: datetime | None


def public_keys(document: object) -> list[Key]:
    """The keys of a JSON Web Key Set that can verify; what cannot be read is left out, others must not fail for it."""
    listed = cast("Mapping[str, Any]", document).get("keys") if isinstance(document, Mapping) else None
    if not isinstance(listed, list):
        raise IdentityUnproven("its keys are no JSON Web Key Set")
    found: list[Key] = []
    for one in listed[:MAX_KEYS]:
        if not isinstance(one, dict):
            continue
        key = cast("dict[str, Any]", one)
        if key.get("kty") not in PUBLIC_KEYS or key.get("use", "sig") != "sig":
            continue
        try:
            found.append(JWKRegistry.import_key(key))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return found


def identified(token: str, keys: Sequence[Key], expected: Expected, *, access_token: str, now: datetime) -> Identity:
    """Whom the token is about. Raises `IdentityUnproven`, or its `KeyUnknown` where a newer key may be needed."""
    claims, header = _signed(token, keys, expected.signatures)
    options = {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
    }
    params = {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": access_token}
    try:
        CodeIDToken(claims, header, options, params).validate(now=int(now.timestamp()), leeway=expected.leeway_seconds)
    except (JoseError, ValueError, TypeError) as error:
        raise IdentityUnproven(f"its ID token does not hold: {_why(error)}") from None
    subject = claims["sub"]
    if not isinstance(subject, str) or not subject or len(subject) > MAX_SUBJECT or not subject.isprintable():
        raise IdentityUnproven("its ID token does not hold: sub")
    return Identity(
        issuer=expected.issuer, subject=subject, claims=claims, authenticated_at=_instant(claims.get("auth_time"))
    )


def _signed(token: str, keys: Sequence[Key], signatures: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What one of the keys has signed."""
    if len(token) > MAX_TOKEN:
        raise IdentityUnproven("its ID token is too long")
    try:
        header = jws.extract_compact(token.encode("ascii")).headers()
    except (JoseError, ValueError, UnicodeEncodeError):
        raise IdentityUnproven("its ID token cannot be read") from None
    if header.get("alg") not in signatures:
        raise IdentityUnproven("its ID token is signed by nothing that is taken")
    name = header.get("kid")
    # Without a name any of them may have signed. A name that no key has is not a reason to try the others.
    for key in [one for one in keys if name is None or one.kid == name]:
        try:
            found = jwt.decode(token, key, algorithms=list(signatures))
        except BadSignatureError:
            continue
        except (JoseError, ValueError, TypeError):
            # A key of another kind than the signature asks for.
            continue
        return dict(found.claims), dict(found.header)
    raise KeyUnknown("its ID token is signed by no key that it is known to have")


def _why(error: Exception) -> str:
    """Which check failed; never what stood there."""
    claim = getattr(error, "claim", None) or getattr(error, "claim_name", None)
    kind = getattr(error, "error", None) or type(error).__name__
    return f"{claim} ({kind})" if isinstance(claim, str) else str(kind)


def _instant(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        return None
