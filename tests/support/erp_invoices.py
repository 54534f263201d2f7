"""What tests of every ERP start from: its seed, orders that must be there, and invoices."""

from __future__ import annotations

import json
import uuid
from datetime import date
from decimal import Decimal

from tools.erp.port import DraftInvoice, DraftLine, Erp, PurchaseOrder, SupplierInvoice
from tools.testing.erp_seed import SEED, read_seed

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
