"""Procure-to-Pay at a supplier's portal: orders are confirmed and invoices fetched, on the twins of portal and ERP."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from graphs.errors import Invalid
from graphs.store.database import Database
from graphs.tasks import Answer
from tests.support.accounts_payable import TODAY
from tests.support.people import populate
from tests.support.purchasing import ORDER, Purchasing
from tools.browser.portal import File
from tools.errors import Ambiguous, Permanent
from tools.testing.portal.memory import PortalFault


@pytest.fixture
async def purchasing(database: Database) -> Purchasing:
    await populate(database)
    return Purchasing(database=database)


async def test_an_order_that_is_offered_as_ordered_is_confirmed_without_a_hand(purchasing: Purchasing) -> None:
    case = await purchasing.start("order_confirmation", {"order": ORDER})
    (made,) = purchasing.portal.books.confirmations
    (effect,) = await purchasing.effects(case)
    assert (case.status, case.outcome) == ("done", f"confirmed as {made.number} for {made.deliver_on}")
    assert (made.order_number, made.reference) == (ORDER, effect.idempotency_key)


@pytest.mark.parametrize(
    ("line", "exception"),
    [
        ({"unit_price": Decimal("189.01")}, "price_variance"),
        ({"quantity": Decimal(9)}, "quantity_variance"),
        ({"product_code": "CHAIR-OTHER"}, "lines_added"),
        ({"deliver_on": None}, "delivery_unknown"),
    ],
    ids=lambda found: found if isinstance(found, str) else "",
)
async def test_a_difference_waits_for_a_clerk_and_nothing_is_confirmed(
    purchasing: Purchasing, line: dict[str, object], exception: str
) -> None:
    purchasing.offer_line(**line)
    case = await purchasing.start("order_confirmation", {"order": ORDER})
    task = await purchasing.task(case)
    assert (case.status, task.role) == ("waiting", "ap_clerk")
    assert exception in {reason.get("exception") for reason in task.reasons}
    assert purchasing.portal.books.confirmations == []


async def test_a_clerk_may_accept_the_offer_and_its_total_is_what_is_confirmed(purchasing: Purchasing) -> None:
    purchasing.offer_line(unit_price=Decimal("190.00"))
    case = await purchasing.start("order_confirmation", {"order": ORDER})
    case = await purchasing.answer(case, "clara", Answer(decision="approve"))
    (effect,) = await purchasing.effects(case)
    assert (case.status, effect.arguments["net_total"]) == ("done", "4145.00")


async def test_a_clerk_may_reject_the_offer(purchasing: Purchasing) -> None:
    purchasing.offer_line(quantity=Decimal(9))
    case = await purchasing.start("order_confirmation", {"order": ORDER})
    case = await purchasing.answer(case, "clara", Answer(decision="reject", reason="nine are too few"))
    assert (case.status, purchasing.portal.books.confirmations) == ("rejected", [])


async def test_an_order_above_the_limit_needs_somebody_with_authority(purchasing: Purchasing) -> None:
    purchasing.offer_line(unit_price=Decimal("275.51"))
    case = await purchasing.start("order_confirmation", {"order": ORDER})
    case = await purchasing.answer(case, "clara", Answer(decision="approve"))
    task = await purchasing.task(case)
    assert (task.step, task.role, task.required_limit_minor) == ("approve_confirmation", "approver", 500_010)
    case = await purchasing.answer(case, "dora", Answer(decision="approve"))
    assert (case.status, len(purchasing.portal.books.confirmations)) == ("done", 1)


async def test_later_than_wanted_is_a_difference(purchasing: Purchasing) -> None:
    comes_on = purchasing.portal.books.orders[ORDER].lines[0].deliver_on
    assert comes_on is not None
    in_time = await purchasing.start("order_confirmation", {"order": ORDER, "wanted_on": comes_on.isoformat()})
    day_before = (comes_on - timedelta(days=1)).isoformat()
    late = await purchasing.start("order_confirmation", {"order": "PO-2026-0002", "wanted_on": day_before})
    assert (in_time.status, late.status) == ("done", "waiting")


async def test_a_lost_answer_is_looked_for_by_its_key(purchasing: Purchasing) -> None:
    purchasing.portal.faults.append(PortalFault(when="after", error=Ambiguous("the click was made", tool="portal")))
    case = await purchasing.start("order_confirmation", {"order": ORDER})
    assert case.status == "running"
    case = await purchasing.advance(case.id)
    (effect,) = await purchasing.effects(case)
    assert (case.status, effect.status, len(purchasing.portal.books.confirmations)) == ("done", "confirmed", 1)


@pytest.mark.parametrize("body", [{}, {"order": ""}, {"order": 7}, {"order": ORDER, "wanted_on": "soon"}])
async def test_a_case_without_an_order_is_refused(purchasing: Purchasing, body: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await purchasing.start("order_confirmation", body)


async def test_each_invoice_on_the_portal_becomes_one_case_however_often_it_is_fetched(
    purchasing: Purchasing,
) -> None:
    body = {"since": (TODAY - timedelta(days=10)).isoformat()}
    first, second = [await purchasing.start("portal_invoices", body) for _ in range(2)]
    (started,), (again,) = [await purchasing.effects(case) for case in (first, second)]
    cases = await purchasing.cases_of(started)
    assert (first.status, first.outcome, len(cases)) == ("done", "3 invoices have their case", 3)
    assert [case.id for case in cases] == [case.id for case in await purchasing.cases_of(again)]
    assert [found["created"] for found in (again.result or {})["cases"]] == [False] * 3
    assert {case.input["channel"] for case in cases} == {"portal"}


async def test_a_fetched_invoice_goes_its_way_to_the_posting(purchasing: Purchasing) -> None:
    case = await purchasing.start("portal_invoices", {"since": (TODAY - timedelta(days=10)).isoformat()})
    (started,) = await purchasing.effects(case)
    ends = [await purchasing.advance(found.id) for found in await purchasing.cases_of(started)]
    assert [found.status for found in ends] == ["done"] * 3
    assert len(purchasing.erp.executed("post_invoice")) == 3


async def test_the_same_bytes_under_two_numbers_have_one_case(purchasing: Purchasing) -> None:
    books = purchasing.portal.books
    first, second, *_ = sorted(books.invoices)
    copied = File(name="copy.pdf", content=books.invoices[first].file.content)
    books.invoices[second] = type(books.invoices[second])(listed=books.invoices[second].listed, file=copied)
    case = await purchasing.start("portal_invoices", {"since": (TODAY - timedelta(days=10)).isoformat()})
    (started,) = await purchasing.effects(case)
    assert (case.status, len(await purchasing.cases_of(started))) == ("done", 2)


async def test_a_file_that_is_no_pdf_waits_for_a_clerk_and_nothing_is_started(purchasing: Purchasing) -> None:
    books = purchasing.portal.books
    first = min(books.invoices)
    page = File(name="error.pdf", content=b"<html>sorry</html>")
    books.invoices[first] = type(books.invoices[first])(listed=books.invoices[first].listed, file=page)
    case = await purchasing.start("portal_invoices", {"since": (TODAY - timedelta(days=10)).isoformat()})
    task = await purchasing.task(case)
    assert (case.status, task.step, await purchasing.effects(case)) == ("waiting", "approve_cases", [])


async def test_a_portal_without_invoices_ends_the_case_at_once(purchasing: Purchasing) -> None:
    case = await purchasing.start("portal_invoices", {"since": TODAY.isoformat()})
    assert (case.status, case.outcome, await purchasing.effects(case)) == ("done", "nothing is listed", [])


async def test_a_document_that_is_not_stored_starts_nothing(purchasing: Purchasing) -> None:
    tool = purchasing.services.catalogs("acme")["case.start"]
    wanted = {"sha256": "0" * 64, "name": "x.pdf", "sender": "a@b.example", "channel": "portal"}
    asked = tool.arguments.model_validate({"process": "procure_to_pay", "documents": [wanted]})
    with pytest.raises(Permanent, match="there is no document"):
        await tool.execute(asked, key="k")
