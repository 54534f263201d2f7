"""Who sells and who buys, from labels, address blocks and sender lines of a printed page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from tools.document.anchors import Candidate
from tools.document.dates import printed_dates
from tools.document.identifiers import vat_ids
from tools.document.labels import BUYER, BUYER_HINT, OTHER_PARTY, SELLER, TITLE, is_label
from tools.document.layout import Cell, Layout

_POSTCODE = re.compile(
    r"(?<![\d.,/])(?:\d{4}-\d{3}|\d{2}-\d{3})\s[A-ZÀ-ÞŁŚŻŹĆ][\w.'’-]+|"
    r"(?<![\d.,/])(?:[A-Z]{1,2}[- ])?\d{4,5}\s?[A-ZÀ-Þ][\w.'’-]+|\b\d{4}\s?[A-Z]{2}\b|"
    r"\b[A-Z]{1,2}\d[\dA-Z]?\s?\d[A-Z]{2}\b|\b[A-Z]{2}\s\d{5}\b"
)
_SEPARATOR = re.compile(r"\s+[●•·∙|–—-]\s+|\s*[●•·∙|]\s*|,\s+")
LEGAL_FORM = re.compile(
    r"\b(?:gmbh|mbh|ag|kg|ohg|e\.?\s?k|ug|se|ltd|limited|llc|inc|corp|plc|llp|co|sarl|sas|sasu|s\.a\.?s?|eurl|sa|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v|"
    r"s\.?l\.?u?|oy|ab|a/s|aps|sp\.\s?z\s?o\.?\s?o|a\.g|bvba|pty|pvt|sdn\.?\s+bhd|lda|ltda|sp\.?\s?j)\b\.?",
    re.IGNORECASE,
)
_NOT_A_NAME = re.compile(
    r"@|www\.|https?:|\b(?:tel|phone|fon|fax|e-?mail|page|seite|pagina|gln|gtin|duns|iban|bic|vat|ust|tva|btw|iva|siret|siren|hrb|hra|"
    r"date|datum|fecha|data|total|amount|nummer|number|numéro|contact|description|www|version|powered|order|"
    r"invoice|bestellung|commande|your|ihre?|votre|siège|capital|customer|kundennummer|"
    r"quantity|quantidade|quantité|quantità|cantidad|menge|anzahl|aantal|ilość|descrição|beschreibung|bezeichnung)\b|:",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"(?:\b(?:rue|avenue|chemin|boulevard|via|viale|corso|piazza|calle|avenida|plaza|street|road|lane)\b|(?:straße|strasse|str\.|straat|weg|gasse|allee|"
    r"laan|platz|plein)\b).*\d|\d.*\b(?:street|road|avenue|lane|rue)\b|"
    # Words that end in a house number.
    r"^\D+\s\d{1,4}\s?[a-z]?$",
    re.IGNORECASE,
)
_BANK = re.compile(r"\b(?:blz|swift|bic|iban|sort\s+code)\b", re.IGNORECASE)
_TITLE_WORD = re.compile(
    r"rechnung|gutschrift|\b(?:invoice|factu+r|fat?tura|faktura|credit\s*note|bestell|ordine|pedido|commande|creditnota|nota\s+d|avoir)",
    re.IGNORECASE,
)
_SALUTATION = re.compile(
    r"^(?:herrn?|frau|firma|fa\.?|familie|mr\.?|mrs\.?|ms\.?|messrs\.?|m\.|mme\.?|monsieur|madame|société|sr\.?|sra\.?|srs\.?|"
    r"exmo\.?.*|sig\.?(?:ra)?|dhr\.?|mevr\.?|de\s+heer|pan|pani)$",
    re.IGNORECASE,
)
_CAPTION = re.compile(r"^\s*(?:name|firma|company|nom|naam|nombre|nome|ragione\s+sociale)\s*:\s*", re.IGNORECASE)
_ACCOUNT_HOLDER = re.compile(
    r"\b(?:account\s+holder|account\s+name|beneficiary|kontoinhaber|titulaire(?:\s+du\s+compte)?|rekeninghouder|t\.?n\.?v\.?|"
    r"titular|intestatario|intestato\s+a)\s*:?\s*(?P<name>[^\d:]{3,60})",
    re.IGNORECASE,
)
_DOMAIN = re.compile(r"(?:@|www\.|https?://(?:www\.)?)([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.[a-z]{2,}", re.IGNORECASE)
_SELLER_SIGNS = re.compile(r"\b(?:iban|bic|siret|hrb|hra|ust|vat|tva|btw|iva|@|www\.)", re.IGNORECASE)
_BLOCK_LINES = 9
_HEAD_ROWS: Final = 12
_LETTER_HEAD: Final = 420
_SENDER_GAP: Final = 3.0
"""Letter heights between the parts of a sender line, where the dot between them was not recognised."""


def sellers(layout: Layout, *, order: bool) -> list[Candidate]:
    """Names the seller may have, best first. An invoice is issued by the seller, an order addressed to it."""
    return _party(layout, SELLER, BUYER, issuer=not order)


def buyers(layout: Layout, *, order: bool) -> list[Candidate]:
    """Names the buyer may have, best first."""
    return _party(layout, BUYER, SELLER, issuer=order)


def _party(layout: Layout, own: re.Pattern[str], opposite: re.Pattern[str], *, issuer: bool) -> list[Candidate]:
    """Names under the party's own label, then where an issuer or an addressee usually stands."""
    labelled = list(_under_label(layout, own))
    others = {_letters(found.value) for found in _under_label(layout, opposite)}
    guessed = _issuers(layout) if issuer else _addressees(layout)
    guessed = [replace(found, score=found.score - 2) if _letters(found.value) in others else found for found in guessed]
    return _ranked(layout, [*labelled, *guessed], web=issuer)


def _issuers(layout: Layout) -> list[Candidate]:
    return [
        *_sender_lines(layout),
        *_account_holders(layout),
        *_beside_vat_ids(layout),
        *_page_head(layout),
    ]


def _addressees(layout: Layout) -> list[Candidate]:
    issuers = _ranked(layout, _issuers(layout))
    issuer = _letters(issuers[0].value) if issuers else ""
    blocks = [found for found in _address_blocks(layout) if _letters(found.value) != issuer]
    return [*_address_windows(layout), *blocks]


def section_of(layout: Layout, cell: Cell) -> str | None:
    """Which party the nearest label above `cell`, in its column, speaks of: seller, buyer, other."""
    for row in reversed(layout.rows[max(0, cell.row - 14) : cell.row + 1]):
        if row[0].page != cell.page:
            return None
        for other in row:
            if abs(other.x0 - cell.x0) < 40 and (role := _role(other.text)) is not None:
                return role
    return None


def _role(text: str) -> str | None:
    if OTHER_PARTY.search(text):
        return "other"
    if SELLER.search(text):
        return "seller"
    return "buyer" if BUYER.search(text) else None


def block_below(layout: Layout, cell: Cell) -> Iterator[Cell]:
    """The lines of text set under `cell` with the same left edge, without a wide gap."""
    last = cell
    for row in layout.rows[cell.row + 1 : cell.row + 1 + 2 * _BLOCK_LINES]:
        if row[0].page != cell.page or row[0].y0 - last.y1 > 2.2 * max(cell.height, 8.0):
            return
        for other in row:
            if abs(other.x0 - cell.x0) < 14:
                last = other
                yield other


def _under_label(layout: Layout, label: re.Pattern[str]) -> Iterator[Candidate]:
    for cell in layout.cells:
        match = label.search(cell.text)
        if match is None or OTHER_PARTY.search(cell.text):
            continue
        rest = cell.text[match.end() :].strip(" :")
        if is_name(rest):
            yield _candidate(cell, rest, 4.0)
            continue
        right = layout.right_of(cell)
        if cell.text.rstrip().endswith(":") and right and is_name(right[0].text) and _role(right[0].text) is None:
            yield _candidate(right[0], right[0].text, 3.4)
        yield from _first_name(layout, cell, 4.0)


def _first_name(layout: Layout, cell: Cell, score: float) -> Iterator[Candidate]:
    for below in block_below(layout, cell):
        if _role(below.text) is not None:
            return
        caption = _CAPTION.match(below.text)
        right = layout.right_of(below)
        if caption and is_name(below.text[caption.end() :]):
            yield _candidate(below, below.text[caption.end() :], score)
            return
        if caption and right and is_name(right[0].text):
            yield _candidate(right[0], right[0].text, score)
            return
        if is_name(below.text):
            yield _candidate(below, below.text, score)
            return


def _sender_parts(layout: Layout, cell: Cell) -> list[str]:
    """The parts of a sender line (`Name · Street 1 · 12345 Town`) that begins with `cell`, empty where none does."""
    parts = _address_parts(cell.text)
    if parts or cell.page != 1 or cell.index > 0 or cell.y0 > _LETTER_HEAD:
        return parts
    joined, last = cell.text, cell
    for other in layout.right_of(cell):
        if other.x0 - last.x1 > _SENDER_GAP * cell.height:
            break
        joined, last = f"{joined} · {other.text}", other
    return _address_parts(joined)


def _address_parts(text: str) -> list[str]:
    parts = [part for part in _SEPARATOR.split(text) if part.strip()]
    has_address = len(parts) >= 3 and any(_POSTCODE.search(part) for part in parts[1:])
    return parts if has_address and is_name(parts[0]) and not _BANK.search(text) else []


def _sender_lines(layout: Layout) -> Iterator[Candidate]:
    for cell in layout.cells:
        if (parts := _sender_parts(layout, cell)) and _role(cell.text) is None:
            yield _candidate(cell, parts[0], 3.3)


def _address_windows(layout: Layout) -> Iterator[Candidate]:
    """The first line of the block under a sender line, where a letter shows its addressee."""
    for cell in layout.cells:
        if _sender_parts(layout, cell) and cell.y0 < _LETTER_HEAD:
            first = next((one for one in layout.below(cell) if abs(one.x0 - cell.x0) < 60), None)
            lines = [first, *block_below(layout, first)] if first is not None else []
            lines = lines[1:] if lines and _SALUTATION.match(lines[0].text) else lines
            if lines and any(_POSTCODE.search(line.text) for line in lines[:5]) and is_name(lines[0].text):
                yield _candidate(lines[0], lines[0].text, 3.5)


def _account_holders(layout: Layout) -> Iterator[Candidate]:
    for cell in layout.cells:
        match = _ACCOUNT_HOLDER.search(cell.text)
        if match and is_name(match["name"]):
            yield _candidate(cell, match["name"], 2.2)


def _beside_vat_ids(layout: Layout) -> Iterator[Candidate]:
    """The first line of the block that ends in a VAT id of somebody who is not the buyer."""
    for cell in layout.cells:
        if not list(vat_ids(cell.text)) or BUYER_HINT.search(cell.text) or section_of(layout, cell) == "buyer":
            continue
        top = _block_top(layout, cell)
        if top is not None and is_name(top.text):
            yield _candidate(top, top.text, 2.6)


def _block_top(layout: Layout, cell: Cell) -> Cell | None:
    """The first line of the block that `cell` stands in: lines above it with the same left edge."""
    top = None
    last = cell
    for row in reversed(layout.rows[max(0, cell.row - 2 * _BLOCK_LINES) : cell.row]):
        aligned = next((other for other in row if abs(other.x0 - cell.x0) < 6), None)
        if row[0].page != cell.page or last.y0 - max(other.y1 for other in row) > 2.4 * max(cell.height, 8.0):
            break
        if aligned is not None and (TITLE.search(aligned.text) or _role(aligned.text) is not None):
            break
        if aligned is not None:
            top, last = aligned, aligned
    return top


def _page_head(layout: Layout) -> Iterator[Candidate]:
    """Names at the head of the first page, larger letters first."""
    head = [cell for row in layout.rows[:_HEAD_ROWS] for cell in row if cell.page == 1 and cell.y0 < 260]
    usual = sorted(cell.height for cell in layout.cells)[len(list(layout.cells)) // 2] if head else 0.0
    for rank, cell in enumerate(head):
        if not is_name(cell.text) or section_of(layout, cell) in ("buyer", "other"):
            continue
        larger = 0.5 if cell.height > 1.25 * usual else 0.0
        legal = 0.6 if LEGAL_FORM.search(cell.text) else 0.0
        yield _candidate(cell, cell.text, 1.6 + larger + legal - 0.04 * rank)


def _address_blocks(layout: Layout) -> Iterator[Candidate]:
    """The first line of every block that holds a postcode; the seller's carry more than an address."""
    for cell in layout.cells:
        if cell.page != 1 or not _POSTCODE.search(cell.text) or _sender_parts(layout, cell):
            continue
        top = _block_top(layout, cell)
        if top is not None and _SALUTATION.match(top.text):
            top = next(block_below(layout, top), None)
        if top is None or not is_name(top.text):
            continue
        signs = [line for line in block_below(layout, cell) if _SELLER_SIGNS.search(line.text)]
        other = section_of(layout, top) == "other"
        yield _candidate(top, top.text, 2.0 - (0.8 if signs else 0.0) - (0.3 if other else 0.0))


def is_name(text: str) -> bool:
    """Whether `text` could be the name of a firm or a person: words, no label, date, contact or address."""
    stripped = text.strip(" ,:;")
    if not 3 <= len(stripped) <= 70 or sum(letter.isalpha() for letter in stripped) < 3:
        return False
    if len(stripped.split()) == 1 and any(letter.isdigit() for letter in stripped):
        return False
    if (
        stripped[0].isdigit()
        or len(stripped.split()) > 9
        or _TITLE_WORD.search(stripped)
        or _NOT_A_NAME.search(stripped)
    ):
        return False
    if is_label(stripped) or _SALUTATION.match(stripped):
        return False
    return not _POSTCODE.search(stripped) and not _STREET.search(stripped) and not any(printed_dates(stripped))


def _ranked(layout: Layout, found: list[Candidate], *, web: bool = True) -> list[Candidate]:
    """Best first: a name that several places give, or that the web address spells, gains."""
    domains = {_letters(match[1]) for match in _DOMAIN.finditer(layout.text)} if web else set[str]()
    counts = Counter(_letters(candidate.value) for candidate in found)
    rated = []
    for candidate in found:
        letters = _letters(candidate.value)
        core = _letters(LEGAL_FORM.sub("", candidate.value))
        spelled = len(core) >= 4 and any(core in domain or domain in core for domain in domains if len(domain) >= 4)
        gain = 0.3 * min(counts[letters] - 1, 3) + (0.8 if spelled else 0.0)
        rated.append(replace(candidate, score=candidate.score + gain))
    return sorted(rated, key=lambda candidate: (-candidate.score, candidate.row))


def _letters(text: str) -> str:
    return re.sub(r"[^\w]|_", "", text).casefold()


def _candidate(cell: Cell, name: str, score: float) -> Candidate:
    stripped = name.strip(" ,:;")
    start = max(cell.text.find(stripped), 0)
    box = cell.box_of(start, start + len(stripped))
    return Candidate(value=stripped, score=score, page=cell.page, box=box, row=cell.row)
