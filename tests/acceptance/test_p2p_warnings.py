"""What the ERP warns of is a question to a person, and is acknowledged for exactly what that person saw."""

from __future__ import annotations

from decimal import Decimal

import pytest

from graphs.errors import AuthorityExceeded, DutiesConflict
from graphs.store.tables import Case
from graphs.tasks import Answer
from tests.support.accounts_payable import AccountsPayable
from tests.support.served_erp import after_drafting, enter_the_same
from tools.testing.erp import MemoryErp

APPROVE = Answer(decision="approve", reason="another delivery under the same number")


def tax_otherwise(erp: MemoryErp) -> None:
    """Somebody changes the tax of the order lines that the newest invoice is of."""
    for line in list(erp.books.invoices.values())[-1].lines:
        erp.orders.line_rates[line.order_line_id or ""] = Decimal("0.07")


async def send_a_similar_one(payable: AccountsPayable) -> Case:
    """An invoice whose posting the ERP warns of."""
    after_drafting(payable.erp, lambda: enter_the_same(payable.erp))
    return await payable.send("clean_ubl")


async def sent_arguments(payable: AccountsPayable, case: Case) -> list[list[str]]:
    """What each sent posting of the case acknowledged, as the audit trail says."""
    async with payable.database.unit_of_work("acme") as unit:
        entries = await unit.audit_log.of_case(case.id)
    judged = {(entry.step, entry.visit): values for entry, values in entries if entry.kind == "action.judged"}
    sent = [
        (entry, values) for entry, values in entries if entry.kind == "effect.sent" and entry.step == "post_invoice"
    ]
    actions = [
        judged[values["judged"]["step"], values["judged"]["visit"]]["action"]
        if "judged" in values
        else values["action"]
        for _, values in sent
    ]
    return [action["arguments"].get("acknowledged", []) for action in actions]


async def test_a_warning_becomes_a_question_that_names_it_and_can_be_approved(payable: AccountsPayable) -> None:
    case = await send_a_similar_one(payable)
    task = await payable.task(case)
    assert (case.status, task.step) == ("waiting", "approve_posting")
    assert task.form["choices"] == ["approve", "correct", "reject"]
    assert "invoice_similar" in task.question
    (reason,) = [reason for reason in task.reasons if reason["severity"] == "warning"]
    assert task.action is not None
    assert task.action["arguments"]["acknowledged"] == [reason["warning"]]
    assert reason["warning"].endswith(".invoice_similar")
    assert payable.posted() == 0


async def test_an_approved_warning_is_acknowledged_once_and_the_invoice_posted_once(payable: AccountsPayable) -> None:
    case = await send_a_similar_one(payable)
    (reason,) = [reason for reason in (await payable.task(case)).reasons if reason["severity"] == "warning"]
    case = await payable.answer(case, "dora", APPROVE)
    assert case.status == "done"
    assert payable.posted() == 1
    assert await sent_arguments(payable, case) == [[], [reason["warning"]]]


async def test_another_warning_asks_again_and_needs_another_approval(payable: AccountsPayable) -> None:
    def both() -> None:
        enter_the_same(payable.erp)
        tax_otherwise(payable.erp)

    after_drafting(payable.erp, both)
    case = await payable.send("clean_ubl")
    first = await payable.task(case)
    case = await payable.answer(case, "dora", APPROVE)
    second = await payable.task(case)
    assert payable.posted() == 0
    assert first.action is not None
    assert second.action is not None
    assert second.digest != first.digest
    assert [len(task.action["arguments"]["acknowledged"]) for task in (first, second) if task.action] == [1, 2]
    assert second.action["arguments"]["acknowledged"][0] == first.action["arguments"]["acknowledged"][0]
    assert "invoice_similar" in second.question
    case = await payable.answer(case, "dora", APPROVE)
    assert case.status == "done"
    assert payable.posted() == 1


async def test_whoever_sent_the_invoice_in_cannot_acknowledge_what_the_erp_warns_of(payable: AccountsPayable) -> None:
    after_drafting(payable.erp, lambda: enter_the_same(payable.erp))
    case = await payable.send("clean_ubl", login="dora")
    with pytest.raises(DutiesConflict):
        await payable.answer(case, "dora", APPROVE)
    assert payable.posted() == 0


async def test_a_warning_is_acknowledged_only_by_somebody_with_authority_over_the_amount(
    payable: AccountsPayable,
) -> None:
    after_drafting(payable.erp, lambda: enter_the_same(payable.erp))
    case = await payable.send("over_four_eyes_limit")
    case = await payable.answer(case, "dora", APPROVE)
    case = await payable.answer(case, "emil", APPROVE)
    assert (await payable.task(case)).step == "approve_posting"
    with pytest.raises(AuthorityExceeded):
        await payable.answer(case, "anton", APPROVE)
    case = await payable.answer(case, "dora", APPROVE)
    assert case.status == "done"


async def test_corrected_instead_of_approved_the_posting_acknowledges_nothing(payable: AccountsPayable) -> None:
    case = await send_a_similar_one(payable)
    case = await payable.answer(case, "dora", Answer(decision="correct", reason="it was cancelled in the ERP"))
    assert (case.status, (await payable.task(case)).step) == ("waiting", "approve_posting")
    assert await sent_arguments(payable, case) == [[], []]
    assert payable.posted() == 0


async def test_a_rejected_warning_leaves_no_draft_behind(payable: AccountsPayable) -> None:
    case = await send_a_similar_one(payable)
    case = await payable.answer(case, "dora", Answer(decision="reject", reason="it is a duplicate"))
    assert case.status == "rejected"
    assert payable.posted() == 0
    assert len(payable.erp.executed("cancel_invoice")) == 1
