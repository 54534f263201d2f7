"""Accounts as the API shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.views.view import Form, Name, Text, View
from graphs.accounts.desk import Given, NewAccount
from graphs.store.accounts import KnownAccount
from graphs.store.people_tables import User

Email = Annotated[str, StringConstraints(min_length=3, max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]


class AddAccount(Form):
    """A person who is to be able to sign in."""

    login: Name
    name: Name
    email: Email | None = None
    roles: Annotated[list[Name], Field(max_length=50, default_factory=list)]

    def new(self) -> NewAccount:
        """For the desk."""
        return NewAccount(login=self.login, name=self.name, email=self.email, roles=tuple(dict.fromkeys(self.roles)))


class RolesForm(Form):
    """The roles that somebody is to have, and why."""

    roles: Annotated[list[Name], Field(max_length=50)]
    reason: Text


class AccountRolesView(View):
    """The roles that somebody has."""

    login: str
    roles: list[str]


class AccountView(View):
    """A person, and how they sign in."""

    id: str
    login: str
    name: str
    email: str | None
    active: bool
    roles: list[str]
    invited: Annotated[bool, Field(description="Whether they have an account.")]
    password_set_at: datetime | None
    providers: Annotated[list[str], Field(description="Identity providers that they are linked with.")]

    @classmethod
    def of(cls, known: KnownAccount) -> AccountView:
        """The account as it is shown."""
        user, account = known.user, known.account
        return cls(
            id=user.id,
            login=user.login,
            name=user.name,
            email=user.email,
            active=user.active,
            roles=list(known.roles),
            invited=account is not None,
            password_set_at=account.password_set_at if account else None,
            providers=list(known.issuers),
        )


class AccountList(View):
    """Everybody who signs in or could, by login."""

    accounts: list[AccountView]


class GivenView(View):
    """A token that lets somebody set their password once. It is shown here and nowhere else."""

    login: str
    purpose: str
    token: str
    expires_at: datetime
    told: Annotated[bool, Field(description="Whether they are told, having an address.")]

    @classmethod
    def of(cls, given: Given) -> GivenView:
        """The token as it is shown to whoever gave it."""
        return cls(
            login=given.user.login,
            purpose=given.purpose,
            token=given.token,
            expires_at=given.expires_at,
            told=given.user.email is not None,
        )


class StandingView(View):
    """Whether somebody is let in."""

    login: str
    active: bool

    @classmethod
    def of(cls, user: User) -> StandingView:
        """The user as it is shown."""
        return cls(login=user.login, active=user.active)
