"""Payments of supplier invoices: from the proposal to the money that left, or did not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import Field

from tools.erp.values import Acknowledged, Currency, Exact, Value


class PaymentState(StrEnum):
    """Where a payment is on its way."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class NewPayment(Value):
    """A payment of a posted invoice to its supplier, whole or in part."""

    invoice_id: str
    supplier_id: str
    amount: Annotated[Exact, Field(gt=0)]
    currency: Currency
    pay_on: date


class Payment(Value):
    """A payment, as the ERP holds it."""

    payment_id: str
    number: str
    invoice_id: str
    supplier_id: str
    amount: Exact
    currency: Currency
    pay_on: date | None
    state: PaymentState
    reference: str
    key: str


class Payments(Protocol):
    """What Interlock asks of payments. Errors and keys are those of `tools.erp.port.Erp`.

    A payment that succeeds is reconciled with its invoice; one that paid the rest makes the invoice paid.
    """

    async def create_payment(self, new: NewPayment, *, key: str, acknowledged: Acknowledged = ()) -> Payment:
        """Enter a payment and hand it in for approval.

        Raises `Permanent` `not_found`, `illegal_transition` (the invoice is not posted), `wrong_supplier`,
        `wrong_currency` or `over_payment` (more than is neither paid nor under way).
        """
        ...

    async def approve_payment(
        self, payment_id: str, *, expected_amount: Decimal, key: str, acknowledged: Acknowledged = ()
    ) -> Payment:
        """Approve a payment of the expected amount. Raises `Permanent` `total_mismatch` or `illegal_transition`."""
        ...

    async def process_payment(
        self, payment_id: str, *, expected_amount: Decimal, key: str, acknowledged: Acknowledged = ()
    ) -> Payment:
        """Release an approved payment to the bank. Raises `Permanent` `total_mismatch` or `illegal_transition`."""
        ...

    async def succeed_payment(self, payment_id: str, *, key: str, acknowledged: Acknowledged = ()) -> Payment:
        """The bank has paid: the invoice is reconciled. Raises `Permanent` `illegal_transition`."""
        ...

    async def fail_payment(self, payment_id: str, *, key: str, acknowledged: Acknowledged = ()) -> Payment:
        """The bank has not paid: the invoice is open again. Raises `Permanent` `illegal_transition`."""
        ...

    async def read_payment(self, payment_id: str) -> Payment | None:
        """The payment of that id."""
        ...

    async def find_payment_by_key(self, key: str) -> Payment | None:
        """The payment entered with `key`, in whatever state it is now."""
        ...
