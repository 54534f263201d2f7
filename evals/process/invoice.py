"""An invoice for an order of the sandbox, with chosen defects, written by the project's own generator."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from graphs.intake import Incoming
from tools.testing.invoices import defects
from tools.testing.invoices.cii import cii_xml
from tools.testing.invoices.document import BusinessDocument, DocumentKind
from tools.testing.invoices.hybrid import hybrid_pdf
from tools.testing.invoices.pdf import digital_pdf
from tools.testing.invoices.sandbox import Sandbox
from tools.testing.invoices.ubl import ubl_xml

PEPPOL_SCHEME: Final = "9930"
WORDING: Final = 22
"""The seed of a page's wording: labels that leave a reader no doubt, whatever else is wrong."""

Form = Literal["ubl", "cii", "hybrid", "digital"]


class Invoice(BaseModel):
    """An invoice for all of an order, and what is wrong with it.

    The defects are those of the project's generator; unset means as ordered. `days_ago` is its age, `quantity` that
    of the first line, `attached_cheaper` the percentage by which the file attached to a hybrid states less than its
    page, `first_line` how the first line is described. `note`, `line_text` and `hidden_text` are texts that the
    supplier adds: below the lines, after the first line's description, in white on the page of a PDF.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: Annotated[str, Field(pattern=r"^PO-2026-\d{4}$")]
    form: Form = "ubl"
    layout: str | None = None
    channel: Literal["mail", "portal", "peppol"] = "mail"
    sender: str | None = None
    first_line: str | None = None
    number: str = "EV-2026-1107"
    days_ago: Annotated[int, Field(ge=-400, le=900)] = 3
    quantity: Decimal | None = None
    price_raised: Decimal | None = None
    price_lowered: Decimal | None = None
    iban: str | None = None
    currency: str | None = None
    names_order: bool = True
    wrong_total: Decimal | None = None
    without: defects.MandatoryField | None = None
    unknown_supplier: bool = False
    attached_cheaper: Decimal | None = None
    note: str = ""
    line_text: str = ""
    hidden_text: str = ""

    def document(self, sandbox: Sandbox, today: date) -> BusinessDocument:
        """What the invoice says. Raises `KeyError` for an order that the sandbox does not have."""
        order = sandbox.order(self.order)
        supplier = sandbox.supplier(order.supplier)
        issued = today - timedelta(days=self.days_ago)
        clean = BusinessDocument(
            kind=DocumentKind.INVOICE,
            number=self.number,
            issue_date=issued,
            due_date=issued + timedelta(days=sandbox.payment_term.days),
            payment_days=sandbox.payment_term.days,
            vendor=supplier.vendor(),
            buyer=sandbox.company.party(),
            currency=order.currency,
            language=supplier.language,
            po_number=order.number,
            lines=sandbox.lines(order),
        )
        return self._said(self._with_defects(clean))

    def incoming(self, sandbox: Sandbox, today: date) -> Incoming:
        """The invoice as it comes in, with the sender that its channel names."""
        document = self.document(sandbox, today)
        xml = self.form in ("ubl", "cii")
        sender = f"{PEPPOL_SCHEME}:{document.vendor.vat_id}" if self.channel == "peppol" else document.vendor.email
        return Incoming(
            name=f"{self.number}.{'xml' if xml else 'pdf'}",
            media_type="application/xml" if xml else "application/pdf",
            content=self._written(document),
            channel=self.channel,
            sender=sender if self.sender is None else self.sender,
        )

    def _with_defects(self, document: BusinessDocument) -> BusinessDocument:
        if self.quantity is not None:
            first = replace(document.lines[0], quantity=self.quantity)
            document = replace(document, lines=(first, *document.lines[1:]))
        if self.price_raised is not None:
            document = defects.price_raised(document, percent=self.price_raised)
        if self.price_lowered is not None:
            document = defects.price_raised(document, percent=-self.price_lowered)
        if self.iban is not None:
            document = defects.other_iban(document, iban=self.iban)
        if self.currency is not None:
            document = defects.other_currency(document, currency=self.currency)
        if not self.names_order:
            document = defects.without_order_number(document)
        if self.wrong_total is not None:
            document = defects.wrong_arithmetic(document, by=self.wrong_total)
        return document

    def _said(self, document: BusinessDocument) -> BusinessDocument:
        if self.unknown_supplier:
            document = defects.unknown_supplier(document)
        if self.without is not None:
            document = defects.without_field(document, field=self.without)
        if self.first_line is not None:
            named = replace(document.lines[0], description=self.first_line)
            document = replace(document, lines=(named, *document.lines[1:]))
        if self.line_text:
            first = document.lines[0]
            told = replace(first, description=f"{first.description} {self.line_text}")
            document = replace(document, lines=(told, *document.lines[1:]))
        return replace(document, note=self.note, hidden_text=self.hidden_text)

    def _written(self, document: BusinessDocument) -> bytes:
        match self.form:
            case "ubl":
                return ubl_xml(document)
            case "cii":
                return cii_xml(document)
            case "digital":
                return digital_pdf(document, seed=WORDING, layout=self.layout or "letterhead")
            case "hybrid":
                cheaper = self.attached_cheaper
                attached = None if cheaper is None else defects.attachment_mismatch(document, percent=cheaper)
                return hybrid_pdf(document, seed=WORDING, layout=self.layout or "letterhead", attached=attached)
