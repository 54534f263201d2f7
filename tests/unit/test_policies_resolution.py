"""Derived columns, thresholds of confidence, and where a fact came from."""

from typing import Any

import pytest
from policies_samples import TODAY, fact, pack, rule

from policies.errors import ExpressionInvalid
from policies.fact import SourceKind
from policies.judgement import RuleBook
from policies.verdict import Verdict, VerdictKind

DERIVED = {
    "excess": {"type": "money", "value": "a.total - b.total", "description": "Over the order"},
    "half": {"type": "money", "value": "x.excess * 5000", "description": "Half, in ten-thousandths"},
    "late": {"type": "bool", "value": "a.on > b.on and not a.flag", "description": "After the day agreed"},
    "due": {"type": "date", "value": "a.on + p.limit", "description": "Three days later"},
}
COLUMNS = {f"x.{name}": column for name, column in DERIVED.items()}


def judged(when: str, facts: dict[str, Any], **changes: Any) -> Verdict:
    sections = {name: changes.pop(name) for name in ("derived", "thresholds") if name in changes}
    return RuleBook(pack(rule(when, **changes), **sections)).judge("check", facts, on=TODAY)


@pytest.mark.parametrize(("total", "fires"), [(104, False), (105, False), (106, True)])
def test_a_derived_column_is_exact_arithmetic(total: int, fires: bool) -> None:
    facts = {"a.total": total, "b.total": 100}
    assert bool(judged("x.half > 25000", facts, derived=COLUMNS).findings) is fires


def test_a_derived_column_may_be_a_condition() -> None:
    facts = {"a.on": "2026-02-02", "b.on": "2026-02-01", "a.flag": False}
    assert judged("x.late", facts, derived=COLUMNS).findings
    assert not judged("not x.late", facts, derived=COLUMNS).findings
    assert judged("x.late", {**facts, "a.flag": True}, derived=COLUMNS).kind is VerdictKind.ALLOW


def test_an_unknown_fact_behind_a_derived_column_is_named() -> None:
    verdict = judged("x.excess > 0", {"a.total": 1}, derived=COLUMNS)
    assert [unknown.missing for unknown in verdict.indeterminate] == [("b.total",)]


def test_a_message_shows_a_derived_column_as_people_write_it() -> None:
    facts = {"a.total": 1200, "b.total": 1000, "a.on": "2026-02-27"}
    message = "{x.excess} over, due {x.due}."
    [finding] = judged("x.excess > 0", facts, derived=COLUMNS, message=message).findings
    assert finding.message == "2.00 over, due 2026-03-02."
    assert (finding.facts["x.excess"], finding.facts["x.due"]) == (200, "2026-03-02")


def test_columns_that_need_each_other_are_refused() -> None:
    circle = {
        "x.a": {"type": "int", "value": "x.b + 1", "description": "d"},
        "x.b": {"type": "int", "value": "x.a - 1", "description": "d"},
    }
    with pytest.raises(ExpressionInvalid, match=r"goes in a circle, or too deep: x\.a → x\.b → x\.a"):
        judged("x.a > 0", {}, derived=circle)


@pytest.mark.parametrize(
    ("sections", "why"),
    [
        ({"derived": {"x.a": {"type": "int", "value": "c.total", "description": "d"}}}, "reads unknown c.total"),
        ({"derived": {"a.total": {"type": "int", "value": "1 + 1", "description": "d"}}}, "declared twice"),
        ({"derived": {"p.a": {"type": "int", "value": "a.count", "description": "d"}}}, "may not start with"),
        ({"thresholds": [{"least": 10_001}]}, "neither basis points"),
        ({"thresholds": [{"least": "p.nothing"}]}, "no parameter of a number"),
        ({"thresholds": [{"least": 1, "field": "c.total"}]}, "unknown field c.total"),
        ({"thresholds": [{"least": 1, "at": "nowhere"}]}, "no rule stands"),
    ],
)
def test_a_section_that_cannot_be_right_is_refused(sections: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        pack(rule("a.total > 1"), **sections)


THRESHOLDS = [{"least": 9000}, {"least": "p.limit", "field": "a.count"}, {"least": 9500, "field": "a.total"}]


@pytest.mark.parametrize(("confidence", "fires"), [(0.9499, True), (0.95, False), (0.9501, False)])
def test_a_field_needs_the_confidence_of_its_own_threshold(confidence: float, fires: bool) -> None:
    sure = fact(5, SourceKind.DOCUMENT).model_copy(update={"confidence": confidence})
    verdict = judged("not confident(a.total)", {"a.total": sure}, thresholds=THRESHOLDS)
    assert bool(verdict.findings) is fires
    assert verdict.facts == {"confidence(a.total)": int(confidence * 10_000)}


@pytest.mark.parametrize(("confidence", "fires"), [(8999, True), (9000, False)])
def test_other_fields_need_the_confidence_of_the_process(confidence: int, fires: bool) -> None:
    verdict = judged("not confident(a.name)", {"confidence(a.name)": confidence}, thresholds=THRESHOLDS)
    assert bool(verdict.findings) is fires


def test_a_threshold_may_be_a_parameter_and_hold_at_one_point_only() -> None:
    assert not judged("not confident(a.count)", {"confidence(a.count)": 3}, thresholds=THRESHOLDS).findings
    assert judged("not confident(a.count)", {"confidence(a.count)": 2}, thresholds=THRESHOLDS).findings
    strict = [*THRESHOLDS, {"least": 10_000, "field": "a.count", "at": "check"}]
    assert judged("not confident(a.count)", {"confidence(a.count)": 9999}, thresholds=strict).findings


def test_a_field_without_a_threshold_is_refused_when_the_pack_is_read() -> None:
    with pytest.raises(ExpressionInvalid, match=r"no threshold says how sure a\.total must be at check"):
        judged("confident(a.total)", {})


def test_rules_may_ask_where_a_fact_came_from() -> None:
    when = "source(a.name) != 'system_of_record' or integrity(a.name) != 'trusted'"
    assert judged(when, {"a.name": fact("DE1", SourceKind.DOCUMENT, trusted=True)}).findings
    assert judged(when, {"a.name": fact("DE1", SourceKind.SYSTEM_OF_RECORD)}).findings
    assert judged(when, {"a.name": fact("DE1", SourceKind.SYSTEM_OF_RECORD, trusted=True)}).kind is VerdictKind.ALLOW


def test_a_bare_value_does_not_say_where_it_came_from() -> None:
    verdict = judged("source(a.name) == 'document'", {"a.name": "DE1"})
    assert (verdict.kind, verdict.indeterminate[0].missing) == (VerdictKind.REVIEW, ("source(a.name)",))


def test_a_recorded_verdict_judges_the_same_again() -> None:
    book = RuleBook(pack(rule("source(a.name) == 'document' or x.excess > 0"), derived=COLUMNS))
    facts = {"a.name": fact("DE1", SourceKind.DOCUMENT), "a.total": 1, "b.total": 2}
    verdict = book.judge("check", facts, on=TODAY)
    assert book.judge("check", verdict.facts, on=TODAY) == verdict


def test_nothing_else_can_be_asked_about_a_fact() -> None:
    for when in ("author(a.name) == 'x'", "source(source(a.name)) == 'x'", "source(p.limit) == 'x'", "source() == 'x'"):
        with pytest.raises(ExpressionInvalid):
            judged(when, {})
