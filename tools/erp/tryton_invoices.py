"""Accounts payable on Tryton: invoices, credit notes, attachments.

Tryton ignores an illegal transition without a word, so every action is followed by a read of the
state it should have led to.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tools.erp import tryton_records as records
from tools.erp.port import (
    ACCOUNT_LIMIT,
    POSTED_STATES,
    SIMILAR_LIMIT,
    USED_LINES,
    Acknowledged,
    Attachment,
    CreditedLine,
    DraftCreditNote,
    DraftInvoice,
    DraftLine,
    ExpenseAccount,
    InvoiceState,
    SimilarInvoice,
    SupplierInvoice,
    UsedAccount,
)
from tools.erp.tryton_database import TrytonDatabase, illegal, record_id, refused
from tools.errors import Permanent

INVOICE = "account.invoice"
CANCELLABLE = frozenset({InvoiceState.DRAFT, InvoiceState.VALIDATED})


class TrytonInvoices(TrytonDatabase):
    """The invoices of the ERP port on one Tryton database."""

    async def similar_invoices(self, supplier_id: str, *, since: date) -> tuple[SimilarInvoice, ...]:
        undated_or_since = ["OR", ("invoice_date", "=", None), ("invoice_date", ">=", since)]
        domain = [("type", "=", "in"), ("party", "=", record_id(supplier_id) or -1), undated_or_since]
        order = [("invoice_date", "DESC"), ("id", "DESC")]
        found = await self._search("account.invoice", domain, records.SIMILAR_FIELDS, limit=SIMILAR_LIMIT, order=order)
        return tuple(records.similar(record) for record in found)

    async def expense_accounts(self) -> tuple[ExpenseAccount, ...]:
        # An account with a type is a leaf of the chart: the views above it have none and cannot be posted to.
        domain = [("type.expense", "=", True), ("closed", "=", False), ("code", "!=", None)]
        order = [("code", "ASC")]
        found = await self._search("account.account", domain, ["code", "name"], limit=ACCOUNT_LIMIT, order=order)
        return tuple(ExpenseAccount(code=str(record["code"]), title=str(record["name"])) for record in found)

    async def used_accounts(self, supplier_id: str, *, since: date) -> tuple[UsedAccount, ...]:
        # A line of an order has its line as origin, one of a credit note the line that it takes back.
        domain = [
            ("type", "=", "line"),
            ("origin", "=", None),
            ("product", "=", None),
            ("account.type.expense", "=", True),
            ("invoice.type", "=", "in"),
            ("invoice.party", "=", record_id(supplier_id) or -1),
            ("invoice.state", "in", sorted(POSTED_STATES)),
            ("invoice.invoice_date", ">=", since),
        ]
        fields = ["invoice", "invoice.invoice_date", "account.code", "account.name"]
        found = await self._search("account.invoice.line", domain, fields, limit=USED_LINES, order=[("id", "DESC")])
        return records.used_accounts(found)

    async def draft_invoice(self, draft: DraftInvoice, *, key: str) -> SupplierInvoice:
        done = await self._invoice_where(("description", "=", records.marked(key)))
        if done:
            return done
        values = await self._draft_values(draft)
        values["description"] = records.marked(key)
        (number,) = await self._session.write(f"model.{INVOICE}.create", [values])
        return await self._reread(str(number), {InvoiceState.DRAFT})

    async def draft_credit_note(self, draft: DraftCreditNote, *, key: str) -> SupplierInvoice:
        done = await self._invoice_where(("description", "=", records.marked(key)))
        if done:
            return done
        invoice = await self._existing(draft.invoice_id)
        if invoice.state not in POSTED_STATES or invoice.total <= 0:
            raise _illegal(invoice, "credited")
        domain = [("id", "=", int(draft.invoice_id))]
        (credited,) = await self._search("account.invoice", domain, records.CREDITED_FIELDS, limit=1)
        copied = ["company", "party", "invoice_address", "account", "currency", "journal", "payment_term"]
        values: dict[str, Any] = {name: credited[name] for name in copied}
        lines = [line for line in records.rows(credited, "lines") if line["type"] == "line"]
        shared = {"type": "line", "invoice_type": "in", "company": values["company"], "currency": values["currency"]}
        values |= {
            "type": "in",
            "reference": draft.reference,
            "invoice_date": draft.invoice_date,
            "description": records.marked(key),
            "lines": [["create", [{**shared, **await self._credited(line, lines)} for line in draft.lines]]],
        }
        (number,) = await self._session.write(f"model.{INVOICE}.create", [values])
        return await self._reread(str(number), {InvoiceState.DRAFT})

    async def _credited(self, wanted: CreditedLine, lines: list[dict[str, Any]]) -> dict[str, Any]:
        """A line that takes back what is wanted of the line at its position."""
        if wanted.position > len(lines):
            raise refused(f"the invoice has no line {wanted.position}", "not_found")
        line = lines[wanted.position - 1]
        origin = f"account.invoice.line,{line['id']}"
        earlier = [("origin", "=", origin), ("invoice.state", "!=", "cancelled")]
        credits = await self._search("account.invoice.line", earlier, ["quantity"], limit=500)
        left = records.exact(line["quantity"]) + sum(
            (records.exact(credit["quantity"]) for credit in credits), Decimal()
        )
        if wanted.quantity > left:
            raise refused(f"of line {wanted.position} no more than {left} can be credited", "over_credit")
        copied = ("description", "product", "unit", "unit_price", "account")
        taxes = [["add", line["taxes"]]] if line["taxes"] else []
        quantity = -float(wanted.quantity)
        return {**{name: line[name] for name in copied}, "quantity": quantity, "origin": origin, "taxes": taxes}

    async def attach_document(self, invoice_id: str, *, name: str, content: bytes, key: str) -> Attachment:
        await self._existing(invoice_id)
        done = await self._attachment(invoice_id, key)
        if done:
            return done
        values = {
            "name": name,
            "type": "data",
            "data": content,
            "resource": f"account.invoice,{invoice_id}",
            "description": records.marked(key),
        }
        await self._session.write("model.ir.attachment.create", [values])
        made = await self._attachment(invoice_id, key)
        if made is None or made.size_bytes != len(content):
            raise refused("the attachment is not there as it was sent", "not_as_written")
        return made

    async def post_invoice(
        self, invoice_id: str, *, expected_total: Decimal, currency: str, key: str, acknowledged: Acknowledged = ()
    ) -> SupplierInvoice:
        invoice = await self._existing(invoice_id)
        if invoice.state in POSTED_STATES and invoice.post_key == key:
            return invoice
        if invoice.state not in CANCELLABLE:
            raise _illegal(invoice, "posted")
        if (invoice.total, invoice.currency) != (expected_total, currency):
            raise refused(
                f"the ERP computes {invoice.total} {invoice.currency}, expected were {expected_total} {currency}",
                "total_mismatch",
            )
        number = int(invoice_id)
        await self._session.write(f"model.{INVOICE}.write", [number], {"comment": records.marked(key)})
        await self._press(INVOICE, "post", number, acknowledged)
        return await self._reread(invoice_id, POSTED_STATES)

    async def cancel_invoice(self, invoice_id: str, *, key: str) -> SupplierInvoice:  # noqa: ARG002 - by id, once
        invoice = await self._existing(invoice_id)
        if invoice.state is InvoiceState.CANCELLED:
            return invoice
        if invoice.state not in CANCELLABLE:
            raise _illegal(invoice, "cancelled")
        await self._press(INVOICE, "cancel", int(invoice_id))
        return await self._reread(invoice_id, {InvoiceState.CANCELLED})

    async def read_invoice(self, invoice_id: str) -> SupplierInvoice | None:
        number = record_id(invoice_id)
        return await self._invoice_where(("id", "=", number)) if number is not None else None

    async def find_invoice_by_key(self, key: str) -> SupplierInvoice | None:
        mark = records.marked(key)
        return await self._invoice_where(["OR", ("description", "=", mark), ("comment", "=", mark)])

    async def find_attachment_by_key(self, key: str, *, invoice_id: str) -> Attachment | None:
        # Tryton refuses to search the attachments of a record that is not there.
        return await self._attachment(invoice_id, key) if await self.read_invoice(invoice_id) else None

    async def _attachment(self, invoice_id: str, key: str) -> Attachment | None:
        domain = [("resource", "=", f"account.invoice,{invoice_id}"), ("description", "=", records.marked(key))]
        found = await self._search("ir.attachment", domain, records.ATTACHMENT_FIELDS, limit=1)
        return records.attachment(found[0]) if found else None

    async def _invoice_where(self, clause: Any) -> SupplierInvoice | None:
        domain = [("type", "=", "in"), clause]
        found = await self._search("account.invoice", domain, records.INVOICE_FIELDS, limit=1, order=[("id", "ASC")])
        return records.invoice(found[0]) if found else None

    async def _existing(self, invoice_id: str) -> SupplierInvoice:
        invoice = await self.read_invoice(invoice_id)
        if invoice is None:
            raise refused(f"the ERP has no supplier invoice {invoice_id!r}", "not_found")
        return invoice

    async def _reread(self, invoice_id: str, expected: set[InvoiceState] | frozenset[InvoiceState]) -> SupplierInvoice:
        invoice = await self._existing(invoice_id)
        if invoice.state not in expected:
            raise _illegal(invoice, " or ".join(sorted(expected)))
        return invoice

    async def _draft_values(self, draft: DraftInvoice) -> dict[str, Any]:
        party = await self._party(draft.supplier_id)
        company = await self._session.preference("company")
        currency = await self._currency(draft.currency)
        lines = [await self._line_values(line, draft) for line in draft.lines]
        shared = {"type": "line", "invoice_type": "in", "company": company, "currency": currency}
        return {
            "type": "in",
            "company": company,
            "currency": currency,
            "party": party["id"],
            "invoice_address": party["addresses"][0],
            "account": party["account_payable"] or await self._account("default_account_payable"),
            "payment_term": party["supplier_payment_term"],
            "journal": await self._id_of("account.journal", [("type", "=", "expense")], "expense journal"),
            "reference": draft.reference,
            "invoice_date": draft.invoice_date,
            "lines": [["create", [{**shared, **line} for line in lines]]],
        }

    async def _line_values(self, line: DraftLine, draft: DraftInvoice) -> dict[str, Any]:
        tax = await self._tax(line.tax_rate)
        return {
            "description": line.description,
            "quantity": float(line.quantity),
            "unit_price": line.unit_price,
            "taxes": [["add", [tax]]],
            **await self._coding(line, draft),
        }

    async def _coding(self, line: DraftLine, draft: DraftInvoice) -> dict[str, Any]:
        """Origin, product, unit and account of a line."""
        account = await self._account("default_category_account_expense")
        if line.order_line_id is not None:
            ordered = await self._order_line(line.order_line_id, draft)
            product = records.nested(ordered, "product")
            return {
                "origin": f"purchase.line,{ordered['id']}",
                "product": product.get("id"),
                "unit": ordered["unit"],
                "account": _category_account(product) or account,
            }
        if line.product_code is not None:
            fields = ["default_uom", "account_category.account_expense"]
            found = await self._search("product.product", [("code", "=", line.product_code)], fields, limit=1)
            if not found:
                raise refused(f"the ERP has no product {line.product_code!r}", "not_found")
            return {
                "product": found[0]["id"],
                "unit": found[0]["default_uom"],
                "account": _category_account(found[0]) or account,
            }
        if line.account_code is not None:
            domain = [("code", "=", line.account_code), ("type.expense", "=", True), ("closed", "=", False)]
            account = await self._id_of("account.account", domain, f"expense account {line.account_code}")
        return {"account": account}

    async def _order_line(self, line_id: str, draft: DraftInvoice) -> dict[str, Any]:
        fields = ["unit", "purchase.party", "product.account_category.account_expense"]
        domain = [("id", "=", record_id(line_id) or -1)]
        found = await self._search("purchase.line", domain, fields, limit=1)
        if not found:
            raise refused(f"the ERP has no order line {line_id!r}", "not_found")
        if str(records.nested(found[0], "purchase")["party"]) != draft.supplier_id:
            raise refused(f"order line {line_id} is of another supplier", "wrong_order_line")
        return found[0]


def _category_account(product: dict[str, Any]) -> int | None:
    """The expense account of a product's category."""
    return records.nested(product, "account_category").get("account_expense")


def _illegal(invoice: SupplierInvoice, wanted: str) -> Permanent:
    return illegal(f"invoice {invoice.invoice_id}", invoice.state, wanted)
