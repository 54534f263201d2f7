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

POSTINGS = 16
ROUNDS = 200
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


async def sixteen_posted(tryton: RunningTryton, *, at_once: int | None) -> Counter[str]:
    """Post sixteen drafts; what was refused on the way. Checks that each was posted once."""
    erp = Served(kind="tryton", url=tryton.url, tryton=tryton).client(call_timeout_seconds=60.0)
    supplier = await erp.find_supplier(vat_id="DE284519377")
    assert supplier is not None
    drafts = [await drafted(erp, supplier.supplier_id) for _ in range(POSTINGS)]
    slots, seen = asyncio.Semaphore(at_once or erp.posting_limits.max_concurrent or POSTINGS), Counter[str]()
    numbers = await asyncio.gather(*(post_until_posted(erp, draft, slots, seen) for draft in drafts))
    states = [found and found.state for found in [await erp.read_invoice(draft.invoice_id) for draft in drafts]]
    await erp.aclose()
    assert len(set(numbers)) == POSTINGS
    assert states == [InvoiceState.POSTED] * POSTINGS
    return seen


@pytest.mark.tryton
@pytest.mark.chaos
@pytest.mark.timeout(300)
async def test_sixteen_postings_at_once_within_the_declared_limit_hinder_nobody(tryton: RunningTryton) -> None:
    assert await sixteen_posted(tryton, at_once=None) == {}


@pytest.mark.tryton
@pytest.mark.chaos
@pytest.mark.timeout(900)
async def test_postings_beyond_the_limit_undo_each_other_and_are_never_unknown(tryton: RunningTryton) -> None:
    seen = await sixteen_posted(tryton, at_once=3)
    assert set(seen) <= {"Transient write_conflict"}
