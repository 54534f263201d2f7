"""The packaged rule packs do what their boundary tables say."""

from collections.abc import Iterator

import pytest
from policies_samples import TODAY, pack, rule

from policies.boundary_table import answer, failures
from policies.errors import ExampleFailed, PackUnknown
from policies.judgement import RuleBook
from policies.names import PointNames
from policies.pack import Example, Outcome, Rule
from policies.packaged import pack_names, pack_text, rule_book
from policies.verdict import Severity, VerdictKind

BOOK = rule_book("procure_to_pay")
CLEAN_MATCH = {
    "invoice.total": 119000,
    "invoice.net": 100000,
    "invoice.currency": "EUR",
    "invoice.issue_date": "2026-10-01",
    "supplier.found": True,
    "supplier.blocked": False,
    "supplier.id": "7",
    "supplier.country": "DE",
    "payee.iban_matches": True,
    "payee.iban_country": "DE",
    "order.found": True,
    "order.state": "processing",
    "order.supplier_id": "7",
    "order.currency": "EUR",
    "order.date": "2026-09-01",
    "match.category": "goods",
    "match.matched": True,
    "coding.complete": True,
    "match.price_excess_bps": 0,
    "match.price_excess_minor": 0,
    "match.qty_over_receipt_milli": 0,
    "match.qty_over_order_milli": 0,
    "match.total_over_minor": 0,
}


def rows() -> Iterator[object]:
    for item in BOOK.pack.rules:
        for number, example in enumerate(item.examples, start=1):
            yield pytest.param(item, example, id=f"{item.id}-{number}-{example.expect}")


@pytest.mark.parametrize(("item", "example"), list(rows()))
def test_every_rule_does_what_its_boundary_table_says(item: Rule, example: Example) -> None:
    assert answer(BOOK, item, example).differs(example) == ""


def test_every_rule_states_the_verdict_that_it_makes() -> None:
    assert [item.id for item in BOOK.pack.rules if all(row.verdict is None for row in item.examples)] == []


def is_numeric(item: Rule) -> bool:
    return any(sign in item.when for sign in ("<", ">"))


def has_a_sharp_edge(item: Rule) -> bool:
    """Two examples, one firing and one passing, differ by the least step in one number or day."""
    tables = [
        [example.given for example in item.examples if example.expect is wanted and not example.parameters]
        for wanted in (Outcome.FIRES, Outcome.PASSES)
    ]
    return any(is_one_step(first, second) for first in tables[0] for second in tables[1])


def is_one_step(first: dict[str, object], second: dict[str, object]) -> bool:
    changed = [name for name in first if first.get(name) != second.get(name)]
    if first.keys() != second.keys() or len(changed) != 1:
        return False
    pair = [values[changed[0]] for values in (first, second)]
    if all(type(value) is int for value in pair):
        return abs(pair[0] - pair[1]) == 1  # type: ignore[operator]
    return BOOK.pack.kinds[changed[0]] == "date"


@pytest.mark.parametrize("item", [item for item in BOOK.pack.rules if is_numeric(item)], ids=lambda item: item.id)
def test_every_numeric_rule_shows_both_sides_of_its_edge(item: Rule) -> None:
    assert has_a_sharp_edge(item)


def test_procure_to_pay_judges_at_every_point_of_its_process() -> None:
    assert set(BOOK.pack.points) >= {"read", "validate", "duplicate", "match", "draft", "attach", "post"}
    assert len(BOOK.pack.rules) >= 24


def test_every_field_and_parameter_is_asked_for() -> None:
    asked = {name for point in BOOK.pack.points for name in PointNames(BOOK.pack, point).fields}
    thresholds = {name for point in BOOK.points.values() for name in point.parameters}
    about = {name for name in asked if "(" in name}
    assert asked - about == set(BOOK.pack.fields)
    assert about == {f"confidence({name})" for name in BOOK.pack.fields if name.endswith(".choice")}
    assert thresholds == set(BOOK.pack.parameters)


def test_a_clean_match_is_allowed_without_a_hand() -> None:
    verdict = BOOK.judge("match", CLEAN_MATCH, on=TODAY)
    assert (verdict.kind, verdict.findings, verdict.indeterminate) == (VerdictKind.ALLOW, (), ())


def test_a_service_needs_no_goods_receipt() -> None:
    facts = CLEAN_MATCH | {"match.category": "service", "match.qty_over_receipt_milli": None}
    assert BOOK.judge("match", facts, on=TODAY).kind is VerdictKind.ALLOW


def test_another_bank_account_waits_for_a_call_back_and_a_person() -> None:
    verdict = BOOK.judge("match", CLEAN_MATCH | {"payee.iban_matches": False}, on=TODAY)
    assert verdict.kind is VerdictKind.REVIEW
    assert verdict.exceptions == ("bank_mismatch",)
    assert verdict.obligations == ("callback_verification",)


def test_an_account_in_another_country_is_denied() -> None:
    verdict = BOOK.judge("match", CLEAN_MATCH | {"payee.iban_matches": False, "payee.iban_country": "LT"}, on=TODAY)
    assert verdict.kind is VerdictKind.DENY


def test_a_price_finding_reads_like_a_sentence() -> None:
    verdict = BOOK.judge(
        "match", CLEAN_MATCH | {"match.price_excess_bps": 450, "match.price_excess_minor": 700}, on=TODAY
    )
    (finding,) = verdict.findings
    assert finding.severity is Severity.REVIEW
    assert finding.message == "A price is 4.5 % or 7.00 EUR over the order; allowed are 2 % and 50.00."


def test_the_match_asks_only_for_what_its_rules_use() -> None:
    assert "invoice.conf_total_bps" not in PointNames(BOOK.pack, "match").fields
    assert PointNames(BOOK.pack, "match").fields.keys() >= CLEAN_MATCH.keys()


def test_packs_are_found_by_name() -> None:
    assert "procure_to_pay" in pack_names()
    with pytest.raises(PackUnknown, match=r"there are: .*procure_to_pay"):
        pack_text("../../etc/passwd")


def test_a_table_that_does_not_hold_is_reported_with_its_place() -> None:
    book = RuleBook(pack(rule("a.flag")))
    found = list(failures(book))
    assert [type(failure) for failure in found] == [ExampleFailed, ExampleFailed]
    assert str(found[0]) == "R-01: example 1 at check: expected fires, got indeterminate"
