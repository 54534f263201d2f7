"""A rule's boundary table, run on the engine."""

from __future__ import annotations

from collections.abc import Iterator

from policies.errors import EngineFault, ExampleFailed
from policies.judgement import RuleBook
from policies.pack import Example, Outcome, Rule


def outcome(book: RuleBook, rule: Rule, example: Example, *, point: str | None = None) -> Outcome:
    """What `rule` does on `example`, on the first day it is in force. Raises `EngineFault`."""
    verdict = book.judge(point or rule.at[0], example.given, on=rule.effective_from, parameters=example.parameters)
    if verdict.engine_fault is not None:
        raise EngineFault(f"{rule.id}: {verdict.engine_fault}")
    if any(finding.rule == rule.id for finding in verdict.findings):
        return Outcome.FIRES
    if any(unknown.rule == rule.id for unknown in verdict.indeterminate):
        return Outcome.INDETERMINATE
    return Outcome.PASSES


def failures(book: RuleBook) -> Iterator[ExampleFailed]:
    """Every example of the pack that does not come out as it says, at every point of its rule."""
    for rule in book.pack.rules:
        for number, example in enumerate(rule.examples, start=1):
            for point in rule.at:
                found = outcome(book, rule, example, point=point)
                if found is not example.expect:
                    why = f"expected {example.expect.value}, got {found.value}"
                    where = f"{rule.id}: example {number} at {point}"
                    yield ExampleFailed(where=where, why=why)
