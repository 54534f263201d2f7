"""Sessions as the API shows them, and what people send to begin one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from api.views.view import Form, Name, View, storable
from graphs.accounts.session import SessionActor
from graphs.accounts.terms import AccountTerms
from graphs.store.account_tables import SessionRow
from graphs.store.people import Actor

MAX_PASSWORD = 1000
"""More than may be chosen: the desk says what is wrong with a long one."""


def storable_secret(secret: SecretStr) -> SecretStr:
    """The secret, if it is a text that can be stored. Raises `ValueError`."""
    storable(secret.get_secret_value())
    return secret


Password = Annotated[SecretStr, Field(min_length=1, max_length=MAX_PASSWORD), AfterValidator(storable_secret)]
Token = Annotated[SecretStr, Field(min_length=1, max_length=200), AfterValidator(storable_secret)]
Tenant = Annotated[Name | None, Field(description="Organisation; needed where there are several.")]


class SignIn(Form):
    """Who signs in."""

    login: Name
    password: Password
    tenant: Tenant = None


class GivenPassword(Form):
    """The password of whoever is signed in, once more."""

    password: Password


class ChangedPassword(Form):
    """The password, and the one that is to take its place."""

    password: Password
    new_password: Password


class AskReset(Form):
    """Whose password is forgotten."""

    login: Name
    tenant: Tenant = None


class Redemption(Form):
    """A token of an invitation or a reset, and the password to set."""

    token: Token
    new_password: Password


class Redeemed(View):
    """Who can sign in now."""

    tenant: str
    login: str


class Asked(View):
    """The answer to whoever asks for a reset, whatever became of it."""

    told: str


class ProviderView(View):
    """The identity provider that people may sign in with; `title` is what they call it, null where there is none."""

    title: str | None
    new_people: Annotated[bool, Field(description="Whether it lets in people who were not invited.")]


class BeginForm(Form):
    """Where somebody wants to go once they are signed in, and the token of their invitation if they bring one."""

    next: Annotated[str | None, Field(max_length=500)] = None
    token: Token | None = None


class ConfirmForm(Form):
    """Where somebody wants to go once they have proved anew who they are."""

    next: Annotated[str | None, Field(max_length=500)] = None


class BegunView(View):
    """Where the browser is to go now."""

    url: str


class SignedOutView(View):
    """Signed out here; `url` is where the browser is to go to sign out with the identity provider, too."""

    url: str | None


class SessionView(View):
    """A session that is not over."""

    id: str
    current: Annotated[bool, Field(description="Whether it is the one that asks.")]
    address: Annotated[str, Field(description="From where it was begun.")]
    agent: Annotated[str, Field(description="The browser, as it calls itself.")]
    started_at: datetime
    seen_at: Annotated[datetime, Field(description="Last use, to the minute.")]
    confirmed_at: Annotated[datetime, Field(description="When they last proved who they are.")]
    issuer: Annotated[str | None, Field(description="Identity provider it was begun with; null: a password.")]
    expires_at: Annotated[datetime, Field(description="When it ends at the latest.")]

    @classmethod
    def of(cls, row: SessionRow, actor: Actor) -> SessionView:
        """The row as it is shown to the actor."""
        own = isinstance(actor, SessionActor) and actor.session_id == row.id
        shown = {name: getattr(row, name) for name in cls.model_fields if name != "current"}
        return cls(current=own, **shown)


class SessionList(View):
    """Sessions, the newest first."""

    sessions: list[SessionView]


class EndedSessions(View):
    """How many sessions were ended."""

    ended: int


class Whoami(View):
    """Who the caller is, as key or session say; the latter has a token for changes, and ends."""

    id: str
    tenant: str
    login: str
    name: str
    kind: str
    roles: list[str]
    permissions: list[str]
    session: str | None
    csrf_token: Annotated[str | None, Field(description="To send as `X-CSRF-Token` with every change.")]
    confirmed_at: datetime | None
    expires_at: Annotated[datetime | None, Field(description="When the session ends at the latest.")]
    idle_seconds: Annotated[float | None, Field(description="It ends so long after the last request.")]
    by_provider: Annotated[bool, Field(description="Whether it was begun with the identity provider.")]

    @classmethod
    def of(cls, actor: Actor, terms: AccountTerms, *, csrf: str | None) -> Whoami:
        """The actor as they are shown to themselves."""
        session = actor if isinstance(actor, SessionActor) else None
        return cls(
            id=actor.user_id,
            tenant=actor.tenant,
            login=actor.login,
            name=actor.name,
            kind=actor.kind,
            roles=list(actor.roles),
            permissions=sorted(actor.permissions),
            session=session.session_id if session else None,
            csrf_token=csrf,
            confirmed_at=session.confirmed_at if session else None,
            expires_at=session.expires_at if session else None,
            idle_seconds=terms.session_idle.total_seconds() if session else None,
            by_provider=session is not None and session.issuer is not None,
        )
