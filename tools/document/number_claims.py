"""Which numbers beside a label the label may claim, and which the page gives to something else.

An invoice whose own number is missing still shows many: of an order, a customer, a house, a line, a VAT id. None of
them is the document's, so each must be told from it: an unknown number is a question, a wrong one is paid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tools.document.anchors import Candidate
from tools.document.identifiers import document_numbers, vat_ids
from tools.document.labels import DUE_DATE, IBAN, INVOICE_NUMBER, ORDER_NUMBER, VAT_ID, Label, Vocabulary, is_label
from tools.document.layout import Cell, Layout
from tools.document.table_columns import columns_of

NAMES_A_NUMBER: Final = 3.5
"""Labels at least this strong name a number (`Invoice no.`); weaker ones are a title or a bare `No.`."""
_BARE: Final = re.compile(r"\d{1,3}")
_NO: Final = r"(?:nummer|number|num[ée]ro|número|numero|numer|nr\b|no\b|n\s?\.?\s?[°ºo]|id\b|ref\b|#)"
_OTHERS: Final = re.compile(
    rf"\b(?:customer|client|cliente|klant|kunden?|debit\w*|account|konto|contract|contrato|contrat\w*|vertrags?|project|projekt|"
    r"supplier|lieferanten?|fournisseur|leverancier|proveedor|fornitore|delivery|liefer(?:schein)?s?|livraison|entrega|auftrags?|"
    rf"job|ticket|vat|ust|umsatzsteuer|tax|steuer|tva|iva|btw|company|register|siret|siren|gln|ean|gtin|duns|item|artikel|art)\.?[-.\s]*{_NO}|"
    rf"\b{_NO}\.?\s*(?:de\s+la\s+|de\s+l['’]|d['’]|del\s+|de\s+|di\s+|van\s+)?(?:client|cliente|klant|tva|btw|iva|siret|contrat|contrato|"
    r"livraison|proveedor|fournisseur|fornitore|cuenta|compte|conto)|"
    r"\b(?:siret|siren|hrb|hra|gln|bic|swift|blz|page|seite|pagina|página|strona|tel|phone|telefon|téléphone|teléfono|telefono|fax|mobile?|"
    r"handelsregister|kvk|steuernummer|nif|cif|nip|contribuinte|partita\s+iva|uid)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class NumberClaims:
    """The claims on the numbers of `layout`, for the field that `own` names. `others` are the names of its rivals."""

    layout: Layout
    own: Vocabulary
    others: tuple[Vocabulary, ...]
    rivals: tuple[Candidate, ...] = ()

    def admits(self, named: Cell, label: Label, found: Candidate) -> bool:
        """Whether the number `found` is that of `label` in the cell `named`, for all that the page says of it."""
        cell = _cell_of(self.layout, found)
        weak = label.strength < NAMES_A_NUMBER
        if weak and (_BARE.fullmatch(found.value) or named.row in self._headers):
            return False
        if cell == named:
            return not self._names_another(_between(cell, label, found))
        if self._past_a_header(named, cell) or self._named_by_another(named, cell, found, weak=weak):
            return False
        return not weak or self._stands_alone(named, cell, found)

    def _stands_alone(self, named: Cell, cell: Cell, found: Candidate) -> bool:
        """Whether `found` is all its cell says, and nothing else on the page claims it as surely."""
        alone = cell.text.strip(" :#.") == found.value.strip(" :#.")
        claimed = any(rival.value == found.value for rival in self.rivals)
        is_vat_id = any(span.value == found.value for span in vat_ids(found.value))
        return alone and not claimed and not is_vat_id and not self._names_another(named.text)

    def _named_by_another(self, named: Cell, cell: Cell, found: Candidate, *, weak: bool) -> bool:
        """Whether the words before, left of or over `found` name it as something else than `named` does."""
        at = cell.text.find(found.value)
        if self._names_another(cell.text[: max(at, 0)]):
            return True
        beside = self.layout.left_of(cell)
        over = self.layout.over(cell) if weak or cell.row > named.row else None
        return any(
            other is not None and other != named and self._is_another_label(other, weak=weak)
            for other in (beside, over)
        )

    def _is_another_label(self, cell: Cell, *, weak: bool) -> bool:
        """Whether `cell` is a label that still lacks its value and is not the field's own."""
        text = cell.text
        if _matches(self.own, text, NAMES_A_NUMBER) and not self._names_another(text):
            return False
        if next(document_numbers(text), None) is not None:
            return False
        return self._names_another(text) or is_label(text) or (weak and text.rstrip().endswith(":"))

    def _names_another(self, text: str) -> bool:
        own_excludes = self.own.not_in is not None and self.own.not_in.search(text) is not None
        return own_excludes or _OTHERS.search(text) is not None or any(_matches(one, text, 3) for one in self.others)

    def _past_a_header(self, named: Cell, cell: Cell) -> bool:
        """Whether the head of a table of lines stands between the label and the value."""
        return any(named.row <= row <= cell.row for row in self._headers) and cell.row > named.row

    @cached_property
    def _headers(self) -> frozenset[int]:
        return frozenset(row[0].row for row in self.layout.rows if columns_of(self.layout, row)[0])


def claims_of_invoice(layout: Layout, orders: list[Candidate]) -> NumberClaims:
    """The claims on an invoice's own number; `orders` are the numbers that a label names an order's."""
    return NumberClaims(
        layout=layout,
        own=INVOICE_NUMBER,
        others=(ORDER_NUMBER, VAT_ID, IBAN, DUE_DATE),
        rivals=tuple(_labelled(orders)),
    )


def claims_of_order(layout: Layout) -> NumberClaims:
    """The claims on the number of an order."""
    return NumberClaims(layout=layout, own=ORDER_NUMBER, others=(INVOICE_NUMBER, VAT_ID, IBAN, DUE_DATE))


def _labelled(found: list[Candidate]) -> Iterator[Candidate]:
    yield from (one for one in found if one.score >= 2)


def _matches(vocabulary: Vocabulary, text: str, strength: float) -> bool:
    return any(label.pattern.search(text) for label in vocabulary.labels if label.strength >= strength)


def _cell_of(layout: Layout, found: Candidate) -> Cell:
    return min(layout.rows[found.row], key=lambda cell: _distance(cell, found.box[0]))


def _distance(cell: Cell, x: float) -> float:
    return max(cell.x0 - x, x - cell.x1, 0.0)


def _between(cell: Cell, label: Label, found: Candidate) -> str:
    """What stands between the label and its value in one cell."""
    match = label.pattern.search(cell.text)
    start = match.end() if match else 0
    at = cell.text.find(found.value, start)
    return cell.text[start : max(at, start)]
