"""The port every connector implements, one tool per kind of call."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel

from policies.action import EffectKind


class OutcomeLookup(StrEnum):
    """How an unknown outcome is resolved.

    `ASKABLE`: the target can be searched by the key. `DEDUPES`: the target itself refuses a second
    call with the same key. `NEITHER`: a person must look.
    """

    ASKABLE = "askable"
    DEDUPES = "dedupes"
    NEITHER = "neither"


@runtime_checkable
class Tool(Protocol):
    """One kind of call on one target.

    `arguments` is the Pydantic model the call takes; results are plain JSON data.
    `time_limit` is how long after sending the target may still act on a call: "not found" counts
    only after it. A tool may also name its `target` and declare `limits`: see `tools.limits`; and `protected`,
    names of arguments that accept only the sources of `policies.protected`.
    """

    name: ClassVar[str]
    effect_kind: ClassVar[EffectKind]
    outcome_lookup: ClassVar[OutcomeLookup]
    arguments: ClassVar[type[BaseModel]]

    @property
    def time_limit(self) -> timedelta: ...

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        """Make the call. Raises `Transient`, `Permanent`, `Ambiguous` or `NeedsPerson`."""
        ...

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        """What a call with `key` has done, in the form `execute` returns, or None."""
        ...
