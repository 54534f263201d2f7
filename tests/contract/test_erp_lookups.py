"""What every ERP connector finds: suppliers, orders, accounts and similar invoices; held against all three."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.support.erp_invoices import DAY, EXPECTED, HARBOUR, fresh, invoice_of, order, supplier_id, unordered
from tools.erp.port import SIMILAR_LIMIT, DraftInvoice, DraftLine, Erp, SupplierInvoice
from tools.testing.erp_seed import DEFAULT_EXPENSE_ACCOUNT, EXPENSE_ACCOUNTS


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
    used = await erp.used_accounts(await supplier_id(erp, HARBOUR), since=DAY)
    found = [one for one in used if one.invoices > before.get(one.code, 0)]
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
