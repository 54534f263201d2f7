"""Lint finds each planted defect, says nothing about clean packs, and claims nothing that facts contradict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policies_samples import TODAY, numbered, pack, pack_data, rule
from test_policies_differential import conditions, samples

from policies.errors import RuleTooWide
from policies.fact import FactValue
from policies.judgement import RuleBook
from policies.lint import lint
from policies.lint_finding import LintCode, LintFinding, Weight
from policies.lint_records import Record, never_fired
from policies.pack import Outcome, RulePack
from policies.pack_file import read_pack
from policies.packaged import pack_names, pack_text
from policies.remedy import Question, outcome_in

ROOT = Path(__file__).parents[2]
UNUSED = {LintCode.UNUSED_FIELD, LintCode.UNUSED_PARAMETER}
SHIPPED = {name: pack_text(name) for name in pack_names()} | {
    path.name: path.read_text() for path in (ROOT / "docs/examples/petty_cash.yaml", ROOT / "evals/bench/p2p6.yaml")
}


def found(*rules: dict[str, Any]) -> list[LintFinding]:
    """What lint says about rules, but for the sample pack's unused fields."""
    return [finding for finding in lint(pack(*rules)) if finding.code not in UNUSED]


def codes(*rules: dict[str, Any]) -> list[LintCode]:
    return [finding.code for finding in found(*rules)]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_packs_are_clean(name: str) -> None:
    findings = lint(read_pack(SHIPPED[name], name=name))
    assert [finding for finding in findings if finding.weight is not Weight.NOTE] == []
    assert {finding.code for finding in findings} <= {LintCode.MESSAGE, LintCode.CONTRADICTORY}


@pytest.mark.parametrize(
    ("when", "never"),
    [
        ("a.total > 3 and a.total < 4", "fires"),
        ("a.total > p.limit and a.total < p.limit", "fires"),
        ("a.total - b.total > 2 and b.total - a.total > 2", "fires"),
        ("a.name == 'x' and a.name in ['y', 'z']", "fires"),
        ("present(a.flag) and missing(a.flag)", "fires"),
        ("p.limit > 3", "fires"),
        ("a.total <= 3 or a.total > 3", "passes"),
        ("a.flag or not a.flag", "passes"),
        ("2 * a.total - 2 * b.total != 1", "passes"),
        ("p.limit == 3", "passes"),
    ],
)
def test_a_rule_that_always_does_the_same_is_an_error(when: str, never: str) -> None:
    (finding,) = found(rule(when))
    assert (finding.code, finding.weight) == (LintCode.CONSTANT, Weight.ERROR)
    assert finding.why == f"it never {never}, whatever the facts are"


@pytest.mark.parametrize(
    "when",
    [
        "a.total > 3 and a.total < 5",
        "a.total - b.total >= 2 and b.total - a.total >= -2",
        "a.on - b.on > 365",
        "a.total * 10000 > b.total * (10000 + p.limit)",
        "a.name != b.name",
        "missing(a.name)",
    ],
)
def test_a_rule_that_can_do_both_is_fine(when: str) -> None:
    assert codes(rule(when)) == []


def test_two_rules_in_other_words_are_duplicates() -> None:
    (finding,) = found(*numbered("a.total - b.total > 2", "not (b.total - a.total >= -2)"))
    assert (finding.code, finding.weight, finding.rules) == (LintCode.DUPLICATE, Weight.ERROR, ("R-00", "R-01"))
    book = RuleBook(pack(*numbered("a.total - b.total > 2", "not (b.total - a.total >= -2)")))
    assert len(book.judge("check", finding.facts or {}, on=TODAY).findings) == 2


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("block", "review", [LintCode.CONFLICTING]),
        ("review", "warn", [LintCode.CONFLICTING]),
        ("block", "obligation", [LintCode.CONFLICTING]),
        ("review", "obligation", []),
        ("warn", "warn", [LintCode.DUPLICATE]),
    ],
)
def test_one_condition_may_not_demand_two_things(first: str, second: str, expected: list[LintCode]) -> None:
    named = {"obligation": "four_eyes"}
    rules = [
        rule("a.flag", id=f"R-0{number}", severity=severity, **(named if severity == "obligation" else {}))
        for number, severity in enumerate((first, second))
    ]
    assert codes(*rules) == expected


def test_two_obligations_of_one_condition_are_both_meant() -> None:
    names = ("four_eyes", "callback_verification")
    rules = [
        rule("a.flag", id=f"R-0{number}", severity="obligation", obligation=name) for number, name in enumerate(names)
    ]
    assert codes(*rules) == []


def test_rules_that_cannot_both_pass_are_contradictory() -> None:
    rules = numbered("a.total > 3", "a.total < 4")
    blocking = [item | {"severity": "block"} for item in rules]
    assert [(f.code, f.weight) for f in found(*blocking)] == [(LintCode.CONTRADICTORY, Weight.ERROR)]
    assert [(f.code, f.weight) for f in found(*rules)] == [(LintCode.CONTRADICTORY, Weight.NOTE)]
    assert codes(*numbered("a.total > 4", "a.total < 4")) == []


@pytest.mark.parametrize(
    ("weak", "strong", "expected"),
    [
        ("review", "review", [LintCode.SHADOWED]),
        ("review", "block", [LintCode.SHADOWED]),
        ("block", "review", []),
        ("warn", "review", [LintCode.SHADOWED]),
        ("obligation", "review", []),
        ("obligation", "block", [LintCode.SHADOWED]),
        ("obligation", "obligation", [LintCode.SHADOWED]),
    ],
)
def test_a_rule_that_never_decides_anything_is_shadowed(weak: str, strong: str, expected: list[LintCode]) -> None:
    conditions_ = {"R-00": ("a.total > 4", weak), "R-01": ("a.total > 3 or a.flag", strong)}
    rules = [
        rule(when, id=id_, severity=severity, **({"obligation": "four_eyes"} if severity == "obligation" else {}))
        for id_, (when, severity) in conditions_.items()
    ]
    assert codes(*rules) == expected


def test_rules_at_different_points_or_times_do_not_meet() -> None:
    assert codes(rule("a.flag"), rule("a.flag", id="R-02", at=["elsewhere"])) == []
    later = rule("a.flag", id="R-02", effective_from="2026-07-01")
    assert codes(rule("a.flag", effective_to="2026-06-30"), later) == []
    assert codes(rule("a.flag", effective_to="2026-07-01"), later) == [LintCode.DUPLICATE]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-07-02", [(LintCode.DATE_GAP, "no version is in force on 2026-07-01 at check")]),
        ("2026-07-01", []),
        ("2026-06-30", [(LintCode.DATE_OVERLAP, "both versions are in force on 2026-06-30 at check")]),
    ],
)
def test_versions_of_a_rule_follow_each_other_day_by_day(start: str, expected: list[tuple[LintCode, str]]) -> None:
    first = rule("a.total > 3", id="VAT-01", effective_to="2026-06-30")
    second = rule("a.total > 5", id="VAT-01-V2", effective_from=start, severity="block")
    dated = [f for f in found(first, second) if f.code in (LintCode.DATE_GAP, LintCode.DATE_OVERLAP)]
    assert [(f.code, f.why) for f in dated] == expected


def test_what_nothing_reads_is_named() -> None:
    whys = [f.why for f in lint(pack(rule("a.flag"))) if f.code in UNUSED]
    assert "no rule reads the field a.total or shows it" in whys
    assert "no rule reads the parameter limit or shows it" in whys
    assert not any("a.flag" in why for why in whys)


def test_a_message_shows_what_decided() -> None:
    threshold, fact = found(rule("a.total > 3", message="{a.total}, {a.count} and {p.limit}"))
    assert (threshold.code, threshold.weight) == (LintCode.MESSAGE, Weight.WARNING)
    assert "p.limit" in threshold.why
    assert (fact.weight, "a.count" in fact.why) == (Weight.NOTE, True)


def test_what_is_too_wide_is_said_to_be_undecided() -> None:
    many = {f"n.x{number}": {"type": "int", "description": "x"} for number in range(10)}
    wide = " or ".join(f"{name} * {name} == 3" for name in many)
    data = pack_data(rule(wide))
    findings = lint(RulePack.model_validate(data | {"fields": data["fields"] | many}))
    undecided = [f for f in findings if f.code is LintCode.NOT_DECIDED]
    assert [(f.weight, f.rules) for f in undecided] == [(Weight.NOTE, ("R-01",))]


def test_what_is_no_field_is_not_decided_and_does_not_stop_lint() -> None:
    findings = [f for f in found(rule("a.derived > 3"), rule("a.flag", id="R-02")) if f.rules]
    assert [(f.code, f.rules) for f in findings] == [(LintCode.NOT_DECIDED, ("R-01",))]
    assert "a.derived" in findings[0].why


def test_lint_sees_through_derived_columns_and_thresholds() -> None:
    derived = {"a.gap": {"type": "money", "value": "a.total - b.total", "description": "Gap"}}
    rules = numbered("a.gap > 2", "b.total - a.total < -2", "confidence(a.name) < 9000", "not confident(a.name)")
    findings = lint(pack(*rules, derived=derived, thresholds=[{"least": 9000}]))
    pairs = [f.rules for f in findings if f.code is LintCode.DUPLICATE]
    assert pairs == [("R-00", "R-01"), ("R-02", "R-03")]
    assert not any("a.total" in f.why or "a.name" in f.why.split() for f in findings if f.code in UNUSED)


def test_a_rule_whose_thresholds_differ_between_its_points_is_not_decided() -> None:
    thresholds = [{"least": 9000}, {"least": 9500, "at": "pay"}]
    (finding,) = [f for f in lint(pack(rule("not confident(a.name)", at=["check", "pay"]), thresholds=thresholds))
                  if f.code not in UNUSED]  # fmt: skip
    assert (finding.code, "differ between check, pay" in finding.why) == (LintCode.NOT_DECIDED, True)


@pytest.mark.parametrize(
    "changes", [{"at": ["check", "pay"]}, {"effective_from": "2025-01-01"}, {"effective_to": "2028-01-01"}]
)
def test_a_rule_is_not_shadowed_where_or_when_it_stands_alone(changes: dict[str, Any]) -> None:
    strong = rule("a.total > 3", id="R-02", effective_from="2026-01-01", effective_to="2027-01-01")
    inside = {"effective_from": "2026-01-01", "effective_to": "2027-01-01"}
    assert codes(rule("a.total > 4", **inside), strong) == [LintCode.SHADOWED]
    assert codes(rule("a.total > 4", **inside | changes), strong) == []


def test_a_rule_that_never_fired_on_record_is_told_with_the_number() -> None:
    book = RuleBook(pack(*numbered("a.count > 3", "a.count > 9", "a.flag")))
    records = [Record(point="check", facts={"a.count": number}, on=TODAY) for number in (1, 4, 9)]
    findings = list(never_fired(book, records))
    assert [(f.rules, f.why) for f in findings] == [
        (("R-01",), "it did not fire in 3 judgements in which it was decided")
    ]


def test_records_of_an_older_pack_are_judged_by_what_is_left_of_them() -> None:
    book = RuleBook(pack(rule("a.count > 3")))
    record = Record(point="check", facts={"a.count": 1, "gone.field": 2}, on=TODAY, parameters={"gone": 1})
    elsewhere = Record(point="gone", facts={}, on=TODAY)
    assert [f.rules for f in never_fired(book, [record, elsewhere])] == [("R-01",)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(conditions, conditions, st.lists(samples, min_size=1, max_size=12))
def test_no_facts_contradict_what_lint_says(first: str, second: str, cases: list[dict[str, FactValue]]) -> None:
    try:
        book = RuleBook(pack(*numbered(first, second)))
    except RuleTooWide:
        return
    findings = [f for f in lint(book.pack) if f.rules and f.code is not LintCode.NOT_DECIDED]
    for facts in [*cases, *(f.facts for f in findings if f.facts)]:
        verdict = Question(book=book, point="check", facts=facts, on=TODAY, parameters={}).verdict()
        if verdict.engine_fault is None:
            did = {item.id: outcome_in(verdict, item) for item in book.pack.rules}
            assert [f for f in findings if contradicts(f, did)] == []


def contradicts(finding: LintFinding, did: dict[str, Outcome | None]) -> bool:
    """Whether what the rules did refutes the finding."""
    outcomes = [did[name] for name in finding.rules]
    match finding.code:
        case LintCode.CONSTANT:
            return outcomes[0] is (Outcome.FIRES if "never fires" in finding.why else Outcome.PASSES)
        case LintCode.DUPLICATE:
            return (outcomes[0] is Outcome.FIRES) is not (outcomes[1] is Outcome.FIRES)
        case LintCode.CONTRADICTORY:
            return set(outcomes) == {Outcome.PASSES}
        case _:
            return False
