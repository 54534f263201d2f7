"""Supplier invoices and credit notes, and the documents attached to them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Protocol, Self

from pydantic import Field, model_validator

from tools.erp.values import Acknowledged, Currency, Exact, Name, Value

SIMILAR_LIMIT = 50
ACCOUNT_LIMIT = 500
USED_LINES = 500


class InvoiceState(StrEnum):
    """Where a supplier invoice is on its way."""

    DRAFT = "draft"
    VALIDATED = "validated"
    POSTED = "posted"
    PAID = "paid"
    CANCELLED = "cancelled"


POSTED_STATES = frozenset({InvoiceState.POSTED, InvoiceState.PAID})


class SimilarInvoice(Value):
    """A supplier invoice as the duplicate check needs it."""

    invoice_id: str
    number: str
    reference: str
    invoice_date: date | None
    total: Exact
    currency: Currency
    state: InvoiceState


class DraftLine(Value):
    """One line to invoice. `tax_rate` is a fraction (0.19); `order_line_id` makes it count on the order.

    `account_code` is the expense account of a line that has neither an order line nor a product.
    """

    description: Annotated[str, Field(max_length=2000)]
    quantity: Exact
    unit_price: Exact
    tax_rate: Annotated[Exact, Field(ge=0, lt=1)]
    order_line_id: str | None = None
    product_code: str | None = None
    account_code: Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,20}$")] | None = None


class DraftInvoice(Value):
    """A supplier invoice to enter. `reference` is the supplier's own invoice number."""

    supplier_id: str
    reference: Name
    invoice_date: date
    currency: Currency
    lines: Annotated[tuple[DraftLine, ...], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _order_lines_stand_once(self) -> Self:
        named = [line.order_line_id for line in self.lines if line.order_line_id is not None]
        if len(named) != len(set(named)):
            raise ValueError("an order line may stand once in an invoice; add its quantities up")
        return self


class CreditedLine(Value):
    """What is credited of a line of an invoice: its position (from 1) and a quantity."""

    position: Annotated[int, Field(ge=1, le=500)]
    quantity: Annotated[Exact, Field(gt=0)]


class DraftCreditNote(Value):
    """A supplier's credit note to enter, over lines of a posted invoice at their prices and taxes.

    `reference` is the supplier's own number of the credit note.
    """

    invoice_id: str
    reference: Name
    invoice_date: date
    lines: Annotated[tuple[CreditedLine, ...], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _lines_stand_once(self) -> Self:
        if len({line.position for line in self.lines}) != len(self.lines):
            raise ValueError("a line may stand once in a credit note; add its quantities up")
        return self


class InvoiceLine(Value):
    """One line of a supplier invoice, as the ERP holds it."""

    description: str
    quantity: Exact
    unit_price: Exact
    amount: Exact
    order_line_id: str | None


class SupplierInvoice(Value):
    """A supplier invoice, as the ERP holds it. The keys are those its writes were made with.

    A credit note is an invoice with a negative total. `open_amount` is what is still to be paid, payments under way
    not taken off; it counts once the invoice is posted.
    """

    invoice_id: str
    number: str
    supplier_id: str
    reference: str
    invoice_date: date | None
    currency: Currency
    state: InvoiceState
    net_total: Exact
    tax_total: Exact
    total: Exact
    lines: tuple[InvoiceLine, ...]
    draft_key: str
    post_key: str
    open_amount: Exact = Decimal(0)


class Attachment(Value):
    """A document attached to an invoice."""

    attachment_id: str
    invoice_id: str
    name: str
    size_bytes: int
    key: str


class ExpenseAccount(Value):
    """An account that a line without an order can be booked on."""

    code: Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,20}$")]
    title: str


class UsedAccount(Value):
    """An expense account that lines of a supplier without an order stand on, and on how many invoices."""

    code: Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,20}$")]
    title: str
    invoices: Annotated[int, Field(ge=1)]
    last_used_on: date


class Invoices(Protocol):
    """What Interlock asks of accounts payable. Errors and keys are those of `tools.erp.port.Erp`."""

    async def similar_invoices(self, supplier_id: str, *, since: date) -> tuple[SimilarInvoice, ...]:
        """The supplier's invoices dated `since` or later, newest first, at most `SIMILAR_LIMIT`."""
        ...

    async def expense_accounts(self) -> tuple[ExpenseAccount, ...]:
        """The open expense accounts that can be posted to, by their codes, at most `ACCOUNT_LIMIT`."""
        ...

    async def used_accounts(self, supplier_id: str, *, since: date) -> tuple[UsedAccount, ...]:
        """On what the supplier's lines without order and product were booked, by the number of invoices, then by code.

        Counted are posted invoices dated `since` or later, no credit notes, of their newest `USED_LINES` lines.
        """
        ...

    async def draft_invoice(self, draft: DraftInvoice, *, key: str) -> SupplierInvoice:
        """Enter a supplier invoice. The ERP computes tax and totals; they come back as they are."""
        ...

    async def draft_credit_note(self, draft: DraftCreditNote, *, key: str) -> SupplierInvoice:
        """Enter a credit note. Raises `Permanent` `not_found`, `illegal_transition` or `over_credit`."""
        ...

    async def attach_document(self, invoice_id: str, *, name: str, content: bytes, key: str) -> Attachment:
        """Attach a document to an invoice."""
        ...

    async def post_invoice(
        self, invoice_id: str, *, expected_total: Decimal, currency: str, key: str, acknowledged: Acknowledged = ()
    ) -> SupplierInvoice:
        """Post a draft whose total is the expected one.

        Raises `Permanent` `total_mismatch` or `illegal_transition`, `TargetWarning` for a duplicate.
        """
        ...

    async def cancel_invoice(self, invoice_id: str, *, key: str) -> SupplierInvoice:
        """Cancel a draft. Raises `Permanent` `illegal_transition` for anything already posted."""
        ...

    async def read_invoice(self, invoice_id: str) -> SupplierInvoice | None:
        """The supplier invoice of that id."""
        ...

    async def find_invoice_by_key(self, key: str) -> SupplierInvoice | None:
        """The supplier invoice drafted or posted with `key`, in whatever state it is now."""
        ...

    async def find_attachment_by_key(self, key: str, *, invoice_id: str) -> Attachment | None:
        """The attachment of that invoice made with `key`. (ERPs guard attachments by their record.)"""
        ...
