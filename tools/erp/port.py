"""The ERP port: what Interlock asks of an ERP, in the words of purchasing and accounts payable.

Every write carries the idempotency key of its effect, which the target stores in a searchable field.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Protocol, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

SIMILAR_LIMIT = 50


def _exact(value: object) -> object:
    """Refuse binary floats: 0.1 is not a price."""
    if isinstance(value, float):
        raise ValueError("a float is not exact; give a decimal string")
    return value


def plain(value: Decimal) -> str:
    """`value` without an exponent, as every JSON form of the port writes it."""
    return format(value, "f")


Exact = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(allow_inf_nan=False, max_digits=18),
    PlainSerializer(plain, return_type=str, when_used="json"),
]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Value(BaseModel):
    """A frozen value of the port."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OrderState(StrEnum):
    """What may still happen to an order; `raw_state` keeps the ERP's own word."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class InvoiceState(StrEnum):
    """Where a supplier invoice is on its way."""

    DRAFT = "draft"
    VALIDATED = "validated"
    POSTED = "posted"
    PAID = "paid"
    CANCELLED = "cancelled"


POSTED_STATES = frozenset({InvoiceState.POSTED, InvoiceState.PAID})


class Supplier(Value):
    """A vendor of the vendor master.

    `bank_changed_on` is the day a bank account was last added, edited or moved to the supplier.
    """

    supplier_id: str
    name: str
    vat_id: str
    ibans: tuple[str, ...]
    blocked: bool
    country: str
    bank_changed_on: date | None
    created_on: date | None
    emails: tuple[str, ...] = ()


class OrderLine(Value):
    """One line of a purchase order.

    `invoiced_quantity` counts drafts, but not cancelled invoices. `tax_rate` is a fraction, None unless
    exactly one tax is ordered.
    """

    line_id: str
    product_code: str
    description: str
    category: Literal["goods", "service"]
    quantity: Exact
    unit_price: Exact
    received_quantity: Exact
    invoiced_quantity: Exact
    tax_rate: Exact | None = None


class PurchaseOrder(Value):
    """A purchase order with what was received and invoiced so far."""

    number: str
    supplier_id: str
    currency: Currency
    state: OrderState
    raw_state: str
    ordered_on: date | None
    net_total: Exact
    requested_by: str
    lines: tuple[OrderLine, ...]


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


class InvoiceLine(Value):
    """One line of a supplier invoice, as the ERP holds it."""

    description: str
    quantity: Exact
    unit_price: Exact
    amount: Exact
    order_line_id: str | None


class SupplierInvoice(Value):
    """A supplier invoice, as the ERP holds it. The keys are those its writes were made with."""

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


class Attachment(Value):
    """A document attached to an invoice."""

    attachment_id: str
    invoice_id: str
    name: str
    size_bytes: int
    key: str


class Erp(Protocol):
    """What Interlock asks of an ERP.

    Reads raise `Transient` or `Permanent`. Writes raise `Transient` (nothing was sent), `Permanent`
    (`reason` names why), `Ambiguous` (sent, outcome unknown) or `NeedsPerson` (the ERP asks back;
    its question is never answered by Interlock). A write repeated with its key returns what the first
    one made.
    """

    @property
    def call_timeout_seconds(self) -> float:
        """How long after sending the target may still act on a call."""
        ...

    async def find_supplier(self, *, vat_id: str = "", name: str = "") -> Supplier | None:
        """The one supplier with that VAT id or, without one, exactly that name (case ignored).

        Raises `Permanent` `ambiguous_supplier` when several match.
        """
        ...

    async def read_order(self, number: str) -> PurchaseOrder | None:
        """The purchase order of that number."""
        ...

    async def similar_invoices(self, supplier_id: str, *, since: date) -> tuple[SimilarInvoice, ...]:
        """The supplier's invoices dated `since` or later, newest first, at most `SIMILAR_LIMIT`."""
        ...

    async def draft_invoice(self, draft: DraftInvoice, *, key: str) -> SupplierInvoice:
        """Enter a supplier invoice. The ERP computes tax and totals; they come back as they are."""
        ...

    async def attach_document(self, invoice_id: str, *, name: str, content: bytes, key: str) -> Attachment:
        """Attach a document to an invoice."""
        ...

    async def post_invoice(
        self, invoice_id: str, *, expected_total: Decimal, currency: str, key: str
    ) -> SupplierInvoice:
        """Post a draft whose total is the expected one.

        Raises `Permanent` `total_mismatch` or `illegal_transition`, `NeedsPerson` for a duplicate.
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
