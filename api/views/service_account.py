"""Service accounts as the API shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.views.view import Form, Name, Text, View
from graphs.accounts.service_desk import NewService
from graphs.store.accounts import KnownAccount


class AddServiceAccount(Form):
    """A program that is to call the API, and why."""

    login: Name
    name: Name
    roles: Annotated[list[Name], Field(max_length=50, default_factory=list)]
    reason: Text

    def new(self) -> NewService:
        """For the desk."""
        roles = tuple(dict.fromkeys(self.roles))
        return NewService(login=self.login, name=self.name, roles=roles, reason=self.reason)


class ServiceAccountView(View):
    """A program that calls the API with keys, or one in whose name Interlock itself acts."""

    id: str
    login: str
    name: str
    active: bool
    roles: list[str]
    created_at: datetime

    @classmethod
    def of(cls, known: KnownAccount) -> ServiceAccountView:
        """The service as it is shown."""
        user = known.user
        return cls(
            id=user.id,
            login=user.login,
            name=user.name,
            active=user.active,
            roles=list(known.roles),
            created_at=user.created_at,
        )


class ServiceAccountList(View):
    """Service accounts by login."""

    services: list[ServiceAccountView]
