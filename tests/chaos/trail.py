"""Reading the trail: what an audit entry is about, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.chaos.evidence import CaseSeen, Entry


def key_of(entry: Entry) -> str | None:
    """The idempotency key that an entry is about."""
    action: Any = entry.values.get("action")
    named = action.get("idempotency_key") if isinstance(action, Mapping) else None
    return named or entry.values.get("key")


def sent(case: CaseSeen, key: str) -> list[Entry]:
    """The intents recorded for a key."""
    return [entry for entry in case.trail if entry.kind == "effect.sent" and key_of(entry) == key]


def confirmed(case: CaseSeen, key: str) -> list[Entry]:
    """The confirmations recorded for a key."""
    return [entry for entry in case.trail if entry.kind == "effect.confirmed" and key_of(entry) == key]


def approvals(trail: Iterable[Entry], digest: str | None) -> set[str]:
    """Who approved what the digest stands for; without a digest, who approved anything."""
    given = [entry for entry in trail if entry.kind == "task.answered" and decided(entry) == "approve"]
    return {entry.actor for entry in given if digest is None or entry.values.get("digest") == digest}


def decided(entry: Entry) -> str | None:
    """The decision an entry records."""
    decision: Any = entry.values.get("decision")
    return decision.get("decision") if isinstance(decision, Mapping) else decision


def applied_task(entry: Entry) -> str | None:
    """The task whose answer an entry says was put into the state."""
    answer: Any = entry.values.get("answer") if entry.kind in ("answer.applied", "step.ended") else None
    return str(answer["task"]) if isinstance(answer, Mapping) and "task" in answer else None
