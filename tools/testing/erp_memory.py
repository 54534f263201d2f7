"""An ERP in memory: the twin of the Tryton connector, held to the same contract.

It refuses what Tryton refuses, by the same names, and asks the same questions.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tools.erp.port import (
    SIMILAR_LIMIT,
    Acknowledged,
    Attachment,
    DraftCreditNote,
    DraftInvoice,
    ExpenseAccount,
    InvoiceState,
    NewSupplier,
    SimilarInvoice,
    Supplier,
    SupplierInvoice,
    UsedAccount,
)
from tools.testing.erp_memory_flow import MemoryFlow
from tools.testing.erp_seed import EXPENSE_ACCOUNTS, SEED, read_seed
from tools.testing.erp_wire import ErpRequest, Fault

__all__ = ["ErpRequest", "Fault", "MemoryErp"]


@dataclass(kw_only=True)
class MemoryErp(MemoryFlow):
    """The ERP port on records in memory. Its fields are those of `Wire`."""

    @classmethod
    def from_seed(cls, path: Path = SEED, *, today: date, **options: Any) -> MemoryErp:
        """The twin of a Tryton sandbox seeded with the same file."""
        return cls(seed=read_seed(json.loads(path.read_text())), today=today, **options)

    async def find_supplier(self, *, vat_id: str = "", name: str = "") -> Supplier | None:
        self._log("find_supplier", subject=vat_id or name)
        return self.master.find(vat_id=vat_id, name=name)

    async def read_supplier(self, supplier_id: str) -> Supplier | None:
        self._log("read_supplier", subject=supplier_id)
        return self.master.suppliers.get(supplier_id)

    async def find_supplier_by_key(self, key: str) -> Supplier | None:
        self._log("find_supplier_by_key", subject=key)
        return self.master.by_key(key)

    async def create_supplier(self, new: NewSupplier, *, key: str) -> Supplier:
        known = self.master.by_key(key)
        return await self._write("create_supplier", key, new.name, known, lambda: self.master.create(new, key=key))

    async def change_bank_account(self, supplier_id: str, *, iban: str, replaces: str | None, key: str) -> Supplier:
        return await self._write(
            "change_bank_account",
            key,
            supplier_id,
            self.master.by_key(key),
            lambda: self.master.change_bank_account(supplier_id, iban=iban, replaces=replaces, key=key),
        )

    async def similar_invoices(self, supplier_id: str, *, since: date) -> tuple[SimilarInvoice, ...]:
        self._log("similar_invoices", subject=supplier_id)
        found = [
            invoice
            for invoice in self.books.invoices.values()
            if invoice.supplier_id == supplier_id and (invoice.invoice_date is None or invoice.invoice_date >= since)
        ]
        newest = sorted(found, key=lambda i: (i.invoice_date or date.max, int(i.invoice_id)), reverse=True)
        return tuple(_similar(invoice) for invoice in newest[:SIMILAR_LIMIT])

    async def expense_accounts(self) -> tuple[ExpenseAccount, ...]:
        self._log("expense_accounts", subject="")
        return tuple(ExpenseAccount(code=code, title=title) for code, title in sorted(EXPENSE_ACCOUNTS.items()))

    async def used_accounts(self, supplier_id: str, *, since: date) -> tuple[UsedAccount, ...]:
        self._log("used_accounts", subject=supplier_id)
        return self.books.used_accounts(supplier_id, since=since)

    async def draft_invoice(self, draft: DraftInvoice, *, key: str) -> SupplierInvoice:
        known = next((i for i in self.books.invoices.values() if i.draft_key == key), None)
        return await self._write("draft_invoice", key, draft.reference, known, lambda: self.books.enter(draft, key=key))

    async def draft_credit_note(self, draft: DraftCreditNote, *, key: str) -> SupplierInvoice:
        known = next((i for i in self.books.invoices.values() if i.draft_key == key), None)
        return await self._write(
            "draft_credit_note", key, draft.reference, known, lambda: self.books.credit(draft, key=key)
        )

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
        self, invoice_id: str, *, expected_total: Decimal, currency: str, key: str, acknowledged: Acknowledged = ()
    ) -> SupplierInvoice:
        found = self.books.invoices.get(invoice_id)
        known = found if found and self.books.posted(found) and found.post_key == key else None
        return await self._write(
            "post_invoice",
            key,
            invoice_id,
            known,
            lambda: self.books.post(
                invoice_id, expected_total=expected_total, currency=currency, key=key, acknowledged=acknowledged
            ),
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
