"""An incident that is not in the database of a recording, and a model that proposes to try it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import BaseModel

from graphs.processes.incident_resolution import INCIDENT_FIX
from graphs.resolution.tools import FixArguments, ReadIncidentArguments
from policies.action import EffectKind
from tests.support.resolving import answer
from tools.port import OutcomeLookup

INCIDENT, FAILED, SOUGHT = (f"00000000-0000-4000-8000-00000000000{number}" for number in range(1, 4))
MESSAGE = "busy: the number is not in the list yet"


def body(*, applies: str = "") -> Mapping[str, Any]:
    """What a resolution is started with."""
    return {"incident": INCIDENT, "of": FAILED, "error": ["ToolError", "Transient", "busy"], "applies": applies}


def proposal() -> dict[str, Any]:
    """The decision that a person applies."""
    return {
        "class": INCIDENT_FIX.name,
        "class_version": INCIDENT_FIX.version,
        "status": "answered",
        "choice": "retry_later",
        "answer": answer("retry_later"),
        "confidence_bps": None,
        "autonomous": False,
        "signals": [],
        "model": "scripted",
        "prompt": INCIDENT_FIX.prompt.reference,
        "blind": False,
    }


class RecordedIncident:
    """Says the same whenever it is read."""

    name: ClassVar[str] = "incident.read"
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = ReadIncidentArguments
    time_limit: ClassVar[timedelta] = timedelta(seconds=2)

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        found = {"id": INCIDENT, "status": "open", "step": "check", "kind": "Transient", "code": "busy"}
        case = {"id": FAILED, "process": "toy", "title": "a note", "status": "incident", "failed_step": "propose"}
        return {
            "incident": {**found, "message": MESSAGE, "fingerprint": "0" * 16},
            "case": {**case, "attempts": 5},
            "fixes": ["retry_later"],
            "editable": {},
            "entries": [],
            "passages": [],
            "sender": None,
            "mail": False,
            "done_before": 0,
            "proposal": proposal(),
        }

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        return None


class RecordedRetry:
    """Lets the case go on, once a key."""

    name: ClassVar[str] = "incident.retry"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = FixArguments
    time_limit: ClassVar[timedelta] = timedelta(seconds=1)

    def __init__(self) -> None:
        self.done: dict[str, dict[str, Any]] = {}

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        return self.done.setdefault(key, {"incident": INCIDENT, "case": FAILED, "by": "somebody"})

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        return self.done.get(key)
