"""What every ERP connector promises; held against the twin, the twin in its own process, and Tryton."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.support.erp_invoices import BLOCKED, DAY, fresh, invoice_of, order, post, supplier_id, unordered
from tools.erp.port import DraftLine, Erp, InvoiceState, OrderState
from tools.errors import Permanent, TargetWarning

# From draft to ledger


async def test_an_invoice_is_drafted_attached_posted_and_read_back(erp: Erp) -> None:
    keys = [fresh(step) for step in ("draft", "attach", "post")]
    draft = invoice_of(await order(erp, "PO-2026-0001"))
    drafted = await erp.draft_invoice(draft, key=keys[0])
    attached = await erp.attach_document(drafted.invoice_id, name="inv.pdf", content=b"%PDF-1.7", key=keys[1])
    posted = await post(erp, drafted, keys[2])
    assert drafted.state is InvoiceState.DRAFT
    assert (drafted.net_total, drafted.tax_total, drafted.total) == (
        Decimal("638.00"),
        Decimal("121.22"),
        Decimal("759.22"),
    )
    assert (attached.invoice_id, attached.name, attached.size_bytes) == (drafted.invoice_id, "inv.pdf", 8)
    assert (posted.state, posted.reference, posted.invoice_date) == (InvoiceState.POSTED, draft.reference, DAY)
    assert posted.number != ""
    assert await erp.read_invoice(drafted.invoice_id) == posted
    assert await erp.find_invoice_by_key(keys[0]) == posted
    assert await erp.find_invoice_by_key(keys[2]) == posted
    assert await erp.find_attachment_by_key(keys[1], invoice_id=drafted.invoice_id) == attached


async def test_a_drafted_line_counts_on_its_order_until_the_draft_is_cancelled(erp: Erp) -> None:
    before = await order(erp, "PO-2026-0008")
    drafted = await erp.draft_invoice(invoice_of(before, quantity="3", rate="0.20"), key=fresh("draft"))
    during = await order(erp, "PO-2026-0008")
    await erp.cancel_invoice(drafted.invoice_id, key=fresh("cancel"))
    after = await order(erp, "PO-2026-0008")
    assert during.lines[0].invoiced_quantity == before.lines[0].invoiced_quantity + 3
    assert after == before


async def test_an_invoice_without_an_order_can_be_posted(erp: Erp) -> None:
    drafted = await erp.draft_invoice(await unordered(erp), key=fresh("draft"))
    posted = await post(erp, drafted, fresh("post"))
    assert (posted.net_total, posted.tax_total, posted.total) == (Decimal("6.66"), Decimal("1.27"), Decimal("7.93"))


async def test_tax_is_rounded_once_a_rate(erp: Erp) -> None:
    lines = tuple(
        DraftLine(description=f"Item {n}", quantity=Decimal(1), unit_price=Decimal("0.33"), tax_rate=Decimal(rate))
        for n, rate in enumerate(["0.19", "0.19", "0.19", "0.07"])
    )
    drafted = await erp.draft_invoice(await unordered(erp, lines=lines), key=fresh("draft"))
    assert (drafted.net_total, drafted.tax_total) == (Decimal("1.32"), Decimal("0.21"))


async def test_a_credit_note_is_an_invoice_of_negative_quantity(erp: Erp) -> None:
    line = DraftLine(description="Return", quantity=Decimal(-2), unit_price=Decimal("5.00"), tax_rate=Decimal("0.19"))
    drafted = await erp.draft_invoice(await unordered(erp, lines=(line,)), key=fresh("draft"))
    assert (drafted.total, drafted.lines[0].quantity) == (Decimal("-11.90"), Decimal(-2))


# Sent twice


async def test_a_draft_sent_twice_with_its_key_is_one_invoice(erp: Erp) -> None:
    draft, key = await unordered(erp), fresh("draft")
    first = await erp.draft_invoice(draft, key=key)
    second = await erp.draft_invoice(draft, key=key)
    found = await erp.similar_invoices(draft.supplier_id, since=DAY)
    assert second == first
    assert [invoice.invoice_id for invoice in found if invoice.reference == draft.reference] == [first.invoice_id]


async def test_an_attachment_sent_twice_with_its_key_is_one_attachment(erp: Erp) -> None:
    drafted = await erp.draft_invoice(await unordered(erp), key=fresh("draft"))
    key = fresh("attach")
    first = await erp.attach_document(drafted.invoice_id, name="a.pdf", content=b"a", key=key)
    second = await erp.attach_document(drafted.invoice_id, name="a.pdf", content=b"a", key=key)
    assert second == first


async def test_a_posting_sent_twice_with_its_key_posts_once(erp: Erp) -> None:
    drafted = await erp.draft_invoice(await unordered(erp), key=fresh("draft"))
    key = fresh("post")
    assert await post(erp, drafted, key) == await post(erp, drafted, key)


async def test_a_cancellation_sent_twice_stays_cancelled(erp: Erp) -> None:
    drafted = await erp.draft_invoice(await unordered(erp), key=fresh("draft"))
    first = await erp.cancel_invoice(drafted.invoice_id, key=fresh("cancel"))
    second = await erp.cancel_invoice(drafted.invoice_id, key=fresh("cancel"))
    assert first.state is InvoiceState.CANCELLED
    assert second == first


# Refused by name


async def test_a_posted_invoice_cannot_be_posted_under_another_key(erp: Erp) -> None:
    posted = await post(erp, await erp.draft_invoice(await unordered(erp), key=fresh("draft")), fresh("post"))
    with pytest.raises(Permanent) as refusal:
        await post(erp, posted, fresh("post"))
    assert refusal.value.reason == "illegal_transition"


async def test_a_posted_invoice_cannot_be_cancelled(erp: Erp) -> None:
    posted = await post(erp, await erp.draft_invoice(await unordered(erp), key=fresh("draft")), fresh("post"))
    with pytest.raises(Permanent) as refusal:
        await erp.cancel_invoice(posted.invoice_id, key=fresh("cancel"))
    assert refusal.value.reason == "illegal_transition"
    assert await erp.read_invoice(posted.invoice_id) == posted


async def test_a_cancelled_draft_cannot_be_posted(erp: Erp) -> None:
    drafted = await erp.draft_invoice(await unordered(erp), key=fresh("draft"))
    cancelled = await erp.cancel_invoice(drafted.invoice_id, key=fresh("cancel"))
    with pytest.raises(Permanent) as refusal:
        await post(erp, cancelled, fresh("post"))
    assert refusal.value.reason == "illegal_transition"


@pytest.mark.parametrize(("total", "currency"), [("7.92", "EUR"), ("7.94", "EUR"), ("7.93", "USD")])
async def test_a_total_other_than_expected_is_not_posted(erp: Erp, total: str, currency: str) -> None:
    drafted = await erp.draft_invoice(await unordered(erp), key=fresh("draft"))
    key = fresh("post")
    with pytest.raises(Permanent) as refusal:
        await erp.post_invoice(drafted.invoice_id, expected_total=Decimal(total), currency=currency, key=key)
    assert refusal.value.reason == "total_mismatch"
    assert await erp.find_invoice_by_key(key) is None


async def test_a_date_outside_every_fiscal_year_is_not_posted(erp: Erp) -> None:
    drafted = await erp.draft_invoice(await unordered(erp, invoice_date=date(2001, 1, 1)), key=fresh("draft"))
    with pytest.raises(Permanent) as refusal:
        await post(erp, drafted, fresh("post"))
    assert refusal.value.reason == "refused_by_erp"
    found = await erp.read_invoice(drafted.invoice_id)
    assert found is not None
    assert found.state is InvoiceState.DRAFT


async def test_a_blocked_supplier_gets_no_invoice(erp: Erp) -> None:
    blocked = await supplier_id(erp, BLOCKED)
    with pytest.raises(Permanent) as refusal:
        await erp.draft_invoice(await unordered(erp, supplier_id=blocked), key=fresh("draft"))
    assert refusal.value.reason == "supplier_blocked"


@pytest.mark.parametrize("unknown", ["999999", "S-9999", "-1", "1 OR 1=1", "99999999999999999999"])
async def test_unknown_ids_are_refused_by_name(erp: Erp, unknown: str) -> None:
    with pytest.raises(Permanent) as no_supplier:
        await erp.draft_invoice(await unordered(erp, supplier_id=unknown), key=fresh("draft"))
    with pytest.raises(Permanent) as no_invoice:
        await erp.post_invoice(unknown, expected_total=Decimal(1), currency="EUR", key=fresh("post"))
    with pytest.raises(Permanent) as nothing_to_attach_to:
        await erp.attach_document(unknown, name="a", content=b"a", key=fresh("attach"))
    assert {error.value.reason for error in (no_supplier, no_invoice, nothing_to_attach_to)} == {"not_found"}
    assert await erp.read_invoice(unknown) is None
    assert await erp.similar_invoices(unknown, since=DAY) == ()
    assert await erp.find_attachment_by_key("x", invoice_id=unknown) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"order_line_id": "999999"}, "not_found"),
        ({"product_code": "NO-SUCH"}, "not_found"),
        ({"tax_rate": Decimal("0.13")}, "not_configured"),
    ],
)
async def test_a_line_that_refers_to_nothing_is_refused(erp: Erp, change: dict[str, object], reason: str) -> None:
    draft = await unordered(erp)
    broken = draft.model_copy(update={"lines": (draft.lines[0].model_copy(update=change),)})
    key = fresh("draft")
    with pytest.raises(Permanent) as refusal:
        await erp.draft_invoice(broken, key=key)
    assert refusal.value.reason == reason
    assert await erp.find_invoice_by_key(key) is None


async def test_a_line_of_another_suppliers_order_is_refused(erp: Erp) -> None:
    draft = invoice_of(await order(erp, "PO-2026-0010")).model_copy(update={"supplier_id": await supplier_id(erp)})
    with pytest.raises(Permanent) as refusal:
        await erp.draft_invoice(draft, key=fresh("draft"))
    assert refusal.value.reason == "wrong_order_line"


async def test_an_unknown_currency_is_refused(erp: Erp) -> None:
    with pytest.raises(Permanent) as refusal:
        await erp.draft_invoice(await unordered(erp, currency="XTS"), key=fresh("draft"))
    assert refusal.value.reason == "not_configured"


async def test_an_unused_key_finds_nothing(erp: Erp) -> None:
    assert await erp.find_invoice_by_key(fresh("never")) is None
    assert await erp.find_invoice_by_key("%") is None
    assert await erp.find_invoice_by_key("") is None


# Questions to a person


async def test_a_second_invoice_with_the_same_reference_asks_a_person(erp: Erp) -> None:
    draft = await unordered(erp)
    await post(erp, await erp.draft_invoice(draft, key=fresh("draft")), fresh("post"))
    again = await erp.draft_invoice(draft, key=fresh("draft"))
    key = fresh("post")
    for _ in range(2):
        with pytest.raises(TargetWarning) as question:
            await post(erp, again, key)
        assert question.value.reason == "invoice_similar"
        assert draft.reference in question.value.message
    found = await erp.read_invoice(again.invoice_id)
    assert found is not None
    assert found.state is InvoiceState.DRAFT


async def test_another_tax_than_ordered_asks_a_person(erp: Erp) -> None:
    drafted = await erp.draft_invoice(invoice_of(await order(erp, "PO-2026-0002"), rate="0.07"), key=fresh("draft"))
    with pytest.raises(TargetWarning) as question:
        await post(erp, drafted, fresh("post"))
    assert question.value.reason == "invoice_taxes"


async def test_orders_not_open_say_so(erp: Erp) -> None:
    assert (await order(erp, "PO-2026-0013")).state is OrderState.CANCELLED
    assert (await order(erp, "PO-2026-0014")).state is OrderState.DRAFT


async def test_a_line_without_an_order_goes_to_the_account_it_names(erp: Erp) -> None:
    draft = await unordered(erp)
    coded = draft.model_copy(update={"lines": (draft.lines[0].model_copy(update={"account_code": "5.1.3"}),)})
    entered = await erp.draft_invoice(coded, key=fresh("key"))
    assert (entered.state, entered.total) == (InvoiceState.DRAFT, Decimal("7.93"))


async def test_an_account_that_is_no_expense_account_is_refused_by_name(erp: Erp) -> None:
    draft = await unordered(erp)
    for code in ("9.9.9", "1.1.1"):
        coded = draft.model_copy(update={"lines": (draft.lines[0].model_copy(update={"account_code": code}),)})
        with pytest.raises(Permanent, match=code) as caught:
            await erp.draft_invoice(coded, key=fresh("key"))
        assert caught.value.reason == "not_configured"
