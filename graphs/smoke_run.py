"""The smoke run: a rule pack's examples, and random facts of its types at every point. It runs in a child process.

What it looks for are not wrong answers but an engine that breaks: each judgement must give a verdict without a fault.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from policies.errors import EngineFault
from policies.expression import Kind
from policies.fact import FactValue
from policies.judgement import RuleBook
from policies.names import PointNames
from policies.pack import RulePack
from policies.verdict import Verdict

OUT_OF_RANGE = "out of range"
"""A number that grows too large is refused by design, and a person decides: no fault of the pack."""
INTEGERS = (0, 1, -1, 2, 99, 100, 101, 9_999, 10_000, 10_001, 1_000_000, -1_000_000, 10**9, 2**31, 2**53)
TEXTS = ("", "x", "EUR", "id", "sid", "c0", "Ünïcödé ✓", '"quoted" \\ {braces}', "a" * 2048)
DATES = (date.min, date(1970, 1, 1), date(2024, 2, 29), date(2026, 11, 28), date.max)
UNKNOWN_SHARE = 0.15


def smoke_run(book: RuleBook, *, seed: int, rounds: int, parameters: Mapping[str, FactValue] | None = None) -> int:
    """Judge `rounds` sets of random facts at every point, with a tenant's parameters; returns the number of verdicts.

    The same `seed` gives the same facts. Raises `EngineFault`.
    """
    chance = random.Random(seed)  # noqa: S311 - facts to try, no secret
    given = 0
    for point in book.pack.points:
        for facts in random_facts(book.pack, point, chance, rounds=rounds):
            verdict = book.judge(point, facts, on=_day(book.pack, chance), parameters=parameters)
            check_sound(verdict)
            given += 1
    return given


def check_sound(verdict: Verdict) -> None:
    """Raises `EngineFault` where the engine could not be trusted."""
    if verdict.engine_fault is not None and OUT_OF_RANGE not in verdict.engine_fault:
        raise EngineFault(f"at {verdict.point} with {dict(verdict.facts)!r:.500}: {verdict.engine_fault}")


def random_facts(
    pack: RulePack, point: str, chance: random.Random, *, rounds: int
) -> Iterator[Mapping[str, FactValue]]:
    """Facts that the rules at `point` ask for: values near their parameters and examples, edges, and unknowns."""
    fields = PointNames(pack, point).fields
    seen = {name: _seen(pack, name) for name in fields}
    for _ in range(rounds):
        yield {name: _value(pack.kinds[name], seen[name], chance) for name in fields}


def _seen(pack: RulePack, name: str) -> list[FactValue]:
    """Values of the field in the examples, and for numbers the parameters: what the rules compare with is near them."""
    found: list[FactValue] = [
        example.given[name] for rule in pack.rules for example in rule.examples if name in example.given
    ]
    if pack.kinds[name] is Kind.INT:
        found += [item.value for item in pack.parameters.values() if item.type.kind is Kind.INT]
    return found


def _value(kind: Kind, seen: list[FactValue], chance: random.Random) -> FactValue:
    if chance.random() < UNKNOWN_SHARE:
        return None
    near = chance.choice(seen) if seen and chance.random() < 0.6 else None
    match kind:
        case Kind.BOOL:
            return chance.random() < 0.5
        case Kind.STR:
            return near if isinstance(near, str) else chance.choice(TEXTS)
        case Kind.DATE:
            return near if isinstance(near, str) else chance.choice(DATES).isoformat()
        case Kind.INT:
            if isinstance(near, int):
                return near + chance.choice((-1, 0, 0, 1))
            return chance.choice(INTEGERS) + chance.choice((-1, 0, 1))


def _day(pack: RulePack, chance: random.Random) -> date:
    """A day on which as many rules as possible are in force, or one beside it."""
    starts = [rule.effective_from for rule in pack.rules]
    return chance.choice(starts) + timedelta(days=chance.choice((0, 1, 400)))
