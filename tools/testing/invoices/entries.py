"""What every layout prints of a document: labelled values, address lines and table cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tools.testing.invoices.document import BusinessDocument, DocumentKind, Line, Party
from tools.testing.invoices.labels import LabelName
from tools.testing.invoices.language import Wording

NUMBER_LABELS: Mapping[DocumentKind, LabelName] = {
    DocumentKind.INVOICE: "invoice_number",
    DocumentKind.CREDIT_NOTE: "credit_note_number",
    DocumentKind.PURCHASE_ORDER: "purchase_order_number",
}
TITLES: Mapping[DocumentKind, LabelName] = {
    DocumentKind.INVOICE: "invoice",
    DocumentKind.CREDIT_NOTE: "credit_note",
    DocumentKind.PURCHASE_ORDER: "purchase_order",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A labelled value; `strong` for the one that matters most of its block."""

    label: str
    value: str
    strong: bool = False


def title(document: BusinessDocument, wording: Wording) -> str:
    """The heading of the page."""
    return wording.label(TITLES[document.kind])


def head_entries(document: BusinessDocument, wording: Wording) -> list[Entry]:
    """Number, dates, order and VAT id, as far as the document states them."""
    invoice = document.kind is not DocumentKind.PURCHASE_ORDER
    due = wording.date(document.due_date) if document.due_date and invoice else ""
    candidates = [
        Entry(label=wording.label(NUMBER_LABELS[document.kind]), value=document.number, strong=True),
        Entry(label=_date_label(document, wording), value=wording.date(document.issue_date)),
        Entry(label=wording.label("due_date"), value=due),
        Entry(label=wording.label("po_number"), value=document.po_number if invoice else ""),
        Entry(label=wording.label("preceding_number"), value=document.preceding_number),
        Entry(label=wording.label("vat_id"), value=document.vendor.vat_id),
    ]
    return [entry for entry in candidates if entry.value]


def _date_label(document: BusinessDocument, wording: Wording) -> str:
    label = wording.label("issue_date")
    invoice_words = ("rechnung", "invoice", "factur", "fattura", "fatura")
    if document.kind is DocumentKind.INVOICE or not any(word in label.lower() for word in invoice_words):
        return label
    return {"de": "Datum", "nl": "Datum", "es": "Fecha", "it": "Data", "pt": "Data"}.get(wording.language, "Date")


def total_entries(document: BusinessDocument, wording: Wording) -> list[Entry]:
    """Net, one tax a rate, total and, on an invoice, the amount due."""
    currency = document.currency
    entries = [Entry(label=wording.label("net_total"), value=wording.money(document.net_total, currency))]
    several = len(document.taxes) > 1
    for tax in document.taxes:
        label = wording.label("tax").format(rate=wording.rate(tax.rate))
        if several:
            label = f"{label} {wording.label('tax_base')} {wording.amount(tax.base)}"
        entries.append(Entry(label=label, value=wording.money(tax.tax, currency)))
    order = document.kind is DocumentKind.PURCHASE_ORDER
    total = wording.label("order_total" if order else "total")
    entries.append(Entry(label=total, value=wording.money(document.total, currency), strong=True))
    if document.kind is DocumentKind.INVOICE and wording.money_pattern != "{amount}":
        entries.append(Entry(label=wording.label("amount_due"), value=wording.money(document.amount_due, currency)))
    return entries


def bank_entries(document: BusinessDocument, wording: Wording) -> list[Entry]:
    """Where to pay: IBAN in groups of four and BIC; nothing on an order."""
    if document.kind is DocumentKind.PURCHASE_ORDER:
        return []
    candidates = [
        Entry(label=wording.label("iban"), value=grouped_iban(document.vendor.iban)),
        Entry(label=wording.label("bic"), value=document.vendor.bic),
    ]
    return [entry for entry in candidates if entry.value]


def closing_lines(document: BusinessDocument, wording: Wording) -> list[str]:
    """Terms of payment, the note and a word of thanks."""
    if document.kind is DocumentKind.PURCHASE_ORDER:
        return [document.note] if document.note else []
    terms = wording.label("terms").format(days=document.payment_days)
    lines = [f"{wording.label('payment')}: {terms}", document.note, wording.label("thanks")]
    return [line for line in lines if line]


def recipient_label(document: BusinessDocument, wording: Wording) -> str:
    """The heading over the recipient's address."""
    order = document.kind is DocumentKind.PURCHASE_ORDER
    return wording.label("supplier" if order else "bill_to")


def currency_entry(document: BusinessDocument, wording: Wording) -> str:
    """A sentence on the currency where the amounts do not show it, else nothing."""
    if wording.money_pattern != "{amount}":
        return ""
    sentences = {
        "de": "Alle Beträge in",
        "en": "All amounts in",
        "fr": "Montants en",
        "nl": "Alle bedragen in",
        "es": "Importes en",
        "it": "Importi in",
        "pt": "Valores em",
    }
    return f"{sentences[wording.language]} {document.currency}"


def grouped_iban(iban: str) -> str:
    """`iban` in groups of four, as it is printed."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def address(party: Party) -> list[str]:
    """Name, street, place and country of `party`, without empty lines."""
    place = f"{party.postcode} {party.city}".strip()
    return [line for line in (party.name, party.street, place, party.country) if line]


def cell(line: Line, position: int, column: LabelName, wording: Wording) -> str:
    """What stands in `column` of the table in the row of `line`."""
    match column:
        case "position":
            return str(position)
        case "item_code":
            return line.item_code
        case "description":
            return line.description
        case "quantity":
            return wording.number(line.quantity)
        case "unit":
            return wording.unit(line.unit)
        case "unit_price":
            return wording.number(line.unit_price, least_places=2)
        case "tax_rate":
            return wording.rate(line.tax_rate)
        case "amount":
            return wording.amount(line.amount)
        case _:
            raise ValueError(f"{column} is not a column of a table of lines")
