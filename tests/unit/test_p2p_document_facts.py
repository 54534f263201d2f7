"""What the rules of Procure-to-Pay are told about the document itself and about the mail it came with."""

from __future__ import annotations

from typing import Any

import pytest

from graphs.processes.procure_to_pay import definition
from graphs.processes.procure_to_pay.facts import validate, validate_document
from graphs.state import CaseView

SUPPLIER = {"supplier_id": "7", "vat_id": "DE1", "emails": ["billing@supplier.example"], "ibans": []}


def case(*findings: str, mail: dict[str, Any] | None = None) -> CaseView:
    """A case whose document was read with these findings, sent in by a known address."""
    received = {"document": "0" * 64, "channel": "mail", "sender": "billing@supplier.example"}
    return CaseView(
        case_id="c",
        tenant="acme",
        requester="intake",
        input={**received, "received_on": "2026-11-01", **({"mail": mail} if mail else {})},
        data={"reading": {"lines": [], "findings": list(findings)}, "master": {"supplier": SUPPLIER}},
    )


def verification(value: str) -> dict[str, Any]:
    return {"verification": {"sender_verified": {"value": value}}}


@pytest.mark.parametrize(
    ("finding", "fact"),
    [
        ("schema_invalid", "document.breaks_rules"),
        ("rule_failed", "document.breaks_rules"),
        ("not_validated", "document.not_validated"),
        ("shadow_value", "document.shadow_values"),
        ("revisions_not_compared", "document.shadow_values"),
        ("hidden_text", "document.hidden_text"),
    ],
)
def test_a_finding_of_the_reader_is_a_fact_for_the_rules(finding: str, fact: str) -> None:
    told = {name: value for name, value in validate_document(case(finding)).items() if value is True}
    assert {name for name in told if name.startswith("document.")} == {fact}


@pytest.mark.parametrize("finding", ["rule_warned", "profile_rule_failed"])
def test_a_warning_or_another_profiles_rule_is_none(finding: str) -> None:
    assert [name for name, value in validate_document(case(finding)).items() if value is True] == ["sender.verified"]


@pytest.mark.parametrize(("said", "verified"), [("pass", True), ("fail", False), ("none", False), (None, True)])
def test_a_fetched_mail_counts_only_if_its_domain_vouches_for_it(said: str | None, verified: bool) -> None:
    found = case(mail=verification(said) if said else None)
    assert validate_document(found)["sender.verified"] is verified


def test_cases_of_the_first_version_are_asked_what_they_always_were() -> None:
    steps = {step.name: step for step in definition(1).steps}
    assert steps["validate"].facts is validate  # type: ignore[union-attr]  # it is the decision step
    assert "document.breaks_rules" not in validate(case("rule_failed"))
