"""A request that is not in the database of a recording: it stands as its mails say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import BaseModel

from graphs.information.tools import ReadRequestArguments
from policies.action import EffectKind
from tests.golden.notices import RecordedMail
from tools.port import OutcomeLookup

MAILS = 2
"""The question and its reminder."""


def asked() -> Mapping[str, Any]:
    """What a request's case is started with."""
    return {
        "task": "9d9d52f5-5a0b-5a3e-9a53-0f5ad1a3f0aa",
        "case": "0b0e2b7e-3ab5-4b5c-8f5a-5f6f1c1d2e3f",
        "address": "billing@supplier.example",
        "name": "Supplier",
        "source": "system_of_record",
        "subject": "Question about your invoice 4711",
        "text": "When did you deliver?",
        "reminder_subject": "Reminder: Question about your invoice 4711",
        "reminder_text": "When did you deliver?",
    }


class RecordedRequest:
    """Open until it was reminded of; a reminder is due once the question was sent."""

    name: ClassVar[str] = "information.read"
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = ReadRequestArguments
    time_limit: ClassVar[timedelta] = timedelta(seconds=2)

    def __init__(self, mail: RecordedMail) -> None:
        self._mail = mail

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        sent = len(self._mail.sent)
        return {
            "open": sent < MAILS,
            "status": "open" if sent < MAILS else "expired",
            "as_asked": True,
            "on_file": True,
            "connected": True,
            "remind": sent == 1,
            "incidents": 0,
        }

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        return None
