"""What people call invoices, and what invoices wait for, in English and German."""

from __future__ import annotations

from typing import Final

from graphs.words import Words

WORDS: Final[Words] = {
    "procure_to_pay": (
        "invoice", "invoices", "bill", "bills", "supplier invoices", "rechnung", "rechnungen", "eingangsrechnung",
        "eingangsrechnungen", "lieferantenrechnungen",
    ),
    "insufficient_goods_receipt": (
        "receipt", "receipts", "goods receipt", "goods", "delivery", "deliveries", "wareneingang", "wareneingänge",
        "ware", "lieferung", "lieferungen",
    ),
    "approve_invoice": ("approval of the invoice", "freigabe", "freigaben", "genehmigung", "genehmigungen"),
    "resolve_match": ("matching exception", "exception", "abweichung", "abweichungen", "klärung"),
    "resolve_validation": ("check of the invoice", "prüfung", "rechnungsprüfung"),
    "resolve_duplicate": ("duplicate check", "dublettenprüfung"),
    "no_po": (
        "order number", "missing order", "purchase order", "missing purchase order", "bestellnummer", "bestellung",
        "fehlende bestellung",
    ),
    "duplicate_fuzzy": ("duplicate", "duplicates", "dublette", "dubletten", "doppelt", "doppelte"),
    "unit_price_variance": ("price", "prices", "price difference", "preis", "preise", "preisabweichung"),
    "page_mismatch": ("amounts that do not add up", "rechenfehler"),
    "bank_mismatch": ("bank account", "bank details", "bankverbindung", "kontonummer"),
    "tax_validation_failed": ("tax", "vat", "steuer", "umsatzsteuer"),
    "coding_required": ("account", "coding", "cost centre", "kontierung", "sachkonto", "kostenstelle"),
    "post_invoice": ("posting", "buchung", "verbuchung"),
}  # fmt: skip
