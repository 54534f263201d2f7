"""A rule's boundary table, run on the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policies.errors import EngineFault, ExampleFailed
from policies.judgement import RuleBook
from policies.pack import Example, Outcome, Rule
from policies.verdict import Severity, VerdictKind

ALONE: dict[Severity, VerdictKind] = {
    Severity.BLOCK: VerdictKind.DENY,
    Severity.REVIEW: VerdictKind.REVIEW,
    Severity.OBLIGATION: VerdictKind.REVIEW,
    Severity.WARN: VerdictKind.ALLOW,
}
"""What a rule that fires makes the verdict, were it the only rule and nothing met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one rule does on one example, and what it alone would make the verdict."""

    outcome: Outcome
    verdict: VerdictKind

    def differs(self, example: Example) -> str:
        """Where the example is not met, in words; empty when it is."""
        if self.outcome is not example.expect:
            return f"expected {example.expect.value}, got {self.outcome.value}"
        if example.verdict is not None and self.verdict is not example.verdict:
            return f"expected the verdict {example.verdict.value}, got {self.verdict.value}"
        return ""


def answer(book: RuleBook, rule: Rule, example: Example, *, point: str | None = None) -> Answer:
    """What `rule` of the book does on `example`, on the example's day. Raises `EngineFault`.

    `rule` says where and when; a book that has no such rule there lets everything pass.
    """
    asked, on = point or rule.at[0], example.on or rule.effective_from
    if asked not in book.points:
        return Answer(outcome=Outcome.PASSES, verdict=VerdictKind.ALLOW)
    verdict = book.judge(asked, example.given, on=on, parameters=example.parameters)
    if verdict.engine_fault is not None:
        raise EngineFault(f"{rule.id}: {verdict.engine_fault}")
    for finding in verdict.findings:
        if finding.rule == rule.id:
            return Answer(outcome=Outcome.FIRES, verdict=ALONE[finding.severity])
    if any(unknown.rule == rule.id for unknown in verdict.indeterminate):
        return Answer(outcome=Outcome.INDETERMINATE, verdict=VerdictKind.REVIEW)
    return Answer(outcome=Outcome.PASSES, verdict=VerdictKind.ALLOW)


def failures(book: RuleBook) -> Iterator[ExampleFailed]:
    """Every example of the pack that does not come out as it says, at every point of its rule."""
    for rule in book.pack.rules:
        for number, example in enumerate(rule.examples, start=1):
            for point in rule.at:
                why = answer(book, rule, example, point=point).differs(example)
                if why:
                    yield ExampleFailed(where=f"{rule.id}: example {number} at {point}", why=why)


def check_examples(book: RuleBook) -> int:
    """Run the boundary tables; returns how many examples there are. Raises `ExampleFailed`, `EngineFault`."""
    for failed in failures(book):
        raise failed
    return sum(len(rule.examples) * len(rule.at) for rule in book.pack.rules)
