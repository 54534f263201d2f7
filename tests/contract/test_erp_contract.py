"""What every ERP connector promises; held against the twin, the twin in its own process, and Tryton."""

from __future__ import annotations

import json
import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tools.erp.port import (
    SIMILAR_LIMIT,
    DraftInvoice,
    DraftLine,
    Erp,
    InvoiceState,
    OrderState,
    PurchaseOrder,
    SupplierInvoice,
)
from tools.errors import Permanent, TargetWarning
from tools.testing.erp_seed import DEFAULT_EXPENSE_ACCOUNT, EXPENSE_ACCOUNTS, SEED, read_seed

EXPECTED = read_seed(json.loads(SEED.read_text()))
NORDLICHT = "DE284519377"
HARBOUR = "GB434031439"
BLOCKED = "DE299412851"
DAY = date(2026, 7, 1)


def fresh(prefix: str) -> str:
    """A key or reference nobody used before."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


async def supplier_id(erp: Erp, vat_id: str = NORDLICHT) -> str:
    """The ERP's id of a supplier."""
    found = await erp.find_supplier(vat_id=vat_id)
    assert found is not None
    return found.supplier_id


async def order(erp: Erp, number: str) -> PurchaseOrder:
    """An order that must be there."""
    found = await erp.read_order(number)
    assert found is not None
    return found


def invoice_of(ordered: PurchaseOrder, *, quantity: str = "1", rate: str = "0.19") -> DraftInvoice:
    """An invoice over `quantity` of each line of an order."""
    lines = tuple(
        DraftLine(
            description=line.description,
            quantity=Decimal(quantity),
            unit_price=line.unit_price,
            tax_rate=Decimal(rate),
            order_line_id=line.line_id,
        )
        for line in ordered.lines
    )
    return DraftInvoice(
        supplier_id=ordered.supplier_id, reference=fresh("INV"), invoice_date=DAY, currency="EUR", lines=lines
    )


async def unordered(erp: Erp, **changes: object) -> DraftInvoice:
    """An invoice without a purchase order."""
    line = DraftLine(description="Coffee", quantity=Decimal(2), unit_price=Decimal("3.33"), tax_rate=Decimal("0.19"))
    draft = DraftInvoice(
        supplier_id=await supplier_id(erp), reference=fresh("INV"), invoice_date=DAY, currency="EUR", lines=(line,)
    )
    return draft.model_copy(update=changes)


async def post(erp: Erp, invoice: SupplierInvoice, key: str) -> SupplierInvoice:
    """Post at the total the ERP computed."""
    return await erp.post_invoice(invoice.invoice_id, expected_total=invoice.total, currency="EUR", key=key)


# Looking up


async def test_every_supplier_is_found_by_vat_id_with_its_master_data(erp: Erp) -> None:
    found = [await erp.find_supplier(vat_id=supplier.vat_id) for supplier in EXPECTED.suppliers]
    assert [supplier and supplier.model_dump(exclude={"supplier_id"}) for supplier in found] == [
        supplier.model_dump(exclude={"supplier_id"}) for supplier in EXPECTED.suppliers
    ]


async def test_a_vat_id_may_be_written_with_blanks_and_small_letters(erp: Erp) -> None:
    found = await erp.find_supplier(vat_id="de 284 519 377")
    assert found is not None
    assert found.name == "Nordlicht Bürobedarf GmbH"


async def test_a_supplier_is_found_by_its_exact_name_in_any_case(erp: Erp) -> None:
    found = await erp.find_supplier(name=" harbour lane consulting LTD ")
    assert found is not None
    assert found.vat_id == HARBOUR


async def test_part_of_a_name_or_a_wildcard_finds_nobody(erp: Erp) -> None:
    names = ["Harbour Lane", "%", "Harbour_Lane Consulting Ltd", "", "'; DROP TABLE x; --"]
    assert [await erp.find_supplier(name=name) for name in names] == [None] * len(names)


async def test_an_unknown_vat_id_finds_nobody(erp: Erp) -> None:
    vat_ids = ["DE000000000", "--", "%"]
    assert [await erp.find_supplier(vat_id=vat_id) for vat_id in vat_ids] == [None] * len(vat_ids)


async def test_every_order_is_read_with_its_receipts(erp: Erp) -> None:
    ignored = {"supplier_id": True, "order_id": True, "lines": {"__all__": {"line_id", "invoiced_quantity"}}}
    found = [await order(erp, expected.number) for expected in EXPECTED.orders]
    assert [one.model_dump(exclude=ignored) for one in found] == [
        expected.model_dump(exclude=ignored) for expected in EXPECTED.orders
    ]


@pytest.mark.parametrize(("number", "invoiced"), [("PO-2026-0006", "3"), ("PO-2026-0012", "12"), ("PO-2026-0020", "0")])
async def test_an_order_says_how_much_of_it_is_invoiced(erp: Erp, number: str, invoiced: str) -> None:
    found = await order(erp, number)
    assert [line.invoiced_quantity for line in found.lines] == [Decimal(invoiced)]


async def test_an_unknown_order_number_finds_nothing(erp: Erp) -> None:
    numbers = ["PO-2026-9999", "", "%", "PO-2026-000"]
    assert [await erp.read_order(number) for number in numbers] == [None] * len(numbers)


async def test_similar_invoices_are_bounded_and_newest_first(erp: Erp) -> None:
    early, late = DAY, DAY + timedelta(days=9)
    for day in (early, late):
        await erp.draft_invoice(await unordered(erp, invoice_date=day), key=fresh("draft"))
    found = await erp.similar_invoices(await supplier_id(erp), since=DAY)
    dates = [invoice.invoice_date for invoice in found]
    assert dates == sorted(dates, reverse=True)
    assert {early, late} <= set(dates)
    assert len(found) <= SIMILAR_LIMIT
    newer = await erp.similar_invoices(await supplier_id(erp), since=early + timedelta(days=1))
    assert early not in [invoice.invoice_date for invoice in newer]


async def test_the_expense_accounts_are_those_that_can_be_posted_to(erp: Erp) -> None:
    found = await erp.expense_accounts()
    assert {account.code: account.title for account in found} == EXPENSE_ACCOUNTS
    assert [account.code for account in found] == sorted(EXPENSE_ACCOUNTS)


async def booked_on(
    erp: Erp, vat_id: str, *accounts: str | None, day: date = DAY, post: bool = True
) -> SupplierInvoice:
    """An invoice of a supplier with a line on each account."""
    lines = tuple(
        DraftLine(
            description=f"{fresh('work')}", quantity=Decimal(1), unit_price=Decimal(90), tax_rate=Decimal("0.19"),
            account_code=account,
        )
        for account in accounts
    )  # fmt: skip
    draft = DraftInvoice(
        supplier_id=await supplier_id(erp, vat_id),
        reference=fresh("USED"),
        invoice_date=day,
        currency="EUR",
        lines=lines,
    )
    made = await erp.draft_invoice(draft, key=fresh("draft"))
    if not post:
        return made
    return await erp.post_invoice(made.invoice_id, expected_total=made.total, currency=made.currency, key=fresh("post"))


async def test_the_accounts_used_for_a_supplier_are_counted_by_invoice(erp: Erp) -> None:
    before = {one.code: one.invoices for one in await erp.used_accounts(await supplier_id(erp, HARBOUR), since=DAY)}
    later = DAY + timedelta(days=3)
    await booked_on(erp, HARBOUR, "5.1.3", "5.1.3")
    await booked_on(erp, HARBOUR, "5.1.3", "5.2.1", day=later)
    await booked_on(erp, HARBOUR, "5.2.3", post=False)
    found = await erp.used_accounts(await supplier_id(erp, HARBOUR), since=DAY)
    assert {one.code: one.invoices - before.get(one.code, 0) for one in found} == {"5.1.3": 2, "5.2.1": 1}
    assert [(one.title, one.last_used_on) for one in found] == [("Services", later), ("Cost Of Sales", later)]
    assert {one.code: one.title for one in found}.items() <= EXPENSE_ACCOUNTS.items()


async def test_a_line_that_names_no_account_counts_where_the_erp_has_booked_it(erp: Erp) -> None:
    later = DAY + timedelta(days=40)
    await booked_on(erp, HARBOUR, None, day=later)
    found = await erp.used_accounts(await supplier_id(erp, HARBOUR), since=later)
    assert [one.code for one in found] == [DEFAULT_EXPENSE_ACCOUNT]


async def test_lines_of_orders_and_older_invoices_use_no_account(erp: Erp) -> None:
    later = DAY + timedelta(days=90)
    ordered = await order(erp, "PO-2026-0017")
    before = await erp.used_accounts(ordered.supplier_id, since=DAY)
    made = await erp.draft_invoice(invoice_of(ordered), key=fresh("draft"))
    await erp.post_invoice(made.invoice_id, expected_total=made.total, currency=made.currency, key=fresh("post"))
    assert await erp.used_accounts(ordered.supplier_id, since=DAY) == before
    assert await erp.used_accounts(await supplier_id(erp, HARBOUR), since=later) == ()
    assert await erp.used_accounts(fresh("nobody"), since=DAY) == ()


async def test_an_invoice_of_another_supplier_is_not_similar(erp: Erp) -> None:
    drafted = await erp.draft_invoice(await unordered(erp), key=fresh("draft"))
    found = await erp.similar_invoices(await supplier_id(erp, HARBOUR), since=date(2026, 1, 1))
    assert drafted.invoice_id not in {one.invoice_id for one in found}


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
