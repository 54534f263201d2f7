"""P2P-6: the payload is the documented one, and the rules decide about it as the activities do."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest

from evals.bench import p2p6, reference
from evals.bench.setup import Rules
from evals.bench.step_log import StepLog
from evals.bench.wiring import rule_book
from graphs.state import CaseView
from policies.boundary_table import failures
from policies.verdict import Verdict, VerdictKind
from tests.conftest import ROOT

TODAY = date(2026, 11, 24)
PAGE = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")


def view(read: dict[str, Any]) -> CaseView:
    """A case that has read `read`."""
    data = {"document": read, "judged": p2p6.judged_facts(read)}
    return CaseView(case_id="c", tenant="bench", requester="bench-starter", input={"invoice": "t-0"}, data=data)


def judged(point: str, read: dict[str, Any], rules: Rules = Rules.TWENTY) -> Verdict:
    steps = p2p6.LoggedSteps(log=StepLog(None))
    facts = {"policy": steps.policy, "match": steps.match, "route": p2p6.route_facts}[point](view(read))
    return rule_book(rules).judge(point, facts, on=TODAY)


def test_the_payload_is_the_documented_one() -> None:
    documented = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0]
    assert json.loads(documented) == reference.extract("t-0")


def test_the_payload_is_the_same_for_the_same_number_and_about_2_kb() -> None:
    read = reference.extract("t-1")
    assert read == reference.extract("t-1")
    assert read != reference.extract("t-2")
    assert 1500 < len(json.dumps(read)) < 2500


def test_the_activities_lead_to_approval_and_posting() -> None:
    read = reference.extract("t-0")
    checked, matched = reference.policy(read), reference.match(read)
    assert len(checked["checks"]) == 10
    assert reference.route(checked, matched) == "approve"
    assert reference.post(read, reference.APPROVAL) == {"erp_doc": "5100" + read["po"][3:], "by": "ap.manager"}


def test_twenty_rules_judge_the_posting() -> None:
    book = rule_book(Rules.TWENTY)
    assert len(book.pack.rules) == len(book.pack.rules_at("route")) == 20
    assert {point: len(book.pack.rules_at(point)) for point in ("read", "policy", "match")} == {
        "read": 1,
        "policy": 10,
        "match": 4,
    }


@pytest.mark.parametrize("rules", Rules)
def test_every_rule_keeps_its_boundary_table(rules: Rules) -> None:
    assert list(failures(rule_book(rules))) == []


@pytest.mark.parametrize("number", ["t-0", "t-1", "w-39"])
@pytest.mark.parametrize("rules", Rules)
def test_a_case_waits_for_a_person_before_it_is_posted_and_nowhere_else(number: str, rules: Rules) -> None:
    read = reference.extract(number)
    assert judged("policy", read, rules).kind is VerdictKind.ALLOW
    assert judged("match", read, rules).kind is VerdictKind.ALLOW
    routed = judged("route", read, rules)
    assert (routed.kind, routed.exceptions) == (VerdictKind.REVIEW, ("approval_by_authority",))


@pytest.mark.parametrize(
    ("point", "change"),
    [
        ("policy", {"confidence": 0.89}),
        ("policy", {"days_old": 90}),
        ("policy", {"po": "none"}),
        ("policy", {"currency": "CHF"}),
        ("match", {"po_total": 0.01}),
        ("match", {"received_total": 0.01}),
    ],
)
def test_what_the_activities_refuse_the_rules_do_not_allow(point: str, change: dict[str, Any]) -> None:
    read = {**reference.extract("t-0"), **change}
    assert reference.route(reference.policy(read), reference.match(read)) == "exception"
    assert judged(point, read).kind is not VerdictKind.ALLOW


def test_money_is_exact_minor_units() -> None:
    assert p2p6.minor(0.29, "EUR") == 29
    assert p2p6.minor(19012.3, "EUR") == 1_901_230
