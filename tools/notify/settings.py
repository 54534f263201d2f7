"""What a configuration says about notifications."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tools.notify.template import NoteTemplate
from tools.secret import SecretRef

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


class Channel(BaseModel):
    """A channel: where its address is. The address of a chat or webhook is as good as a password."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[
        SecretRef, Field(description="Reference to the channel's address as apprise writes it: env:NAME or file:PATH.")
    ]


class NotifySettings(BaseModel):
    """Channels and the texts that are sent over them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: Annotated[dict[Name, Channel], Field(min_length=1, max_length=50)]
    templates: Annotated[dict[Name, NoteTemplate], Field(min_length=1, max_length=200)]
    timeout_seconds: Annotated[
        float, Field(gt=0, le=120, description="How long one channel may take to accept a note.")
    ] = 10.0
