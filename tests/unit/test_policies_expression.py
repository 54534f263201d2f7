"""The language of conditions refuses what it does not understand."""

import pytest
from policies_samples import TODAY, numbered, pack, rule

from policies.errors import ExpressionInvalid, RuleTooWide
from policies.judgement import RuleBook
from policies.verdict import VerdictKind


@pytest.mark.parametrize(
    "when",
    [
        "__import__('os').system('true')",
        "a.total.__class__",
        "a.total > 1.5",
        "a.total > 1e5",
        "a.total / 2 > 1",
        "a.total ** 2 > 1",
        "a.total > -a.count",
        "1 < a.total < 3",
        "a.total > 'x'",
        "a.name > b.name",
        "a.flag > b.total",
        "a.flag == 1",
        "a.on > 5",
        "a.on + b.on > a.on",
        "a.on * 2 == a.on",
        "a.name in []",
        "a.name in b.name",
        "a.name in [b.name]",
        "a.name in ['x', 5]",
        "unknown.field > 1",
        "a.total > p.nothing",
        "present(p.limit)",
        "present(unknown.field)",
        "present(a.total, b.total)",
        "1 < 2",
        "a.total",
        "a.total > 4611686018427387904",
        "a.name == b'x'",
        "a.name == f'{a.total}'",
        "(lambda: a.flag)()",
        "[a.flag][0]",
        "a.flag if a.flag else a.flag",
        "a.flag; a.flag",
        "a.flag or",
        "\x00",
        "(" * 400,
        "not " * 210 + "a.flag",
        "a.flag is True",
        "a.total & 1 == 1",
        "a.name == None",
    ],
)
def test_a_condition_outside_the_subset_is_refused(when: str) -> None:
    with pytest.raises(ExpressionInvalid, match=r"R-01\.when"):
        RuleBook(pack(rule(when)))


@pytest.mark.parametrize(
    ("when", "facts", "fires"),
    [
        ("a.total > 3", {"a.total": 3}, False),
        ("a.total > 3", {"a.total": 4}, True),
        ("3 < a.total", {"a.total": 4}, True),
        ("a.total >= p.limit", {"a.total": 3}, True),
        ("a.total == -1", {"a.total": -1}, True),
        ("a.total * 10000 > b.total * (10000 + 200)", {"a.total": 121380, "b.total": 119000}, False),
        ("a.total * 10000 > b.total * (10000 + 200)", {"a.total": 121381, "b.total": 119000}, True),
        ("a.on - b.on > 7", {"a.on": "2026-03-08", "b.on": "2026-03-01"}, False),
        ("a.on - b.on > 7", {"a.on": "2026-03-09", "b.on": "2026-03-01"}, True),
        ("a.on > b.on + 1", {"a.on": "2028-03-01", "b.on": "2028-02-28"}, True),
        ("a.name in ['x', 'y']", {"a.name": "y"}, True),
        ("a.name not in ['x', 'y']", {"a.name": "z"}, True),
        ("not (a.flag and a.total > 3)", {"a.flag": True, "a.total": 4}, False),
        ("not a.flag or a.total > 3", {"a.flag": False, "a.total": 0}, True),
        ("missing(a.name) and a.flag", {"a.flag": True}, True),
        ("present(a.name)", {"a.name": ""}, True),
        ("a.name == 'it\\'s \"ü\" \\\\'", {"a.name": 'it\'s "ü" \\'}, True),
    ],
)
def test_a_condition_means_what_it_says(when: str, facts: dict[str, str | int | bool], fires: bool) -> None:
    verdict = RuleBook(pack(rule(when))).judge("check", facts, on=TODAY)
    assert (bool(verdict.findings), verdict.indeterminate, verdict.engine_fault) == (fires, (), None)


def test_an_unknown_fact_matters_only_when_it_could_change_the_answer() -> None:
    book = RuleBook(pack(rule("a.total > 3 or a.flag")))
    assert book.judge("check", {"a.total": 4}, on=TODAY).findings
    unknown = book.judge("check", {"a.total": 3}, on=TODAY)
    assert unknown.kind is VerdictKind.REVIEW
    assert unknown.indeterminate[0].missing == ("a.flag",)


def wide(parts: int) -> str:
    return " or ".join(f"a.total >= {number}" for number in range(parts))


def test_a_condition_of_48_nodes_with_its_complement_is_the_widest() -> None:
    assert RuleBook(pack(rule(wide(24)))).judge("check", {"a.total": 23}, on=TODAY).findings
    with pytest.raises(RuleTooWide, match="50 engine nodes, 48 are safe"):
        RuleBook(pack(rule(wide(25))))


def test_a_list_of_literals_is_one_column_however_long_it_is() -> None:
    book = RuleBook(pack(*numbered(f"a.total in {list(range(90))}", f"a.name not in {[str(n) for n in range(90)]}")))
    fired = [book.judge("check", {"a.total": n, "a.name": str(n)}, on=TODAY).findings for n in (89, 90)]
    assert [[finding.rule for finding in found] for found in fired] == [["R-00"], ["R-01"]]
    assert len(book.judge("check", {}, on=TODAY).indeterminate) == 2


@pytest.mark.parametrize("total", [None, 1])
def test_what_only_the_complement_compares_is_sent_too(total: int | None) -> None:
    verdict = RuleBook(pack(rule("present(a.total) and present(a.total)"))).judge("check", {"a.total": total}, on=TODAY)
    assert (bool(verdict.findings), verdict.engine_fault) == (total is not None, None)


def test_a_product_of_alternatives_is_counted_as_the_engine_expands_it() -> None:
    when = " and ".join(f"(a.total == {n} or b.total == {n})" for n in range(6))
    with pytest.raises(RuleTooWide):
        RuleBook(pack(rule(when)))
