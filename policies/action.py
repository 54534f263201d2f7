"""An action: a proposed call of a tool."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from policies.canonical import digest


class EffectKind(StrEnum):
    """What a call does to the world."""

    READ = "read"
    WRITE = "write"
    IRREVERSIBLE = "irreversible"


class Action(BaseModel):
    """A proposed call of a tool: name, typed arguments as JSON data, effect kind, idempotency key.

    The key never contains an attempt number: the same intention always has the same key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tool: str
    arguments: dict[str, Any]
    effect_kind: EffectKind
    idempotency_key: str

    @property
    def digest(self) -> str:
        """SHA-256 over tool, arguments, effect kind and key."""
        return digest(self)
