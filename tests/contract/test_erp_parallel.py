"""Many postings at once: each posted once, and none whose outcome is unknown."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from tests.support.erp import Served
from tools.erp.port import DraftInvoice, DraftLine, Erp, InvoiceState, SupplierInvoice
from tools.erp.sandbox_server import RunningTryton
from tools.errors import ToolError

AT_ONCE = 16
ROUNDS = 40
LINE = DraftLine(description="Tea", quantity=Decimal(1), unit_price=Decimal("4.20"), tax_rate=Decimal("0.19"))


async def drafted(erp: Erp, supplier_id: str) -> SupplierInvoice:
    """A draft of its own."""
    name = uuid.uuid4().hex[:12]
    draft = DraftInvoice(
        supplier_id=supplier_id,
        reference=f"INV-{name}",
        invoice_date=date(2026, 7, 1),
        currency="EUR",
        lines=(LINE,),
    )
    return await erp.draft_invoice(draft, key=f"draft-{name}")


async def post_until_posted(erp: Erp, invoice: SupplierInvoice, slots: asyncio.Semaphore, seen: Counter[str]) -> str:
    """Post with one key, and again after whatever says that nothing was done; the number that the books gave it."""
    for attempt in range(ROUNDS):
        try:
            async with slots:
                posted = await erp.post_invoice(
                    invoice.invoice_id,
                    expected_total=invoice.total,
                    currency="EUR",
                    key=f"post-{invoice.draft_key}",
                )
        except ToolError as error:
            seen[f"{type(error).__name__} {error.reason}"] += 1
            await asyncio.sleep(0.05 * (attempt + 1))
        else:
            return posted.number
    raise AssertionError(f"not posted after {ROUNDS} attempts: {seen}")


@pytest.mark.tryton
async def test_sixteen_postings_at_once_are_all_posted_once_and_none_is_unknown(tryton: RunningTryton) -> None:
    erp = Served(kind="tryton", url=tryton.url, tryton=tryton).client(call_timeout_seconds=60.0)
    supplier = await erp.find_supplier(vat_id="DE284519377")
    assert supplier is not None
    drafts = [await drafted(erp, supplier.supplier_id) for _ in range(AT_ONCE)]
    seen: Counter[str] = Counter()
    # All at once: more than the connector declares, so that conflicts do come up.
    everybody = asyncio.Semaphore(AT_ONCE)
    numbers = await asyncio.gather(*(post_until_posted(erp, draft, everybody, seen) for draft in drafts))
    states = [found and found.state for found in [await erp.read_invoice(draft.invoice_id) for draft in drafts]]
    await erp.aclose()
    print(f"{AT_ONCE} at once: {dict(seen)}")  # noqa: T201 - the figure is what the page about Tryton states
    assert len(set(numbers)) == AT_ONCE
    assert states == [InvoiceState.POSTED] * AT_ONCE
    assert {name.split()[0] for name in seen} <= {"Transient"}
