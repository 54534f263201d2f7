"""The payments of the ERP twin, and their reconciliation with its invoices. No clock, no waiting."""

from __future__ import annotations

from decimal import Decimal

from tools.erp.invoices import InvoiceState
from tools.erp.payments import NewPayment, Payment, PaymentState
from tools.testing.erp_books import Books
from tools.testing.erp_master import illegal, refused

NEXT = {
    "approved": (PaymentState.SUBMITTED, PaymentState.APPROVED),
    "processing": (PaymentState.APPROVED, PaymentState.PROCESSING),
    "succeeded": (PaymentState.PROCESSING, PaymentState.SUCCEEDED),
}


class Treasury:
    """Payments over the invoices of the books."""

    def __init__(self, books: Books) -> None:
        """No payment yet."""
        self._books = books
        self.payments: dict[str, Payment] = {}

    def existing(self, payment_id: str) -> Payment:
        """The payment of that id. Raises `Permanent` `not_found`."""
        if payment_id not in self.payments:
            raise refused(f"the ERP has no payment {payment_id!r}", "not_found")
        return self.payments[payment_id]

    def by_key(self, key: str) -> Payment | None:
        """The payment entered with `key`."""
        return next((payment for payment in self.payments.values() if key and payment.key == key), None)

    def create(self, new: NewPayment, *, key: str) -> Payment:
        """A payment handed in for approval. Raises `Permanent`."""
        invoice = self._books.existing(new.invoice_id)
        if invoice.state is not InvoiceState.POSTED:
            raise illegal(f"invoice {new.invoice_id}", invoice.state, "paid")
        if invoice.supplier_id != new.supplier_id:
            raise refused(f"invoice {new.invoice_id} is of another supplier", "wrong_supplier")
        if invoice.currency != new.currency:
            raise refused(f"invoice {new.invoice_id} is not in {new.currency}", "wrong_currency")
        left = invoice.total - self._sum(new.invoice_id, frozenset(PaymentState) - {PaymentState.FAILED})
        if new.amount > left:
            raise refused(f"no more than {left} of invoice {new.invoice_id} is left to pay at once", "over_payment")
        number = str(len(self.payments) + 1)
        made = Payment(
            payment_id=number,
            number=number,
            invoice_id=new.invoice_id,
            supplier_id=new.supplier_id,
            amount=new.amount,
            currency=new.currency,
            pay_on=new.pay_on,
            state=PaymentState.SUBMITTED,
            reference=invoice.reference,
            key=key,
        )
        self.payments[number] = made
        return made

    def move_on(self, payment_id: str, wanted: str, *, expected_amount: Decimal | None = None) -> Payment:
        """The payment in the wanted state; there already is as good. Raises `Permanent`."""
        payment = self.existing(payment_id)
        if expected_amount is not None and payment.amount != expected_amount:
            raise refused(f"the payment is of {payment.amount}, expected were {expected_amount}", "total_mismatch")
        before, after = NEXT[wanted]
        order = list(PaymentState)
        if payment.state is not before:
            beyond = order.index(payment.state) >= order.index(after)
            if payment.state is PaymentState.FAILED or not beyond:
                raise illegal(f"payment {payment_id}", payment.state, wanted)
            return payment
        return self._keep(payment, after)

    def fail(self, payment_id: str) -> Payment:
        """The payment, failed: its invoice is open again. Raises `Permanent` `illegal_transition`."""
        payment = self.existing(payment_id)
        if payment.state is PaymentState.FAILED:
            return payment
        if payment.state not in (PaymentState.PROCESSING, PaymentState.SUCCEEDED):
            raise illegal(f"payment {payment_id}", payment.state, "failed")
        return self._keep(payment, PaymentState.FAILED)

    def _keep(self, payment: Payment, state: PaymentState) -> Payment:
        made = payment.model_copy(update={"state": state})
        self.payments[payment.payment_id] = made
        self._books.settle(payment.invoice_id, paid=self._sum(payment.invoice_id, frozenset({PaymentState.SUCCEEDED})))
        return made

    def _sum(self, invoice_id: str, states: frozenset[PaymentState]) -> Decimal:
        counted = [p.amount for p in self.payments.values() if p.invoice_id == invoice_id and p.state in states]
        return sum(counted, Decimal("0.00"))
