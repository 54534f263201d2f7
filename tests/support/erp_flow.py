"""What the contract tests of Procure-to-Pay need first: fresh names, open orders, posted invoices, payments."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

from tools.erp.port import (
    DraftInvoice,
    DraftLine,
    Erp,
    NewOrder,
    NewOrderLine,
    NewPayment,
    NewReceipt,
    Payment,
    PurchaseOrder,
    ReceivedLine,
    SupplierInvoice,
)

NORDLICHT = "DE284519377"
BLOCKED = "DE299412851"
DAY = date(2026, 7, 1)


def fresh(prefix: str) -> str:
    """A key or reference nobody used before."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def new_iban() -> str:
    """A German IBAN nobody used before, with its check digits."""
    account = f"37040044{uuid.uuid4().int % 10**10:010d}"
    check = 98 - int(f"{account}131400") % 97
    return f"DE{check:02d}{account}"


def new_vat_id() -> str:
    """A French VAT id nobody used before, with its check digits."""
    while True:
        siren = f"{uuid.uuid4().int % 10**8:08d}"
        digits = [int(digit) * (2 if position % 2 else 1) for position, digit in enumerate(siren)]
        check = -sum(digit - 9 if digit > 9 else digit for digit in digits) % 10
        number = f"{siren}{check}"
        return f"FR{(12 + 3 * (int(number) % 97)) % 97:02d}{number}"


async def supplier_id(erp: Erp, vat_id: str = NORDLICHT) -> str:
    """The ERP's id of a supplier."""
    found = await erp.find_supplier(vat_id=vat_id)
    assert found is not None
    return found.supplier_id


async def new_order(erp: Erp, *, quantity: str = "5", **changes: object) -> NewOrder:
    """An order of chairs at 10.00."""
    line = NewOrderLine(
        product_code="CHAIR-ERGO",
        description="Chair",
        quantity=Decimal(quantity),
        unit_price=Decimal("10.00"),
        tax_rate=Decimal("0.19"),
    )
    order = NewOrder(supplier_id=await supplier_id(erp), currency="EUR", ordered_on=DAY, lines=(line,))
    return order.model_copy(update=changes)


async def open_order(erp: Erp) -> PurchaseOrder:
    """A confirmed order of five chairs."""
    drafted = await erp.create_order(await new_order(erp), key=fresh("create"))
    await erp.quote_order(drafted.order_id, key=fresh("quote"))
    return await erp.confirm_order(drafted.order_id, expected_net=Decimal("50.00"), key=fresh("confirm"))


def delivery(order: PurchaseOrder, quantity: str, *, on: date = DAY) -> NewReceipt:
    """A delivery of so many of the order's first line."""
    line = ReceivedLine(order_line_id=order.lines[0].line_id, quantity=Decimal(quantity))
    return NewReceipt(order_id=order.order_id, delivery_note=fresh("DN"), received_on=on, lines=(line,))


async def posted_invoice(erp: Erp) -> SupplierInvoice:
    """A posted invoice over 2 x 50.00 plus 19 %."""
    line = DraftLine(description="Tea", quantity=Decimal(2), unit_price=Decimal("50.00"), tax_rate=Decimal("0.19"))
    draft = DraftInvoice(
        supplier_id=await supplier_id(erp), reference=fresh("INV"), invoice_date=DAY, currency="EUR", lines=(line,)
    )
    drafted = await erp.draft_invoice(draft, key=fresh("draft"))
    key = fresh("post")
    return await erp.post_invoice(drafted.invoice_id, expected_total=Decimal("119.00"), currency="EUR", key=key)


def payment_of(invoice: SupplierInvoice, amount: str = "119.00") -> NewPayment:
    """A payment of the invoice to its supplier."""
    return NewPayment(
        invoice_id=invoice.invoice_id,
        supplier_id=invoice.supplier_id,
        amount=Decimal(amount),
        currency="EUR",
        pay_on=DAY,
    )


async def released(erp: Erp, invoice: SupplierInvoice, amount: str = "119.00") -> Payment:
    """A payment under way at the bank."""
    made = await erp.create_payment(payment_of(invoice, amount), key=fresh("pay"))
    await erp.approve_payment(made.payment_id, expected_amount=Decimal(amount), key=fresh("approve"))
    return await erp.process_payment(made.payment_id, expected_amount=Decimal(amount), key=fresh("process"))


async def invoice_now(erp: Erp, invoice: SupplierInvoice) -> SupplierInvoice:
    """The invoice as the ERP holds it now."""
    found = await erp.read_invoice(invoice.invoice_id)
    assert found is not None
    return found
