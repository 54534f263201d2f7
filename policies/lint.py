"""What is wrong with the rules of a pack, or merely odd: found without running a case.

An error is where the pack cannot mean what it says, a warning where something does nothing, a note where a reader
may be misled or a question was too wide to decide. Every claim about conditions is proved over all regions of what
they compare (`regions`) and shown on concrete facts where there are any (`witness`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from policies.agent_error import is_agent_error
from policies.expression import PARAMETER_PREFIX, Facts
from policies.lint_dates import date_findings
from policies.lint_finding import LintCode, LintFinding, Weight
from policies.lint_pairs import pair_findings
from policies.names import PointNames
from policies.pack import Outcome, Rule, RulePack
from policies.regions import Outcomes, can
from policies.rule_shadow import NotDecided, RuleShadow, parameter_values
from policies.witness import witness

ORDER = tuple(Weight)


def lint(pack: RulePack) -> tuple[LintFinding, ...]:
    """All findings about a pack, errors first; the parameters stand at their values. Raises `ExpressionInvalid`."""
    found = [*_conditions(pack), *date_findings(pack), *_unused(pack), *_messages(pack)]
    return tuple(sorted(found, key=lambda finding: ORDER.index(finding.weight)))


def _conditions(pack: RulePack) -> Iterator[LintFinding]:
    parameters = parameter_values(pack)
    varying: list[RuleShadow] = []
    for rule in pack.rules:
        try:
            shadow = RuleShadow.of(rule, pack)
            found = _constant(shadow, pack, parameters)
        except NotDecided as undecided:
            why = f"whether it always does the same: {undecided}"
            found = LintFinding(code=LintCode.NOT_DECIDED, weight=Weight.NOTE, rules=(rule.id,), why=why)
        else:
            varying += [] if found else [shadow]
        if found:
            yield found
    yield from pair_findings(varying, pack, parameters)


def _constant(shadow: RuleShadow, pack: RulePack, parameters: Facts) -> LintFinding | None:
    """The finding that the rule always, or never, fires. Raises `NotDecided`."""
    for outcome, why in ((Outcome.FIRES, "it never fires"), (Outcome.PASSES, "it never passes")):
        sought = partial(_is, outcome)
        if witness((shadow,), pack, parameters, sought) is not None:
            continue
        if can((shadow,), parameters, sought):
            raise NotDecided("neither facts nor a proof that there are none were found")
        return LintFinding(
            code=LintCode.CONSTANT,
            weight=Weight.ERROR,
            rules=(shadow.rule.id,),
            why=f"{why}, whatever the facts are",
            facts=witness((shadow,), pack, parameters, lambda _found: True),
        )
    return None


def _is(outcome: Outcome, found: Outcomes) -> bool:
    return found[0] is outcome


def _unused(pack: RulePack) -> Iterator[LintFinding]:
    """Fields and parameters that no rule reads or shows."""
    points = [PointNames(pack, point) for point in pack.points]
    asked = {name for point in points for name in point.fields}
    used = asked | {name.rpartition("(")[2].removesuffix(")") for name in asked}
    used |= {PARAMETER_PREFIX + name for point in points for name in point.parameters}
    for name in pack.fields:
        if name not in used:
            why = f"no rule reads the field {name} or shows it"
            yield LintFinding(code=LintCode.UNUSED_FIELD, weight=Weight.WARNING, rules=(), why=why)
    for name in pack.parameters:
        if PARAMETER_PREFIX + name not in used and not is_agent_error(name):
            why = f"no rule reads the parameter {name} or shows it"
            yield LintFinding(code=LintCode.UNUSED_PARAMETER, weight=Weight.WARNING, rules=(), why=why)


def _messages(pack: RulePack) -> Iterator[LintFinding]:
    """Messages that show what did not decide: a warning for a threshold, a note for a fact."""
    for rule in pack.rules:
        for name in _strange(rule, pack):
            weight = Weight.WARNING if name.startswith(PARAMETER_PREFIX) else Weight.NOTE
            why = f"the message shows {name}, which the rule does not read"
            yield LintFinding(code=LintCode.MESSAGE, weight=weight, rules=(rule.id,), why=why)


def _strange(rule: Rule, pack: RulePack) -> tuple[str, ...]:
    reads = rule.reads | PointNames(pack, rule.at[0]).reads(rule)
    return tuple(dict.fromkeys(name for name in rule.placeholders if name not in reads))
