"""From rules that fired to allow, review or deny."""

from datetime import date
from typing import Any

import pytest
from policies_samples import TODAY, pack, pack_data, rule

from policies.field import FieldType
from policies.judgement import RuleBook
from policies.message import written
from policies.pack import RulePack
from policies.verdict import Verdict, VerdictKind

FIRES = {"a.flag": True}


def judge(*rules: dict[str, Any], **changes: Any) -> Verdict:
    return RuleBook(pack(*rules)).judge("check", FIRES, on=TODAY, **changes)


def obligation(name: str = "four_eyes", **changes: Any) -> dict[str, Any]:
    return rule("a.flag", severity="obligation", obligation=name, **changes)


@pytest.mark.parametrize(
    ("severity", "kind"),
    [("block", VerdictKind.DENY), ("review", VerdictKind.REVIEW), ("warn", VerdictKind.ALLOW)],
)
def test_the_severity_of_a_fired_rule_decides(severity: str, kind: VerdictKind) -> None:
    verdict = judge(rule("a.flag", severity=severity))
    assert (verdict.kind, len(verdict.findings)) == (kind, 1)


def test_nothing_fired_and_nothing_unknown_is_allowed() -> None:
    assert judge(rule("not a.flag", severity="block")).kind is VerdictKind.ALLOW


def test_a_block_outweighs_everything() -> None:
    verdict = judge(rule("a.flag", id="R-01"), rule("a.flag", id="R-02", severity="block"), obligation(id="R-03"))
    assert verdict.kind is VerdictKind.DENY


@pytest.mark.parametrize("severity", ["block", "review", "warn"])
def test_an_unknown_fact_means_review_whatever_the_severity(severity: str) -> None:
    verdict = judge(rule("a.total > 3", severity=severity))
    assert verdict.kind is VerdictKind.REVIEW
    assert verdict.indeterminate[0].missing == ("a.total",)


def test_an_obligation_is_reviewed_until_it_is_met() -> None:
    open_verdict, met_verdict = judge(obligation()), judge(obligation(), met=frozenset({"four_eyes", "other"}))
    assert (open_verdict.kind, open_verdict.obligations, open_verdict.met) == (VerdictKind.REVIEW, ("four_eyes",), ())
    assert (met_verdict.kind, met_verdict.obligations) == (VerdictKind.ALLOW, ("four_eyes",))
    assert met_verdict.met == ("four_eyes",)


def test_one_of_two_obligations_met_is_not_enough() -> None:
    verdict = judge(obligation(id="R-01"), obligation("call_back", id="R-02"), met=frozenset({"four_eyes"}))
    assert verdict.kind is VerdictKind.REVIEW


def test_a_rule_that_does_not_apply_passes_even_when_its_facts_are_unknown() -> None:
    assert judge(rule("a.total > 3", applies="present(a.total)")).kind is VerdictKind.ALLOW


def test_a_rule_that_may_apply_is_indeterminate() -> None:
    verdict = judge(rule("a.flag", applies="a.total > 3"))
    assert verdict.indeterminate[0].missing == ("a.total",)


@pytest.mark.parametrize(
    ("day", "fires"),
    [("2025-12-31", False), ("2026-01-01", True), ("2026-06-30", True), ("2026-07-01", False)],
)
def test_a_rule_is_in_force_between_its_dates_inclusive(day: str, fires: bool) -> None:
    book = RuleBook(pack(rule("a.flag", effective_from="2026-01-01", effective_to="2026-06-30")))
    assert bool(book.judge("check", FIRES, on=date.fromisoformat(day)).findings) is fires


def test_parameters_of_the_tenant_replace_the_defaults_and_are_recorded() -> None:
    book = RuleBook(pack(rule("a.total > p.limit")))
    assert book.judge("check", {"a.total": 5}, on=TODAY).findings
    raised = book.judge("check", {"a.total": 5}, on=TODAY, parameters={"limit": 5})
    assert (raised.findings, raised.parameters) == ((), {"limit": 5})


@pytest.mark.parametrize("parameters", [{"limits": 5}, {"limit": 5.0}, {"limit": None}, {"limit": 2**62}])
def test_a_wrong_parameter_is_a_fault(parameters: dict[str, Any]) -> None:
    book = RuleBook(pack(rule("a.total > p.limit")))
    verdict = book.judge("check", {"a.total": 1}, on=TODAY, parameters=parameters)
    assert verdict.kind is VerdictKind.REVIEW
    assert verdict.engine_fault


def test_a_point_without_rules_is_a_fault_and_never_allowed() -> None:
    verdict = RuleBook(pack(rule("a.flag"))).judge("chekc", FIRES, on=TODAY)
    assert (verdict.kind, verdict.engine_fault) == (
        VerdictKind.REVIEW,
        "point: the pack has no rules at 'chekc'",
    )


def test_a_fault_keeps_the_facts_that_are_sound() -> None:
    book = RuleBook(pack(rule("a.flag")))
    verdict = book.judge("check", {"a.flag": True, "a.total": 1.5, "x": 1}, on=TODAY)  # type: ignore[dict-item]
    assert verdict.facts == {"a.flag": True}


def test_a_declared_fact_that_the_point_does_not_ask_for_is_ignored() -> None:
    verdict = RuleBook(pack(rule("a.flag"))).judge("check", {**FIRES, "a.total": 5}, on=TODAY)
    assert (verdict.engine_fault, verdict.facts) == (None, {"a.flag": True})


def test_a_verdict_can_be_recomputed_from_what_it_records() -> None:
    book = RuleBook(pack(rule("a.total > p.limit", message="{a.name} has {a.total}")))
    first = book.judge("check", {"a.total": 5, "a.name": "Mu\u0308"}, on=TODAY, parameters={"limit": 4})
    again = book.judge(first.point, first.facts, on=date.fromisoformat(first.judged_on), parameters=first.parameters)
    assert again == first


def test_the_digest_changes_with_any_threshold() -> None:
    data = pack_data(rule("a.total > p.limit"))
    looser = pack_data(rule("a.total > p.limit"), parameters={"limit": data["parameters"]["limit"] | {"value": 4}})
    assert RulePack.model_validate(data).digest != RulePack.model_validate(looser).digest
    assert RulePack.model_validate(data).digest == pack(rule("a.total > p.limit")).digest


@pytest.mark.parametrize(
    ("value", "kind", "currency", "text"),
    [
        (121381, FieldType.MONEY, "EUR", "1213.81 EUR"),
        (-5, FieldType.MONEY, "EUR", "-0.05 EUR"),
        (500, FieldType.MONEY, "JPY", "500 JPY"),
        (1500, FieldType.MONEY, "KWD", "1.500 KWD"),
        (1500, FieldType.MONEY, None, "15.00"),
        (250, FieldType.BPS, None, "2.5 %"),
        (10000, FieldType.BPS, None, "100 %"),
        (0, FieldType.BPS, None, "0 %"),
        (2500, FieldType.MILLI, None, "2.5"),
        (7, FieldType.INT, None, "7"),
        (True, FieldType.BOOL, None, "yes"),
        (None, FieldType.MONEY, "EUR", "unknown"),
        ("a\x1b[31mb\nc", FieldType.STR, None, "a�[31mb�c"),
        ("x" * 81, FieldType.STR, None, "x" * 79 + "…"),
    ],
)
def test_values_are_written_for_people(value: Any, kind: FieldType, currency: str | None, text: str) -> None:
    assert written(value, kind, currency=currency) == text


def test_braces_in_a_document_are_not_a_template() -> None:
    book = RuleBook(pack(rule("a.flag", message="From {a.name}.")))
    verdict = book.judge("check", FIRES | {"a.name": "{a.total.__class__}"}, on=TODAY)
    assert verdict.findings[0].message == "From {a.total.__class__}."
