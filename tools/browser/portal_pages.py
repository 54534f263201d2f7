"""What supplier portals call their matters, in each dialect that the bots know, and how one signs in there."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from tools.browser.dialect import Dialect
from tools.browser.errors import LoginRefused
from tools.browser.portal import PortalOrderState
from tools.browser.visit import Visit

ENGLISH: Mapping[str, tuple[str, ...]] = {
    "sign_in": ("Sign in", "Log in"),
    "user": ("User name", "Login"),
    "password": ("Password", "Passphrase"),
    "orders": ("Orders", "Purchase orders"),
    "invoices": ("Invoices", "Billing"),
    "confirmations": ("Confirmations", "Acknowledgements"),
    "search": ("Search", "Find"),
    "order_number": ("Order number", "PO no."),
    "ordered_on": ("Ordered on", "Date"),
    "state": ("Status", "State"),
    "total": ("Net total", "Net amount"),
    "position": ("Line", "Pos."),
    "product": ("Article", "Item"),
    "description": ("Description", "Text"),
    "quantity": ("Quantity", "Qty"),
    "price": ("Unit price", "Price"),
    "deliver_on": ("Delivery date", "Delivery"),
    "lines": ("Order lines", "Positions"),
    "schedule": ("Delivery dates", "Schedule"),
    "confirm": ("Confirm order", "Acknowledge order"),
    "reference": ("Your reference", "Customer reference"),
    "confirmation": ("Confirmation number", "Acknowledgement no."),
    "confirmed_on": ("Confirmed on", "Acknowledged"),
    "invoice_number": ("Invoice number", "Invoice no."),
    "issued_on": ("Invoice date", "Issued"),
    "gross": ("Total", "Gross amount"),
    "file": ("File", "Document"),
    "download": ("Download", "Get PDF"),
    "since": ("Issued since", "From"),
    "taken": ("The order was confirmed", "The order was acknowledged"),
    "nothing": ("Nothing was found",),
    PortalOrderState.OPEN: ("Open",),
    PortalOrderState.CONFIRMED: ("Confirmed",),
    PortalOrderState.CANCELLED: ("Cancelled",),
}
GERMAN: Mapping[str, tuple[str, ...]] = {
    "sign_in": ("Anmelden",),
    "user": ("Benutzername",),
    "password": ("Kennwort", "Passwort"),
    "orders": ("Bestellungen",),
    "invoices": ("Rechnungen",),
    "confirmations": ("Auftragsbestätigungen", "Bestätigungen"),
    "search": ("Suchen",),
    "order_number": ("Bestellnummer",),
    "ordered_on": ("Bestelldatum",),
    "state": ("Status",),
    "total": ("Nettobetrag",),
    "position": ("Pos.", "Position"),
    "product": ("Artikel",),
    "description": ("Bezeichnung",),
    "quantity": ("Menge",),
    "price": ("Einzelpreis",),
    "deliver_on": ("Liefertermin",),
    "lines": ("Positionen",),
    "schedule": ("Liefertermine",),
    "confirm": ("Bestellung bestätigen",),
    "reference": ("Ihr Zeichen",),
    "confirmation": ("Bestätigungsnummer",),
    "confirmed_on": ("Bestätigt am",),
    "invoice_number": ("Rechnungsnummer",),
    "issued_on": ("Rechnungsdatum",),
    "gross": ("Bruttobetrag",),
    "file": ("Datei",),
    "download": ("Herunterladen",),
    "since": ("Ausgestellt ab",),
    "taken": ("Die Bestellung wurde bestätigt",),
    "nothing": ("Nichts gefunden",),
    PortalOrderState.OPEN: ("Offen",),
    PortalOrderState.CONFIRMED: ("Bestätigt",),
    PortalOrderState.CANCELLED: ("Storniert",),
}
DIALECTS: Mapping[str, Dialect] = {
    "en": Dialect(words=ENGLISH, day="%Y-%m-%d", decimal_mark="."),
    "de": Dialect(words=GERMAN, day="%d.%m.%Y", decimal_mark=","),
}
"""By the language that the page says it speaks."""


async def sign_in(visit: Visit, user: str, password: SecretStr) -> None:
    """Sign in at a supplier portal. Raises `LoginRefused` with what the portal says."""
    await visit.fill("user", user)
    await visit.fill("password", password.get_secret_value())
    await visit.follow("button", "sign_in")
    warned = await visit.alert()
    if warned:
        raise LoginRefused(f"the portal says: {warned[:80]}")
