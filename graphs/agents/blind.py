"""Blind decisions: what an agent answered stays hidden from people for as long as one is to decide without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KEPT = ("class", "class_version", "status", "blind", "model", "prompt", "prompt_digest", "usage")


def withheld(decision: Mapping[str, Any]) -> Mapping[str, Any]:
    """The recorded decision without anything of its answer, where it is to be reviewed blind; else as it is."""
    if not decision.get("blind"):
        return decision
    return {name: decision[name] for name in KEPT if name in decision}
