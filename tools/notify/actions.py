"""The tool `notify.send`."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from policies.action import EffectKind
from tools.errors import Ambiguous, Permanent, Transient
from tools.limits import Breaker, TargetLimits
from tools.notify.port import Announcer, Delivery, Note, Outcome, Urgency
from tools.notify.template import NoteTemplate
from tools.port import OutcomeLookup

ATTEMPTS = 3
PAUSE = timedelta(seconds=0.5)
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


class NotifyArguments(BaseModel):
    """Which text, filled with what, over which channels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: Word
    channels: Annotated[tuple[Word, ...], Field(min_length=1, max_length=10)]
    fields: Annotated[dict[str, Annotated[str, Field(max_length=5_000)]], Field(max_length=50)] = {}
    urgency: Urgency = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Announces a note on channels; the result is `{"id", "template", "delivered": […], "failed": {channel: …}}`.

    A channel that could not be reached is tried again here, and only that one. If any channel has it then, the note is
    announced, and `failed` says which have it not and why; a process may propose another note for those. If none has
    it, the call fails: `Permanent` where every channel refuses it, `Transient` where certainly nothing happened, else
    `Ambiguous`. An unknown outcome is announced once more, marked, under the same id.
    """

    target: str
    announcer: Announcer
    templates: Mapping[str, NoteTemplate]
    pause: timedelta = PAUSE
    repeated: bool = False

    name: ClassVar[str] = "notify.send"
    effect_kind: ClassVar[EffectKind] = EffectKind.IRREVERSIBLE
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.NEITHER
    arguments: ClassVar[type[BaseModel]] = NotifyArguments
    limits: ClassVar[TargetLimits] = TargetLimits(
        max_concurrent=4, breaker=Breaker(failures=5, cool_down=timedelta(seconds=30))
    )

    @property
    def channels(self) -> Sequence[str]:
        """The names of the channels."""
        return self.announcer.channels

    @property
    def time_limit(self) -> timedelta:
        """How long one note may take, with its attempts."""
        return (timedelta(seconds=self.announcer.call_timeout_seconds) + self.pause) * ATTEMPTS

    @property
    def again(self) -> Notify:
        """The same call, marked as announced once more."""
        return replace(self, repeated=True)

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        """Announce it."""
        asked = NotifyArguments.model_validate(arguments.model_dump())
        note = self._note(asked, key)
        deliveries = await self._announced(tuple(dict.fromkeys(asked.channels)), note)
        delivered = [channel for channel, one in deliveries.items() if one.outcome is Outcome.DELIVERED]
        failed = {channel: one for channel, one in deliveries.items() if one.outcome is not Outcome.DELIVERED}
        if not delivered:
            raise self._failure(failed)
        return {
            "id": note.id,
            "template": f"{asked.template}@{self.templates[asked.template].version}",
            "delivered": delivered,
            "failed": {name: {"outcome": one.outcome.value, "reason": one.reason} for name, one in failed.items()},
            "repeated": self.repeated,
        }

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """None: a channel cannot be asked."""
        return None

    def _note(self, asked: NotifyArguments, key: str) -> Note:
        template = self.templates.get(asked.template)
        if template is None:
            known = ", ".join(sorted(self.templates)) or "none"
            reason = f"there is no template {asked.template!r} (known: {known})"
            raise Permanent(reason, tool=self.name, code="unknown_template")
        unknown = sorted(set(asked.channels) - set(self.announcer.channels))
        if unknown:
            raise Permanent(f"there is no channel {', '.join(unknown)}", tool=self.name, code="unknown_channel")
        title, body = template.filled(asked.fields)
        return Note(
            id=hashlib.sha256(key.encode()).hexdigest()[:40],
            title=title,
            body=body,
            urgency=asked.urgency,
            repeated=self.repeated,
        )

    async def _announced(self, channels: Sequence[str], note: Note) -> dict[str, Delivery]:
        """The outcome of each channel; those that certainly got nothing are tried again."""
        deliveries: dict[str, Delivery] = {}
        waiting = channels
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(self.pause.total_seconds())
            found = await asyncio.gather(*(self.announcer.announce(channel, note) for channel in waiting))
            deliveries |= dict(zip(waiting, found, strict=True))
            waiting = [channel for channel in channels if deliveries[channel].outcome is Outcome.FAILED]
            if not waiting:
                break
        return deliveries

    def _failure(self, failed: Mapping[str, Delivery]) -> Ambiguous | Permanent | Transient:
        reason = "; ".join(f"{channel}: {one.reason}" for channel, one in failed.items())
        outcomes = {one.outcome for one in failed.values()}
        if Outcome.UNKNOWN in outcomes:
            return Ambiguous(reason, tool=self.name, code="not_confirmed")
        if outcomes == {Outcome.REFUSED}:
            return Permanent(reason, tool=self.name, code="refused")
        return Transient(reason, tool=self.name, code="unreachable")
