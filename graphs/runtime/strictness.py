"""Refuse to start where LangGraph rebuilds, or would rebuild, arbitrary objects from the checkpoint table."""

from __future__ import annotations

import os
import sys

VARIABLE = "LANGGRAPH_STRICT_MSGPACK"
MODULE = "langgraph.checkpoint.serde._msgpack"
"""Reads the variable once, when it is imported."""

STRICT = ("1", "true", "yes")


class MsgpackNotStrict(RuntimeError):
    """LangGraph was imported, or would be, without `LANGGRAPH_STRICT_MSGPACK=true`."""


def require_strict_msgpack() -> None:
    """Raises `MsgpackNotStrict` (CVE-2026-28277)."""
    if not _strict():
        raise MsgpackNotStrict(
            "LangGraph is not strict: a row of the checkpoint table could run code (CVE-2026-28277). "
            f"Set {VARIABLE}=true before the first import of langgraph, or import graphs first."
        )


def _strict() -> bool:
    imported = sys.modules.get(MODULE)
    if imported is not None:
        return bool(imported.STRICT_MSGPACK_ENABLED)
    return os.environ.get(VARIABLE, "").lower() in STRICT
