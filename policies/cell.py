"""A cell of a decision table: a test of one input, in the words that DMN calls unary tests.

`-` is any value; `goods`; `goods, service`; `not(goods)`; `<= 10000`; `[1..10]`, `]1..10]`, `(1..10)`;
`1, 5, > 20`. A text with a comma or a space at its end stands in double quotes. Numbers are exact integers,
days are `2026-01-31`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self

from policies.expression import INTEGER_LIMIT, Kind, Value

ANY = "-"
NEGATED = re.compile(r"not\s*\((.*)\)", re.DOTALL)
INTERVAL = re.compile(r"([\[\](])\s*(\S+?)\s*\.\.\s*(\S+?)\s*([\[\])])")
BOUND = re.compile(r"(<=|>=|<|>)\s*(\S+)")
FEEL_DAY = re.compile(r'date\s*\(\s*"([^"]*)"\s*\)')
PART = re.compile(r'\s*("(?:[^"\\]|\\.)*"\s*|[^,"]*)(?:,|$)')
INTEGER = re.compile(r"[+-]?\d+")
BOOLEANS = {"true": True, "false": False}

Range = tuple[int, int]
"""A closed range of integers or ordinals."""
LOWEST, HIGHEST = -INTEGER_LIMIT + 1, INTEGER_LIMIT - 1


class CellInvalid(ValueError):
    """A cell is no test of its input; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Which values of one input it accepts; `text` is how it was written.

    Numbers and days by `ranges`, in order and apart; texts and booleans by `values`, or by all others.
    """

    text: str
    kind: Kind
    ranges: tuple[Range, ...] = ()
    values: frozenset[Value] = frozenset()
    others: bool = False

    @property
    def any(self) -> bool:
        """Whether it accepts everything, also what is unknown."""
        return self.text == ANY

    def accepts(self, value: Value) -> bool:
        """Whether it accepts a known value; days are ordinals."""
        if self.any:
            return True
        if ordered(self.kind):
            return any(low <= value <= high for low, high in self.ranges)  # type: ignore[operator]  # an integer
        return (value in self.values) is not self.others

    def overlaps(self, other: Self) -> bool:
        """Whether some value is accepted by both."""
        if self.any or other.any:
            return True
        if ordered(self.kind):
            return any(a <= d and c <= b for a, b in self.ranges for c, d in other.ranges)
        match self.others, other.others:
            case False, False:
                return bool(self.values & other.values)
            case True, True:
                return self.kind is Kind.STR or len(self.values | other.values) < len(BOOLEANS)
            case True, False:
                return bool(other.values - self.values)
            case _:
                return bool(self.values - other.values)


def ordered(kind: Kind) -> bool:
    """Whether values of the kind have an order."""
    return kind in (Kind.INT, Kind.DATE)


def read_cell(text: str, kind: Kind) -> Cell:
    """The cell written so, for an input of this kind. Raises `CellInvalid`."""
    text = text.strip()
    if text == ANY:
        return Cell(text=ANY, kind=kind)
    negated = NEGATED.fullmatch(text)
    tests = _tests(negated[1] if negated else text)
    if not tests:
        raise CellInvalid("is empty; '-' is any value")
    if ordered(kind):
        named = joined(_range(test, kind) for test in tests)
        ranges = _complement(named) if negated else named
        if not ranges:
            raise CellInvalid(f"{text!r} accepts nothing")
        return Cell(text=text, kind=kind, ranges=ranges)
    values = frozenset(_literal(test, kind) for test in tests)
    if negated and kind is Kind.BOOL and len(values) == len(BOOLEANS):
        raise CellInvalid(f"{text!r} accepts nothing")
    return Cell(text=text, kind=kind, values=values, others=negated is not None)


def joined(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """The same numbers in as few ranges as there can be, in order."""
    found: list[Range] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


def _complement(ranges: tuple[Range, ...]) -> tuple[Range, ...]:
    rest: list[Range] = []
    start = LOWEST
    for low, high in ranges:
        if start < low:
            rest.append((start, low - 1))
        start = high + 1
    return (*rest, (start, HIGHEST)) if start <= HIGHEST else tuple(rest)


def _tests(text: str) -> list[str]:
    """The parts between commas; one in double quotes keeps its quotes."""
    text = FEEL_DAY.sub(r"\1", text)
    parts: list[str] = []
    place = 0
    while place < len(text):
        found = PART.match(text, place)
        if found is None:
            raise CellInvalid(f"{text!r} is not a list of tests")
        parts.append(found[1].strip())
        place = found.end()
    return [part for part in parts if part]


def _literal(test: str, kind: Kind) -> Value:
    if kind is Kind.BOOL:
        if test.lower() not in BOOLEANS:
            raise CellInvalid(f"{test!r} is neither true nor false")
        return BOOLEANS[test.lower()]
    if test.startswith('"') and test.endswith('"') and len(test) > 1:
        return re.sub(r"\\(.)", r"\1", test[1:-1])
    if BOUND.match(test) or INTERVAL.fullmatch(test):
        raise CellInvalid(f"{test!r}: only numbers and days have an order")
    return test


def _range(test: str, kind: Kind) -> Range:
    bound, interval = BOUND.fullmatch(test), INTERVAL.fullmatch(test)
    if bound:
        number = _number(bound[2], kind)
        ends = {"<": (LOWEST, number - 1), "<=": (LOWEST, number), ">": (number + 1, HIGHEST), ">=": (number, HIGHEST)}
        return ends[bound[1]]
    if interval:
        low = _number(interval[2], kind) + (interval[1] != "[")
        high = _number(interval[3], kind) - (interval[4] != "]")
        if low > high:
            raise CellInvalid(f"{test!r} accepts nothing")
        return low, high
    number = _number(test, kind)
    return number, number


def _number(text: str, kind: Kind) -> int:
    if kind is Kind.DATE:
        try:
            return date.fromisoformat(text).toordinal()
        except ValueError as error:
            raise CellInvalid(f"{text!r} is not a day (2026-01-31)") from error
    if not INTEGER.fullmatch(text):
        raise CellInvalid(f"{text!r} is not an exact integer")
    if abs(int(text)) >= INTEGER_LIMIT:
        raise CellInvalid(f"{text} is out of range")
    return int(text)
