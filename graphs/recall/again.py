"""Deciding again: what the rules that are active now make of the facts that were recorded. Pure but for the engine.

Two verdicts have the same outcome when they ask the same of people: the same kind, the same obligations and the same
exceptions. Other rules that fired beside them change nothing for anybody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphs.replay import judged, question
from graphs.rule_shelf import ActiveRules
from graphs.store.recall_tables import CHANGED, CONFIRMED, UNKNOWN
from graphs.store.recalls import RecalledEntry

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What became of a recalled decision: `status` says whether it is the same, `outcome` what it is now, or why not.

    `outcome` never holds a value of the case: verdicts, obligations and exceptions only.
    """

    status: str
    outcome: str


def verdicts_of(entry: RecalledEntry) -> list[Json]:
    """The verdicts that the entry holds: its own, or those of its calls."""
    if entry.verdict is not None:
        return [entry.verdict]
    return [call["verdict"] for call in entry.calls if call.get("verdict") is not None]


def nobody_can_judge(entry: RecalledEntry, source: str) -> str:
    """Why the decision cannot be judged again from what was recorded; empty where it can."""
    if source == "connector":
        return "what a connector has read or done is not judged again: look at what came of it"
    if entry.erased:
        return "its facts were erased"
    if source in ("model", "prompt"):
        return "a model's answer is asked for again only when a person wants it"
    found = verdicts_of(entry)
    if not found:
        return "no verdict is on record"
    if any(verdict["engine_fault"] is not None for verdict in found):
        return "the engine was at fault when it was judged"
    return ""


def judged_again(entry: RecalledEntry, active: Mapping[str, ActiveRules]) -> Again:
    """The entry's verdicts by the rules active now, by pack; the first that comes out otherwise counts."""
    before = after = ""
    for verdict in verdicts_of(entry):
        rules = active[verdict["pack"]]
        asked = question(verdict, rules.book.pack, rules.parameters)
        now: dict[str, Any] = json.loads(judged(rules.book, asked))
        before, after = outcome(verdict), outcome(now)
        if now["engine_fault"] is not None:
            return Again(status=UNKNOWN, outcome="the rules active now cannot judge what was recorded")
        if before != after:
            return Again(status=CHANGED, outcome=after)
    return Again(status=CONFIRMED, outcome=after)


def outcome(verdict: Json) -> str:
    """What a verdict asks of people, in words: `review (large; four_eyes)`."""
    asked = [*exceptions(verdict), *sorted(set(verdict["obligations"]) - set(verdict["met"]))]
    return f"{verdict['kind']} ({', '.join(asked)})" if asked else str(verdict["kind"])


def exceptions(verdict: Json) -> Sequence[str]:
    """Names of the exceptions that need somebody, sorted."""
    named = {f["exception"] for f in verdict["findings"] if f["severity"] != "warn" and f["exception"]}
    return sorted(named)
