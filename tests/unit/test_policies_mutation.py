"""The mutation score: mistakes that a boundary table notices, those it does not, and those that are none."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policies_samples import TODAY, pack, rule
from test_policies_differential import conditions, samples

from policies.boundary_table import answer, failures
from policies.errors import ExampleFailed, PackInvalid
from policies.fact import FactValue
from policies.judgement import RuleBook
from policies.mutant import MutationKind, mutants
from policies.mutation import Equivalent, RuleScore, alone, left_alive, mutate, rule_score, total
from policies.pack import Outcome
from policies.pack_file import read_pack
from policies.packaged import pack_names, pack_text
from policies.remedy import outcome_in
from policies.verdict import VerdictKind

ROOT = Path(__file__).parents[2]
OTHERS = (
    "docs/examples/petty_cash.yaml",
    "docs/examples/authority.yaml",
    "evals/bench/p2p6.yaml",
    "evals/bench/p2p6_one_rule.yaml",
)
SHIPPED = {name: pack_text(name) for name in pack_names()} | {path: (ROOT / path).read_text() for path in OTHERS}
PROGRAMS = sorted(path for folder in ("policies", "tools", "graphs", "evals", "api", "tests", ".ci")
                  for path in (ROOT / folder).rglob("*.py"))  # fmt: skip

IMPORTERS = {"dmn_pack.py"}
"""Reads expectations from a CSV file that a person wrote beside a DMN file."""


def example(expect: str, given: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"expect": expect, "given": given, **more}


def scored(when: str, *examples: dict[str, Any], **changes: Any) -> RuleScore:
    sample = pack(rule(when, examples=list(examples), **changes))
    return rule_score(sample.rules[0], sample)


def mutations(when: str, **changes: Any) -> set[str]:
    sample = pack(rule(when, **changes))
    return {mutant.what for mutant in mutants(sample.rules[0], sample)}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_tables_of_shipped_packs_notice_95_of_100_mistakes(name: str) -> None:
    score = total(mutate(read_pack(SHIPPED[name], name=name)))
    assert score.score >= 95, [(survivor.rule, survivor.mutation) for survivor in score.survivors]
    assert score.mutants > 10


def test_a_table_with_both_sides_of_the_edge_kills_everything() -> None:
    score = scored(
        "a.count > p.limit",
        example("passes", {"a.count": 3}),
        example("fires", {"a.count": 4}, verdict="review"),
    )
    assert (score.survivors, score.equivalent) == ((), ())
    assert score.killed == 6


@pytest.mark.parametrize(
    ("missing", "survivor"), [(3, "`a.count > 3` became `a.count >= 3`"), (4, "became `a.count > 4`")]
)
def test_a_table_without_one_side_of_the_edge_leaves_a_survivor(missing: int, survivor: str) -> None:
    numbers = [(number, "fires" if number > 3 else "passes") for number in (2, 3, 4, 5) if number != missing]
    score = scored("a.count > 3", *(example(expect, {"a.count": n}, **({"verdict": "review"} if n > 3 else {}))
                                   for n, expect in numbers))  # fmt: skip
    assert any(survivor in found.mutation for found in score.survivors)
    assert {tuple((found.facts or {}).items()) for found in score.survivors} == {(("a.count", missing),)}


def test_the_facts_of_a_survivor_tell_rule_and_mutant_apart() -> None:
    score = scored("a.name in ['x', 'y']", example("fires", {"a.name": "x"}, verdict="review"),
                   example("passes", {"a.name": "z"}))  # fmt: skip
    told = {(s.mutation, s.rule_does, s.mutant_does): s.facts for s in score.survivors}
    assert told == {
        ("when: the list lost 'y'", Outcome.FIRES, Outcome.PASSES): {"a.name": "y"},
        ("when: the list gained ''", Outcome.PASSES, Outcome.FIRES): {"a.name": ""},
    }


def test_a_severity_that_no_example_states_survives() -> None:
    rows = [example("passes", {"a.flag": False}), example("fires", {"a.flag": True})]
    (survivor,) = scored("a.flag", *rows, severity="block").survivors
    assert (survivor.kind, survivor.mutation) == (MutationKind.LOOSEN, "severity: block became review")
    stated = [rows[0], rows[1] | {"verdict": "deny"}]
    assert scored("a.flag", *stated, severity="block").survivors == ()


def test_a_date_that_no_example_is_judged_beside_survives() -> None:
    rows = [example("passes", {"a.flag": False}), example("fires", {"a.flag": True}, verdict="review")]
    dates = {"effective_from": "2026-01-01", "effective_to": "2026-12-31"}
    left = {survivor.mutation for survivor in scored("a.flag", *rows, **dates).survivors}
    assert left == {"effective_from: a day earlier", "effective_to: a day later", "effective_to: a day earlier"}
    beside = [
        example("passes", {"a.flag": True}, on="2025-12-31"),
        example("fires", {"a.flag": True}, on="2026-12-31"),
        example("passes", {"a.flag": True}, on="2027-01-01"),
    ]
    assert scored("a.flag", *rows, *beside, **dates).survivors == ()


def test_the_same_rule_in_other_words_is_equivalent_and_does_not_count() -> None:
    score = scored(
        "a.count > 3 or a.count > 5",
        example("passes", {"a.count": 3}),
        example("fires", {"a.count": 4}, verdict="review"),
    )
    (first, *_) = score.equivalent
    assert first.mutation == "when: `or` lost `a.count > 5`"
    assert "every region" in first.reason
    assert all("a.count > 3`" not in same.mutation for same in score.equivalent)


def test_what_cannot_be_decided_counts_as_a_survivor() -> None:
    score = scored(
        "a.total * a.total * a.total != 7 or a.flag",
        example("fires", {"a.total": 1, "a.flag": False}, verdict="review"),
        example("fires", {"a.total": 2, "a.flag": True}, verdict="review"),
        example("passes", {"a.total": 1, "a.flag": False}, on="1969-12-31"),
    )
    assert any("not decided" in survivor.why for survivor in score.survivors)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("a.count >= 3", {"when: `a.count >= 3` became `a.count > 3`", "when: `a.count >= 3` became `a.count >= 2`"}),
        ("a.count < -3", {"when: `a.count < -3` became `a.count < -4`", "when: `a.count < -3` became `a.count < -2`"}),
        ("a.count > p.limit", {"when: `a.count > p.limit` became `a.count > p.limit - 1`"}),
        ("a.flag and a.count > 3", {"when: `and` lost `a.flag`", "when: `a.flag` is negated"}),
        ("a.flag or a.count > 3", {"when: `or` lost `a.count > 3`"}),
        ("not (a.flag or a.count > 3)", {"when: `or` lost `a.flag`", "when: all of it is negated"}),
        ("a.count in [1, 7]", {"when: the list lost 1", "when: the list gained 8"}),
        ("missing(a.count)", {"when: all of it is negated", "severity: review became warn", "the rule is gone"}),
    ],
)
def test_each_kind_of_mistake_is_made(when: str, expected: set[str]) -> None:
    assert expected <= mutations(when)


def test_points_and_limits_of_a_rule_are_mistaken_too() -> None:
    found = mutations("a.flag", applies="a.count > 3 and present(a.name)", at=["check", "pay"])
    assert {"at: check is gone", "at: pay is gone", "applies: it is gone"} <= found
    assert "applies: `and` lost `present(a.name)`" in found


def test_every_mutant_is_made_once_and_is_another_rule() -> None:
    sample = pack(rule("a.count > 3 and (a.count > 3 or a.flag)"))
    (item,) = sample.rules
    made = [mutant.rule for mutant in mutants(item, sample) if mutant.rule]
    assert item not in made
    assert len({rule_.model_dump_json() for rule_ in made}) == len(made)


def test_a_table_that_fails_without_a_mistake_is_refused() -> None:
    with pytest.raises(ExampleFailed, match="example 1 at check: expected fires, got passes"):
        scored("a.flag", example("fires", {"a.flag": False}), example("passes", {"a.flag": False}))


def test_a_stated_verdict_is_checked_by_the_table() -> None:
    rows = [example("fires", {"a.flag": True}, verdict="deny"), example("passes", {"a.flag": False}, verdict="allow")]
    (failure,) = failures(RuleBook(pack(rule("a.flag", examples=rows))))
    assert "expected the verdict deny, got review" in str(failure)


def test_a_rule_that_is_not_there_lets_everything_pass() -> None:
    sample = pack(rule("a.flag"), rule("a.count > 3", id="R-02", at=["pay"]))
    first, second = sample.rules
    found = answer(RuleBook(alone(first, sample)), second, second.examples[0])
    assert (found.outcome, found.verdict) == (Outcome.PASSES, VerdictKind.ALLOW)


def test_what_an_example_does_not_say_is_not_in_the_digest() -> None:
    written = pack(rule("a.flag")).model_dump(mode="json")["rules"][0]["examples"][0]
    assert written == {"expect": "fires", "given": {}, "parameters": {}}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(conditions, st.lists(samples, min_size=1, max_size=8))
def test_no_facts_tell_an_equivalent_mutant_apart(when: str, cases: list[dict[str, FactValue]]) -> None:
    rows = [example("fires", {}), example("passes", {})]
    sample = pack(rule(when, examples=rows))
    try:
        book, found = RuleBook(sample), mutation_of_anything(when)
    except PackInvalid:
        return
    for mutant in found:
        for facts in cases:
            first, second = (one.judge("check", facts, on=TODAY) for one in (book, mutant))
            if first.engine_fault is None and second.engine_fault is None:
                assert outcome_in(first, sample.rules[0]) is outcome_in(second, sample.rules[0])


def mutation_of_anything(when: str) -> list[RuleBook]:
    """The mutants of a condition that are said to be equivalent, with a table that notices nothing."""
    sample = pack(rule(when))
    (item,) = sample.rules
    same = [
        mutant.rule
        for mutant in mutants(item, sample)
        if mutant.rule and isinstance(left_alive(item, mutant, sample), Equivalent)
    ]
    return [RuleBook(alone(one, sample)) for one in same]


@pytest.mark.parametrize("name", SHIPPED)
def test_expectations_are_literals_in_a_plain_file(name: str) -> None:
    """No anchor, alias, tag, merge key or template: what a person wrote is what is read."""
    tokens = list(yaml.scan(SHIPPED[name]))
    assert not [t for t in tokens if isinstance(t, yaml.AnchorToken | yaml.AliasToken | yaml.TagToken)]
    assert not re.search(r"\{\{|\{%|<<:|\$\{", SHIPPED[name])
    for found in re.findall(r"expect: *([^,}\n]+)", SHIPPED[name]):
        assert found in {"fires", "passes", "indeterminate"}


def test_no_program_writes_a_shipped_pack() -> None:
    """The tables cannot have been made from the rules: nothing that names the packs' files also writes files."""
    names = re.compile(r"policies/packs|\bPACKS\b|petty_cash\.yaml|p2p6\w*\.yaml|procure_to_pay\.yaml")
    writes = re.compile(r"\.write_(?:text|bytes)\(|yaml\.(?:safe_)?dump\(|\bopen\([^)]*[\"'][wax]")
    texts = {path.name: path.read_text() for path in PROGRAMS if "tests" not in path.parts}
    assert [name for name, text in texts.items() if names.search(text) and writes.search(text)] == []


def test_no_program_computes_an_expectation() -> None:
    """What is given as `expect` is a literal or a name of one, never the result of a call: not of a rule either."""
    computed = [
        f"{path.name}:{value.lineno}"
        for path in PROGRAMS
        if "examples" in path.read_text() and path.name not in IMPORTERS
        for value in expectations(ast.parse(path.read_text()))
        if any(isinstance(part, ast.Call) for part in ast.walk(value))
    ]
    assert computed == []


def expectations(tree: ast.Module) -> Iterator[ast.expr]:
    """Everything that is given the name `expect`: a key of a dictionary, or an argument of a call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from (value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "expect")
        if isinstance(node, ast.keyword) and node.arg == "expect":
            yield node.value


@pytest.mark.parametrize(
    ("program", "computed"),
    [
        ('{"expect": "fires"}', False),
        ('{"expect": outcome(book, rule, facts).value}', True),
        ("Example(expect=answer(book, rule), given={})", True),
        ("Example(expect=Outcome.FIRES, given={})", False),
    ],
)
def test_a_computed_expectation_would_be_found(program: str, computed: bool) -> None:
    (value,) = expectations(ast.parse(program))
    assert any(isinstance(part, ast.Call) for part in ast.walk(value)) is computed
