"""API keys as the API shows and takes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from api.views.deadline import written_instant
from api.views.view import Form, Name, Text, View
from graphs.accounts.key_desk import LONGEST_OVERLAP, MadeKey, NewKey, Replacement
from graphs.api_key import prefix_of
from graphs.store.api_keys import KnownKey


class ApiKeyView(View):
    """An API key, without what it is."""

    id: str
    prefix: Annotated[str | None, Field(description="What the key begins with; null for one that does not tell.")]
    name: Annotated[str, Field(description="What it is for; empty for the first keys of an installation.")]
    owner: Annotated[str, Field(description="Login of whom it acts as.")]
    owner_name: str
    owner_kind: str
    owner_active: Annotated[bool, Field(description="A key of somebody who is kept out is refused.")]
    created_at: datetime
    created_by: str | None
    used_at: Annotated[datetime | None, Field(description="Last use, to the hour.")]
    expires_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, known: KnownKey) -> ApiKeyView:
        """The key as it is shown."""
        key, owner = known.key, known.owner
        return cls(
            id=key.id,
            prefix=prefix_of(key.id),
            name=key.name,
            owner=owner.login,
            owner_name=owner.name,
            owner_kind=owner.kind,
            owner_active=owner.active,
            created_at=key.created_at,
            created_by=key.created_by,
            used_at=key.used_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
        )


class ApiKeyList(View):
    """API keys, the newest first."""

    keys: list[ApiKeyView]
    next: Annotated[str | None, Field(description="Cursor of the next page; null on the last one.")]


class MadeKeyView(View):
    """A key that was made just now. It is shown here and nowhere else."""

    key: ApiKeyView
    secret: str

    @classmethod
    def of(cls, made: MadeKey) -> MadeKeyView:
        """The key as it is shown to whoever made it."""
        return cls(key=ApiKeyView.of(made.known), secret=made.secret)


EndsAt = Annotated[datetime | None, BeforeValidator(lambda value: value and written_instant(value))]


class MakeKeyForm(Form):
    """Whose key it is to be, and what for."""

    owner: Annotated[Name, Field(description="Login or id.")]
    name: Name
    expires_at: EndsAt = Field(
        default=None, strict=False, description="Until when it is good; null until it is revoked."
    )
    reason: Annotated[Text | None, Field(description="Why it is made, for the audit trail.")] = None

    def new(self) -> NewKey:
        """For the desk."""
        return NewKey(owner=self.owner, name=self.name, expires_at=self.expires_at, reason=self.reason or "")


class RotateKeyForm(Form):
    """How a key is replaced."""

    reason: Text
    expires_at: EndsAt = Field(
        default=None, strict=False, description="Until when the new one is good; null until it is revoked."
    )
    overlap_hours: Annotated[
        int,
        Field(
            ge=0,
            le=LONGEST_OVERLAP // timedelta(hours=1),
            description="How long the old one goes on being good, so that programs can be changed over.",
        ),
    ] = 0

    def replacement(self) -> Replacement:
        """For the desk."""
        overlap = timedelta(hours=self.overlap_hours)
        return Replacement(reason=self.reason, expires_at=self.expires_at, overlap=overlap)


class RevokeKeyForm(Form):
    """Why a key is revoked."""

    reason: Text
