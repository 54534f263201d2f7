"""Why a call was not admitted.

ToolError
├── Transient
│   └── NotAdmitted       not now: ask again at `ask_at`; nothing was tried, so it counts as no attempt
│       ├── NoSlot        as many calls are under way as the target takes at once
│       ├── Crowded       as many calls of the target are under way in this worker as leave room for other targets
│       ├── RateLimited   the target has had as many calls as it takes in this time
│       ├── BreakerOpen   the target has failed too often: it is left alone until `ask_at`
│       └── ViewTooOld    the switches cannot be read, so nothing is written
└── SwitchedOff           a person has switched it off: until it is switched on again
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from tools.errors import ToolError, Transient


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The cases that wait for a target: each asks again `pause` after the one before it."""

    target: str
    pause: timedelta


class NotAdmitted(Transient):
    """The call may not be made now; nothing was tried."""

    code: ClassVar[str] = "not_admitted"

    def __init__(self, message: str, *, tool: str, ask_at: datetime, line: Line | None = None) -> None:
        """`ask_at` is the earliest instant at which the answer may be another; in a `line`, of its first case."""
        super().__init__(message, tool=tool)
        # Always known here, so narrower than the base's.
        self.ask_at: datetime = ask_at  # pyright: ignore[reportIncompatibleVariableOverride]
        self.line = line


class NoSlot(NotAdmitted):
    """As many calls of the target are under way as it takes at once."""

    code: ClassVar[str] = "no_slot"


class Crowded(NotAdmitted):
    """The worker has so many calls of the target under way that no more would leave room for other targets."""

    code: ClassVar[str] = "crowded"


class RateLimited(NotAdmitted):
    """The target has had as many calls as it takes in this time."""

    code: ClassVar[str] = "rate_limited"


class BreakerOpen(NotAdmitted):
    """The target has failed too often and is left alone."""

    code: ClassVar[str] = "breaker_open"


class ViewTooOld(NotAdmitted):
    """Whether something is switched off cannot be read, so nothing is written."""

    code: ClassVar[str] = "switches_unknown"


class SwitchedOff(ToolError):
    """A person has switched off the tool, the process or the agent."""

    code: ClassVar[str] = "switched_off"

    def __init__(self, message: str, *, tool: str, scope: str, name: str) -> None:
        """`scope` and `name` say which switch."""
        super().__init__(message, tool=tool)
        self.scope = scope
        self.name = name
