"""The mutation score: how many small mistakes in the rules their boundary tables would notice.

A mutant is killed when an example comes out otherwise on the engine. One that no example tells apart is a survivor,
unless it is proved to be the same rule in other words; then it is equivalent and does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policies.boundary_table import Answer, answer
from policies.errors import EngineFault, ExampleFailed, PackInvalid
from policies.fact import FactValue
from policies.judgement import RuleBook
from policies.mutant import Mutant, MutationKind, mutants
from policies.pack import Outcome, Rule, RulePack
from policies.regions import Outcomes, can
from policies.rule_shadow import NotDecided, RuleShadow, parameter_values
from policies.verdict import VerdictKind
from policies.witness import known_values, witness

GONE = Answer(outcome=Outcome.PASSES, verdict=VerdictKind.ALLOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A mutant that no example kills; `facts` would tell the two apart, where such were found.

    `rule_does` and `mutant_does` are the outcomes on these facts.
    """

    rule: str
    kind: MutationKind
    mutation: str
    why: str
    facts: dict[str, FactValue] | None = None
    rule_does: Outcome | None = None
    mutant_does: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalent:
    """A mutant that is the same rule in other words."""

    rule: str
    kind: MutationKind
    mutation: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleScore:
    """What became of one rule's mutants; equivalent ones are in no number."""

    rule: str
    killed: int
    survivors: tuple[Survivor, ...]
    equivalent: tuple[Equivalent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationScore:
    """What became of all mutants; `score` is in percent, to one decimal and rounded down."""

    killed: int
    survivors: tuple[Survivor, ...]
    equivalent: tuple[Equivalent, ...]

    @property
    def mutants(self) -> int:
        """The mutants that count: killed or survived."""
        return self.killed + len(self.survivors)

    @property
    def score(self) -> float:
        """Killed of those that count, in percent."""
        return 1000 * self.killed // self.mutants / 10 if self.mutants else 100.0


def total(scores: Iterable[RuleScore]) -> MutationScore:
    """The rules' scores together."""
    found = list(scores)
    return MutationScore(
        killed=sum(score.killed for score in found),
        survivors=tuple(survivor for score in found for survivor in score.survivors),
        equivalent=tuple(same for score in found for same in score.equivalent),
    )


def mutate(pack: RulePack) -> Iterator[RuleScore]:
    """The score of each rule, in the pack's order. Raises `ExampleFailed` where an example fails without a mistake."""
    return (rule_score(rule, pack) for rule in pack.rules)


def rule_score(rule: Rule, pack: RulePack) -> RuleScore:
    """What becomes of every mutant of `rule`. Raises `ExampleFailed` where its own table does not hold."""
    if why := noticed(rule, rule, pack):
        raise ExampleFailed(where=f"{rule.id}: {why}", why="mend the table first; a table that fails tells nothing")
    killed, survivors, equivalent = 0, list[Survivor](), list[Equivalent]()
    for mutant in mutants(rule, pack):
        try:
            found = noticed(rule, mutant.rule, pack)
        except PackInvalid:  # nobody could load such a pack, so it is no mistake to look for
            continue
        if found:
            killed += 1
        elif isinstance(left := left_alive(rule, mutant, pack), Survivor):
            survivors.append(left)
        else:
            equivalent.append(left)
    return RuleScore(rule=rule.id, killed=killed, survivors=tuple(survivors), equivalent=tuple(equivalent))


def noticed(rule: Rule, changed: Rule | None, pack: RulePack) -> str:
    """The first example of `rule` that comes out otherwise with `changed` in its place; empty when none does.

    Raises `PackInvalid` where `changed` cannot be compiled.
    """
    book = None if changed is None else RuleBook(alone(changed, pack))
    for number, example in enumerate(rule.examples, start=1):
        for point in rule.at:
            try:
                found = GONE if book is None else answer(book, rule, example, point=point)
            except EngineFault as fault:
                return f"example {number} at {point}: {fault}"
            if why := found.differs(example):
                return f"example {number} at {point}: {why}"
    return ""


def alone(rule: Rule, pack: RulePack) -> RulePack:
    """The pack with this one rule."""
    keys = {name: getattr(pack, name) for name in RulePack.model_fields}
    thresholds = tuple(threshold for threshold in pack.thresholds if threshold.at in (None, *rule.at))
    return RulePack.model_validate(keys | {"rules": (rule,), "thresholds": thresholds})


def left_alive(rule: Rule, mutant: Mutant, pack: RulePack) -> Survivor | Equivalent:
    """What a mutant is that no example notices: another rule, or the same in other words."""
    changed = mutant.rule
    if changed is None or _same_conditions(rule, changed):
        return _survivor(rule, mutant, why=_missing_example(mutant))
    try:
        pair = [RuleShadow.of(one, pack) for one in (rule, changed)]
        parameters = parameter_values(pack)
        facts = witness(pair, pack, parameters, _differ)
        if facts is None and not can(pair, parameters, _differ):
            reason = "rule and mutant do the same in every region of what they compare"
            return Equivalent(rule=rule.id, kind=mutant.kind, mutation=mutant.what, reason=reason)
    except NotDecided as undecided:
        return _survivor(rule, mutant, why=f"whether it is another rule at all is not decided: {undecided}")
    if facts is None:
        return _survivor(rule, mutant, why="whether it is another rule at all is not decided: no facts were found")
    values = parameters | known_values(pack, facts)
    does, would = (one.outcome(values) for one in pair)
    why = f"no example has such facts: the rule {does.value}, the mutant {would.value}"
    return _survivor(rule, mutant, why=why, facts=facts, rule_does=does, mutant_does=would)


def _differ(outcomes: Outcomes) -> bool:
    return outcomes[0] is not outcomes[1]


def _same_conditions(rule: Rule, changed: Rule) -> bool:
    return (rule.when, rule.applies) == (changed.when, changed.applies)


def _missing_example(mutant: Mutant) -> str:
    match mutant.what.partition(":")[0]:
        case "severity":
            return "no example that fires says which `verdict` it makes"
        case "effective_from" | "effective_to":
            return "no example is judged `on` the day beside this date"
        case _:
            return "no example notices"


def _survivor(
    rule: Rule,
    mutant: Mutant,
    *,
    why: str,
    facts: dict[str, FactValue] | None = None,
    rule_does: Outcome | None = None,
    mutant_does: Outcome | None = None,
) -> Survivor:
    return Survivor(
        rule=rule.id,
        kind=mutant.kind,
        mutation=mutant.what,
        why=why,
        facts=facts,
        rule_does=rule_does,
        mutant_does=mutant_does,
    )
