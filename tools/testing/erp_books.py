"""The books of the ERP twin: invoices and attachments, and what may be done to them. No clock, no waiting."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from tools.erp.port import (
    POSTED_STATES,
    Attachment,
    DraftInvoice,
    DraftLine,
    InvoiceLine,
    InvoiceState,
    SupplierInvoice,
)
from tools.errors import NeedsPerson, Permanent
from tools.testing.erp_seed import EXPENSE_ACCOUNTS, ErpSeed

SIMILAR_WITHIN = timedelta(days=60)
CENT = Decimal("0.01")
CANCELLABLE = frozenset({InvoiceState.DRAFT, InvoiceState.VALIDATED})
TWIN = "erp_twin"


def refused(message: str, code: str) -> Permanent:
    """A refusal by name."""
    return Permanent(message, tool=TWIN, code=code)


class Books:
    """Invoices and attachments over the master data of a seed."""

    def __init__(self, seed: ErpSeed, *, fiscal_years: range) -> None:
        """Only dates in `fiscal_years` can be posted."""
        self._seed = seed
        self._fiscal_years = fiscal_years
        self._rates: dict[str, tuple[Decimal, ...]] = {}
        self.invoices: dict[str, SupplierInvoice] = {}
        self.attachments: dict[str, Attachment] = {}
        for draft in seed.posted_invoices:
            entered = self.enter(draft, key="")
            self.post(entered.invoice_id, expected_total=entered.total, currency=entered.currency, key="")

    def enter(self, draft: DraftInvoice, *, key: str) -> SupplierInvoice:
        """A draft with its totals: tax is rounded once a rate. Raises `Permanent`."""
        self._check(draft)
        number = str(len(self.invoices) + 1)
        net = sum((_amount(line) for line in draft.lines), Decimal("0.00"))
        rates = {line.tax_rate for line in draft.lines}
        tax = sum((self._tax(draft, rate) for rate in rates), Decimal("0.00"))
        self._rates[number] = tuple(line.tax_rate for line in draft.lines)
        return self._keep(
            SupplierInvoice(
                invoice_id=number,
                number="",
                supplier_id=draft.supplier_id,
                reference=draft.reference,
                invoice_date=draft.invoice_date,
                currency=draft.currency,
                state=InvoiceState.DRAFT,
                net_total=net,
                tax_total=tax,
                total=net + tax,
                lines=tuple(_entered(line) for line in draft.lines),
                draft_key=key,
                post_key="",
            )
        )

    def attach(self, invoice_id: str, *, name: str, content: bytes, key: str) -> Attachment:
        """An attachment. Raises `Permanent` `not_found`."""
        self.existing(invoice_id)
        number = str(len(self.attachments) + 1)
        made = Attachment(attachment_id=number, invoice_id=invoice_id, name=name, size_bytes=len(content), key=key)
        self.attachments[number] = made
        return made

    def post(self, invoice_id: str, *, expected_total: Decimal, currency: str, key: str) -> SupplierInvoice:
        """The invoice, posted. Raises `Permanent`, or `NeedsPerson` with the ERP's question."""
        invoice = self.existing(invoice_id)
        if invoice.state not in CANCELLABLE:
            raise _illegal(invoice, "posted")
        if (invoice.total, invoice.currency) != (expected_total, currency):
            raise refused(
                f"the ERP computes {invoice.total} {invoice.currency}, expected were {expected_total} {currency}",
                "total_mismatch",
            )
        self._ask(invoice)
        if invoice.invoice_date is None or invoice.invoice_date.year not in self._fiscal_years:
            raise refused(f"there is no fiscal year for {invoice.invoice_date}", "refused_by_erp")
        posted = sum(1 for other in self.invoices.values() if other.number)
        number = f"{invoice.invoice_date.year}/{posted + 1:05d}"
        return self._keep(invoice.model_copy(update={"state": InvoiceState.POSTED, "number": number, "post_key": key}))

    def cancel(self, invoice_id: str) -> SupplierInvoice:
        """The draft, cancelled. Raises `Permanent` `illegal_transition`."""
        invoice = self.existing(invoice_id)
        if invoice.state not in CANCELLABLE:
            raise _illegal(invoice, "cancelled")
        return self._keep(invoice.model_copy(update={"state": InvoiceState.CANCELLED}))

    def existing(self, invoice_id: str) -> SupplierInvoice:
        """The invoice of that id. Raises `Permanent` `not_found`."""
        if invoice_id not in self.invoices:
            raise refused(f"the ERP has no supplier invoice {invoice_id!r}", "not_found")
        return self.invoices[invoice_id]

    def invoiced(self, order_line_id: str) -> Decimal:
        """What of an order line is invoiced, drafts included, cancelled invoices not."""
        live = [invoice for invoice in self.invoices.values() if invoice.state is not InvoiceState.CANCELLED]
        lines = [line for invoice in live for line in invoice.lines if line.order_line_id == order_line_id]
        return sum((line.quantity for line in lines), Decimal(0))

    def posted(self, invoice: SupplierInvoice) -> bool:
        """Whether the invoice is in the ledger."""
        return invoice.state in POSTED_STATES

    def _keep(self, invoice: SupplierInvoice) -> SupplierInvoice:
        self.invoices[invoice.invoice_id] = invoice
        return invoice

    def _tax(self, draft: DraftInvoice, rate: Decimal) -> Decimal:
        base = sum((line.quantity * line.unit_price for line in draft.lines if line.tax_rate == rate), Decimal(0))
        return (base * rate).quantize(CENT, ROUND_HALF_EVEN)

    def _ask(self, invoice: SupplierInvoice) -> None:
        """Raises `NeedsPerson` where the ERP would ask back before posting."""
        for line, rate in zip(invoice.lines, self._rates[invoice.invoice_id], strict=True):
            ordered_rate = self._seed.line_rates.get(line.order_line_id or "", rate)
            if rate != ordered_rate:
                raise NeedsPerson(
                    f"invoice_taxes: {line.description!r} is taxed at {rate}, by default at {ordered_rate}",
                    tool=TWIN,
                    code="invoice_taxes",
                )
        for other in self.invoices.values():
            if other.invoice_id != invoice.invoice_id and _similar(other, invoice):
                raise NeedsPerson(
                    f"invoice_similar: {other.number or other.invoice_id} has the same reference {invoice.reference}",
                    tool=TWIN,
                    code="invoice_similar",
                )

    def _check(self, draft: DraftInvoice) -> None:
        supplier = next((s for s in self._seed.suppliers if s.supplier_id == draft.supplier_id), None)
        if supplier is None:
            raise refused(f"the ERP has no supplier {draft.supplier_id!r}", "not_found")
        if supplier.blocked:
            raise refused(f"supplier {draft.supplier_id} is blocked", "supplier_blocked")
        if draft.currency != self._seed.currency:
            raise refused(f"the ERP has no currency {draft.currency}", "not_configured")
        for line in draft.lines:
            self._check_line(line, draft.supplier_id)

    def _check_line(self, line: DraftLine, supplier_id: str) -> None:
        if line.tax_rate not in self._seed.tax_rates:
            raise refused(f"the ERP has no tax of rate {line.tax_rate}", "not_configured")
        if line.order_line_id is not None:
            order = self._seed.order_of(line.order_line_id)
            if order is None:
                raise refused(f"the ERP has no order line {line.order_line_id!r}", "not_found")
            if order.supplier_id != supplier_id:
                raise refused(f"order line {line.order_line_id} is of another supplier", "wrong_order_line")
        elif line.product_code is not None and line.product_code not in self._seed.product_codes:
            raise refused(f"the ERP has no product {line.product_code!r}", "not_found")
        elif line.account_code is not None and line.account_code not in EXPENSE_ACCOUNTS:
            raise refused(f"the ERP has no expense account {line.account_code}", "not_configured")


def _amount(line: DraftLine) -> Decimal:
    return (line.quantity * line.unit_price).quantize(CENT, ROUND_HALF_EVEN)


def _entered(line: DraftLine) -> InvoiceLine:
    return InvoiceLine(
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=_amount(line),
        order_line_id=line.order_line_id,
    )


def _similar(other: SupplierInvoice, invoice: SupplierInvoice) -> bool:
    """Same supplier and reference within 60 days, in any state: the ERP's own duplicate warning."""
    if (other.supplier_id, other.reference) != (invoice.supplier_id, invoice.reference):
        return False
    if other.invoice_date is None or invoice.invoice_date is None:
        return True
    return abs(other.invoice_date - invoice.invoice_date) <= SIMILAR_WITHIN


def _illegal(invoice: SupplierInvoice, wanted: str) -> Permanent:
    return refused(f"invoice {invoice.invoice_id} is {invoice.state} and cannot become {wanted}", "illegal_transition")
