"""Errors of the outside world, by what may be done about them.

ToolError
├── Transient     nothing happened; the same call may be made again later
├── Permanent     nothing happened; the same call will never work
├── Ambiguous     it may have happened: ask the target before sending again
└── NeedsPerson   the target asks a question that only a person may answer
    └── TargetWarning   it will act if a person acknowledges exactly this warning
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

MESSAGE_LIMIT = 500
PASSED_ON = frozenset(
    {
        "answer_invalid",
        "command_refused",
        "erp_fault",
        "refused",
        "refused_by_erp",
        "refused_for_now",
        "server_error",
        "unclassified",
    }
)
"""Codes under which a connector passes on a target's own words: they stand for many causes."""


class ToolError(Exception):
    """A call of a tool did not return a result."""

    code: ClassVar[str] = "tool_error"

    def __init__(self, message: str, *, tool: str = "", code: str | None = None) -> None:
        """Keep at most `MESSAGE_LIMIT` characters: targets send whole stack traces and schemas."""
        self.message = message if len(message) <= MESSAGE_LIMIT else message[: MESSAGE_LIMIT - 1] + "…"
        self.tool = tool
        self.reason = code or self.code
        super().__init__(f"{tool}: {self.message}" if tool else self.message)


class Transient(ToolError):
    """Nothing happened; the same call may be made again later: at `ask_at`, where that is known."""

    code: ClassVar[str] = "transient"
    ask_at: datetime | None = None


class Permanent(ToolError):
    """Nothing happened; the same call will never work."""

    code: ClassVar[str] = "permanent"


class Ambiguous(ToolError):
    """It may have happened: ask the target before sending again."""

    code: ClassVar[str] = "ambiguous"


class NeedsPerson(ToolError):
    """The target asks a question that only a person may answer; nothing happened yet."""

    code: ClassVar[str] = "needs_person"


class TargetWarning(NeedsPerson):
    """The target warns, has done nothing, and will act if a person acknowledges exactly this warning."""

    code: ClassVar[str] = "target_warning"

    def __init__(self, message: str, *, warning: str, tool: str = "", code: str | None = None) -> None:
        """`warning` is the name that the target knows it by, of this very record."""
        super().__init__(message, tool=tool, code=code)
        self.warning = warning
