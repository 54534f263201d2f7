"""What people still have to say before an action may be carried out."""

from typing import Any

import pytest
from policies_samples import verdict

from policies.approval import Approval, Outstanding, outstanding
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


def test_a_delegate_and_the_giver_are_one_person() -> None:
    for_ann = yes("bob", through=("ann",))
    assert left(FOUR_EYES, for_ann, yes("ann")).approvals_needed == 1
    assert left(FOUR_EYES, yes("ann"), for_ann).approvals_needed == 1
    assert left(FOUR_EYES, for_ann, yes("cem", through=("ann",))).approvals_needed == 1
    assert left(FOUR_EYES, for_ann, yes("cem")).settled


def test_everybody_an_approval_counts_for_is_excluded_from_the_next() -> None:
    assert left(FOUR_EYES, yes("bob", through=("ann",))).excluded == ("ann", "bob", "rita")


def test_nobody_answers_in_the_requesters_place() -> None:
    assert left(REVIEW, yes("ann", through=("rita",))).approvals_needed == 1


def test_an_agent_and_its_sponsor_are_one_person() -> None:
    by_agent = outstanding(
        REVIEW, digest=SEEN, approvals=[yes("bot", through=("rita",))], requester="rita", amount_minor=None
    )
    assert by_agent.approvals_needed == 1
    asked_by_agent = outstanding(REVIEW, digest=SEEN, approvals=[yes("rita")], requester="bot", sponsor="rita")
    assert (asked_by_agent.approvals_needed, asked_by_agent.excluded) == (1, ("bot", "rita"))


def test_what_an_agent_may_not_move_needs_a_person_with_the_authority() -> None:
    def asked(*approvals: Approval) -> Outstanding:
        allowed = verdict(VerdictKind.ALLOW)
        return outstanding(
            allowed, digest=SEEN, approvals=approvals, requester="bot", amount_minor=100, person_needed=True
        )

    assert (asked().approvals_needed, asked().required_limit_minor) == (1, 100)
    assert not asked(yes("ann", limit_minor=99)).settled
    assert asked(yes("ann", limit_minor=100)).settled
