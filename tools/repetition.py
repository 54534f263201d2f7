"""A call that may be made once more although nobody knows whether it has happened: a notification.

A tool whose target can neither be asked nor refuses a second call may have the attribute `again`: the same tool, whose
calls carry the same id and are marked as sent once more. The effect ledger makes such a call once; after that a person
must look. Only what does no harm when it comes twice may have it.
"""

from __future__ import annotations

from tools.port import Tool


def repetition_of(tool: Tool) -> Tool | None:
    """The tool that marks its calls as sent once more; None where a second call is not to be made."""
    again: Tool | None = getattr(tool, "again", None)
    return again
