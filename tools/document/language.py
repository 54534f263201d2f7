"""The language a document is written in, told by the words that invoices use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_TELLING: Final = (
    (
        "en",
        "invoice date total amount due quantity price bill to from payment terms description subtotal number "
        "and of for",
    ),
    (
        "de",
        "rechnung datum betrag summe gesamt mwst ust menge einzelpreis preis kunde seite und der die von "
        "zahlbar netto brutto bar gegeben rückgeld vielen dank",
    ),
    (
        "fr",
        "facture montant tva quantité prix client échéance règlement désignation et de du la le total ttc ht "
        "référence merci espèces rendu caisse rue",
    ),
    (
        "nl",
        "factuur datum bedrag totaal btw aantal prijs klant omschrijving en van het de betalen vervaldatum "
        "bedankt contant wisselgeld",
    ),
    (
        "es",
        "factura fecha importe iva cantidad precio cliente vencimiento descripción y de el la base imponible "
        "gracias su visita efectivo cambio tarjeta calle",
    ),
    (
        "it",
        "fattura data importo iva quantità prezzo cliente scadenza descrizione e di il totale imponibile "
        "grazie contanti resto via scontrino",
    ),
    (
        "pt",
        "fatura data montante iva quantidade preço cliente vencimento descrição e de o do da valor total nif "
        "obrigado pela troco rua",
    ),
    (
        "pl",
        "faktura data kwota vat ilość cena nabywca sprzedawca termin płatności razem netto brutto i do "
        "zapłaty dziękujemy gotówka reszta",
    ),
)
_WORDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {code: frozenset(words.split()) for code, words in _TELLING}
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_LEAST_WORDS: Final = 3


def language_of(text: str) -> str | None:
    """The ISO 639-1 code of the language of `text`, None where too few words tell it or two tell as much."""
    seen = {word.casefold() for word in _WORD.findall(text)}
    counts = sorted(((len(words & seen), code) for code, words in _WORDS.items()), reverse=True)
    (most, code), (second, _) = counts[:2]
    return code if most >= _LEAST_WORDS and most > second else None
