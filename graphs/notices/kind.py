"""Kinds of notices: `escalation.manager` is an `escalation`, and is told as one where nothing says more."""

from __future__ import annotations


def kin(kind: str) -> tuple[str, ...]:
    """The kind, and what it is one of: `escalation.manager`, `escalation`."""
    family = kind.rpartition(".")[0]
    return (kind, family) if family else (kind,)
