"""Decision tables in rules: which row counts, on which day, and what an unknown input means."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policies_samples import TODAY, numbered, pack, rule

from policies.errors import ExpressionInvalid
from policies.judgement import RuleBook
from policies.table import DecisionTable
from policies.verdict import VerdictKind

LIMITS = {
    "description": "What each kind of purchase may cost",
    "inputs": [
        {"name": "kind", "type": "str", "value": "a.name"},
        {"name": "amount", "type": "money", "value": "a.total"},
    ],
    "outputs": [{"name": "limit", "type": "money"}, {"name": "who", "type": "str"}],
    "rows": [
        {"if": ["goods", "<= 100"], "then": [50, "clerk"]},
        {"if": ["goods", "> 100"], "then": [500, "manager"]},
        {"if": ["service", "-"], "then": [80, "manager"], "to": "2026-06-30"},
        {"if": ["service", "-"], "then": [90, "director"], "from": "2026-07-01"},
    ],
}
UNIQUE = {**LIMITS, "otherwise": [0, "nobody"]}
FIRST = {
    "description": "First that matches",
    "hit": "first",
    "inputs": [{"name": "amount", "type": "int", "value": "a.count"}],
    "outputs": [{"name": "level", "type": "int"}],
    "rows": [{"if": ["> 28"], "then": [3]}, {"if": ["> 14"], "then": [2]}, {"if": ["> 3"], "then": [1]}],
    "otherwise": [0],
}


def table(data: dict[str, Any], **changes: Any) -> DecisionTable:
    return DecisionTable.model_validate({**data, **changes})


def found(data: dict[str, Any], *inputs: Any, on: date = TODAY) -> tuple[Any, ...]:
    return table(data).decide(inputs, on)


def judged(tables: dict[str, Any], when: str, facts: dict[str, Any], **changes: Any) -> Any:
    book = RuleBook(pack(rule(when, **changes), tables=tables))
    return book.judge("check", facts, on=TODAY)


@pytest.mark.parametrize(("amount", "answer"), [(99, (50, "clerk")), (100, (50, "clerk")), (101, (500, "manager"))])
def test_the_row_that_matches_gives_its_outputs(amount: int, answer: tuple[Any, ...]) -> None:
    assert found(UNIQUE, "goods", amount) == answer


@pytest.mark.parametrize(("day", "who"), [(date(2026, 6, 30), "manager"), (date(2026, 7, 1), "director")])
def test_a_row_counts_from_and_to_its_days(day: date, who: str) -> None:
    assert found(UNIQUE, "service", 1, on=day)[1] == who


def test_without_a_row_the_table_says_otherwise_or_does_not_know() -> None:
    assert found(UNIQUE, "travel", 1) == (0, "nobody")
    assert found(LIMITS, "travel", 1) == (None, None)


def test_an_unknown_input_is_unknown_only_where_it_could_change_the_row() -> None:
    assert found(UNIQUE, "service", None) == (90, "director")
    assert found(UNIQUE, "goods", None) == (None, None)
    assert found(UNIQUE, None, 1) == (None, None)


@pytest.mark.parametrize(("days", "level"), [(3, 0), (4, 1), (14, 1), (15, 2), (28, 2), (29, 3)])
def test_the_first_row_counts(days: int, level: int) -> None:
    assert found(FIRST, days) == (level,)


@pytest.mark.parametrize(
    ("aggregate", "number", "answer"),
    [
        ("sum", 30, 6),
        ("count", 30, 3),
        ("max", 30, 3),
        ("min", 20, 1),
        ("sum", 1, 0),
        ("count", 1, 0),
        ("max", 1, None),
    ],
)
def test_collected_rows_become_one_number(aggregate: str, number: int, answer: int | None) -> None:
    collecting = {name: value for name, value in FIRST.items() if name != "otherwise"}
    assert found({**collecting, "hit": "collect", "aggregate": aggregate}, number) == (answer,)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"rows": [{"if": ["goods", "-"], "then": [1, "x"]}, {"if": ["-", "1"], "then": [2, "x"]}]},
            "rows 1 and 2 can",
        ),
        ({"rows": [{"if": ["goods"], "then": [1, "x"]}]}, "row 1 has 1 tests for 2 inputs"),
        ({"rows": [{"if": ["goods", "-"], "then": [1]}]}, "row 1 gives 1 values for 2 outputs"),
        ({"rows": [{"if": ["goods", "some"], "then": [1, "x"]}]}, "row 1, amount: 'some' is not an exact integer"),
        ({"rows": [{"if": ["goods", "-"], "then": ["much", "x"]}]}, "row 1: limit: an exact integer is needed"),
        ({"otherwise": [1]}, "otherwise gives 1 values"),
        ({"hit": "collect"}, "name an aggregate"),
        ({"aggregate": "sum"}, "name an aggregate"),
        ({"hit": "collect", "aggregate": "sum"}, "only numbers can be collected"),
        ({"outputs": [{"name": "limit", "type": "int"}] * 2}, "two outputs have the same name"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused_with_its_place(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        table(LIMITS, **changes)


def test_rows_that_match_together_only_on_different_days_are_apart() -> None:
    rows = [
        {"if": ["-", "-"], "then": [1, "x"], "to": "2026-01-31"},
        {"if": ["-", "-"], "then": [2, "x"], "from": "2026-02-01"},
    ]
    assert table(LIMITS, rows=rows).decide(("any", 1), date(2026, 1, 31)) == (1, "x")
    with pytest.raises(ValueError, match="can match together"):
        table(LIMITS, rows=[{**rows[0], "to": "2026-02-01"}, rows[1]])


tests = st.sampled_from(["-", "1", "<= 2", "[2..4]", "not(3)", "1, 4"])
grid = st.lists(st.tuples(tests, tests), min_size=1, max_size=4)


@given(grid, st.integers(0, 5), st.integers(0, 5))
def test_a_unique_table_is_refused_or_has_at_most_one_row_for_any_input(
    rows: list[tuple[str, str]], first: int, second: int
) -> None:
    data = {
        "description": "d",
        "inputs": [{"name": "x", "type": "int", "value": "a.count"}, {"name": "y", "type": "int", "value": "a.total"}],
        "outputs": [{"name": "n", "type": "int"}],
        "rows": [{"if": list(row), "then": [number]} for number, row in enumerate(rows)],
    }
    counted = table({**data, "hit": "collect", "aggregate": "count"}).decide((first, second), TODAY)
    try:
        unique = table(data)
    except ValueError:
        anywhere = (
            table({**data, "hit": "collect", "aggregate": "count"}).decide((x, y), TODAY)
            for x in range(6)
            for y in range(6)
        )
        assert any(number and number > 1 for (number,) in anywhere)
        return
    assert counted in ((0,), (1,))
    assert (unique.decide((first, second), TODAY) == (None,)) is (counted == (0,))


def test_a_rule_reads_a_table_as_it_reads_a_field() -> None:
    facts = {"a.name": "goods", "a.total": 60}
    verdict = judged(
        {"limits": UNIQUE}, "a.total > limits.limit", facts, message="{limits.who} may spend {limits.limit}."
    )
    assert [finding.message for finding in verdict.findings] == ["clerk may spend 0.50."]
    assert verdict.findings[0].facts == {**facts, "limits.limit": 50, "limits.who": "clerk"}
    assert verdict.facts == facts
    assert (
        judged({"limits": UNIQUE}, "a.total > limits.limit", {"a.name": "goods", "a.total": 50}).kind
        is VerdictKind.ALLOW
    )


def test_a_fact_that_the_table_needs_is_named_when_it_is_missing() -> None:
    verdict = judged({"limits": UNIQUE}, "a.total > limits.limit", {"a.total": 50})
    assert (verdict.kind, verdict.indeterminate[0].missing) == (VerdictKind.REVIEW, ("a.name",))


def test_a_table_without_a_row_for_the_facts_is_named_itself() -> None:
    verdict = judged({"limits": LIMITS}, "a.total > limits.limit", {"a.name": "travel", "a.total": 50})
    assert (verdict.kind, verdict.indeterminate[0].missing) == (VerdictKind.REVIEW, ("limits.limit",))


def test_a_table_may_ask_a_table_above_it_and_none_below() -> None:
    level = {
        "description": "By limit",
        "inputs": [{"name": "limit", "type": "money", "value": "limits.limit - 10"}],
        "outputs": [{"name": "high", "type": "bool"}],
        "rows": [{"if": [">= 40"], "then": [True]}, {"if": ["< 40"], "then": [False]}],
    }
    facts = {"a.name": "goods", "a.total": 1}
    assert judged({"limits": UNIQUE, "level": level}, "level.high", facts).findings
    with pytest.raises(ExpressionInvalid, match=r"tables\.level\.inputs\.limit: reads limits\.limit, whose table"):
        judged({"level": level, "limits": UNIQUE}, "level.high", facts)


def test_a_column_must_have_the_kind_of_what_it_tests() -> None:
    wrong = {**FIRST, "inputs": [{"name": "amount", "type": "int", "value": "a.name"}]}
    with pytest.raises(ExpressionInvalid, match=r"a\.name is str, the column int"):
        judged({"levels": wrong}, "levels.level > 1", {})


def test_a_condition_can_be_an_input() -> None:
    both = {
        "description": "d",
        "inputs": [{"name": "big", "type": "bool", "value": "a.total > 5 or a.flag"}],
        "outputs": [{"name": "n", "type": "int"}],
        "rows": [{"if": [True], "then": [1]}, {"if": [False], "then": [0]}],
    }
    assert judged({"t": both}, "t.n == 1", {"a.total": 1, "a.flag": True}).findings
    assert judged({"t": both}, "t.n == 1", {"a.total": 6}).findings
    assert judged({"t": both}, "t.n == 1", {"a.total": 1}).indeterminate


def test_a_pack_without_tables_keeps_the_digest_it_had() -> None:
    plain = pack(*numbered("a.total > 1"))
    assert b'"tables"' not in plain.canonical
    assert pack(*numbered("a.total > 1"), tables={"limits": UNIQUE}).digest != plain.digest
