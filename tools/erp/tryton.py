"""The ERP port on Tryton, over its JSON-RPC.

Tryton ignores an illegal transition without a word, so every action is followed by a read of the
state it should have led to. Its warnings are questions to a person and are never acknowledged here.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tools.erp import tryton_records as records
from tools.erp.port import (
    POSTED_STATES,
    SIMILAR_LIMIT,
    Attachment,
    DraftInvoice,
    DraftLine,
    InvoiceState,
    PurchaseOrder,
    SimilarInvoice,
    Supplier,
    SupplierInvoice,
)
from tools.erp.tryton_rpc import TRYTON, TrytonSession
from tools.errors import Permanent

INVOICE = "model.account.invoice"
CANCELLABLE = frozenset({InvoiceState.DRAFT, InvoiceState.VALIDATED})
ARCHIVED_TOO = ("active", "in", [True, False])
PURCHASE_TAX = ["OR", ("group", "=", None), ("group.kind", "in", ["purchase", "both"])]


def record_id(text: str) -> int | None:
    """The number of a record, or None when `text` cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def compact(vat_id: str) -> str:
    """A VAT id without blanks and punctuation, as Tryton's compact code."""
    return "".join(character for character in vat_id.upper() if character.isalnum())


def literal(text: str) -> str:
    """`text` for `ilike`, with its wildcards taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


class TrytonErp:
    """The ERP port on one Tryton database."""

    def __init__(self, session: TrytonSession, *, blocked_category: str = "Blocked for purchasing") -> None:
        """`blocked_category`: suppliers in this party category are blocked."""
        self._session = session
        self._blocked_category = blocked_category
        self._known: dict[str, int] = {}

    @property
    def call_timeout_seconds(self) -> float:
        return self._session.call_timeout_seconds

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.aclose()

    async def find_supplier(self, *, vat_id: str = "", name: str = "") -> Supplier | None:
        code = compact(vat_id)
        if not (code or name.strip()):
            return None
        if code:
            # A European identifier keeps its country prefix, a national one carries it in its type.
            national = [("code_compact", "=", code[2:]), ("type", "like", f"{code[:2].lower()}\\_%")]
            by_code = ["OR", ("code_compact", "=", code), national]
            found = await self._search("party.identifier", by_code, ["party"], limit=10)
            parties = {identifier["party"] for identifier in found}
            domain: list[Any] = [("id", "in", sorted(parties)), ARCHIVED_TOO]
        else:
            domain = [("name", "ilike", literal(name.strip())), ARCHIVED_TOO]
        matches = await self._search("party.party", domain, records.SUPPLIER_FIELDS, limit=2)
        if len(matches) > 1:
            raise Permanent(f"several suppliers match {vat_id or name!r}", tool=TRYTON, code="ambiguous_supplier")
        return records.supplier(matches[0], blocked_category=self._blocked_category) if matches else None

    async def read_order(self, number: str) -> PurchaseOrder | None:
        domain = [("number", "=", number)]
        matches = await self._search("purchase.purchase", domain, records.ORDER_FIELDS, limit=2)
        if len(matches) > 1:
            raise Permanent(f"several orders have the number {number!r}", tool=TRYTON, code="ambiguous_order")
        return records.order(matches[0]) if matches else None

    async def similar_invoices(self, supplier_id: str, *, since: date) -> tuple[SimilarInvoice, ...]:
        undated_or_since = ["OR", ("invoice_date", "=", None), ("invoice_date", ">=", since)]
        domain = [("type", "=", "in"), ("party", "=", record_id(supplier_id) or -1), undated_or_since]
        order = [("invoice_date", "DESC"), ("id", "DESC")]
        found = await self._search("account.invoice", domain, records.SIMILAR_FIELDS, limit=SIMILAR_LIMIT, order=order)
        return tuple(records.similar(record) for record in found)

    async def draft_invoice(self, draft: DraftInvoice, *, key: str) -> SupplierInvoice:
        done = await self._invoice_where(("description", "=", records.marked(key)))
        if done:
            return done
        values = await self._draft_values(draft)
        values["description"] = records.marked(key)
        (number,) = await self._session.write(f"{INVOICE}.create", [values])
        return await self._reread(str(number), {InvoiceState.DRAFT})

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
            raise Permanent("the attachment is not there as it was sent", tool=TRYTON, code="not_as_written")
        return made

    async def post_invoice(
        self, invoice_id: str, *, expected_total: Decimal, currency: str, key: str
    ) -> SupplierInvoice:
        invoice = await self._existing(invoice_id)
        if invoice.state in POSTED_STATES and invoice.post_key == key:
            return invoice
        if invoice.state not in CANCELLABLE:
            raise _illegal(invoice, "posted")
        if (invoice.total, invoice.currency) != (expected_total, currency):
            raise Permanent(
                f"the ERP computes {invoice.total} {invoice.currency}, expected were {expected_total} {currency}",
                tool=TRYTON,
                code="total_mismatch",
            )
        number = record_id(invoice_id)
        await self._session.write(f"{INVOICE}.write", [number], {"comment": records.marked(key)})
        await self._session.write(f"{INVOICE}.post", [number])
        return await self._reread(invoice_id, POSTED_STATES)

    async def cancel_invoice(self, invoice_id: str, *, key: str) -> SupplierInvoice:  # noqa: ARG002 - by id, once
        invoice = await self._existing(invoice_id)
        if invoice.state is InvoiceState.CANCELLED:
            return invoice
        if invoice.state not in CANCELLABLE:
            raise _illegal(invoice, "cancelled")
        await self._session.write(f"{INVOICE}.cancel", [record_id(invoice_id)])
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

    async def _search(
        self, model: str, domain: list[Any], fields: list[str], *, limit: int, order: list[Any] | None = None
    ) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self._session.read(
            f"model.{model}.search_read", domain, 0, limit, order, fields
        )
        return found

    async def _invoice_where(self, clause: Any) -> SupplierInvoice | None:
        domain = [("type", "=", "in"), clause]
        found = await self._search("account.invoice", domain, records.INVOICE_FIELDS, limit=1, order=[("id", "ASC")])
        return records.invoice(found[0]) if found else None

    async def _existing(self, invoice_id: str) -> SupplierInvoice:
        invoice = await self.read_invoice(invoice_id)
        if invoice is None:
            raise Permanent(f"the ERP has no supplier invoice {invoice_id!r}", tool=TRYTON, code="not_found")
        return invoice

    async def _reread(self, invoice_id: str, expected: set[InvoiceState] | frozenset[InvoiceState]) -> SupplierInvoice:
        invoice = await self._existing(invoice_id)
        if invoice.state not in expected:
            raise _illegal(invoice, " or ".join(sorted(expected)))
        return invoice

    async def _draft_values(self, draft: DraftInvoice) -> dict[str, Any]:
        party = await self._party(draft.supplier_id)
        company = await self._session.preference("company")
        currency = await self._id_of("currency.currency", [("code", "=", draft.currency)], f"currency {draft.currency}")
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

    async def _party(self, supplier_id: str) -> dict[str, Any]:
        fields = ["active", "categories.name", "addresses", "account_payable", "supplier_payment_term"]
        domain = [("id", "=", record_id(supplier_id) or -1), ARCHIVED_TOO]
        found = await self._search("party.party", domain, fields, limit=1)
        if not found:
            raise Permanent(f"the ERP has no supplier {supplier_id!r}", tool=TRYTON, code="not_found")
        party = found[0]
        categories = {category["name"] for category in records.rows(party, "categories")}
        if not party["active"] or self._blocked_category in categories:
            raise Permanent(f"supplier {supplier_id} is blocked", tool=TRYTON, code="supplier_blocked")
        if not party["addresses"]:
            raise Permanent(f"supplier {supplier_id} has no address; add one", tool=TRYTON, code="no_address")
        return party

    async def _line_values(self, line: DraftLine, draft: DraftInvoice) -> dict[str, Any]:
        rate = line.tax_rate
        what = f"tax of {records.exact(rate * 100)} % (account.tax with rate {rate})"
        domain = [("rate", "=", rate), ("parent", "=", None), PURCHASE_TAX]
        tax = await self._id_of("account.tax", domain, what)
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
                raise Permanent(f"the ERP has no product {line.product_code!r}", tool=TRYTON, code="not_found")
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
            raise Permanent(f"the ERP has no order line {line_id!r}", tool=TRYTON, code="not_found")
        if str(records.nested(found[0], "purchase")["party"]) != draft.supplier_id:
            raise Permanent(f"order line {line_id} is of another supplier", tool=TRYTON, code="wrong_order_line")
        return found[0]

    async def _account(self, setting: str) -> int:
        """An account of the ERP's accounting settings."""
        if setting not in self._known:
            (found,) = await self._session.read("model.account.configuration.read", [1], [setting])
            if found[setting] is None:
                raise Permanent(f"set {setting} in the ERP's accounting settings", tool=TRYTON, code="not_configured")
            self._known[setting] = found[setting]
        return self._known[setting]

    async def _id_of(self, model: str, domain: list[Any], what: str) -> int:
        """The only record of master data in `domain`; remembered."""
        name = f"{model} {domain}"
        if name not in self._known:
            found = await self._search(model, domain, ["id"], limit=2)
            if len(found) != 1:
                known = "no" if not found else "more than one"
                raise Permanent(f"the ERP has {known} {what}", tool=TRYTON, code="not_configured")
            self._known[name] = found[0]["id"]
        return self._known[name]


def _category_account(product: dict[str, Any]) -> int | None:
    """The expense account of a product's category."""
    return records.nested(product, "account_category").get("account_expense")


def _illegal(invoice: SupplierInvoice, wanted: str) -> Permanent:
    return Permanent(
        f"invoice {invoice.invoice_id} is {invoice.state} and cannot become {wanted}",
        tool=TRYTON,
        code="illegal_transition",
    )
