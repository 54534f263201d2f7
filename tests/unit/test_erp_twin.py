"""What only the twin can do: fail on command, forget to deduplicate, be slow, live in its own process."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.patience import eventually
from tools.erp.port import DraftInvoice, DraftLine
from tools.errors import Ambiguous, Transient
from tools.testing.erp import Fault, MemoryErp, RemoteMemoryErp

ROOT = Path(__file__).parent.parent.parent
TODAY = date(2026, 7, 1)
LINE = DraftLine(description="Tea", quantity=Decimal(1), unit_price=Decimal("4.20"), tax_rate=Decimal("0.19"))
DRAFT = DraftInvoice(supplier_id="S-1001", reference="INV-1", invoice_date=TODAY, currency="EUR", lines=(LINE,))


def twin(**options: object) -> MemoryErp:
    """A fresh twin."""
    return MemoryErp.from_seed(today=TODAY, **options)


async def test_every_request_is_logged_and_a_repetition_is_told_apart() -> None:
    erp = twin()
    await erp.read_order("PO-2026-0001")
    await erp.draft_invoice(DRAFT, key="k")
    await erp.draft_invoice(DRAFT, key="k")
    assert [(r.operation, r.key, r.subject, r.executed) for r in erp.requests] == [
        ("read_order", "", "PO-2026-0001", False),
        ("draft_invoice", "k", "INV-1", True),
        ("draft_invoice", "k", "INV-1", False),
    ]


async def test_a_twin_that_ignores_keys_creates_again_and_still_finds_by_key() -> None:
    erp = twin(ignores_keys=True)
    first = await erp.draft_invoice(DRAFT, key="k")
    second = await erp.draft_invoice(DRAFT, key="k")
    assert first.invoice_id != second.invoice_id
    assert len(erp.executed("draft_invoice")) == 2
    assert await erp.find_invoice_by_key("k") == first


async def test_a_fault_before_the_effect_leaves_nothing() -> None:
    erp = twin(faults=deque([Fault(operation="draft_invoice", when="before", error=Transient("down"))]))
    with pytest.raises(Transient):
        await erp.draft_invoice(DRAFT, key="k")
    assert await erp.find_invoice_by_key("k") is None
    assert (await erp.draft_invoice(DRAFT, key="k")).draft_key == "k"


async def test_a_fault_after_the_effect_hides_what_happened() -> None:
    erp = twin(faults=deque([Fault(operation="draft_invoice", when="after", error=Ambiguous("lost"))]))
    with pytest.raises(Ambiguous):
        await erp.draft_invoice(DRAFT, key="k")
    assert await erp.find_invoice_by_key("k") is not None
    assert len(erp.executed("draft_invoice")) == 1


async def test_a_fault_waits_for_its_operation() -> None:
    erp = twin(faults=deque([Fault(operation="post_invoice", when="before", error=Transient("down"))]))
    drafted = await erp.draft_invoice(DRAFT, key="k")
    with pytest.raises(Transient):
        await erp.post_invoice(drafted.invoice_id, expected_total=drafted.total, currency="EUR", key="p")
    assert not erp.faults


async def test_a_refused_request_is_not_logged_as_executed() -> None:
    erp = twin()
    drafted = await erp.draft_invoice(DRAFT, key="k")
    await erp.cancel_invoice(drafted.invoice_id, key="c")
    with pytest.raises(Exception, match="cancelled"):
        await erp.post_invoice(drafted.invoice_id, expected_total=drafted.total, currency="EUR", key="p")
    assert erp.executed("post_invoice") == []


async def test_a_call_slowed_before_its_effect_can_be_abandoned_without_effect() -> None:
    erp = twin(delay_before=60.0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await erp.draft_invoice(DRAFT, key="k")
    assert await erp.find_invoice_by_key("k") is None


async def test_a_call_slowed_after_its_effect_has_happened_when_abandoned() -> None:
    erp = twin(delay_after=60.0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await erp.draft_invoice(DRAFT, key="k")
    assert await erp.find_invoice_by_key("k") is not None


async def test_the_twins_process_finishes_a_call_its_caller_gave_up_on(tmp_path: Path) -> None:
    port, log = tmp_path / "port", tmp_path / "log"
    options = ["--port-file", str(port), "--log-file", str(log), "--ignores-keys", "--delay-before", "0.5"]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tools.testing.erp", *options, cwd=ROOT)
    await eventually(port.exists, within_seconds=20)
    erp = RemoteMemoryErp(f"http://127.0.0.1:{port.read_text()}", call_timeout_seconds=0.3)
    with pytest.raises(Ambiguous):
        await erp.draft_invoice(DRAFT, key="k")
    await eventually(lambda: "draft_invoice" in log.read_text(), within_seconds=20)
    found = await erp.find_invoice_by_key("k")
    await erp.aclose()
    process.terminate()
    await process.wait()
    entry = json.loads(log.read_text().splitlines()[0])
    assert entry == {"operation": "draft_invoice", "key": "k", "subject": "INV-1", "executed": True}
    assert found is not None
