"""Refuse to start where LangGraph would rebuild arbitrary objects from the checkpoint table."""

from __future__ import annotations

from langgraph.checkpoint.serde import _msgpack


class MsgpackNotStrict(RuntimeError):
    """LangGraph was imported without `LANGGRAPH_STRICT_MSGPACK=true`."""


def require_strict_msgpack() -> None:
    """Raises `MsgpackNotStrict` (CVE-2026-28277)."""
    if not _msgpack.STRICT_MSGPACK_ENABLED:
        raise MsgpackNotStrict(
            "LangGraph was imported without LANGGRAPH_STRICT_MSGPACK=true: a row of the checkpoint table could run "
            "code (CVE-2026-28277). Set the variable before the first import of langgraph, or import graphs first."
        )
