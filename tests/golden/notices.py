"""A notice that is not in the database of a recording, and an outbox that takes its mail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import BaseModel

from graphs.notices.tools import ReadNoticeArguments
from policies.action import EffectKind
from tools.mail.actions import SendMailArguments
from tools.port import OutcomeLookup

ADDRESS = "clara@acme.example"


def message() -> Mapping[str, Any]:
    """What a delivery is started with."""
    return {
        "recipient": "acme-clara",
        "channel": "mail",
        "kind": "task.assigned",
        "count": 1,
        "title": "Task for you: a note",
        "text": "a note waits for your answer.",
        "urgent": False,
    }


class RecordedNotice:
    """Says the same whenever it is read."""

    name: ClassVar[str] = "notice.read"
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = ReadNoticeArguments
    time_limit: ClassVar[timedelta] = timedelta(seconds=2)

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        return {"still_true": 1, "active": True, "address": ADDRESS, "channels": ["mail"], "incidents": 0}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        return None


class RecordedMail:
    """Takes a mail, and the same once more; counts mails."""

    name: ClassVar[str] = "mail.send"
    effect_kind: ClassVar[EffectKind] = EffectKind.IRREVERSIBLE
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.NEITHER
    arguments: ClassVar[type[BaseModel]] = SendMailArguments
    time_limit: ClassVar[timedelta] = timedelta(seconds=1)

    def __init__(self) -> None:
        self.sent: dict[str, dict[str, Any]] = {}

    @property
    def again(self) -> RecordedMail:
        return self

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        return self.sent.setdefault(key, {"message_id": f"<{key}@acme.example>"})

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        return None
