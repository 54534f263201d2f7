"""Layouts of the supplier portal: the same matters in other words, other markup and another order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from tools.browser.portal import PortalOrderState

LayoutName = Literal["classic", "compact", "german", "strange"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a page looks: `words` by matter, `divided` for tables of `div`, `reversed` for the other order."""

    language: str
    words: Mapping[str, str]
    states: Mapping[PortalOrderState, str]
    day: str = "%Y-%m-%d"
    decimal_mark: str = "."
    divided: bool = False
    reversed: bool = False
    native_dates: bool = True

    def word(self, matter: str) -> str:
        """The word for a matter."""
        return self.words[matter]

    def date(self, day: date | None) -> str:
        """The day as it is printed; a dash for none."""
        return day.strftime(self.day) if day else "–"

    def amount(self, amount: Decimal, currency: str) -> str:
        """The amount with its currency."""
        return f"{self.number(amount, places=2)} {currency}"

    def number(self, number: Decimal, *, places: int | None = None) -> str:
        """The number with separators; with two places, or as many as it has."""
        text = format(number, ",f" if places is None else f",.{places}f")
        swapped = {",": ".", ".": ","} if self.decimal_mark == "," else {}
        return "".join(swapped.get(character, character) for character in text)

    def sequence(self, *items: str) -> tuple[str, ...]:
        """The items, in this layout's order."""
        return items[::-1] if self.reversed else items


CLASSIC = {
    "portal": "Supplier portal", "sign_in": "Sign in", "user": "User name", "password": "Password",
    "orders": "Orders", "invoices": "Invoices", "confirmations": "Confirmations", "search": "Search",
    "order_number": "Order number", "ordered_on": "Ordered on", "state": "Status", "total": "Net total",
    "position": "Line", "product": "Article", "description": "Description", "quantity": "Quantity",
    "price": "Unit price", "deliver_on": "Delivery date", "lines": "Order lines", "schedule": "Delivery dates",
    "confirm": "Confirm order", "reference": "Your reference", "confirmation": "Confirmation number",
    "confirmed_on": "Confirmed on", "invoice_number": "Invoice number", "issued_on": "Invoice date",
    "gross": "Total", "file": "File", "download": "Download", "since": "Issued since",
    "taken": "The order was confirmed", "nothing": "Nothing was found", "wrong": "User name or password is wrong",
    "maintenance": "The portal is being maintained",
}  # fmt: skip
COMPACT = {
    **CLASSIC, "sign_in": "Log in", "user": "Login", "password": "Passphrase", "orders": "Purchase orders",
    "invoices": "Billing", "confirmations": "Acknowledgements", "search": "Find", "order_number": "PO no.",
    "ordered_on": "Date", "state": "State", "total": "Net amount", "position": "Pos.", "product": "Item",
    "description": "Text", "quantity": "Qty", "price": "Price", "deliver_on": "Delivery", "lines": "Positions",
    "schedule": "Schedule", "confirm": "Acknowledge order", "reference": "Customer reference",
    "confirmation": "Acknowledgement no.", "confirmed_on": "Acknowledged", "invoice_number": "Invoice no.",
    "issued_on": "Issued", "gross": "Gross amount", "file": "Document", "download": "Get PDF", "since": "From",
    "taken": "The order was acknowledged",
}  # fmt: skip
GERMAN = {
    "portal": "Lieferantenportal", "sign_in": "Anmelden", "user": "Benutzername", "password": "Kennwort",
    "orders": "Bestellungen", "invoices": "Rechnungen", "confirmations": "Auftragsbestätigungen", "search": "Suchen",
    "order_number": "Bestellnummer", "ordered_on": "Bestelldatum", "state": "Status", "total": "Nettobetrag",
    "position": "Pos.", "product": "Artikel", "description": "Bezeichnung", "quantity": "Menge",
    "price": "Einzelpreis", "deliver_on": "Liefertermin", "lines": "Positionen", "schedule": "Liefertermine",
    "confirm": "Bestellung bestätigen", "reference": "Ihr Zeichen", "confirmation": "Bestätigungsnummer",
    "confirmed_on": "Bestätigt am", "invoice_number": "Rechnungsnummer", "issued_on": "Rechnungsdatum",
    "gross": "Bruttobetrag", "file": "Datei", "download": "Herunterladen", "since": "Ausgestellt ab",
    "taken": "Die Bestellung wurde bestätigt", "nothing": "Nichts gefunden",
    "wrong": "Benutzername oder Kennwort ist falsch", "maintenance": "Das Portal wird gewartet",
}  # fmt: skip
STRANGE = {**CLASSIC, "orders": "Things", "confirm": "Go", "reference": "Note", "total": "Sum", "lines": "Stuff"}

ENGLISH_STATES = {
    PortalOrderState.OPEN: "Open",
    PortalOrderState.CONFIRMED: "Confirmed",
    PortalOrderState.CANCELLED: "Cancelled",
}
GERMAN_STATES = {
    PortalOrderState.OPEN: "Offen",
    PortalOrderState.CONFIRMED: "Bestätigt",
    PortalOrderState.CANCELLED: "Storniert",
}

LAYOUTS: Mapping[LayoutName, Layout] = {
    "classic": Layout(language="en", words=CLASSIC, states=ENGLISH_STATES),
    "compact": Layout(language="en", words=COMPACT, states=ENGLISH_STATES, divided=True, reversed=True),
    "german": Layout(
        language="de", words=GERMAN, states=GERMAN_STATES, day="%d.%m.%Y", decimal_mark=",", native_dates=False
    ),
    "strange": Layout(language="en", words=STRANGE, states=ENGLISH_STATES),
}
