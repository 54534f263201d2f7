"""Errors of accounts.

EngineError
├── SignInRefused             login and password do not belong together, or the account is not usable
│   └── IdentityRefused       an identity provider was asked, and the person is not let in
│       ├── SignInLost        it was not begun in this browser, or too long ago, or has ended already
│       ├── ProviderDeclined  the provider, or the person there, has said no
│       ├── IdentityDoubtful  what the provider says does not hold
│       ├── IdentityUnknown   nobody here is linked with this identity, and nobody was invited
│       ├── IdentityElsewhere the identity is somebody else's here
│       ├── IdentityStale     the provider has not asked anew who it is
│       └── AccountDisabled   the account is kept out
├── ProviderUnusable          the identity provider does not answer, or is set up wrongly
├── SignInPaused              too many attempts failed: the next is taken later
├── SessionOver               the session has ended meanwhile
├── NotFound
│   └── LinkUnknown           no link was signed like this, in this tenant
├── Conflict
│   ├── LoginTaken            somebody has this login, in whatever case
│   ├── LinkUsed              the link was opened before
│   ├── LinkExpired           the link's time is over
│   └── LinkOutdated          the task is not the one that the link was made for any more
├── Refused
│   ├── SessionNeeded         only somebody who signed in may do this, not an API key
│   ├── ConfirmationNeeded    the password was given too long ago for this
│   ├── GrantExceeded         it would give somebody more than the actor may do
│   └── LinkNotYours          the link is somebody else's
└── Invalid
    ├── LoginInvalid          no name to sign in with
    ├── PasswordTooWeak       too short, too long, or among the first to be guessed
    └── TokenRefused          the token is unknown, used, replaced or over
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from graphs.errors import Conflict, EngineError, Invalid, NotFound, Refused


class SignInRefused(EngineError):
    """Login and password do not belong together."""

    code: ClassVar[str] = "sign_in_refused"


class IdentityRefused(SignInRefused):
    """An identity provider was asked, and the person is not let in."""

    code: ClassVar[str] = "identity_refused"


class SignInLost(IdentityRefused):
    """The sign-in was not begun in this browser, or has ended already."""

    code: ClassVar[str] = "sign_in_lost"


class ProviderDeclined(IdentityRefused):
    """The identity provider has said no."""

    code: ClassVar[str] = "provider_declined"


class IdentityDoubtful(IdentityRefused):
    """What the identity provider says does not hold."""

    code: ClassVar[str] = "identity_doubtful"


class IdentityUnknown(IdentityRefused):
    """Nobody here is linked with this identity, and nobody was invited."""

    code: ClassVar[str] = "identity_unknown"


class IdentityElsewhere(IdentityRefused):
    """The identity is somebody else's here."""

    code: ClassVar[str] = "identity_elsewhere"


class IdentityStale(IdentityRefused):
    """The identity provider has not asked anew who it is."""

    code: ClassVar[str] = "identity_stale"


class AccountDisabled(IdentityRefused):
    """The account is kept out."""

    code: ClassVar[str] = "account_disabled"


class ProviderUnusable(EngineError):
    """The identity provider does not answer, or is set up wrongly."""

    code: ClassVar[str] = "provider_unusable"


class SignInPaused(EngineError):
    """Too many attempts failed; the next is taken later."""

    code: ClassVar[str] = "sign_in_paused"

    def __init__(self, message: str, *, wait_for: timedelta) -> None:
        """`wait_for` is how long until the next attempt is taken."""
        super().__init__(message)
        self.wait_for = wait_for


class SessionOver(EngineError):
    """The session has ended."""

    code: ClassVar[str] = "session_over"


class LinkUnknown(NotFound):
    """There is no such link."""

    code: ClassVar[str] = "link_unknown"


class LoginTaken(Conflict):
    """Somebody has this login."""

    code: ClassVar[str] = "login_taken"


class LinkUsed(Conflict):
    """The link was opened before."""

    code: ClassVar[str] = "link_used"


class LinkExpired(Conflict):
    """The link's time is over."""

    code: ClassVar[str] = "link_expired"


class LinkOutdated(Conflict):
    """The task is not the one that the link was made for any more."""

    code: ClassVar[str] = "link_outdated"


class SessionNeeded(Refused):
    """Only somebody who signed in may do this."""

    code: ClassVar[str] = "session_needed"


class ConfirmationNeeded(Refused):
    """The password was given too long ago for this."""

    code: ClassVar[str] = "confirmation_needed"


class GrantExceeded(Refused):
    """It would give somebody more than the actor may do."""

    code: ClassVar[str] = "grant_exceeded"


class LinkNotYours(Refused):
    """The link is somebody else's."""

    code: ClassVar[str] = "link_not_yours"


class LoginInvalid(Invalid):
    """This is no name to sign in with."""

    code: ClassVar[str] = "login_invalid"


class PasswordTooWeak(Invalid):
    """The password is too short, too long, or among the first to be guessed."""

    code: ClassVar[str] = "password_too_weak"


class TokenRefused(Invalid):
    """The token is unknown, used, replaced or over."""

    code: ClassVar[str] = "token_refused"
