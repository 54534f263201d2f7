"""A business document: what an invoice, a credit note or a purchase order says, whatever its form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

CENT = Decimal("0.01")


class DocumentKind(StrEnum):
    """What the document is; the value is its `doc_type`."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    PURCHASE_ORDER = "purchase_order"


def cents(amount: Decimal) -> Decimal:
    """`amount` with two places, halves away from zero."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A company. `country` is ISO 3166 alpha-2; an empty text means: not stated on the document."""

    name: str
    street: str
    postcode: str
    city: str
    country: str
    vat_id: str = ""
    iban: str = ""
    bic: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line. `unit` is a UN/ECE Recommendation 20 code, `tax_rate` is in percent.

    `stated_amount` is what the document says when that differs from quantity × price.
    """

    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal
    unit: str = "C62"
    item_code: str = ""
    stated_amount: Decimal | None = None

    @property
    def amount(self) -> Decimal:
        """The net amount the document states."""
        return cents(self.quantity * self.unit_price) if self.stated_amount is None else self.stated_amount


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxSubtotal:
    """The tax of one rate: `tax` is `rate` percent of `base`, rounded to cents."""

    rate: Decimal
    base: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessDocument:
    """What a document says. Amounts are positive on credit notes too: the kind carries the sign.

    The `stated_*` totals are what the document says when that differs from its computed totals.
    `hidden_text` is printed in white on the pages of a PDF and nowhere else.
    """

    kind: DocumentKind
    number: str
    issue_date: date
    vendor: Party
    buyer: Party
    lines: tuple[Line, ...]
    language: str
    currency: str = "EUR"
    due_date: date | None = None
    payment_days: int = 30
    po_number: str = ""
    preceding_number: str = ""
    note: str = ""
    hidden_text: str = ""
    stated_net: Decimal | None = None
    stated_tax: Decimal | None = None
    stated_total: Decimal | None = None

    @property
    def issuer(self) -> Party:
        """Who writes the document: the buyer of an order, else the vendor."""
        return self.buyer if self.kind is DocumentKind.PURCHASE_ORDER else self.vendor

    @property
    def recipient(self) -> Party:
        """Who gets the document."""
        return self.vendor if self.kind is DocumentKind.PURCHASE_ORDER else self.buyer

    @property
    def taxes(self) -> tuple[TaxSubtotal, ...]:
        """One subtotal a rate, highest rate first; rounded once a rate, as an ERP does.

        A stated tax total that differs is stated in the first subtotal, so that they still add up.
        """
        computed = self._computed_taxes
        if self.stated_tax is None or not computed:
            return computed
        first = computed[0]
        difference = self.stated_tax - sum((subtotal.tax for subtotal in computed), Decimal(0))
        return (replace(first, tax=first.tax + difference), *computed[1:])

    @property
    def _computed_taxes(self) -> tuple[TaxSubtotal, ...]:
        bases: dict[Decimal, Decimal] = {}
        for line in self.lines:
            bases[line.tax_rate] = bases.get(line.tax_rate, Decimal(0)) + line.amount
        return tuple(
            TaxSubtotal(rate=rate, base=base, tax=cents(base * rate / 100))
            for rate, base in sorted(bases.items(), reverse=True)
        )

    @property
    def net_total(self) -> Decimal:
        """The sum of the lines, unless the document states another."""
        if self.stated_net is not None:
            return self.stated_net
        return cents(sum((line.amount for line in self.lines), Decimal(0)))

    @property
    def tax_total(self) -> Decimal:
        """The sum of the taxes, unless the document states another."""
        if self.stated_tax is not None:
            return self.stated_tax
        return cents(sum((subtotal.tax for subtotal in self._computed_taxes), Decimal(0)))

    @property
    def total(self) -> Decimal:
        """Net and tax, unless the document states another."""
        return self.net_total + self.tax_total if self.stated_total is None else self.stated_total

    @property
    def amount_due(self) -> Decimal:
        """What is to be paid: nothing is ever prepaid on these documents."""
        return self.total
