"""What people can do with an invoice that waits for them, and what they cannot."""

from __future__ import annotations

import pytest

from graphs.errors import AuthorityExceeded, DutiesConflict, Invalid, ProtectedField
from graphs.tasks import Answer
from tests.support.accounts_payable import SAMPLES, AccountsPayable
from tools.errors import NeedsPerson
from tools.testing.erp_memory import Fault


def similar_invoice() -> Fault:
    """The question Tryton asks when it holds an invoice with the same reference."""
    error = NeedsPerson("an invoice like this exists", code="invoice_similar")
    return Fault(operation="post_invoice", when="before", error=error)


APPROVE = Answer(decision="approve", reason="agreed with the buyer")


async def test_an_accepted_exception_still_needs_approval_by_authority(payable: AccountsPayable) -> None:
    case = await payable.send("price_variance")
    case = await payable.answer(case, "clara", APPROVE)
    task = await payable.task(case)
    assert (case.status, task.step, task.role) == ("waiting", "approve_invoice", "approver")
    assert {reason["rule"] for reason in task.reasons} == {"P2P-AUTH-03"}
    case = await payable.answer(case, "dora", APPROVE)
    assert case.status == "done"
    assert payable.posted() == 1


async def test_the_amount_decides_who_may_approve(payable: AccountsPayable) -> None:
    case = await payable.send("over_automatic_limit")
    with pytest.raises(AuthorityExceeded):
        await payable.answer(case, "anton", APPROVE)


async def test_above_the_four_eyes_limit_two_different_people_approve(payable: AccountsPayable) -> None:
    case = await payable.send("over_four_eyes_limit")
    first = await payable.task(case)
    case = await payable.answer(case, "dora", APPROVE)
    second = await payable.task(case)
    assert second.id != first.id
    assert second.digest == first.digest
    with pytest.raises(DutiesConflict):
        await payable.answer(case, "dora", APPROVE)
    case = await payable.answer(case, "emil", APPROVE)
    assert case.status == "done"


async def test_another_bank_account_needs_the_proof_of_a_call_back(payable: AccountsPayable) -> None:
    case = await payable.send("other_bank_account")
    with pytest.raises(Invalid, match="callback_verification"):
        await payable.answer(case, "clara", APPROVE)
    proof = Answer(decision="approve", evidence={"callback_verification": "called +34 93 555 0101, Ms Roca"})
    case = await payable.answer(case, "clara", proof)
    assert (await payable.task(case)).step == "approve_invoice"


async def test_a_reviewer_cannot_enter_a_bank_account(payable: AccountsPayable) -> None:
    case = await payable.send("other_bank_account")
    with pytest.raises(ProtectedField):
        await payable.answer(case, "clara", Answer(decision="correct", set={"iban": "ES8023100001180000012345"}))


async def test_what_the_rules_forbid_cannot_be_waved_through(payable: AccountsPayable) -> None:
    case = await payable.send("foreign_bank_account")
    with pytest.raises(Invalid, match="approve"):
        await payable.answer(case, "clara", APPROVE)
    case = await payable.answer(case, "clara", Answer(decision="reject", reason="fraud attempt"))
    assert (case.status, case.outcome) == ("rejected", "rejected by Clara: fraud attempt")
    assert payable.erp.executed("draft_invoice") == []


async def test_a_missing_order_number_can_be_corrected_and_is_judged_again(payable: AccountsPayable) -> None:
    case = await payable.send("no_order")
    case = await payable.answer(case, "clara", Answer(decision="correct", set={"po_number": "PO-2026-0002"}))
    task = await payable.task(case)
    assert task.step == "resolve_match"
    assert "no_po" not in {reason.get("exception") for reason in task.reasons}


@pytest.mark.parametrize(
    ("field", "value"), [("issue_date", "31.01.2026"), ("total", "NaN"), ("total", "1e400"), ("total", "12,50")]
)
async def test_a_value_without_its_fields_form_is_refused_before_anything_happens(
    payable: AccountsPayable, field: str, value: str
) -> None:
    case = await payable.send("no_order")
    with pytest.raises(Invalid, match=field):
        await payable.answer(case, "clara", Answer(decision="correct", set={field: value}))
    assert (await payable.task(case)).status == "open"


async def test_whoever_sent_the_invoice_in_cannot_decide_on_it(payable: AccountsPayable) -> None:
    case = await payable.send("price_variance", login="clara")
    task = await payable.task(case)
    assert task.assignee_id != "acme-clara"
    with pytest.raises(DutiesConflict):
        await payable.answer(case, "clara", APPROVE)


async def test_a_question_of_the_erp_becomes_a_task_and_a_rejection_leaves_no_draft(payable: AccountsPayable) -> None:
    payable.erp.faults.append(similar_invoice())
    case = await payable.send("clean_ubl")
    task = await payable.task(case)
    assert task.step == "approve_posting"
    assert task.form["choices"] == ["correct", "reject"]
    assert "an invoice like this exists" in task.question
    case = await payable.answer(case, "dora", Answer(decision="reject", reason="it is a duplicate"))
    assert case.status == "rejected"
    assert payable.posted() == 0
    assert len(payable.erp.executed("cancel_invoice")) == 1


async def test_after_the_question_is_settled_in_the_erp_the_posting_is_tried_again(payable: AccountsPayable) -> None:
    payable.erp.faults.append(similar_invoice())
    case = await payable.send("clean_ubl")
    case = await payable.answer(case, "dora", Answer(decision="correct", reason="the other one was cancelled"))
    assert case.status == "done"
    assert payable.posted() == 1


async def test_an_account_the_erp_does_not_know_comes_back_as_its_refusal(payable: AccountsPayable) -> None:
    case = await payable.send("no_order")
    case = await payable.answer(case, "clara", Answer(decision="correct", set={"gl_account": "9.9.9"}))
    case = await payable.answer(case, "clara", APPROVE)
    case = await payable.answer(case, "dora", APPROVE)
    task = await payable.task(case)
    assert (case.status, task.step) == ("waiting", "approve_invoice")
    assert "9.9.9" in task.question
    assert task.form["choices"] == ["correct", "reject"]


async def test_a_second_delivery_of_a_document_is_the_same_case(payable: AccountsPayable) -> None:
    first = await payable.accept(SAMPLES["clean_ubl"])
    second = await payable.accept(SAMPLES["clean_ubl"])
    assert (first.case.id, second.created) == (second.case.id, False)


async def test_an_invoice_without_an_order_is_coded_and_approved_before_it_is_posted(
    payable: AccountsPayable,
) -> None:
    case = await payable.send("no_order")
    with pytest.raises(Invalid, match="approve"):
        await payable.answer(case, "clara", APPROVE)
    case = await payable.answer(case, "clara", Answer(decision="correct", set={"gl_account": "5.1.3"}))
    case = await payable.answer(case, "clara", APPROVE)
    assert (await payable.task(case)).step == "approve_invoice"
    case = await payable.answer(case, "dora", APPROVE)
    assert case.status == "done"
    assert payable.posted() == 1
