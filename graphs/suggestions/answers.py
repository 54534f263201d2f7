"""Answers as they are mined: one for each question that one rule alone asked, grouped by what was decided. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from graphs.replay import recorded_facts
from graphs.store.recall_tables import Precedent
from graphs.suggestions.predicate import Facts
from policies.canonical import digest
from policies.fact import FactValue
from policies.judgement import RuleBook
from policies.verdict import Severity

AGENT = (".autonomous", ".answered", ".blind")
"""What the rules are told of an agent's decision ends so: its facts begin like these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What was decided: the decision, and which fields got which values."""

    decision: str
    corrected: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One rule's question at one step of a process."""

    process: str
    step: str
    point: str
    rule: str


@dataclass(slots=True, kw_only=True)
class Answers:
    """The answers to one question, each with its case and facts, by what was decided."""

    by_label: dict[Label, list[tuple[str, Facts]]] = field(default_factory=dict)

    def others(self, label: Label) -> list[Facts]:
        """The facts of every answer that fell otherwise."""
        return [facts for other, rows in self.by_label.items() if other != label for _, facts in rows]


def answers_of(
    rows: Iterable[Precedent], book: RuleBook, parameters: Mapping[str, FactValue], *, on: date
) -> dict[Asked, Answers]:
    """The answers by question, of what the rules active now would ask for one rule alone again.

    What they ask no more, or for other reasons too, says nothing about a rule of today. Of answers to one question of
    a case, the last counts.
    """
    last: dict[tuple[str, str, str], tuple[Asked, Label, Facts]] = {}
    for row in sorted(rows, key=lambda row: row.seq):
        recorded = recorded_facts(row.facts, book.pack.kinds)
        rule = asked_alone(row.point, recorded, book, parameters, on=on)
        if rule is None:
            continue
        asked = Asked(process=row.process, step=row.step, point=row.point, rule=rule)
        label = Label(decision=row.decision, corrected=tuple(sorted(row.corrected.items())))
        last[row.case_id, row.step, digest(recorded)] = asked, label, without_agents(recorded)
    found: dict[Asked, Answers] = {}
    for (case_id, _, _), (asked, label, facts) in last.items():
        found.setdefault(asked, Answers()).by_label.setdefault(label, []).append((case_id, facts))
    return found


def asked_alone(
    point: str, facts: Facts, book: RuleBook, parameters: Mapping[str, FactValue], *, on: date
) -> str | None:
    """The one rule for which the book would ask a person; None where there is none, or more than one."""
    if point not in book.points:
        return None
    verdict = book.judge(point, facts, on=on, parameters=parameters)
    asking = [finding.rule for finding in verdict.findings if finding.severity is not Severity.WARN]
    return asking[0] if len(asking) == 1 and not verdict.indeterminate and verdict.engine_fault is None else None


def without_agents(facts: Facts) -> dict[str, FactValue]:
    """Facts without what an agent has said, and without those about a fact: neither makes a rule by itself.

    Whether an agent's answer may count alone is measured and gated; a rule mined from it would go around that.
    """
    agents = {name.rpartition(".")[0] + "." for name in facts if name.endswith(AGENT)}
    return {
        name: value
        for name, value in facts.items()
        if "(" not in name and not any(name.startswith(prefix) for prefix in agents)
    }


def distinct_cases(rows: Sequence[tuple[str, Facts]], places: Iterable[int]) -> list[str]:
    """The cases of these answers."""
    return sorted({rows[place][0] for place in places})
