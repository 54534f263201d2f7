"""Why a verdict is what it is: which rules fired, which nearly did, and what would have to be different."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from policies.expression import Kind
from policies.fact import FactValue
from policies.judgement import RuleBook
from policies.pack import Outcome, Rule
from policies.remedy import Change, Question, Remedy, Sign, outcome_in, remedies
from policies.rule_shadow import NotDecided, RuleShadow
from policies.turning import as_number
from policies.verdict import Verdict

NEAR_SHARE = Fraction(1, 10)
"""A rule nearly fired when one number within this share of its limit would have made it fire."""

NEAR_DAYS = 7
"""A rule nearly fired when one date within so many days would have made it fire."""


class Standing(StrEnum):
    """How a rule stands to the facts."""

    FIRED = "fired"
    INDETERMINATE = "indeterminate"
    NEARLY_FIRED = "nearly_fired"
    PASSED = "passed"
    NOT_APPLICABLE = "not_applicable"
    NOT_IN_FORCE = "not_in_force"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExplanation:
    """One rule. `remedies` make it pass; `nearest` would have made one fire that passed.

    `missing` are the unknown fields of an undecided rule, `asked` the facts on which it does not apply;
    `undecided` says why no remedy was looked for.
    """

    rule: Rule
    standing: Standing
    message: str = ""
    remedies: tuple[Remedy, ...] = ()
    nearest: tuple[Change, ...] = ()
    missing: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    undecided: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A verdict with every rule of its point, in the pack's order."""

    verdict: Verdict
    rules: tuple[RuleExplanation, ...]


def explain(
    book: RuleBook,
    point: str,
    facts: Mapping[str, FactValue],
    *,
    on: date,
    parameters: Mapping[str, FactValue] | None = None,
) -> Explanation:
    """The verdict of these rules on these facts, explained rule by rule.

    Where the verdict is an engine fault no rule is explained: the fault says what is wrong with the question.
    """
    question = Question(book=book, point=point, facts=facts, on=on, parameters=parameters or {})
    verdict = question.verdict()
    if verdict.engine_fault is not None:
        return Explanation(verdict=verdict, rules=())
    asked = Question(book=book, point=point, facts=verdict.facts, on=on, parameters=question.parameters)
    rules = tuple(_explained(rule, asked, verdict) for rule in book.pack.rules_at(point))
    return Explanation(verdict=verdict, rules=rules)


def _explained(rule: Rule, question: Question, verdict: Verdict) -> RuleExplanation:
    if not rule.effective(question.on):
        return RuleExplanation(rule=rule, standing=Standing.NOT_IN_FORCE)
    try:
        return _told(
            rule, RuleShadow.of(rule, question.book.pack, question.point, given=question.outputs), question, verdict
        )
    except NotDecided as undecided:
        return _without_shadow(rule, verdict, str(undecided))


def _told(rule: Rule, shadow: RuleShadow, question: Question, verdict: Verdict) -> RuleExplanation:
    match outcome_in(verdict, rule):
        case Outcome.FIRES:
            standing = Standing.FIRED
        case Outcome.INDETERMINATE:
            standing = Standing.INDETERMINATE
        case _:
            return _passed(rule, shadow, question)
    return RuleExplanation(
        rule=rule,
        standing=standing,
        message=_message(rule, verdict),
        missing=_missing(rule, verdict),
        remedies=remedies(question, shadow, Outcome.PASSES),
    )


def _without_shadow(rule: Rule, verdict: Verdict, why: str) -> RuleExplanation:
    """What the verdict alone says of a rule that the shadow cannot be asked about."""
    standings = {Outcome.FIRES: Standing.FIRED, Outcome.INDETERMINATE: Standing.INDETERMINATE}
    return RuleExplanation(
        rule=rule,
        standing=standings.get(outcome_in(verdict, rule) or Outcome.PASSES, Standing.PASSED),
        message=_message(rule, verdict),
        missing=_missing(rule, verdict),
        undecided=why,
    )


def _passed(rule: Rule, shadow: RuleShadow, question: Question) -> RuleExplanation:
    if shadow.is_applicable(question.values) is False:
        asked = shadow.fields_of("applies")
        return RuleExplanation(rule=rule, standing=Standing.NOT_APPLICABLE, asked=asked)
    numeric = tuple(
        name for name in shadow.fields_of("when") if question.book.pack.kinds[name] in (Kind.INT, Kind.DATE)
    )
    single = remedies(question, shadow, Outcome.FIRES, pairs=False) if numeric else ()
    changes = tuple(remedy.changes[0] for remedy in single)
    near = tuple(change for change in changes if change.field in numeric and _is_near(change, question))
    return RuleExplanation(rule=rule, standing=Standing.NEARLY_FIRED if near else Standing.PASSED, nearest=near)


def _is_near(change: Change, question: Question) -> bool:
    kind, now = question.book.pack.kinds[change.field], question.facts.get(change.field)
    if now is None or change.sign is Sign.UNKNOWN:
        return False
    here, there = as_number(now, kind), as_number(change.sample, kind)
    distance = abs(there - here)
    return distance <= NEAR_DAYS if kind is Kind.DATE else distance <= NEAR_SHARE * max(abs(here), abs(there))


def _message(rule: Rule, verdict: Verdict) -> str:
    return next((finding.message for finding in verdict.findings if finding.rule == rule.id), "")


def _missing(rule: Rule, verdict: Verdict) -> tuple[str, ...]:
    return next((unknown.missing for unknown in verdict.indeterminate if unknown.rule == rule.id), ())
