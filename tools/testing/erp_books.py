"""The books of the ERP twin: invoices and attachments, and what may be done to them. No clock, no waiting."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from tools.erp.port import (
    POSTED_STATES,
    USED_LINES,
    Acknowledged,
    Attachment,
    DraftCreditNote,
    DraftInvoice,
    DraftLine,
    InvoiceLine,
    InvoiceState,
    SupplierInvoice,
    UsedAccount,
)
from tools.errors import Permanent
from tools.testing.erp_master import Master, illegal, refused
from tools.testing.erp_orders import Orders, warn
from tools.testing.erp_seed import DEFAULT_EXPENSE_ACCOUNT, EXPENSE_ACCOUNTS, ErpSeed

SIMILAR_WITHIN = timedelta(days=60)
CENT = Decimal("0.01")
CANCELLABLE = frozenset({InvoiceState.DRAFT, InvoiceState.VALIDATED})


class Books:
    """Invoices and attachments over the master data of a seed."""

    def __init__(self, seed: ErpSeed, master: Master, orders: Orders, *, fiscal_years: range) -> None:
        """Only dates in `fiscal_years` can be posted, and none in a period that the seed has closed."""
        self._master = master
        self._orders = orders
        self._closed = seed.closed_periods
        self._fiscal_years = fiscal_years
        self._rates: dict[str, tuple[Decimal, ...]] = {}
        self.invoices: dict[str, SupplierInvoice] = {}
        self._accounts: dict[str, tuple[str, ...]] = {}
        self._credited: dict[str, tuple[tuple[str, int], ...]] = {}
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
        uncoded = [line for line in draft.lines if line.order_line_id is None and line.product_code is None]
        self._accounts[number] = tuple(line.account_code or DEFAULT_EXPENSE_ACCOUNT for line in uncoded)
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

    def credit(self, draft: DraftCreditNote, *, key: str) -> SupplierInvoice:
        """A draft that takes back lines of a posted invoice. Raises `Permanent`."""
        invoice = self.existing(draft.invoice_id)
        if invoice.state not in POSTED_STATES or invoice.total <= 0:
            raise _illegal(invoice, "credited")
        lines: list[DraftLine] = []
        for wanted in draft.lines:
            if wanted.position > len(invoice.lines):
                raise refused(f"the invoice has no line {wanted.position}", "not_found")
            line = invoice.lines[wanted.position - 1]
            left = line.quantity + self._taken_back(draft.invoice_id, wanted.position)
            if wanted.quantity > left:
                raise refused(f"of line {wanted.position} no more than {left} can be credited", "over_credit")
            rate = self._rates[draft.invoice_id][wanted.position - 1]
            taken = DraftLine(
                description=line.description, quantity=-wanted.quantity, unit_price=line.unit_price, tax_rate=rate
            )
            lines.append(taken)
        entered = self.enter(
            DraftInvoice(
                supplier_id=invoice.supplier_id,
                reference=draft.reference,
                invoice_date=draft.invoice_date,
                currency=invoice.currency,
                lines=tuple(lines),
            ),
            key=key,
        )
        self._credited[entered.invoice_id] = tuple((draft.invoice_id, wanted.position) for wanted in draft.lines)
        return entered

    def _taken_back(self, invoice_id: str, position: int) -> Decimal:
        """The quantity, negative, that credit notes take back of a line already."""
        total = Decimal(0)
        for number, places in self._credited.items():
            note = self.invoices[number]
            if note.state is InvoiceState.CANCELLED:
                continue
            for line, place in zip(note.lines, places, strict=True):
                total += line.quantity if place == (invoice_id, position) else 0
        return total

    def used_accounts(self, supplier_id: str, *, since: date) -> tuple[UsedAccount, ...]:
        """On what the supplier's lines without order and product were booked."""
        lines = [
            (invoice, code)
            for invoice in reversed(self.invoices.values())
            if invoice.supplier_id == supplier_id and invoice.state in POSTED_STATES
            if invoice.invoice_date is not None and invoice.invoice_date >= since
            if invoice.invoice_id not in self._credited
            for code in reversed(self._accounts[invoice.invoice_id])
        ]
        used: dict[str, dict[str, date]] = {}
        for invoice, code in lines[:USED_LINES]:
            assert invoice.invoice_date is not None  # noqa: S101 - looked at above
            used.setdefault(code, {})[invoice.invoice_id] = invoice.invoice_date
        counted = [
            UsedAccount(code=code, title=EXPENSE_ACCOUNTS[code], invoices=len(days), last_used_on=max(days.values()))
            for code, days in used.items()
        ]
        return tuple(sorted(counted, key=lambda account: (-account.invoices, account.code)))

    def settle(self, invoice_id: str, *, paid: Decimal) -> None:
        """Take note of what of a posted invoice has been paid."""
        invoice = self.existing(invoice_id)
        left = invoice.total - paid
        state = InvoiceState.PAID if left == 0 else InvoiceState.POSTED
        # As in Tryton, parts that were paid are reconciled, and count, once together they pay it all.
        self._keep(
            invoice.model_copy(update={"state": state, "open_amount": Decimal(0) if not left else invoice.total})
        )

    def attach(self, invoice_id: str, *, name: str, content: bytes, key: str) -> Attachment:
        """An attachment. Raises `Permanent` `not_found`."""
        self.existing(invoice_id)
        number = str(len(self.attachments) + 1)
        made = Attachment(attachment_id=number, invoice_id=invoice_id, name=name, size_bytes=len(content), key=key)
        self.attachments[number] = made
        return made

    def post(
        self, invoice_id: str, *, expected_total: Decimal, currency: str, key: str, acknowledged: Acknowledged = ()
    ) -> SupplierInvoice:
        """The invoice, posted. Raises `Permanent`, or `TargetWarning` with the ERP's question."""
        invoice = self.existing(invoice_id)
        if invoice.state not in CANCELLABLE:
            raise _illegal(invoice, "posted")
        if (invoice.total, invoice.currency) != (expected_total, currency):
            raise refused(
                f"the ERP computes {invoice.total} {invoice.currency}, expected were {expected_total} {currency}",
                "total_mismatch",
            )
        self._ask(invoice, acknowledged)
        if invoice.invoice_date is None or invoice.invoice_date.year not in self._fiscal_years:
            raise refused(f"there is no fiscal year for {invoice.invoice_date}", "refused_by_erp")
        if f"{invoice.invoice_date:%Y-%m}" in self._closed:
            raise refused(f"the period of {invoice.invoice_date} is closed", "refused_by_erp")
        posted = sum(1 for other in self.invoices.values() if other.number)
        number = f"{invoice.invoice_date.year}/{posted + 1:05d}"
        return self._keep(
            invoice.model_copy(
                update={"state": InvoiceState.POSTED, "number": number, "post_key": key, "open_amount": invoice.total}
            )
        )

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

    def _ask(self, invoice: SupplierInvoice, acknowledged: Acknowledged) -> None:
        """Raises `TargetWarning` where the ERP would ask back before posting, unless that is acknowledged."""
        record = f"account.invoice,{invoice.invoice_id}"
        for line, rate in zip(invoice.lines, self._rates[invoice.invoice_id], strict=True):
            ordered_rate = self._orders.line_rates.get(line.order_line_id or "", rate)
            if rate != ordered_rate:
                message = f"{line.description!r} is taxed at {rate}, by default at {ordered_rate}"
                warn(record, "invoice_taxes", message, acknowledged)
        for other in self.invoices.values():
            if other.invoice_id != invoice.invoice_id and _similar(other, invoice):
                message = f"{other.number or other.invoice_id} has the same reference {invoice.reference}"
                warn(record, "invoice_similar", message, acknowledged)

    def _check(self, draft: DraftInvoice) -> None:
        self._master.trading(draft.supplier_id)
        self._master.check_currency(draft.currency)
        for line in draft.lines:
            self._check_line(line, draft.supplier_id)

    def _check_line(self, line: DraftLine, supplier_id: str) -> None:
        if line.tax_rate not in self._master.tax_rates:
            raise refused(f"the ERP has no tax of rate {line.tax_rate}", "not_configured")
        if line.order_line_id is not None:
            order = self._orders.of_line(line.order_line_id)
            if order is None:
                raise refused(f"the ERP has no order line {line.order_line_id!r}", "not_found")
            if order.supplier_id != supplier_id:
                raise refused(f"order line {line.order_line_id} is of another supplier", "wrong_order_line")
        elif line.product_code is not None and line.product_code not in self._master.products:
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
    return illegal(f"invoice {invoice.invoice_id}", invoice.state, wanted)
