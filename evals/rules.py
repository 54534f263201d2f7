"""The suite `rules`: every example of every boundary table of every packaged pack, at every point of its rule."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic_evals import Case, Dataset

from evals.figure import Figure, share
from evals.result import Result
from evals.suite import Seen, Suite
from policies.boundary_table import answer
from policies.judgement import RuleBook
from policies.pack import Example, Rule
from policies.packaged import pack_names, rule_book

SUITE: Final = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """One example of one rule, asked at one point."""

    pack: str
    rule: str
    number: int
    point: str


def run_rules(books: Iterable[RuleBook] | None = None, *, repeat: int = 1) -> Result:
    """Ask the engine every example of these books, or of the packaged packs."""
    asked = {book.pack.pack: book for book in (books or map(rule_book, pack_names()))}
    return asyncio.run(_suite(asked).run(repeat=repeat))


def _suite(books: dict[str, RuleBook]) -> Suite[Boundary, str, str, str]:
    rules = {(name, rule.id): rule for name, book in books.items() for rule in book.pack.rules}

    def example(boundary: Boundary) -> tuple[Rule, Example]:
        rule = rules[boundary.pack, boundary.rule]
        return rule, rule.examples[boundary.number - 1]

    async def ask(boundary: Boundary) -> str:
        rule, given = example(boundary)
        return answer(books[boundary.pack], rule, given, point=boundary.point).differs(given)

    def shown(seen: Seen[Boundary, str, str, str]) -> tuple[str, str]:
        return seen.expected, seen.output or seen.expected

    return Suite(
        name=SUITE,
        dataset=Dataset(name="boundary tables", cases=_cases(books)),
        task=ask,
        checks={"as the table says": lambda seen: not seen.output},
        hard={"examples that come out otherwise": lambda seen: int(bool(seen.output))},
        show=shown,
        group=lambda rule: rule,
        figures=_by_pack,
        notes=tuple(f"{name}@{book.pack.version}" for name, book in books.items()),
    )


def _cases(books: dict[str, RuleBook]) -> list[Case[Boundary, str, str]]:
    return [
        Case(
            name=f"{name} {rule.id} example {number} at {point}",
            inputs=Boundary(pack=name, rule=rule.id, number=number, point=point),
            expected_output=f"{given.expect.value}{f', {given.verdict.value}' if given.verdict else ''}",
            metadata=f"{name}.{rule.id}",
        )
        for name, book in books.items()
        for rule in book.pack.rules
        for number, given in enumerate(rule.examples, start=1)
        for point in rule.at
    ]


def _by_pack(seen: Sequence[Seen[Boundary, str, str, Any]]) -> Iterator[Figure]:
    packs: defaultdict[str, list[Seen[Boundary, str, str, Any]]] = defaultdict(list)
    for one in seen:
        packs[one.inputs.pack].append(one)
    for name, of_pack in packs.items():
        rules = {one.inputs.rule for one in of_pack}
        broken = {one.inputs.rule for one in of_pack if one.output}
        yield share(f"{name}: rules that keep their table", len(rules) - len(broken), len(rules), margin=0.0)
