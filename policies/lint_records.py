"""Rules that never fired on what was judged before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from policies.fact import FactValue
from policies.judgement import RuleBook
from policies.lint_finding import LintCode, LintFinding, Weight
from policies.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was judged once: where, on which facts, by which thresholds, on which day."""

    point: str
    facts: Mapping[str, FactValue]
    on: date
    parameters: Mapping[str, FactValue] = field(default_factory=dict)

    @classmethod
    def of(cls, verdict: Verdict) -> Record:
        """What a recorded verdict was given on."""
        on = date.fromisoformat(verdict.judged_on)
        return cls(point=verdict.point, facts=verdict.facts, on=on, parameters=verdict.parameters)


def judged_again(record: Record, book: RuleBook) -> Verdict:
    """The verdict of this book's rules; fields and parameters that it does not know any more are left out."""
    facts = {name: value for name, value in record.facts.items() if name in book.pack.factual}
    parameters = {name: value for name, value in record.parameters.items() if name in book.pack.parameters}
    return book.judge(record.point, facts, on=record.on, parameters=parameters)


def never_fired(book: RuleBook, records: Iterable[Record]) -> Iterator[LintFinding]:
    """A warning for each rule that was judged, in force and decided, and never fired."""
    judged, fired = Counter[str](), Counter[str]()
    for record in records:
        verdict = judged_again(record, book)
        if verdict.engine_fault is not None:
            continue
        judged.update(rule.id for rule in book.pack.rules_at(record.point) if rule.effective(record.on))
        judged.subtract(unknown.rule for unknown in verdict.indeterminate)
        fired.update(finding.rule for finding in verdict.findings)
    for rule in book.pack.rules:
        if judged[rule.id] > 0 and not fired[rule.id]:
            why = f"it did not fire in {judged[rule.id]} judgements in which it was decided"
            yield LintFinding(code=LintCode.NEVER_FIRED, weight=Weight.WARNING, rules=(rule.id,), why=why)
