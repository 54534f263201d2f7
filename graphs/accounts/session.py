"""Sessions: somebody who signed in, for as long as it lasts."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from graphs.accounts.errors import ConfirmationNeeded, SessionNeeded
from graphs.accounts.terms import AccountTerms
from graphs.store.account_tables import SessionRow
from graphs.store.people import Actor

SECRET_BYTES = 32
SECRET_LENGTH = 43
"""Characters of a session's secret."""
CSRF = b"interlock csrf token"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionActor(Actor):
    """Who acts, as known from a session; `confirmed_at` is when they last proved who they are.

    They do so by their password, or to the identity provider `issuer` that the session was begun with.
    """

    session_id: str
    confirmed_at: datetime
    expires_at: datetime
    issuer: str | None = None

    @classmethod
    def of(cls, actor: Actor, row: SessionRow) -> SessionActor:
        """The actor in this session."""
        known = {one.name: getattr(actor, one.name) for one in fields(Actor)}
        return cls(
            **known,
            session_id=row.id,
            confirmed_at=row.confirmed_at,
            expires_at=row.expires_at,
            issuer=row.issuer,
        )


def new_secret() -> str:
    """What a session is known by; it stands in the cookie only, and is stored as its hash."""
    return secrets.token_urlsafe(SECRET_BYTES)


def secret_hash(secret: str) -> str:
    """SHA-256 (hex) of a session's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_token(secret: str) -> str:
    """What a page of the session must send with a change; it follows from the secret, which it does not give away."""
    return hmac.digest(secret.encode(), CSRF, "sha256").hex()


def is_live(row: SessionRow, terms: AccountTerms, *, now: datetime) -> bool:
    """Whether the session has neither ended nor run out."""
    return row.ended_at is None and now < min(row.expires_at, row.seen_at + terms.session_idle)


def confirmed_within(actor: Actor, minutes: float, *, now: datetime) -> bool:
    """Whether the actor gave their password so recently; an API key never has."""
    return isinstance(actor, SessionActor) and now - actor.confirmed_at <= timedelta(minutes=minutes)


def require_confirmed(actor: Actor, minutes: float, *, now: datetime) -> None:
    """Raises `SessionNeeded` for an API key, `ConfirmationNeeded` where the password was given longer ago."""
    require_session(actor)
    if not confirmed_within(actor, minutes, now=now):
        raise ConfirmationNeeded(f"give your password again: this needs one of the last {minutes:g} minutes")


def require_session(actor: Actor) -> SessionActor:
    """The actor, signed in. Raises `SessionNeeded`."""
    if not isinstance(actor, SessionActor):
        raise SessionNeeded("an API key may not do this: sign in")
    return actor
