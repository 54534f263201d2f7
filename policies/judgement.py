"""Judging: facts at a decision point become a verdict.

Anything that is wrong with the question (an unknown point or field, a float as money) or with the
engine becomes a verdict of `review` with `engine_fault` set, not an exception: a caller who forgets
to catch an exception must not be able to turn a fault into an effect (fail closed).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from policies.compiler import CompiledCondition, CompiledPoint, CompiledRule, compile_point
from policies.engine import DurableRuleset, OpenRuleset, Rulesets
from policies.errors import EngineFault, FactsInvalid
from policies.expression import PARAMETER_PREFIX, Kind, Value
from policies.fact import Fact, FactValue, told
from policies.field import normaliser, ordinal
from policies.message import render
from policies.pack import RulePack
from policies.verdict import Finding, Indeterminate, Severity, Verdict, VerdictKind

LAST_DAY = date.max.toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What is judged: as it is shown and recorded, and as the engine compares it."""

    point: str
    on: date
    facts: dict[str, FactValue]
    parameters: dict[str, FactValue]
    values: Mapping[str, Value | None]


class RuleBook:
    """A rule pack, compiled and ready to judge. Safe to share between threads and to fork."""

    def __init__(self, pack: RulePack, *, open_ruleset: OpenRuleset = DurableRuleset) -> None:
        """Compile every decision point. Raises `PackInvalid`; no engine handle is opened yet."""
        self.pack = pack
        self.points: dict[str, CompiledPoint] = {point: compile_point(pack, point) for point in pack.points}
        self._normalise = {name: normaliser(kind) for name, kind in pack.kinds.items()}
        self._factual = {name: self._normalise[name] for name in pack.factual}
        self._dates = frozenset(name for name, kind in pack.kinds.items() if kind is Kind.DATE)
        self._defaults = {name: self._parameter(name, parameter.value) for name, parameter in pack.parameters.items()}
        self._fixed = {name: self._thresholds(point, {}) for name, point in self.points.items()}
        self._rulesets = {
            name: Rulesets(
                f"{pack.pack}.{name}", [each.definition for each in point.rulesets], open_ruleset=open_ruleset
            )
            for name, point in self.points.items()
        }

    @property
    def abandoned_rulesets(self) -> int:
        """Engine handles lost to faults in this process; recycle the worker when there are many."""
        return sum(rulesets.abandoned for rulesets in self._rulesets.values())

    def judge(
        self,
        point: str,
        facts: Mapping[str, FactValue | Fact],
        *,
        on: date,
        parameters: Mapping[str, FactValue] | None = None,
        met: frozenset[str] = frozenset(),
    ) -> Verdict:
        """The verdict of the rules in force `on` that day at `point`.

        A fact that is not given is unknown; of a `Fact` rules may also ask where it came from. Facts that the pack
        declares but this point does not ask for are ignored, so that a pack may stop asking; fields the pack does not
        know are a fault.
        `parameters` override the pack's defaults; `met` are obligations already fulfilled.
        """
        given = told(facts)
        try:
            compiled = self._compiled(point)
            question = self._question(compiled, given, on=on, parameters=parameters or {})
            answers = self._answers(compiled, question)
        except (FactsInvalid, EngineFault) as fault:
            return self._fault(point, given, on=on, why=str(fault))
        return self._verdict(question, answers, met=met)

    def _compiled(self, point: str) -> CompiledPoint:
        if point not in self.points:
            raise FactsInvalid("point", f"the pack has no rules at {_quoted(point)}")
        return self.points[point]

    def _question(
        self,
        compiled: CompiledPoint,
        facts: Mapping[str, FactValue],
        *,
        on: date,
        parameters: Mapping[str, FactValue],
    ) -> _Question:
        given = self._given(facts)
        shown = {name: given.get(name) for name in compiled.fields}
        thresholds, fixed = self._fixed[compiled.point] if not parameters else self._thresholds(compiled, parameters)
        values: dict[str, Value | None] = {**shown, **fixed}
        for name in compiled.days:
            day = shown[name]
            values[name] = None if day is None else ordinal(day)
        for lookup in compiled.lookups:
            values.update(lookup.found(values, on))
        return _Question(point=compiled.point, on=on, facts=shown, parameters=dict(thresholds), values=values)

    def _thresholds(
        self, compiled: CompiledPoint, parameters: Mapping[str, FactValue]
    ) -> tuple[dict[str, FactValue], Mapping[str, Value | None]]:
        """The parameters that `compiled` reads: as they are recorded, and as the engine compares them."""
        effective = self._defaults | {name: self._parameter(name, value) for name, value in parameters.items()}
        thresholds = {name: effective[name] for name in compiled.parameters}
        named = {PARAMETER_PREFIX + name: value for name, value in thresholds.items()}
        return thresholds, self._compared(named)

    def _compared(self, values: Mapping[str, FactValue]) -> Mapping[str, Value | None]:
        """Normalised values as the engine compares them: dates as ordinals."""
        dates = self._dates.intersection(values)
        return {**values, **{name: ordinal(day) for name in dates if (day := values[name]) is not None}}

    def _given(self, facts: Mapping[str, FactValue]) -> dict[str, FactValue]:
        """The facts in their exact form. Raises `FactsInvalid`."""
        given: dict[str, FactValue] = {}
        for name, value in facts.items():
            normalise = self._factual.get(name)
            if normalise is None:
                raise FactsInvalid(_quoted(name), "the pack knows no such field")
            given[name] = None if value is None else normalise(name, value)
        return given

    def _parameter(self, name: object, value: FactValue) -> FactValue:
        if not isinstance(name, str) or name not in self.pack.parameters:
            raise FactsInvalid(_quoted(name), "the pack knows no such parameter")
        known = PARAMETER_PREFIX + name
        return self._normalise[known](known, value)

    def _answers(self, compiled: CompiledPoint, question: _Question) -> list[tuple[CompiledRule, bool | None]]:
        """The rules that do not pass: one fires (True) or is unknown (None). Raises `EngineFault`."""
        fired = self._rulesets[compiled.point].run(compiled.messages(question.values))
        values, found = question.values, list[tuple[CompiledRule, bool | None]]()
        for rule in compiled.rules:
            answer: bool | None = True
            for condition in rule.conditions:
                agreed = _agreed(condition, fired, values)
                # Kleene's `and`: what does not hold decides, what is unknown stays so.
                answer = answer if agreed is True or answer is False else agreed
            if answer is not False:
                found.append((rule, answer))
        return found

    def _verdict(
        self,
        question: _Question,
        answers: Sequence[tuple[CompiledRule, bool | None]],
        *,
        met: frozenset[str],
    ) -> Verdict:
        in_force = [(rule, answer) for rule, answer in answers if rule.rule.effective(question.on)]
        findings = [self._finding(rule, question) for rule, answer in in_force if answer]
        unknown = [_indeterminate(rule, question) for rule, answer in in_force if answer is None]
        obligations = dict.fromkeys(finding.obligation for finding in findings if finding.obligation)
        return Verdict(
            kind=_kind(findings, open_questions=bool(unknown or obligations.keys() - met)),
            point=question.point,
            findings=tuple(findings),
            indeterminate=tuple(unknown),
            obligations=tuple(obligations),
            met=tuple(sorted(obligations.keys() & met)),
            pack=self.pack.pack,
            pack_version=self.pack.version,
            pack_digest=self.pack.digest,
            facts=question.facts,
            parameters=question.parameters,
            judged_on=question.on.isoformat(),
        )

    def _finding(self, compiled: CompiledRule, question: _Question) -> Finding:
        rule = compiled.rule
        derived = {name: self._derived(name, read(question.values)) for name, read in compiled.derives}
        return Finding(
            rule=rule.id,
            severity=rule.severity,
            title=rule.title,
            message=render(rule.message, self.pack, question.facts | derived, question.parameters),
            exception=rule.exception,
            obligation=rule.obligation,
            regulation=rule.source.regulation,
            clause=rule.source.clause,
            when=rule.when,
            facts={name: question.facts[name] for name in compiled.shows} | derived,
        )

    def _derived(self, name: str, value: Value | None) -> FactValue:
        """What was computed, as it is shown: days as days, and one that no calendar has by its number."""
        if name in self._dates and type(value) is int:
            return date.fromordinal(value).isoformat() if 1 <= value <= LAST_DAY else f"day {value}"
        return value

    def _fault(self, point: str, facts: Mapping[str, FactValue], *, on: date, why: str) -> Verdict:
        """`review`, with the facts that do have their form."""
        return Verdict(
            kind=VerdictKind.REVIEW,
            point=point,
            engine_fault=why,
            pack=self.pack.pack,
            pack_version=self.pack.version,
            pack_digest=self.pack.digest,
            facts=dict(self._sound(facts)),
            judged_on=on.isoformat(),
        )

    def _sound(self, facts: Mapping[str, FactValue]) -> Iterable[tuple[str, FactValue]]:
        for name, value in facts.items():
            try:
                yield from self._given({name: value}).items()
            except FactsInvalid:
                continue


def _agreed(condition: CompiledCondition, fired: set[str], values: Mapping[str, Value | None]) -> bool | None:
    """What engine and shadow both say; None when unknown facts matter. Raises `EngineFault`."""
    holds = condition.holds in fired
    if holds is (condition.fails in fired):
        raise EngineFault(f"of condition {condition.holds} and its complement {int(holds) * 2} fired, not one")
    shadow = condition.shadow(values)
    if shadow is not None and shadow is not holds:
        raise EngineFault(f"condition {condition.holds}: the engine says {holds}, the shadow {shadow}")
    return shadow


def _quoted(name: object) -> str:
    """A name that somebody else chose, safe to record."""
    return ascii(name)[:80]


def _indeterminate(compiled: CompiledRule, question: _Question) -> Indeterminate:
    unknown = [name for name in compiled.reads if question.values[name] is None]
    # A table that gives nothing is named only where no fact is to blame for it.
    missing = tuple(name for name in unknown if name in question.facts) or tuple(unknown)
    return Indeterminate(rule=compiled.rule.id, missing=missing)


def _kind(findings: Iterable[Finding], *, open_questions: bool) -> VerdictKind:
    severities = {finding.severity for finding in findings}
    if Severity.BLOCK in severities:
        return VerdictKind.DENY
    if Severity.REVIEW in severities or open_questions:
        return VerdictKind.REVIEW
    return VerdictKind.ALLOW
