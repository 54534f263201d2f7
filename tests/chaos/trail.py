"""Reading the trail: what an audit entry is about, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.chaos.evidence import CaseSeen, Entry

VISIT_KINDS = {
    "read": {"read.done"},
    "decision": {"decision.judged", "case.ended"},
    "propose": {"action.judged"},
    "review": {"answer.applied"},
    "effect": {"effect.confirmed", "effect.simulated", "action.refused", "action.lapsed"},
    "timer": {"step.ended"},
    "wait": {"step.ended"},
}
"""What the entry of a visit may be, by the kind of its step."""
SKIPPED, STEERED = "step.skipped", "case.steered"
"""A person skipped the step; a person sent the case to a step, which is no visit of any."""


def key_of(entry: Entry) -> str | None:
    """The idempotency key that an entry is about."""
    action: Any = entry.values.get("action")
    named = action.get("idempotency_key") if isinstance(action, Mapping) else None
    return named or entry.values.get("key")


def sent(case: CaseSeen, key: str) -> list[Entry]:
    """The intents recorded for a key."""
    return [entry for entry in case.trail if entry.kind == "effect.sent" and key_of(entry) == key]


def verdict_of(case: CaseSeen, intent: Entry) -> Any:
    """The verdict on record for an intent: its own, or that of the visit it names; None if there is none."""
    judged: Any = intent.values.get("judged")
    if judged is None:
        return intent.values.get("verdict")
    named = [e for e in case.trail if (e.kind, e.step, e.visit) == ("action.judged", judged["step"], judged["visit"])]
    verdicts = [e.values.get("verdict") for e in named if e.values.get("digest") == intent.values.get("digest")]
    return verdicts[0] if verdicts and named[0].seq < intent.seq else None


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
    answer: Any = entry.values.get("answer") if entry.kind == "answer.applied" else None
    return str(answer["task"]) if isinstance(answer, Mapping) and "task" in answer else None


def visits_in(case: CaseSeen) -> list[Entry]:
    """The entries that make up the journal."""
    return [entry for entry in case.trail if entry.visit is not None]


def tells_its_visit(entry: Entry) -> bool:
    """Whether the entry of a visit says of which step, what came of it, and is of a kind that fits the step's."""
    step: Any = entry.values.get("step")
    update: Any = entry.values.get("update")
    if not isinstance(step, Mapping) or not isinstance(update, Mapping):
        return False
    if entry.kind == STEERED:
        return entry.visit == 0
    fitting = {*VISIT_KINDS.get(step["kind"], ()), SKIPPED}
    return entry.kind in fitting and update["visits"].get(entry.step) == entry.visit


def opened_task(entry: Entry) -> str | None:
    """The task that an entry says was opened."""
    task: Any = entry.values.get("task") if entry.visit is not None else None
    return str(task["task"]) if isinstance(task, Mapping) else None
