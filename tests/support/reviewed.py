"""Reviewers who decide alike again and again: verdicts and answers in the trail, as the engine writes them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from graphs.audit import AuditRecord
from graphs.runtime.question import task_id
from policies.canonical import digest
from policies.fact import FactValue
from policies.judgement import RuleBook
from tests.support.engine import Engine
from tests.support.toy import PACK, toy_rulebook

VENDORS = PACK.replace(
    "  note.amount: {type: money, description: What is written}",
    "  note.amount: {type: money, description: What is written}\n"
    "  note.vendor: {type: str, description: Who wants it}\n"
    "  note.urgent: {type: bool, description: It cannot wait}",
) + (
    """
  # Whoever reads this: a comment that stays.
  - id: TOY-VENDOR
    at: [write]
    title: Look at this one
    severity: warn
    when: note.vendor == 'V13' and note.urgent
    message: "{note.vendor} is in a hurry."
    source: {regulation: Toy, clause: "6"}
    examples:
      - {expect: fires, given: {note.vendor: V13, note.urgent: true}}
      - {expect: passes, given: {note.vendor: V12, note.urgent: true}}
      - {expect: passes, given: {note.vendor: V13, note.urgent: false}}
"""
)
"""The toy's rules, which also look at who wants it and whether it is urgent."""


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """One answer: on which facts, and what it was."""

    facts: dict[str, FactValue]
    decision: str
    corrected: dict[str, str] = field(default_factory=dict)


def planted(seed: int, *, alike: int, of: int = 200, decision: str = "approve") -> list[Reviewed]:
    """V7 up to 50,000 is always decided alike; V7 above that is not, and of everything else half is."""
    chance = random.Random(seed)
    other = "reject" if decision == "approve" else "approve"
    found = [
        Reviewed(facts=note(chance.randint(1_001, 50_000), "V7", chance), decision=decision) for _ in range(alike - 1)
    ]
    found.append(Reviewed(facts=note(49_990, "V7", chance), decision=decision))
    while len(found) < of:
        vendor = chance.choice(("V1", "V2", "V7"))
        if vendor == "V7":
            found.append(Reviewed(facts=note(chance.randint(50_100, 99_999), vendor, chance), decision=other))
        else:
            fell = chance.choice((decision, other))
            found.append(Reviewed(facts=note(chance.randint(1_001, 99_999), vendor, chance), decision=fell))
    chance.shuffle(found)
    return found


def note(amount: int, vendor: str, chance: random.Random) -> dict[str, FactValue]:
    return {"note.amount": amount, "note.vendor": vendor, "note.urgent": chance.random() < 0.5}


async def record(engine: Engine, answers: Sequence[Reviewed], *, book: RuleBook | None = None) -> list[str]:
    """Each answer in a case of its own, by Dora; the cases."""
    judging = book or toy_rulebook(VENDORS)
    cases = [(await engine.start()).case.id for _ in answers]
    async with engine.database.unit_of_work("acme") as unit:
        for case_id, one in zip(cases, answers, strict=True):
            verdict = judging.judge("write", one.facts, on=engine.clock().date()).model_dump(mode="json")
            shown = digest([case_id, verdict])
            values: dict[str, Any] = {"verdict": verdict, "digest": shown}
            unit.record("acme", _entry("action.judged", "worker", case_id, "propose", values))
            answer = {
                "task": task_id(case_id, "approve", 1),
                "decision": one.decision,
                "set": one.corrected,
                "reason": "as always",
                "by": "acme-dora",
                "digest": shown,
            }
            unit.record("acme", _entry("answer.applied", "acme-dora", case_id, "approve", {"answer": answer}))
    return cases


def _entry(kind: str, actor: str, case_id: str, step: str, values: dict[str, Any]) -> AuditRecord:
    return AuditRecord(kind=kind, actor=actor, case_id=case_id, step=step, values=values)
