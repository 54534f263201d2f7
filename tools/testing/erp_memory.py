"""An ERP in memory: the twin of the Tryton connector, held to the same contract.

It refuses what Tryton refuses, by the same names, and asks the same questions.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar

from tools.erp.port import (
    SIMILAR_LIMIT,
    Attachment,
    DraftInvoice,
    InvoiceState,
    PurchaseOrder,
    SimilarInvoice,
    Supplier,
    SupplierInvoice,
)
from tools.errors import ToolError
from tools.testing.erp_books import Books, refused
from tools.testing.erp_seed import SEED, ErpSeed, read_seed

FIRST_FISCAL_YEAR = 2025
Made = TypeVar("Made", SupplierInvoice, Attachment)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpRequest:
    """A request the twin carried out. `executed` is False for reads and for repetitions of a known key."""

    operation: str
    key: str
    subject: str
    executed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An error to raise once, on the next write `operation`, before or after its effect."""

    operation: str
    when: Literal["before", "after"]
    error: ToolError


@dataclass(kw_only=True)
class MemoryErp:
    """The ERP port on records in memory.

    `ignores_keys` makes it carry out again a write whose key it knows (it still finds by key).
    `delay_before` and `delay_after` (seconds) slow a write on either side of its effect; `faults` are
    raised in their order. Every request carried out is appended to `requests` and passed to
    `on_request`. Dates of 2025 and of the years around `today` can be posted.
    """

    seed: ErpSeed
    today: date
    ignores_keys: bool = False
    delay_before: float = 0.0
    delay_after: float = 0.0
    call_timeout_seconds: float = 20.0
    faults: deque[Fault] = field(default_factory=deque)
    on_request: Callable[[ErpRequest], None] | None = None
    requests: list[ErpRequest] = field(default_factory=list)
    books: Books = field(init=False)

    def __post_init__(self) -> None:
        years = range(min(FIRST_FISCAL_YEAR, self.today.year - 1), self.today.year + 2)
        self.books = Books(self.seed, fiscal_years=years)

    @classmethod
    def from_seed(cls, path: Path = SEED, *, today: date, **options: Any) -> MemoryErp:
        """The twin of a Tryton sandbox seeded with the same file."""
        return cls(seed=read_seed(json.loads(path.read_text())), today=today, **options)

    def executed(self, operation: str) -> list[ErpRequest]:
        """The requests of `operation` that changed something."""
        return [request for request in self.requests if request.operation == operation and request.executed]

    async def find_supplier(self, *, vat_id: str = "", name: str = "") -> Supplier | None:
        self._log("find_supplier", subject=vat_id or name)
        wanted = _compact(vat_id)
        if wanted:
            found = [s for s in self.seed.suppliers if _compact(s.vat_id) == wanted]
        else:
            found = [s for s in self.seed.suppliers if s.name.casefold() == name.strip().casefold()]
        if len(found) > 1:
            raise refused(f"several suppliers match {vat_id or name!r}", "ambiguous_supplier")
        return found[0] if found else None

    async def read_order(self, number: str) -> PurchaseOrder | None:
        self._log("read_order", subject=number)
        found = next((order for order in self.seed.orders if order.number == number), None)
        if found is None:
            return None
        invoiced = [{"invoiced_quantity": self.books.invoiced(line.line_id)} for line in found.lines]
        lines = tuple(line.model_copy(update=now) for line, now in zip(found.lines, invoiced, strict=True))
        return found.model_copy(update={"lines": lines})

    async def similar_invoices(self, supplier_id: str, *, since: date) -> tuple[SimilarInvoice, ...]:
        self._log("similar_invoices", subject=supplier_id)
        found = [
            invoice
            for invoice in self.books.invoices.values()
            if invoice.supplier_id == supplier_id and (invoice.invoice_date is None or invoice.invoice_date >= since)
        ]
        newest = sorted(found, key=lambda i: (i.invoice_date or date.max, int(i.invoice_id)), reverse=True)
        return tuple(_similar(invoice) for invoice in newest[:SIMILAR_LIMIT])

    async def draft_invoice(self, draft: DraftInvoice, *, key: str) -> SupplierInvoice:
        known = next((i for i in self.books.invoices.values() if i.draft_key == key), None)
        return await self._write("draft_invoice", key, draft.reference, known, lambda: self.books.enter(draft, key=key))

    async def attach_document(self, invoice_id: str, *, name: str, content: bytes, key: str) -> Attachment:
        known = next((a for a in self.books.attachments.values() if (a.key, a.invoice_id) == (key, invoice_id)), None)
        return await self._write(
            "attach_document",
            key,
            invoice_id,
            known,
            lambda: self.books.attach(invoice_id, name=name, content=content, key=key),
        )

    async def post_invoice(
        self, invoice_id: str, *, expected_total: Decimal, currency: str, key: str
    ) -> SupplierInvoice:
        found = self.books.invoices.get(invoice_id)
        known = found if found and self.books.posted(found) and found.post_key == key else None
        return await self._write(
            "post_invoice",
            key,
            invoice_id,
            known,
            lambda: self.books.post(invoice_id, expected_total=expected_total, currency=currency, key=key),
        )

    async def cancel_invoice(self, invoice_id: str, *, key: str) -> SupplierInvoice:
        found = self.books.invoices.get(invoice_id)
        known = found if found and found.state is InvoiceState.CANCELLED else None
        return await self._write("cancel_invoice", key, invoice_id, known, lambda: self.books.cancel(invoice_id))

    async def read_invoice(self, invoice_id: str) -> SupplierInvoice | None:
        self._log("read_invoice", subject=invoice_id)
        return self.books.invoices.get(invoice_id)

    async def find_invoice_by_key(self, key: str) -> SupplierInvoice | None:
        self._log("find_invoice_by_key", subject=key)
        return next((i for i in self.books.invoices.values() if key and key in (i.draft_key, i.post_key)), None)

    async def find_attachment_by_key(self, key: str, *, invoice_id: str) -> Attachment | None:
        self._log("find_attachment_by_key", subject=key)
        return next((a for a in self.books.attachments.values() if (a.key, a.invoice_id) == (key, invoice_id)), None)

    async def _write(self, operation: str, key: str, subject: str, known: Made | None, act: Callable[[], Made]) -> Made:
        """Carry out `act`, or return what is `known` under the key already."""
        if known is not None and not self.ignores_keys:
            self._log(operation, subject=subject, key=key)
            return known
        self._raise_fault(operation, "before")
        await asyncio.sleep(self.delay_before)
        made = act()
        self._log(operation, subject=subject, key=key, executed=True)
        await asyncio.sleep(self.delay_after)
        self._raise_fault(operation, "after")
        return made

    def _log(self, operation: str, *, subject: str, key: str = "", executed: bool = False) -> None:
        request = ErpRequest(operation=operation, key=key, subject=subject, executed=executed)
        self.requests.append(request)
        if self.on_request:
            self.on_request(request)

    def _raise_fault(self, operation: str, when: str) -> None:
        if self.faults and (self.faults[0].operation, self.faults[0].when) == (operation, when):
            raise self.faults.popleft().error


def _compact(vat_id: str) -> str:
    return "".join(character for character in vat_id.upper() if character.isalnum())


def _similar(invoice: SupplierInvoice) -> SimilarInvoice:
    return SimilarInvoice(
        invoice_id=invoice.invoice_id,
        number=invoice.number,
        reference=invoice.reference,
        invoice_date=invoice.invoice_date,
        total=invoice.total,
        currency=invoice.currency,
        state=invoice.state,
    )
