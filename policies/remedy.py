"""What would have to be different for a rule to come out otherwise: the smallest change of one fact, else of two.

Where a comparison turns is computed from the rule, exactly; every change that is told has been judged by the rule
book and came out as wished.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import groupby, islice, permutations

from policies.errors import FactsInvalid
from policies.expression import Kind, Value, names_in
from policies.fact import FactValue
from policies.judgement import RuleBook
from policies.names import PointNames
from policies.pack import Outcome, Rule
from policies.rule_shadow import NotDecided, RuleShadow, parameter_values
from policies.turning import Turning, as_number, turning
from policies.verdict import Verdict, VerdictKind
from policies.witness import known_values

PAIR_TRIALS = 400
"""Pairs of values that are judged for one rule before it is said that two facts are not enough."""


class Sign(StrEnum):
    """How the values of a change are meant."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BETWEEN = "between"
    ONE_OF = "one_of"
    NOT_ONE_OF = "not_one_of"
    KNOWN = "known"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One fact that is otherwise; `sample` is the value nearest to what it is now, and was judged."""

    field: str
    sign: Sign
    values: tuple[FactValue, ...]
    sample: FactValue

    def admits(self, value: FactValue, kind: Kind) -> bool:
        """Whether a known value is one that the change means."""
        match self.sign:
            case Sign.AT_LEAST:
                return as_number(value, kind) >= as_number(self.values[0], kind)
            case Sign.AT_MOST:
                return as_number(value, kind) <= as_number(self.values[0], kind)
            case Sign.BETWEEN:
                low, high = (as_number(limit, kind) for limit in self.values)
                return low <= as_number(value, kind) <= high
            case Sign.ONE_OF:
                return value in self.values
            case Sign.NOT_ONE_OF:
                return value not in self.values
            case Sign.KNOWN:
                return True
            case Sign.UNKNOWN:
                return False


Changes = tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """Changes that together bring the rule about, and the verdict that all rules would then give."""

    changes: Changes
    verdict: VerdictKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is judged, and by which rules."""

    book: RuleBook
    point: str
    facts: Mapping[str, FactValue]
    on: date
    parameters: Mapping[str, FactValue]

    @property
    def values(self) -> dict[str, Value | None]:
        """Facts, parameters and outputs of decision tables as conditions compare them. Raises `NotDecided`."""
        values = parameter_values(self.book.pack, self.parameters) | known_values(self.book.pack, self.facts)
        try:
            for lookup in self.book.points[self.point].lookups:
                values.update(lookup.found(values, self.on))
        except FactsInvalid as error:
            raise NotDecided(str(error)) from error
        return values

    @property
    def outputs(self) -> frozenset[str]:
        """What the decision tables at the point give."""
        return frozenset(name for lookup in self.book.points[self.point].lookups for name in lookup.outputs)

    @property
    def tested(self) -> frozenset[str]:
        """What these tables test: changing it may change what they give."""
        names, lookups = PointNames(self.book.pack, self.point), self.book.points[self.point].lookups
        trees = [names.input(lookup.name, column) for lookup in lookups for column in lookup.table.inputs]
        return frozenset[str]().union(*map(names_in, trees))

    def verdict(self) -> Verdict:
        """The verdict of the book's rules."""
        return self.book.judge(self.point, self.facts, on=self.on, parameters=self.parameters)

    def changed(self, name: str, value: FactValue) -> Question:
        """The question with one fact otherwise."""
        return replace(self, facts={**self.facts, name: value})


def outcome_in(verdict: Verdict, rule: Rule) -> Outcome | None:
    """What the rule did in a verdict; None when the engine was at fault."""
    if verdict.engine_fault is not None:
        return None
    if any(finding.rule == rule.id for finding in verdict.findings):
        return Outcome.FIRES
    if any(unknown.rule == rule.id for unknown in verdict.indeterminate):
        return Outcome.INDETERMINATE
    return Outcome.PASSES


def remedies(question: Question, shadow: RuleShadow, wanted: Outcome, *, pairs: bool = True) -> tuple[Remedy, ...]:
    """The smallest changes of one fact after which the rule is `wanted`, else none.

    Where no fact of the rule's `when` is enough alone, two of them are looked for (if `pairs`). What only makes the
    rule not apply comes last; that a fact were not known is told only where nothing else helps.
    """
    search = _Search(question=question, shadow=shadow, wanted=wanted)
    main = shadow.fields_of("when")
    found: list[Changes] = [(change,) for name in main for change in search.single(name)]
    pair = search.pair(main) if pairs and not found else None
    found += [pair] if pair else []
    found += [(change,) for name in shadow.fields if name not in main for change in search.single(name)]
    found = found or [(change,) for name in shadow.fields for change in search.unknown(name)]
    return tuple(search.remedy(*changes) for changes in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    question: Question
    shadow: RuleShadow
    wanted: Outcome

    def single(self, name: str) -> Iterator[Change]:
        """The nearest ways in which this fact alone, being known, brings the rule about."""
        found = self.turning(name, self.question)
        good = [value for value in found.values if self.comes_out(self.question.changed(name, value))]
        now = self.question.facts.get(name)
        kind = self.kind(name)
        if not good:
            return
        if now is None and len(good) == len(found.values) and found.exact:
            yield Change(field=name, sign=Sign.KNOWN, values=(), sample=good[0])
        elif not found.exact:
            yield _exactly(name, good[0])
        elif kind in (Kind.INT, Kind.DATE):
            yield from _ranges(name, found.values, frozenset(good), now, kind)
        else:
            yield _choice(name, found.values, good)

    def unknown(self, name: str) -> Iterator[Change]:
        """The change that this fact is not known, where it is and that brings the rule about."""
        if self.question.facts.get(name) is not None and self.comes_out(self.question.changed(name, None)):
            yield Change(field=name, sign=Sign.UNKNOWN, values=(), sample=None)

    def pair(self, names: tuple[str, ...]) -> Changes | None:
        """Two of these facts that together bring the rule about: as ranges, where any of both ranges will do."""
        for first, value, second, other in islice(self._pairs(names), PAIR_TRIALS):
            together = self.question.changed(first, value).changed(second, other)
            if self.comes_out(together):
                return self._ranged(first, second, together) or (_exactly(first, value), _exactly(second, other))
        return None

    def _pairs(self, names: tuple[str, ...]) -> Iterator[tuple[str, FactValue, str, FactValue]]:
        for first, second in permutations(names, 2):
            for value in self.turning(first, self.question).values:
                for other in self.turning(second, self.question.changed(first, value)).values:
                    yield first, value, second, other

    def _ranged(self, first: str, second: str, together: Question) -> Changes | None:
        """The ranges around two values, if every turning point in one goes with every one in the other."""
        found = [self._around(name, together) for name in (first, second)]
        if any(change is None for change, _ in found):
            return None
        for value in found[0][1]:
            for other in found[1][1]:
                if not self.comes_out(together.changed(first, value).changed(second, other)):
                    return None
        return tuple(change for change, _ in found if change is not None)

    def _around(self, name: str, together: Question) -> tuple[Change | None, list[FactValue]]:
        """The range of one fact, with the other already changed, and the turning points in it."""
        search = replace(self, question=together.changed(name, self.question.facts.get(name)))
        sample = together.facts[name]
        change = next((change for change in search.single(name) if change.sample == sample), None)
        good = [v for v in self.turning(name, search.question).values if change and change.admits(v, self.kind(name))]
        return change, good

    def kind(self, name: str) -> Kind:
        return self.question.book.pack.kinds[name]

    def remedy(self, *changes: Change) -> Remedy:
        question = self.question
        for change in changes:
            question = question.changed(change.field, change.sample)
        return Remedy(changes=changes, verdict=question.verdict().kind)

    def comes_out(self, question: Question) -> bool:
        return outcome_in(question.verdict(), self.shadow.rule) is self.wanted

    def turning(self, name: str, question: Question) -> Turning:
        found = turning(name, self.shadow, question.values, self.kind(name))
        return replace(found, exact=False) if name in question.tested else found


def _ranges(
    name: str, values: tuple[FactValue, ...], good: frozenset[FactValue], now: FactValue, kind: Kind
) -> Iterator[Change]:
    """The nearest range of good values above what is now and the nearest below; every range where nothing is known."""
    ordered = sorted((*values, *(() if now is None else (now,))), key=lambda value: as_number(value, kind))
    runs = [list(run) for fits, run in groupby(ordered, key=good.__contains__) if fits]
    place = as_number(now, kind)
    below = [run for run in runs if now is not None and as_number(run[-1], kind) < place][-1:]
    above = [run for run in runs if now is not None and as_number(run[0], kind) > place][:1]
    for run in below + above if now is not None else runs:
        sign, limits = _run(run, ordered)
        nearest = min(run, key=values.index)
        yield Change(field=name, sign=sign, values=limits, sample=nearest)


def _run(run: list[FactValue], ordered: list[FactValue]) -> tuple[Sign, tuple[FactValue, ...]]:
    if run[-1] == ordered[-1]:
        return Sign.AT_LEAST, (run[0],)
    if run[0] == ordered[0]:
        return Sign.AT_MOST, (run[-1],)
    return (Sign.ONE_OF, (run[0],)) if len(run) == 1 else (Sign.BETWEEN, (run[0], run[-1]))


def _choice(name: str, values: tuple[FactValue, ...], good: list[FactValue]) -> Change:
    """One of the good values; or, where a text that the rule does not name is good, any but the bad ones."""
    if isinstance(values[-1], str) and values[-1] in good:
        bad = tuple(value for value in values if value not in good)
        return Change(field=name, sign=Sign.NOT_ONE_OF, values=bad, sample=good[-1])
    return Change(field=name, sign=Sign.ONE_OF, values=tuple(good), sample=good[0])


def _exactly(name: str, value: FactValue) -> Change:
    return Change(field=name, sign=Sign.ONE_OF, values=(value,), sample=value)
