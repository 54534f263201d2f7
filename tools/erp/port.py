"""The ERP port: what Interlock asks of an ERP, in the words of purchasing and accounts payable.

Its parts are `parties`, `purchasing`, `receiving`, `invoices` and `payments`. Every write carries the idempotency key
of its effect, which the target stores in a searchable field.
"""

from __future__ import annotations

from typing import Protocol

from tools.erp.invoices import (
    ACCOUNT_LIMIT,
    POSTED_STATES,
    SIMILAR_LIMIT,
    USED_LINES,
    Attachment,
    CreditedLine,
    DraftCreditNote,
    DraftInvoice,
    DraftLine,
    ExpenseAccount,
    InvoiceLine,
    Invoices,
    InvoiceState,
    SimilarInvoice,
    SupplierInvoice,
    UsedAccount,
)
from tools.erp.parties import NewSupplier, Parties, Supplier
from tools.erp.payments import NewPayment, Payment, Payments, PaymentState
from tools.erp.purchasing import (
    NewOrder,
    NewOrderLine,
    NewRequest,
    OrderLine,
    OrderState,
    Product,
    PurchaseOrder,
    PurchaseRequest,
    Purchasing,
    RequestLine,
    RequestState,
)
from tools.erp.receiving import NewReceipt, Receipt, ReceiptState, ReceivedLine, Receiving
from tools.erp.values import Acknowledged, Currency, Exact, Name, RecordId, Value, plain
from tools.limits import TargetLimits

__all__ = [
    "ACCOUNT_LIMIT",
    "POSTED_STATES",
    "SIMILAR_LIMIT",
    "USED_LINES",
    "Acknowledged",
    "Attachment",
    "CreditedLine",
    "Currency",
    "DraftCreditNote",
    "DraftInvoice",
    "DraftLine",
    "Erp",
    "Exact",
    "ExpenseAccount",
    "InvoiceLine",
    "InvoiceState",
    "Name",
    "NewOrder",
    "NewOrderLine",
    "NewPayment",
    "NewReceipt",
    "NewRequest",
    "NewSupplier",
    "OrderLine",
    "OrderState",
    "Payment",
    "PaymentState",
    "Product",
    "PurchaseOrder",
    "PurchaseRequest",
    "Receipt",
    "ReceiptState",
    "ReceivedLine",
    "RecordId",
    "RequestLine",
    "RequestState",
    "SimilarInvoice",
    "Supplier",
    "SupplierInvoice",
    "UsedAccount",
    "Value",
    "plain",
]


class Erp(Parties, Purchasing, Receiving, Invoices, Payments, Protocol):
    """What Interlock asks of an ERP.

    Reads raise `Transient` or `Permanent`. Writes raise `Transient` (nothing was done), `Permanent`
    (`reason` names why), `Ambiguous` (sent, outcome unknown) or `TargetWarning` (the ERP asks back; only a person
    answers, and `acknowledged` names the warnings somebody has). A write repeated with its key returns what the first
    one made.
    """

    @property
    def call_timeout_seconds(self) -> float:
        """How long after sending the target may still act on a call."""
        ...

    @property
    def limits(self) -> TargetLimits:
        """How hard the ERP may be worked, for all workers together."""
        ...

    @property
    def posting_limits(self) -> TargetLimits:
        """The same for what takes numbers from the ERP's books: postings, confirmations, payments."""
        ...
