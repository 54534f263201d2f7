"""Whoever approves an invoice may name another account for its lines without an order, in the same answer."""

from __future__ import annotations

from graphs.store.tables import Case
from graphs.tasks import Answer, TaskDesk
from graphs.tasks.edits import Edited
from tests.support.accounts_payable import AccountsPayable
from tests.support.people import actor

APPROVE = Answer(decision="approve", reason="ordered by phone")
SALES = {"gl_account": "5.2.1"}


async def coded(payable: AccountsPayable) -> Case:
    """An invoice without an order, coded by a clerk, that waits for its approval."""
    case = await payable.send("no_order")
    case = await payable.answer(case, "clara", Answer(decision="correct", set={"gl_account": "5.1.3"}))
    return await payable.answer(case, "clara", APPROVE)


async def previewed(payable: AccountsPayable, case: Case, fields: dict[str, str]) -> Edited:
    task = await payable.task(case)
    return await TaskDesk(services=payable.services).preview(await actor(payable.database, "dora"), task.id, fields)


async def test_an_approval_with_another_account_posts_what_its_preview_showed(payable: AccountsPayable) -> None:
    case = await coded(payable)
    preview = await previewed(payable, case, SALES)
    [change] = preview.changes
    assert change.field == "action.arguments.lines"
    assert [(old["account_code"], new["account_code"]) for old, new in zip(change.old, change.new, strict=True)] == [
        ("5.1.3", "5.2.1")
    ]
    case = await payable.answer(case, "dora", Answer(decision="approve", set=SALES, digest=preview.task.digest))
    assert (case.status, payable.posted()) == ("done", 1)
    drafted = (await payable.drafting(case))["arguments"]["lines"]
    assert {line["account_code"] for line in drafted} == {"5.2.1"}


async def test_an_account_that_the_erp_does_not_know_posts_nothing_and_is_asked_again(payable: AccountsPayable) -> None:
    case = await coded(payable)
    preview = await previewed(payable, case, {"gl_account": "9.9.9"})
    answer = Answer(decision="approve", set={"gl_account": "9.9.9"}, digest=preview.task.digest)
    case = await payable.answer(case, "dora", answer)
    task = await payable.task(case)
    assert (case.status, task.step, payable.posted()) == ("waiting", "approve_invoice", 0)
    assert "9.9.9" in task.question


async def test_a_corrected_account_is_asked_again_as_it_would_be_entered(payable: AccountsPayable) -> None:
    case = await payable.answer(await coded(payable), "dora", Answer(decision="correct", set=SALES))
    task = await payable.task(case)
    assert (case.status, task.step, payable.posted()) == ("waiting", "approve_invoice", 0)
    assert [line["account_code"] for line in (task.action or {})["arguments"]["lines"]] == ["5.2.1"]
