"""Why a rule fired, and what would make it pass: every change that is told does what it says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policies_samples import TODAY, pack, rule
from test_policies_differential import conditions, samples

from policies.errors import RuleTooWide
from policies.explain import Explanation, RuleExplanation, Standing, explain
from policies.fact import FactValue
from policies.field import FieldType
from policies.judgement import RuleBook
from policies.pack import Outcome
from policies.pack_file import read_pack
from policies.packaged import rule_book
from policies.remedy import Change, Question, Sign, outcome_in
from policies.verdict import VerdictKind
from policies.wording import allowed_if, sentences

BOOK = rule_book("procure_to_pay")
Facts = dict[str, FactValue]


def explained(when: str, facts: Facts, **changes: object) -> tuple[Explanation, RuleExplanation, RuleBook]:
    book = RuleBook(pack(rule(when, **changes)))
    explanation = explain(book, "check", facts, on=TODAY)
    return explanation, explanation.rules[0], book


def said(when: str, facts: Facts, **changes: object) -> str:
    explanation, found, book = explained(when, facts, **changes)
    return "; ".join(sentences(found, explanation, book.pack)[1 if found.standing is Standing.FIRED else 0 :])


def changes_of(found: RuleExplanation) -> list[tuple[str, Sign, tuple[FactValue, ...]]]:
    return [(c.field, c.sign, c.values) for remedy in found.remedies for c in remedy.changes]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(conditions, st.none() | conditions, samples)
def test_every_change_that_is_told_makes_the_rule_pass(when: str, applies: str | None, facts: Facts) -> None:
    try:
        book = RuleBook(pack(rule(when, applies=applies)))
    except RuleTooWide:
        return
    (item,) = book.pack.rules
    for found in explain(book, "check", facts, on=TODAY).rules:
        for remedy in found.remedies:
            changed = facts | {change.field: change.sample for change in remedy.changes}
            verdict = book.judge("check", changed, on=TODAY)
            assert outcome_in(verdict, item) is Outcome.PASSES
            assert verdict.kind is remedy.verdict
        for change in found.nearest:
            near = book.judge("check", facts | {change.field: change.sample}, on=TODAY)
            assert outcome_in(near, item) is Outcome.FIRES


def written(number: int, kind: FieldType) -> FactValue:
    return date.fromordinal(number).isoformat() if kind is FieldType.DATE else number


def known(number: int, kind: FieldType) -> int:
    """The number, or the nearest that is a day of the calendar."""
    return min(max(number, 1), date.max.toordinal()) if kind is FieldType.DATE else number


def numbers_in(change: Change, kind: FieldType, step: int) -> list[int]:
    """Both limits of the range, and a number `step` further in."""
    limits = [date.fromisoformat(str(v)).toordinal() if kind is FieldType.DATE else int(v or 0) for v in change.values]
    match change.sign:
        case Sign.AT_LEAST:
            return [limits[0], known(limits[0] + step, kind)]
        case Sign.AT_MOST:
            return [limits[0], known(limits[0] - step, kind)]
        case Sign.BETWEEN:
            return [*limits, min(limits[0] + step, limits[1])]
        case _:
            return limits


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(conditions, samples, st.integers(0, 400))
def test_a_range_holds_at_its_limits_and_within(when: str, facts: Facts, step: int) -> None:
    try:
        book = RuleBook(pack(rule(when)))
    except RuleTooWide:
        return
    (item,) = book.pack.rules
    found = [remedy for told in explain(book, "check", facts, on=TODAY).rules for remedy in told.remedies]
    for change in [remedy.changes[0] for remedy in found if len(remedy.changes) == 1]:
        kind = book.pack.fields[change.field].type
        if kind not in (FieldType.MONEY, FieldType.INT, FieldType.DATE) or change.sign is Sign.UNKNOWN:
            continue
        for number in numbers_in(change, kind, step):
            question = Question(book=book, point="check", facts=facts, on=TODAY, parameters={})
            verdict = question.changed(change.field, written(number, kind)).verdict()
            assert outcome_in(verdict, item) in (None, Outcome.PASSES)


@pytest.mark.parametrize(
    ("when", "facts", "expected"),
    [
        ("a.count > 3", {"a.count": 9}, [("a.count", Sign.AT_MOST, (3,))]),
        ("a.count >= 3", {"a.count": 3}, [("a.count", Sign.AT_MOST, (2,))]),
        ("a.count < p.limit", {"a.count": 2}, [("a.count", Sign.AT_LEAST, (3,))]),
        ("a.count != 3", {"a.count": 9}, [("a.count", Sign.ONE_OF, (3,))]),
        ("a.count == 3", {"a.count": 3}, [("a.count", Sign.AT_MOST, (2,)), ("a.count", Sign.AT_LEAST, (4,))]),
        ("a.count < 2 or a.count > 5", {"a.count": 9}, [("a.count", Sign.BETWEEN, (2, 5))]),
        ("a.count * 3 > 10", {"a.count": 9}, [("a.count", Sign.AT_MOST, (3,))]),
        ("7 - 2 * a.count < 0", {"a.count": 9}, [("a.count", Sign.AT_MOST, (3,))]),
        ("a.on > b.on", {"a.on": "2026-10-02", "b.on": "2026-10-01"},
         [("a.on", Sign.AT_MOST, ("2026-10-01",)), ("b.on", Sign.AT_LEAST, ("2026-10-02",))]),
        ("a.name not in ['x', 'y']", {"a.name": "z"}, [("a.name", Sign.ONE_OF, ("x", "y"))]),
        ("a.name in ['x', 'y']", {"a.name": "x"}, [("a.name", Sign.NOT_ONE_OF, ("y",))]),
        ("a.name != b.name", {"a.name": "x", "b.name": "y"},
         [("a.name", Sign.ONE_OF, ("y",)), ("b.name", Sign.ONE_OF, ("x",))]),
        ("not a.flag", {"a.flag": False}, [("a.flag", Sign.ONE_OF, (True,))]),
        ("missing(a.total)", {}, [("a.total", Sign.KNOWN, ())]),
        ("present(a.total)", {"a.total": 1}, [("a.total", Sign.UNKNOWN, ())]),
        ("a.total > 3 or a.count > 3", {"a.total": 9, "a.count": 9},
         [("a.count", Sign.AT_MOST, (3,)), ("a.total", Sign.AT_MOST, (3,))]),
        ("a.flag or not a.flag", {"a.flag": True}, []),
    ],
)  # fmt: skip
def test_the_smallest_change_is_told(when: str, facts: Facts, expected: list[object]) -> None:
    assert changes_of(explained(when, facts)[1]) == expected


def test_two_facts_are_changed_together_where_one_is_not_enough() -> None:
    text = said("a.total > 300 or a.count > 3", {"a.total": 900, "a.count": 9})
    assert text == "would pass if “a.count” (a.count) ≤ 3 and “a.total” (a.total) ≤ 3.00"


def test_what_only_makes_the_rule_not_apply_comes_last() -> None:
    text = said("a.count > 3", {"a.count": 9, "a.flag": True}, applies="a.flag")
    assert text == "would pass if “a.count” (a.count) ≤ 3 or “a.flag” (a.flag) is no"


def test_a_rule_that_nothing_helps_says_so() -> None:
    assert said("a.flag or not a.flag", {"a.flag": True}) == "no change of one or two facts makes it pass"


def test_an_undecided_rule_names_the_unknown_fact_and_what_would_pass() -> None:
    text = said("a.total > 300", {})
    assert text == "cannot be decided: unknown is “a.total” (a.total); would pass if “a.total” (a.total) ≤ 3.00"


def test_a_rule_that_does_not_apply_says_on_what() -> None:
    assert said("a.count > 3", {"a.count": 9, "a.flag": False}, applies="a.flag") == (
        "does not apply: “a.flag” (a.flag) is no"
    )


def test_a_rule_of_another_time_is_not_in_force() -> None:
    text = said("a.flag", {"a.flag": True}, effective_from="2027-01-01", effective_to="2027-12-31")
    assert text == "not in force: it is from 2027-01-01 to 2027-12-31"


@pytest.mark.parametrize(("total", "standing"), [(899, "passed"), (901, "nearly_fired"), (1001, "fired")])
def test_a_rule_within_a_tenth_of_its_limit_nearly_fired(total: int, standing: str) -> None:
    assert explained("a.total > 1000", {"a.total": total})[1].standing == standing


@pytest.mark.parametrize(("day", "standing"), [("2026-09-24", "nearly_fired"), ("2026-09-23", "passed")])
def test_a_rule_within_a_week_of_its_date_nearly_fired(day: str, standing: str) -> None:
    assert explained("a.on >= b.on", {"a.on": day, "b.on": "2026-10-01"})[1].standing == standing


def test_a_parameter_that_was_set_counts() -> None:
    book = RuleBook(pack(rule("a.count > p.limit")))
    (found,) = explain(book, "check", {"a.count": 9}, on=TODAY, parameters={"limit": 7}).rules
    assert changes_of(found) == [("a.count", Sign.AT_MOST, (7,))]


def test_derived_columns_thresholds_and_provenance_are_seen_through() -> None:
    changes = {
        "derived": {"a.gap": {"type": "money", "value": "a.total - b.total", "description": "Gap"}},
        "thresholds": [{"least": 9000}],
    }
    first = rule("a.gap > 200 or not confident(a.name)", applies="source(a.name) == 'document'")
    book = RuleBook(pack(first, **changes))
    facts: Facts = {"a.total": 900, "b.total": 100, "source(a.name)": "document", "confidence(a.name)": 9500}
    explanation = explain(book, "check", facts, on=TODAY)
    assert sentences(explanation.rules[0], explanation, book.pack)[1] == (
        "would pass if “a.total” (a.total) ≤ 3.00 or “b.total” (b.total) ≥ 7.00 "
        "or source of “a.name” (a.name) is anything but document"
    )


AUTHORITY = RuleBook(read_pack((Path(__file__).parents[2] / "docs/examples/authority.yaml").read_text(), name="a"))


def test_what_a_decision_table_gives_counts_as_it_is() -> None:
    facts: Facts = {"approver.role": "manager", "request.kind": "goods", "request.entity": "DE01"}
    explanation = explain(AUTHORITY, "approve", facts | {"request.total": 1020001}, on=TODAY)
    assert changes_of(explanation.rules[0]) == [("request.total", Sign.AT_MOST, (1000000,))]


def test_a_range_is_not_told_where_the_fact_may_change_what_the_table_gives() -> None:
    table = {
        "description": "Limits", "hit": "first",
        "inputs": [{"name": "n", "type": "int", "value": "a.count"}],
        "outputs": [{"name": "limit", "type": "int"}],
        "rows": [{"if": ["< 5"], "then": [3]}], "otherwise": [100],
    }  # fmt: skip
    book = RuleBook(pack(rule("a.count > t.limit"), tables={"t": table}))
    (found,) = explain(book, "check", {"a.count": 4}, on=TODAY).rules
    assert changes_of(found) == [("a.count", Sign.ONE_OF, (3,))]


def test_an_output_that_no_row_gives_is_unknown() -> None:
    table = {
        "description": "Limits", "hit": "first",
        "inputs": [{"name": "n", "type": "str", "value": "a.name"}],
        "outputs": [{"name": "limit", "type": "int"}],
        "rows": [{"if": ["x"], "then": [3]}],
    }  # fmt: skip
    book = RuleBook(pack(rule("a.count > t.limit"), tables={"t": table}))
    (found,) = explain(book, "check", {"a.count": 4, "a.name": "y"}, on=TODAY).rules
    assert (found.standing, found.remedies) == (Standing.INDETERMINATE, ())


def test_a_wrong_question_has_no_explanation_but_its_fault() -> None:
    explanation = explain(BOOK, "nowhere", {}, on=TODAY)
    assert (explanation.verdict.kind, explanation.rules) == (VerdictKind.REVIEW, ())
    assert "nowhere" in (explanation.verdict.engine_fault or "")


def test_an_explanation_reads_like_a_sentence() -> None:
    facts: Facts = {"invoice.total": 510000, "invoice.currency": "EUR"}
    explanation = explain(BOOK, "draft", facts, on=TODAY)
    found = next(item for item in explanation.rules if item.rule.id == "P2P-AUTH-01")
    assert sentences(found, explanation, BOOK.pack) == (
        "5100.00 EUR is over 5000.00: somebody with the authority approves.",
        "would pass if “Total with tax” (invoice.total) ≤ 5000.00 EUR",
    )


def test_what_would_be_allowed_is_told_only_where_one_change_is_enough() -> None:
    book = RuleBook(pack(rule("a.count > 3"), rule("a.flag", id="R-02")))
    one, both, none = (
        explain(book, "check", {"a.count": count, "a.flag": flag}, on=TODAY)
        for count, flag in ((9, False), (9, True), (3, False))
    )
    assert allowed_if(one, book.pack) == "“a.count” (a.count) ≤ 3"
    assert (allowed_if(both, book.pack), allowed_if(none, book.pack)) == ("", "")


def test_the_verdict_that_a_change_leads_to_is_judged_by_all_rules() -> None:
    book = RuleBook(pack(rule("a.count > 3"), rule("a.count < 5", id="R-02", severity="block")))
    first = explain(book, "check", {"a.count": 9}, on=TODAY).rules[0]
    assert [(changes_of(first), remedy.verdict) for remedy in first.remedies] == [
        ([("a.count", Sign.AT_MOST, (3,))], VerdictKind.DENY)
    ]
