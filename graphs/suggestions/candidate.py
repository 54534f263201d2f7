"""The candidate: the active pack's text with what a suggestion changes, compiled, checked by its examples, and linted.

What people always approve no longer asks: the rule's condition gets `and not (…)`. What people always reject is no
longer asked about: a new rule blocks it. Either way the rule's table is extended by what was decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphs.suggestions.predicate import Facts, Predicate
from graphs.suggestions.rule_text import with_condition, with_rule, with_version
from policies.boundary_table import answer, failures
from policies.errors import PolicyError
from policies.field import Scalar
from policies.judgement import RuleBook
from policies.lint import lint
from policies.lint_finding import LintFinding, Weight
from policies.names import PointNames
from policies.pack import Example, Outcome, Rule, RulePack, RuleSource
from policies.pack_file import read_pack
from policies.verdict import Severity

SOURCE = RuleSource(regulation="Reviewers' decisions", clause="suggested from repeated answers")
SHOWN = 3
"""Cases that become examples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A changed pack as text; `findings` are what lint says of it that it did not say of the active pack."""

    yaml: str
    pack: RulePack
    findings: tuple[LintFinding, ...]


class CandidateRefused(PolicyError):
    """The active pack cannot be changed so; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a suggestion changes: at `point`, about `rule`, where `predicate` holds; `cases` are some of its facts."""

    id: str
    rule: str
    point: str
    decision: str
    predicate: Predicate
    cases: Sequence[Facts]


def candidate(text: str, book: RuleBook, change: Change) -> Candidate:
    """The pack that `text` would become. Raises `CandidateRefused`, or another `PolicyError`."""
    pack = book.pack
    rule = next(rule for rule in pack.rules if rule.id == change.rule)
    written = (
        _let_pass(text, rule, book, change) if change.decision == "approve" else _blocked(text, rule, book, change)
    )
    version = f"{pack.version[:22]}+suggested.{change.id[:6]}"
    changed = with_version(written, version)
    made = RuleBook(read_pack(changed, name=pack.pack))
    if failed := next(failures(made), None):
        raise CandidateRefused(f"the changed table does not hold: {failed}")
    known = {(finding.code, finding.rules) for finding in lint(pack)}
    findings = tuple(finding for finding in lint(made.pack) if (finding.code, finding.rules) not in known)
    if errors := [finding.why for finding in findings if finding.weight is Weight.ERROR]:
        raise CandidateRefused(f"lint refuses it: {'; '.join(errors)}")
    return Candidate(yaml=changed, pack=made.pack, findings=findings)


def _let_pass(text: str, rule: Rule, book: RuleBook, change: Change) -> str:
    if rule.severity is not Severity.REVIEW:
        raise CandidateRefused(f"{rule.id} is of severity {rule.severity.value}: only a review is let pass")
    when = f"({' '.join(rule.when.split())}) and not ({change.predicate.text})"
    kept = [_kept(number, example, change.predicate) for number, example in enumerate(rule.examples, start=1)]
    shown = list(_shown(rule, book, change, covered=Outcome.PASSES, beside=Outcome.FIRES))
    return with_condition(text, rule.id, when=when, examples=[*kept, *shown])


def _kept(number: int, example: Example, predicate: Predicate) -> Example:
    """An example of the rule, which must come out as before: where it fires, the predicate is made not to hold."""
    if example.expect is not Outcome.FIRES:
        return example
    match predicate.holds(example.given):
        case True:
            raise CandidateRefused(f"example {number} of the rule says that exactly this must be asked about")
        case False:
            return example
        case _:
            unknown = next(one for one in predicate.comparisons if one.holds(example.given) is None)
            given: dict[str, Scalar | None] = {**example.given, unknown.name: unknown.violating}
            return example.model_copy(update={"given": given})


def _blocked(text: str, rule: Rule, book: RuleBook, change: Change) -> str:
    name = f"SUGGESTED-{change.id[:8].upper()}"
    if any(other.id == name for other in book.pack.rules):
        raise CandidateRefused(f"the pack has the rule {name} already")
    examples = _shown(rule, book, change, covered=Outcome.FIRES, beside=Outcome.PASSES)
    blocking = Rule(
        id=name,
        at=(change.point,),
        title=f"{rule.title}: always rejected",
        severity=Severity.BLOCK,
        exception=rule.exception,
        when=f"({' '.join(rule.when.split())}) and {change.predicate.text}",
        applies=rule.applies,
        message=f"Reviewers have always rejected this ({rule.id}).",
        source=SOURCE,
        examples=tuple(examples),
    )
    return with_rule(text, blocking)


def _shown(rule: Rule, book: RuleBook, change: Change, *, covered: Outcome, beside: Outcome) -> Iterator[Example]:
    """Cases as they were decided, and the first of them moved just across each comparison.

    What the rule itself would not ask about any more beside the comparison is left out: it proves nothing.
    """
    names = asked_by(rule, book.pack, change.point) | {one.name for one in change.predicate.comparisons}
    shown = _edge_first(change)[:SHOWN]
    cases = [{name: facts.get(name) for name in sorted(names)} for facts in shown]
    seen: list[Mapping[str, Scalar | None]] = []
    for given in cases:
        if given not in seen:
            seen.append(given)
            yield Example(expect=covered, given=dict(given))
    for comparison in change.predicate.comparisons:
        moved: dict[str, Scalar | None] = {**cases[0], comparison.name: comparison.violating}
        example = Example(expect=beside, given=moved)
        fires = answer(book, rule, example, point=change.point).outcome is Outcome.FIRES
        if fires or beside is Outcome.PASSES:
            yield example


def _edge_first(change: Change) -> list[Facts]:
    """The cases, those nearest to the first bound first: the table watches over where the rule turns."""
    bound = next((one for one in change.predicate.comparisons if one.sign != "=="), None)
    if bound is None or not isinstance(bound.value, int):
        return list(change.cases)
    limit = bound.value
    return sorted(change.cases, key=lambda facts: abs(limit - int(facts.get(bound.name) or 0)))


def asked_by(rule: Rule, pack: RulePack, point: str) -> frozenset[str]:
    """The facts that a rule needs at a point, also behind derived columns and tables."""
    return frozenset(PointNames(pack, point).reads(rule) & pack.factual.keys())
