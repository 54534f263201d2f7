"""The ERP twin in a process of its own: the client, which is the same port over HTTP."""

from __future__ import annotations

import base64
from datetime import date
from decimal import Decimal

from tools.erp.port import (
    Acknowledged,
    Attachment,
    DraftCreditNote,
    DraftInvoice,
    ExpenseAccount,
    NewSupplier,
    SimilarInvoice,
    Supplier,
    SupplierInvoice,
    UsedAccount,
)
from tools.testing.erp_remote_flow import RemoteFlow


class RemoteMemoryErp(RemoteFlow):
    """The ERP port on a twin served at `url`."""

    async def find_supplier(self, *, vat_id: str = "", name: str = "") -> Supplier | None:
        return await self._find(Supplier, "find_supplier", vat_id=vat_id, name=name)

    async def read_supplier(self, supplier_id: str) -> Supplier | None:
        return await self._find(Supplier, "read_supplier", supplier_id=supplier_id)

    async def find_supplier_by_key(self, key: str) -> Supplier | None:
        return await self._find(Supplier, "find_supplier_by_key", key=key)

    async def create_supplier(self, new: NewSupplier, *, key: str) -> Supplier:
        return await self._make(Supplier, "create_supplier", new=new.model_dump(mode="json"), key=key)

    async def change_bank_account(self, supplier_id: str, *, iban: str, replaces: str | None, key: str) -> Supplier:
        return await self._make(
            Supplier, "change_bank_account", supplier_id=supplier_id, iban=iban, replaces=replaces, key=key
        )

    async def similar_invoices(self, supplier_id: str, *, since: date) -> tuple[SimilarInvoice, ...]:
        found = await self._read("similar_invoices", supplier_id=supplier_id, since=since.isoformat())
        return tuple(SimilarInvoice.model_validate(invoice) for invoice in found)

    async def expense_accounts(self) -> tuple[ExpenseAccount, ...]:
        found = await self._read("expense_accounts")
        return tuple(ExpenseAccount.model_validate(account) for account in found)

    async def used_accounts(self, supplier_id: str, *, since: date) -> tuple[UsedAccount, ...]:
        found = await self._read("used_accounts", supplier_id=supplier_id, since=since.isoformat())
        return tuple(UsedAccount.model_validate(account) for account in found)

    async def draft_invoice(self, draft: DraftInvoice, *, key: str) -> SupplierInvoice:
        made = await self._write("draft_invoice", draft=draft.model_dump(mode="json"), key=key)
        return SupplierInvoice.model_validate(made)

    async def draft_credit_note(self, draft: DraftCreditNote, *, key: str) -> SupplierInvoice:
        made = await self._write("draft_credit_note", draft=draft.model_dump(mode="json"), key=key)
        return SupplierInvoice.model_validate(made)

    async def attach_document(self, invoice_id: str, *, name: str, content: bytes, key: str) -> Attachment:
        encoded = base64.b64encode(content).decode()
        made = await self._write("attach_document", invoice_id=invoice_id, name=name, content=encoded, key=key)
        return Attachment.model_validate(made)

    async def post_invoice(
        self, invoice_id: str, *, expected_total: Decimal, currency: str, key: str, acknowledged: Acknowledged = ()
    ) -> SupplierInvoice:
        made = await self._write(
            "post_invoice",
            invoice_id=invoice_id,
            expected_total=str(expected_total),
            currency=currency,
            key=key,
            acknowledged=acknowledged,
        )
        return SupplierInvoice.model_validate(made)

    async def cancel_invoice(self, invoice_id: str, *, key: str) -> SupplierInvoice:
        return SupplierInvoice.model_validate(await self._write("cancel_invoice", invoice_id=invoice_id, key=key))

    async def read_invoice(self, invoice_id: str) -> SupplierInvoice | None:
        found = await self._read("read_invoice", invoice_id=invoice_id)
        return SupplierInvoice.model_validate(found) if found else None

    async def find_invoice_by_key(self, key: str) -> SupplierInvoice | None:
        found = await self._read("find_invoice_by_key", key=key)
        return SupplierInvoice.model_validate(found) if found else None

    async def find_attachment_by_key(self, key: str, *, invoice_id: str) -> Attachment | None:
        found = await self._read("find_attachment_by_key", key=key, invoice_id=invoice_id)
        return Attachment.model_validate(found) if found else None
