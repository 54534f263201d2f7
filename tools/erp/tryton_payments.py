"""Payments on Tryton: entered, approved, processed and settled over its payment journal's clearing account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tools.erp import tryton_flow as flow
from tools.erp import tryton_records as records
from tools.erp.payments import NewPayment, Payment, PaymentState
from tools.erp.tryton_database import TrytonDatabase, illegal, literal, record_id, refused
from tools.erp.values import Acknowledged
from tools.errors import Permanent

PAYMENT = "account.payment"
PAID_FIELDS = [
    "state", "party", "currency.code", "reference", "lines_to_pay.payment_amount", "lines_to_pay.reconciliation",
]  # fmt: skip
PAST_APPROVAL = frozenset({PaymentState.APPROVED, PaymentState.PROCESSING, PaymentState.SUCCEEDED})
PAST_PROCESSING = frozenset({PaymentState.PROCESSING, PaymentState.SUCCEEDED})


class TrytonPayments(TrytonDatabase):
    """Payments of the ERP port on one Tryton database.

    A payment carries its key behind the invoice's number in its reference, so that the bank's statement says it too.
    """

    async def create_payment(self, new: NewPayment, *, key: str, acknowledged: Acknowledged = ()) -> Payment:
        payment = await self.find_payment_by_key(key)
        if payment is None:
            values = await self._payment_values(new, key)
            (number,) = await self._session.write(f"model.{PAYMENT}.create", [values])
            payment = await self._existing_payment(str(number))
        if payment.state is PaymentState.DRAFT:
            await self._press(PAYMENT, "submit", int(payment.payment_id), acknowledged)
            payment = await self._existing_payment(payment.payment_id)
        if payment.state is PaymentState.DRAFT:
            raise _illegal(payment, "submitted")
        return payment

    async def approve_payment(
        self,
        payment_id: str,
        *,
        expected_amount: Decimal,
        key: str,  # noqa: ARG002 - by id, once
        acknowledged: Acknowledged = (),
    ) -> Payment:
        payment = await self._of_amount(payment_id, expected_amount)
        if payment.state is PaymentState.SUBMITTED:
            await self._press(PAYMENT, "approve", int(payment_id), acknowledged)
        return await self._reread_payment(payment_id, PAST_APPROVAL, "approved")

    async def process_payment(
        self,
        payment_id: str,
        *,
        expected_amount: Decimal,
        key: str,  # noqa: ARG002 - by id, once
        acknowledged: Acknowledged = (),
    ) -> Payment:
        payment = await self._of_amount(payment_id, expected_amount)
        if payment.state is PaymentState.APPROVED:
            await self._run_wizard("account.payment.process", PAYMENT, [int(payment_id)], acknowledged)
        return await self._reread_payment(payment_id, PAST_PROCESSING, "processing")

    async def succeed_payment(self, payment_id: str, *, key: str, acknowledged: Acknowledged = ()) -> Payment:  # noqa: ARG002 - by id, once
        payment = await self._existing_payment(payment_id)
        if payment.state is PaymentState.PROCESSING:
            await self._press(PAYMENT, "succeed", int(payment_id), acknowledged)
        payment = await self._reread_payment(payment_id, {PaymentState.SUCCEEDED}, "succeeded")
        await self._reconcile_parts(payment)
        return payment

    async def fail_payment(self, payment_id: str, *, key: str, acknowledged: Acknowledged = ()) -> Payment:  # noqa: ARG002 - by id, once
        payment = await self._existing_payment(payment_id)
        if payment.state in PAST_PROCESSING:
            await self._press(PAYMENT, "fail", int(payment_id), acknowledged)
        return await self._reread_payment(payment_id, {PaymentState.FAILED}, "failed")

    async def read_payment(self, payment_id: str) -> Payment | None:
        return await self._payment_where(("id", "=", record_id(payment_id) or -1))

    async def find_payment_by_key(self, key: str) -> Payment | None:
        found = await self._payment_where(("reference", "like", f"% {records.marked(literal(key))}"))
        return found if found is not None and found.key == key else None

    async def _payment_where(self, clause: Any) -> Payment | None:
        domain = [("kind", "=", "payable"), clause]
        found = await self._search(PAYMENT, domain, flow.PAYMENT_FIELDS, limit=1, order=[("id", "ASC")])
        return flow.payment(found[0]) if found else None

    async def _existing_payment(self, payment_id: str) -> Payment:
        payment = await self.read_payment(payment_id)
        if payment is None:
            raise refused(f"the ERP has no payment {payment_id!r}", "not_found")
        return payment

    async def _of_amount(self, payment_id: str, expected: Decimal) -> Payment:
        payment = await self._existing_payment(payment_id)
        if payment.amount != expected:
            raise refused(f"the payment is of {payment.amount}, expected were {expected}", "total_mismatch")
        return payment

    async def _reread_payment(
        self, payment_id: str, expected: set[PaymentState] | frozenset[PaymentState], wanted: str
    ) -> Payment:
        payment = await self._existing_payment(payment_id)
        if payment.state not in expected:
            raise _illegal(payment, wanted)
        return payment

    async def _reconcile_parts(self, payment: Payment) -> None:
        """Reconcile an invoice that several payments have paid: Tryton does so only for one that pays all of it."""
        domain = [("id", "=", int(payment.payment_id))]
        (record,) = await self._search(PAYMENT, domain, ["line", "line.reconciliation"], limit=1)
        if record["line"] is None or records.nested(record, "line")["reconciliation"] is not None:
            return
        parts = [("line", "=", record["line"]), ("state", "=", "succeeded"), ("clearing_move", "!=", None)]
        paid = await self._search(PAYMENT, parts, ["clearing_move", "line.account"], limit=500)
        accounts = {records.nested(row, "line")["account"] for row in paid}
        cleared = [("move", "in", [row["clearing_move"] for row in paid]), ("account", "in", sorted(accounts))]
        either: list[Any] = ["OR", ("id", "=", record["line"]), [*cleared, ("reconciliation", "=", None)]]
        lines = await self._search("account.move.line", either, ["debit", "credit"], limit=500)
        if sum((line["debit"] - line["credit"] for line in lines), Decimal()) == 0:
            await self._run_wizard("account.move.reconcile_lines", "account.move.line", [line["id"] for line in lines])

    async def _payment_values(self, new: NewPayment, key: str) -> dict[str, Any]:
        domain = [("type", "=", "in"), ("id", "=", record_id(new.invoice_id) or -1)]
        found = await self._search("account.invoice", domain, PAID_FIELDS, limit=1)
        if not found:
            raise refused(f"the ERP has no supplier invoice {new.invoice_id!r}", "not_found")
        invoice = found[0]
        if invoice["state"] != "posted":
            raise illegal(f"invoice {new.invoice_id}", invoice["state"], "paid")
        if str(invoice["party"]) != new.supplier_id:
            raise refused(f"invoice {new.invoice_id} is of another supplier", "wrong_supplier")
        if records.nested(invoice, "currency")["code"] != new.currency:
            raise refused(f"invoice {new.invoice_id} is not in {new.currency}", "wrong_currency")
        open_lines = [line for line in records.rows(invoice, "lines_to_pay") if line["reconciliation"] is None]
        line = next((line for line in open_lines if (line["payment_amount"] or 0) >= new.amount), None)
        if line is None:
            left = max((line["payment_amount"] or Decimal(0) for line in open_lines), default=Decimal(0))
            raise refused(f"no more than {left} of invoice {new.invoice_id} is left to pay at once", "over_payment")
        journals = [("currency.code", "=", new.currency)]
        return {
            "company": await self._session.preference("company"),
            "journal": await self._id_of("account.payment.journal", journals, f"payment journal in {new.currency}"),
            "kind": "payable",
            "party": invoice["party"],
            "line": line["id"],
            "amount": new.amount,
            "date": new.pay_on,
            "reference": f"{invoice['reference'] or new.invoice_id} {records.marked(key)}",
        }


def _illegal(payment: Payment, wanted: str) -> Permanent:
    return illegal(f"payment {payment.payment_id}", payment.state, wanted)
