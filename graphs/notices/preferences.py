"""How a person wants to be told things."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from graphs.notices.kind import kin
from graphs.notices.timing import QuietHours, next_digest, next_open

ANY = "*"
MAIL = "mail"
"""The channel that is the person's own address; every other is one of the tenant's connector `notify`."""
LANGUAGE, ZONE = "en", "UTC"
MOST = 100


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # The name of a folder of zones is an error of the file system.
        raise ValueError("write a time zone such as Europe/Berlin") from None
    return name


Kind = Annotated[str, Field(pattern=r"^(?:\*|[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*){0,3})$", max_length=100)]
"""A kind of notice, or `*` for those that are not named."""
Channel = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
TimeOfDay = Annotated[str, Field(pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d$", description="As 22:00.")]


class Preferences(BaseModel):
    """A person's preferences; the defaults are those of somebody who has none.

    `channels` are, by kind, in the order in which they are tried; `digest` are kinds that wait for the daily digest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Annotated[str, Field(pattern=r"^[a-z]{2}$", description="Of the texts, as `en`.")] = LANGUAGE
    zone: Annotated[str, AfterValidator(_zone), Field(description="Time zone of the person, as `Europe/Berlin`.")] = (
        ZONE
    )
    channels: Annotated[
        dict[Kind, Annotated[list[Channel], Field(min_length=1, max_length=10)]], Field(max_length=MOST)
    ] = Field(default_factory=lambda: {ANY: [MAIL]})
    digest: Annotated[list[Kind], Field(max_length=MOST)] = Field(default_factory=list)
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 8
    quiet_from: TimeOfDay | None = None
    quiet_to: TimeOfDay | None = None
    muted: Annotated[list[Kind], Field(max_length=MOST)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _both_ends(self) -> Self:
        if (self.quiet_from is None) is not (self.quiet_to is None):
            raise ValueError("set both quiet_from and quiet_to, or neither")
        return self

    @property
    def quiet(self) -> QuietHours | None:
        """The quiet hours; None where there are none."""
        if self.quiet_from is None or self.quiet_to is None:
            return None
        return QuietHours(start=time.fromisoformat(self.quiet_from), end=time.fromisoformat(self.quiet_to))

    @property
    def time_zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def mutes(self, kind: str, urgency: str) -> bool:
        """Whether the person does not want to be told; what is urgent is told."""
        return urgency != "urgent" and _names(self.muted, kind)

    def digests(self, kind: str, urgency: str) -> bool:
        """Whether it waits for the digest."""
        return urgency == "digest" or (urgency != "urgent" and _names(self.digest, kind))

    def due_at(self, kind: str, urgency: str, *, now: datetime) -> datetime:
        """From when on it may be sent."""
        if urgency == "urgent":
            return now
        if self.digests(kind, urgency):
            return next_digest(now, self.digest_hour, self.time_zone)
        return next_open(now, self.quiet, self.time_zone)

    def order_of(self, kind: str) -> list[str]:
        """The channels for the kind, in the order in which they are tried."""
        named = next((self.channels[one] for one in (*kin(kind), ANY) if one in self.channels), None)
        return named or [MAIL]


def _names(kinds: list[str], kind: str) -> bool:
    return any(one in kinds for one in (*kin(kind), ANY))
