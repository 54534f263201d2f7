"""Pairs of rules that say the same, cover one another, or cannot both be content."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from policies.expression import Facts
from policies.lint_finding import LintCode, LintFinding, Weight
from policies.pack import Outcome, Rule, RulePack
from policies.regions import Outcomes, can
from policies.rule_shadow import NotDecided, RuleShadow
from policies.verdict import Severity
from policies.witness import witness

STRENGTH = {Severity.WARN: 0, Severity.OBLIGATION: 1, Severity.REVIEW: 2, Severity.BLOCK: 3}


def pair_findings(rules: Sequence[RuleShadow], pack: RulePack, parameters: Facts) -> Iterator[LintFinding]:
    """Findings about rules that are judged at one point on one day; none of them is constant by itself."""
    for first, second in combinations(rules, 2):
        if _together(first.rule, second.rule) and set(first.fields) & set(second.fields):
            pair = _Pair(first=first, second=second, pack=pack, parameters=parameters)
            try:
                yield from pair.findings()
            except NotDecided as undecided:
                yield pair.finding(LintCode.NOT_DECIDED, Weight.NOTE, f"whether one covers the other: {undecided}")


def _together(first: Rule, second: Rule) -> bool:
    """Whether the rules share a point and a day."""
    ends = [day for day in (first.effective_to, second.effective_to) if day is not None]
    starts = max(first.effective_from, second.effective_from)
    return bool(set(first.at) & set(second.at)) and all(starts <= end for end in ends)


def covers(strong: Rule, weak: Rule) -> bool:
    """Whether what `strong` demands makes the demand of `weak` idle wherever, and whenever, `weak` is judged."""
    lasts = strong.effective_to is None or (weak.effective_to is not None and weak.effective_to <= strong.effective_to)
    if not (set(weak.at) <= set(strong.at) and strong.effective_from <= weak.effective_from and lasts):
        return False
    if weak.severity is Severity.OBLIGATION:
        return strong.severity is Severity.BLOCK or strong.obligation == weak.obligation
    return STRENGTH[strong.severity] >= STRENGTH[weak.severity]


def agree(first: Rule, second: Rule) -> bool:
    """Whether both demands can be meant for one condition: a person is asked, and brings evidence."""
    asking = {Severity.REVIEW, Severity.OBLIGATION}
    return first.severity is second.severity or {first.severity, second.severity} == asking


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    first: RuleShadow
    second: RuleShadow
    pack: RulePack
    parameters: Facts

    def findings(self) -> Iterator[LintFinding]:
        a, b = self.first.rule, self.second.rule
        if not self.possible(lambda o: o[0] is Outcome.PASSES and o[1] is Outcome.PASSES):
            yield self._contradictory()
            return
        forth = not self.possible(lambda o: o[0] is Outcome.FIRES and o[1] is not Outcome.FIRES)
        back = not self.possible(lambda o: o[1] is Outcome.FIRES and o[0] is not Outcome.FIRES)
        if forth and back:
            yield from self._same()
        elif forth and covers(b, a):
            yield self._shadowed(a, b)
        elif back and covers(a, b):
            yield self._shadowed(b, a)

    def possible(self, sought: Callable[[Outcomes], bool]) -> bool:
        """Whether the pair comes out so on some facts. Raises `NotDecided`."""
        pair = (self.first, self.second)
        if witness(pair, self.pack, self.parameters, sought) is not None:
            return True
        if can(pair, self.parameters, sought):
            raise NotDecided("neither facts nor a proof that there are none were found")
        return False

    def finding(self, code: LintCode, weight: Weight, why: str) -> LintFinding:
        both = witness(
            (self.first, self.second), self.pack, self.parameters, lambda o: o == (Outcome.FIRES, Outcome.FIRES)
        )
        return LintFinding(
            code=code, weight=weight, rules=(self.first.rule.id, self.second.rule.id), why=why, facts=both
        )

    def _contradictory(self) -> LintFinding:
        a, b = self.first.rule, self.second.rule
        blocked = a.severity is Severity.BLOCK and b.severity is Severity.BLOCK
        asked = Severity.WARN not in (a.severity, b.severity)
        result = (
            "everything is denied" if blocked else "nothing passes without a person" if asked else "one always fires"
        )
        weight = Weight.ERROR if blocked else Weight.NOTE
        return self.finding(LintCode.CONTRADICTORY, weight, f"on no facts do both pass: {result}")

    def _same(self) -> Iterator[LintFinding]:
        a, b = self.first.rule, self.second.rule
        if (a.severity, a.obligation) == (b.severity, b.obligation):
            yield self.finding(LintCode.DUPLICATE, Weight.ERROR, "both fire on the same facts and demand the same")
        elif not agree(a, b):
            why = f"both fire on the same facts, but one demands {a.severity.value} and the other {b.severity.value}"
            yield self.finding(LintCode.CONFLICTING, Weight.ERROR, why)

    def _shadowed(self, weak: Rule, strong: Rule) -> LintFinding:
        why = (
            f"whenever {weak.id} ({weak.severity.value}) fires, {strong.id} ({strong.severity.value}) fires too, "
            f"so {weak.id} never decides anything"
        )
        return self.finding(LintCode.SHADOWED, Weight.WARNING, why)
