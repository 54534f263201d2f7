"""What people still have to say before an action may be carried out."""

from datetime import date
from typing import Any

import pytest
from policies_samples import verdict
from pydantic import ValidationError

from policies.approval import Approval, Outstanding, outstanding
from policies.authority import Authority, Delegation, limit_of, limit_through
from policies.verdict import Verdict, VerdictKind

SEEN = "d" * 64
REVIEW = verdict(VerdictKind.REVIEW)
FOUR_EYES = verdict(VerdictKind.REVIEW, obligations=("four_eyes",))
CALL_BACK = verdict(VerdictKind.REVIEW, obligations=("callback_verification",))


def yes(by: str, **changes: Any) -> Approval:
    return Approval.model_validate({"by": by, "digest": SEEN, "at": "2026-11-22T10:00:00Z"} | changes)


def left(judged: Verdict, *approvals: Approval, amount_minor: int | None = None) -> Outstanding:
    return outstanding(judged, digest=SEEN, approvals=approvals, requester="rita", amount_minor=amount_minor)


def test_an_allowed_action_needs_nobody() -> None:
    assert left(verdict(VerdictKind.ALLOW)).settled


def test_a_reviewed_action_needs_one_person() -> None:
    assert left(REVIEW).approvals_needed == 1
    assert left(REVIEW, yes("ann")).settled


def test_a_denied_action_is_never_settled_by_approval() -> None:
    denied = left(verdict(VerdictKind.DENY), yes("ann"), yes("bob"), amount_minor=1)
    assert (denied.denied, denied.settled) == (True, False)


@pytest.mark.parametrize("changes", [{"engine_fault": "error 303"}, {"indeterminate": ()}])
def test_a_fault_is_settled_by_a_person_only(changes: dict[str, Any]) -> None:
    faulty = verdict(VerdictKind.REVIEW, **changes)
    assert not left(faulty).settled
    assert left(faulty, yes("ann")).settled


def test_an_approval_of_something_else_does_not_count() -> None:
    other = left(REVIEW, yes("ann", digest="e" * 64))
    assert (other.approvals_needed, other.excluded) == (1, ("rita",))


def test_the_requester_cannot_approve() -> None:
    assert left(REVIEW, yes("rita")).approvals_needed == 1
    assert left(FOUR_EYES, yes("rita"), yes("ann")).approvals_needed == 1


def test_four_eyes_are_two_people() -> None:
    assert left(FOUR_EYES).approvals_needed == 2
    assert left(FOUR_EYES, yes("ann")).approvals_needed == 1
    assert left(FOUR_EYES, yes("ann"), yes("bob")).settled


def test_the_same_person_twice_counts_once() -> None:
    again = left(FOUR_EYES, yes("ann"), yes("ann", at="2026-11-22T11:00:00Z"))
    assert (again.approvals_needed, again.excluded) == (1, ("ann", "rita"))


def test_four_eyes_cannot_be_claimed_as_evidence() -> None:
    assert not left(FOUR_EYES, yes("ann", evidence={"four_eyes": "bob agreed by phone"})).settled


def test_a_call_back_is_met_only_by_evidence_under_its_name() -> None:
    assert left(CALL_BACK, yes("ann")).obligations == ("callback_verification",)
    assert left(CALL_BACK, yes("ann", evidence={"callback": "call 4711"})).approvals_needed == 1
    assert left(CALL_BACK, yes("ann", evidence={"callback_verification": "  "})).obligations
    assert left(CALL_BACK, yes("ann", evidence={"callback_verification": "call 4711"})).settled


def test_evidence_for_another_digest_is_no_evidence() -> None:
    stale = yes("ann", digest="e" * 64, evidence={"callback_verification": "call 4711"})
    assert left(CALL_BACK, stale, yes("bob")).obligations == ("callback_verification",)


def test_an_obligation_met_earlier_is_not_asked_again() -> None:
    met = verdict(VerdictKind.REVIEW, obligations=("four_eyes",), met=("four_eyes",))
    assert left(met, yes("ann")).settled


@pytest.mark.parametrize(("limit", "settled"), [(None, False), (99_999, False), (100_000, True), (100_001, True)])
def test_somebody_must_have_the_authority_for_the_amount(limit: int | None, settled: bool) -> None:
    result = left(REVIEW, yes("ann", limit_minor=limit), amount_minor=100_000)
    assert result.settled is settled
    assert result.required_limit_minor == (None if settled else 100_000)


def test_of_two_approvers_one_has_the_authority() -> None:
    clerk, head = yes("ann", limit_minor=1_000), yes("bob", limit_minor=100_000)
    assert left(FOUR_EYES, clerk, head, amount_minor=100_000).settled
    short = left(FOUR_EYES, clerk, yes("cem", limit_minor=1_000), amount_minor=100_000)
    assert (short.approvals_needed, short.required_limit_minor) == (1, 100_000)


def test_a_credit_needs_the_same_authority_as_a_debit() -> None:
    assert not left(REVIEW, yes("ann", limit_minor=99_999), amount_minor=-100_000).settled


def row(role: str, limit: int, **changes: Any) -> Authority:
    data = {"role": role, "matter": "invoice", "currency": "EUR", "limit_minor": limit, "effective_from": "2026-01-01"}
    return Authority.model_validate(data | changes)


MATRIX = (row("clerk", 50_000), row("head", 5_000_000, effective_to=date(2026, 6, 30)), row("head", 1_000_000))


@pytest.mark.parametrize(
    ("roles", "day", "limit"),
    [
        (["clerk"], "2026-01-01", 50_000),
        (["clerk"], "2025-12-31", None),
        (["clerk", "head"], "2026-06-30", 5_000_000),
        (["clerk", "head"], "2026-07-01", 1_000_000),
        (["guest"], "2026-07-01", None),
        ([], "2026-07-01", None),
    ],
)
def test_the_highest_limit_of_a_persons_roles_holds(roles: list[str], day: str, limit: int | None) -> None:
    held = limit_of(MATRIX, roles=roles, matter="invoice", currency="EUR", on=date.fromisoformat(day))
    assert held == limit


@pytest.mark.parametrize(("matter", "currency"), [("invoice", "USD"), ("order", "EUR")])
def test_authority_does_not_carry_over(matter: str, currency: str) -> None:
    assert limit_of(MATRIX, roles=["head"], matter=matter, currency=currency, on=date(2026, 2, 1)) is None


@pytest.mark.parametrize("limit", [-1, 1.5, "100", True])
def test_a_limit_is_an_exact_amount(limit: object) -> None:
    with pytest.raises(ValidationError, match="limit_minor"):
        row("clerk", limit)  # type: ignore[arg-type]


def through(cap: int | None, giver: int | None, receiver: int | None, day: str = "2026-08-01") -> int | None:
    delegation = Delegation(
        giver="gil",
        receiver="rob",
        cap_minor=cap,
        effective_from=date(2026, 8, 1),
        effective_to=date(2026, 8, 14),
    )
    return limit_through(delegation, giver_limit=giver, receiver_limit=receiver, on=date.fromisoformat(day))


@pytest.mark.parametrize(
    ("cap", "giver", "receiver", "limit"),
    [
        (None, 1000, 500, 500),
        (None, 500, 1000, 500),
        (200, 1000, 500, 200),
        (9000, 1000, 500, 500),
        (9000, None, 500, None),
        (9000, 1000, None, None),
    ],
)
def test_a_delegation_never_raises_a_limit(
    cap: int | None, giver: int | None, receiver: int | None, limit: int | None
) -> None:
    assert through(cap, giver, receiver) == limit


@pytest.mark.parametrize(
    ("day", "limit"), [("2026-07-31", None), ("2026-08-01", 500), ("2026-08-14", 500), ("2026-08-15", None)]
)
def test_a_delegation_holds_between_its_dates(day: str, limit: int | None) -> None:
    assert through(None, 1000, 500, day) == limit
