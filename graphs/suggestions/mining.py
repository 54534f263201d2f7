"""Mining: the smallest predicate that tells the answers of one kind from all others. Pure.

Answers to one question are split into those that are alike (the group) and all others, which contradict it. A
predicate is at most three comparisons that every covered answer fulfils and no contradicting one does: equalities
first, and bounds on numbers only where they keep every answer that the equalities cover. So a bound separates; it is
never drawn around a contradiction between two like amounts. And each comparison must tell at least `LEAST_TOLD`
contradicting answers apart that the others do not: one that is there for a single case is no pattern.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from graphs.suggestions.predicate import MOST, Comparison, Facts, Predicate
from policies.expression import Kind, Value

LEAST_SUPPORT = 10
LEAST_TOLD = 3
MOST_EQUALITIES = 20
"""Equalities that are combined, the most frequent."""
SHORT = 60
"""Characters of a text that may be a category."""
SLACK = 20
"""Where nothing was ever contradicted, a bound lies at most a twentieth above the largest value that was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mined:
    """A predicate with the places of the answers it covers, and how many contradicting ones it keeps apart."""

    predicate: Predicate
    covered: tuple[int, ...]
    told: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    """A comparison with the answers that fulfil it: bit n is the nth of the group, of the contradicting ones."""

    comparison: Comparison
    group: int
    against: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Miner:
    """Mines over facts of these kinds; `preferred` are what the rule reads, then money, in that order."""

    kinds: Mapping[str, Kind]
    preferred: Sequence[str]
    least: int = LEAST_SUPPORT

    def mine(self, group: Sequence[Facts], against: Sequence[Facts]) -> list[Mined]:
        """Predicates by how many answers they cover, each of answers that none before it covers."""
        found: list[Mined] = []
        left = list(range(len(group)))
        while len(left) >= self.least:
            best = self._best([group[place] for place in left], against)
            if best is None:
                break
            covered = tuple(left[place] for place in best.covered)
            found.append(Mined(predicate=best.predicate, covered=covered, told=best.told))
            left = [place for place in left if place not in set(covered)]
        return found

    def _best(self, group: Sequence[Facts], against: Sequence[Facts]) -> Mined | None:
        if not against:
            return self._bounded(group)
        best: Mined | None = None
        for chosen, covered, contra in self._combinations(group, against):
            if best is not None and covered.bit_count() < len(best.covered):
                break  # what comes covers less
            for found in self._candidates(group, against, chosen, covered, contra):
                best = found if best is None else min(best, found, key=self._rank)
        return best

    def _rank(self, one: Mined) -> tuple[int, int, list[int], str]:
        comparisons = one.predicate.comparisons
        order = {name: place for place, name in enumerate(self.preferred)}
        places = sorted(order.get(comparison.name, len(order)) for comparison in comparisons)
        return -len(one.covered), len(comparisons), places, one.predicate.text

    def _combinations(
        self, group: Sequence[Facts], against: Sequence[Facts]
    ) -> list[tuple[tuple[_Test, ...], int, int]]:
        """Equalities, up to `MOST` at once, with what they cover and what contradicts it; the most covered first."""
        everything = (1 << len(group)) - 1, (1 << len(against)) - 1
        equalities = self._equalities(group, against)
        found = [
            (chosen, *_both(everything, chosen))
            for size in range(MOST + 1)
            for chosen in combinations(equalities, size)
            if len({test.comparison.name for test in chosen}) == size
        ]
        enough = [one for one in found if one[1].bit_count() >= self.least]
        return sorted(enough, key=lambda one: -one[1].bit_count())

    def _candidates(
        self, group: Sequence[Facts], against: Sequence[Facts], chosen: tuple[_Test, ...], covered: int, contra: int
    ) -> Iterator[Mined]:
        bounds = self._bounds(group, against, covered, contra, most=MOST - len(chosen)) if contra else ()
        if bounds is not None:
            yield from self._mined(group, against, (*chosen, *bounds), covered)

    def _mined(
        self, group: Sequence[Facts], against: Sequence[Facts], tests: Sequence[_Test], covered: int
    ) -> Iterator[Mined]:
        """The predicate of these tests, if each of them tells enough apart; its bounds at round values."""
        everything = (1 << len(group)) - 1, (1 << len(against)) - 1
        comparisons: list[Comparison] = []
        for test in tests:
            _, without = _both(everything, [other for other in tests if other is not test])
            told = without & ~test.against
            if told.bit_count() < LEAST_TOLD:
                return
            comparisons.append(_rounded(test.comparison, _values(against, told, test.comparison.name)))
        if comparisons:
            predicate = Predicate(comparisons=tuple(sorted(comparisons)))
            yield Mined(predicate=predicate, covered=tuple(_places(covered)), told=len(against))

    def _equalities(self, group: Sequence[Facts], against: Sequence[Facts]) -> list[_Test]:
        """Equalities that enough answers of the group fulfil, the most frequent first."""
        counted = Counter(
            (name, value)
            for facts in group
            for name, value in facts.items()
            if value is not None and self._is_category(name, value)
        )
        frequent = [(name, value) for (name, value), n in counted.most_common() if n >= self.least]
        tests = [_test(Comparison(name=name, sign="==", value=value), group, against) for name, value in frequent]
        telling = [test for test in tests if test.against.bit_count() < len(against)]
        return telling[:MOST_EQUALITIES]

    def _is_category(self, name: str, value: Value) -> bool:
        match self.kinds.get(name):
            case Kind.BOOL:
                return True
            case Kind.STR:
                return 0 < len(str(value)) <= SHORT and str(value).isprintable()
            case _:
                return False

    def _bounds(
        self, group: Sequence[Facts], against: Sequence[Facts], covered: int, contra: int, *, most: int
    ) -> Sequence[_Test] | None:
        """The fewest bounds that keep all that is covered and exclude all that contradicts; None without any."""
        places = list(_places(covered))
        sides = [
            _test(comparison, group, against)
            for name in self._numbers(group, places)
            for comparison in _sides(name, [group[place] for place in places])
        ]
        telling = [side for side in sides if contra & ~side.against]
        for size in range(1, most + 1):
            fitting = [chosen for chosen in combinations(telling, size) if not _both((covered, contra), chosen)[1]]
            if fitting:
                return min(fitting, key=self._bounds_rank)
        return None

    def _bounds_rank(self, chosen: Sequence[_Test]) -> tuple[list[int], str]:
        order = {name: place for place, name in enumerate(self.preferred)}
        names = [test.comparison.name for test in chosen]
        return sorted(order.get(name, len(order)) for name in names), " ".join(names)

    def _numbers(self, group: Sequence[Facts], places: Collection[int]) -> list[str]:
        """Numbers that are known of every covered answer, what the rule reads first."""
        names = [name for name, kind in self.kinds.items() if kind is Kind.INT]
        known = [name for name in names if all(type(group[place].get(name)) is int for place in places)]
        order = {name: place for place, name in enumerate(self.preferred)}
        return sorted(known, key=lambda name: (order.get(name, len(order)), name))

    def _bounded(self, group: Sequence[Facts]) -> Mined | None:
        """Nothing was ever contradicted: as far as it was seen, by the number that says most of the question."""
        names = [name for name in self._numbers(group, range(len(group))) if name in self.preferred]
        if not names:
            return None
        largest = max(_number(facts, names[0]) for facts in group)
        bound = roundest(largest, largest + abs(largest) // SLACK, upward=True)
        predicate = Predicate(comparisons=(Comparison(name=names[0], sign="<=", value=bound),))
        return Mined(predicate=predicate, covered=tuple(range(len(group))), told=0)


def _test(comparison: Comparison, group: Sequence[Facts], against: Sequence[Facts]) -> _Test:
    return _Test(comparison=comparison, group=_bits(comparison, group), against=_bits(comparison, against))


def _bits(comparison: Comparison, rows: Sequence[Facts]) -> int:
    return sum(1 << place for place, facts in enumerate(rows) if comparison.holds(facts) is True)


def _both(start: tuple[int, int], tests: Collection[_Test]) -> tuple[int, int]:
    """What of the group, and of the contradicting answers, fulfils all of the tests."""
    covered, contra = start
    for test in tests:
        covered, contra = covered & test.group, contra & test.against
    return covered, contra


def _places(bits: int) -> Iterator[int]:
    return (place for place in range(bits.bit_length()) if bits >> place & 1)


def _sides(name: str, rows: Sequence[Facts]) -> tuple[Comparison, Comparison]:
    values = [_number(facts, name) for facts in rows]
    return Comparison(name=name, sign="<=", value=max(values)), Comparison(name=name, sign=">=", value=min(values))


def _number(facts: Facts, name: str) -> int:
    found = facts[name]
    assert isinstance(found, int)  # noqa: S101 - asked for before
    return found


def _values(against: Sequence[Facts], told: int, name: str) -> list[int]:
    """The numbers of the contradicting answers that a bound tells apart."""
    found = [against[place].get(name) for place in _places(told)]
    return [value for value in found if type(value) is int]


def _rounded(comparison: Comparison, beyond: Sequence[int]) -> Comparison:
    """A bound at the roundest value between what it covers and what it tells apart."""
    value = comparison.value
    if comparison.sign == "==" or not isinstance(value, int) or not beyond:
        return comparison
    if comparison.sign == "<=":
        rounded = roundest(value, min(beyond) - 1, upward=True)
    else:
        rounded = roundest(max(beyond) + 1, value, upward=False)
    return Comparison(name=comparison.name, sign=comparison.sign, value=rounded)


def roundest(low: int, high: int, *, upward: bool) -> int:
    """The roundest integer from `low` to `high`: with the most noughts, then fives, then twos; the nearest of equals.

    `upward` says that the nearest to `low` is wanted.
    """
    power = 10 ** len(str(max(abs(low), abs(high), 1)))
    while power:
        for step in (power, power // 2, power // 5):
            near = -(-low // step) * step if step and upward else high // step * step if step else low - 1
            if low <= near <= high:
                return near
        power //= 10
    return low if upward else high
