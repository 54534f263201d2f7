"""Till receipts: company, day, total and tax by position, arithmetic and labels in several languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import median
from types import MappingProxyType
from typing import Final

from tools.document.amounts import CENT
from tools.document.anchored_fields import (
    PrintedField,
    PrintedFields,
    add_letters,
    date_finder,
    first_date,
    put_currency,
    put_date,
)
from tools.document.anchors import MAX_STRENGTH, Candidate, anchored
from tools.document.date_order import month_first
from tools.document.identifiers import ibans
from tools.document.labels import DUE_DATE, ISSUE_DATE
from tools.document.layout import Cell, Layout, row_text
from tools.document.parties import LEGAL_FORM, is_name
from tools.document.printed import Printed
from tools.document.receipt_labels import (
    CHANGE,
    GIVEN,
    NET,
    NOT_A_TOTAL,
    PAID_BY_CARD,
    RECEIPT_WORDS,
    ROUNDING,
    TAX,
    TOTALS,
)
from tools.document.signals import ARITHMETIC, Signals, claim, of_candidates
from tools.document.totals import money

DOC_TYPE: Final = "receipt"
_LEAST_WORDS: Final = 2
_NARROW: Final = 36
"""A slip is less than this many letter heights wide; a sheet about fifty."""
_HEAD_ROWS: Final = 8
_ARITHMETIC: Final = 3.0
_SETTLED: Final = 0.9
_LABELLED: Final = 0.75
_UNLABELLED: Final = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class _Amounts:
    """The amounts of a receipt by what their rows call them, in reading order."""

    totals: tuple[Candidate, ...]
    named: Mapping[str, tuple[Candidate, ...]]
    every: tuple[Candidate, ...]

    def values(self, name: str) -> set[Decimal]:
        return {Decimal(found.value) for found in self.named[name]}


def is_receipt(layout: Layout) -> bool:
    """Whether `layout` is a till receipt: words of a till (one is enough on a narrow slip), and nothing that only
    invoices carry.
    """
    text = layout.text
    words = {match[0].casefold() for match in RECEIPT_WORDS.finditer(text)}
    if len(words) < (1 if _is_narrow(layout) else _LEAST_WORDS):
        return False
    if any(True for cell in layout.cells for _ in ibans(cell.text)):
        return False
    return not any(label.pattern.search(text) for label in DUE_DATE.labels if label.strength >= MAX_STRENGTH)


def _is_narrow(layout: Layout) -> bool:
    cells = list(layout.cells)
    width = max(cell.x1 for cell in cells) - min(cell.x0 for cell in cells)
    return width < _NARROW * median(cell.height for cell in cells)


def read_receipt(layout: Layout) -> Printed:
    """Company, day, total, tax and currency of a receipt, as far as they are found."""
    found = PrintedFields()
    found.fields["doc_type"] = PrintedField(value=DOC_TYPE, confidence=_SETTLED)
    _company(found, layout)
    habit = month_first(layout)
    finder = date_finder(month_first=habit is True)
    days = anchored(layout, ISSUE_DATE, finder) or first_date(layout, finder)
    put_date(found, layout, "issue_date", days, settled=habit is not None)
    _amounts(found, layout)
    put_currency(found, layout)
    add_letters(found, layout)
    return Printed(fields=found, lines=(), findings=tuple(found.findings))


def _company(found: PrintedFields, layout: Layout) -> None:
    """The first name at the head; one with a legal form or in large letters before one without."""
    head = [cell for row in layout.rows[:_HEAD_ROWS] for cell in row]
    usual = sorted(cell.height for cell in layout.cells)[len(list(layout.cells)) // 2] if head else 0.0
    names = []
    for rank, cell in enumerate(head):
        name = _without_register_number(cell.text)
        if not is_name(name):
            continue
        score = 2.0 - 0.15 * rank
        score += 1.4 if LEGAL_FORM.search(name) else 0.0
        score += 0.6 if cell.height > 1.3 * usual else 0.0
        names.append(_candidate(cell, name, score))
    found.put_best("vendor_name", sorted(names, key=lambda one: (-one.score, one.row)))


def _without_register_number(text: str) -> str:
    """`text` without the number of the trade register that follows a name in brackets."""
    return re.sub(r"\s*\((?:[^()]*\d[^()]*)\)\s*$", "", text).strip(" ,:;-*")


def _amounts(found: PrintedFields, layout: Layout) -> None:
    amounts = _sorted_out(layout)
    rated = sorted(_rated(amounts), key=lambda one: (-one[0].score, -one[0].row))
    if not rated:
        return
    best, settled = rated[0]
    confidence = _SETTLED if settled else _LABELLED if best in amounts.totals or best.score >= 2 else _UNLABELLED
    signals: Signals = of_candidates([one for one, _ in rated]) | {ARITHMETIC: claim(settled)}
    found.put("total", best, confidence, signals)
    _tax(found, amounts, Decimal(best.value))


def _tax(found: PrintedFields, amounts: _Amounts, total: Decimal) -> None:
    """The tax: the one that makes a printed net the total, else the last that is named so and small enough."""
    taxes = [tax for tax in amounts.named["tax"] if 0 <= Decimal(tax.value) < total / 3]
    nets = amounts.values("net")
    fitting = [tax for tax in taxes if total - Decimal(tax.value) in nets]
    if chosen := (fitting or taxes)[-1:]:
        found.put(
            "tax_total",
            chosen[0],
            _SETTLED if fitting else 0.6,
            of_candidates(chosen) | {ARITHMETIC: claim(bool(fitting))},
        )
        net = total - Decimal(chosen[0].value)
        if fitting:
            place = next(one for one in amounts.named["net"] if Decimal(one.value) == net)
            found.put("net_total", place, _SETTLED, of_candidates([place]) | {ARITHMETIC: 1.0})


def _sorted_out(layout: Layout) -> _Amounts:
    named: dict[str, list[Candidate]] = {name: [] for name in _ROWS}
    totals: list[Candidate] = []
    every: list[Candidate] = []
    for label, row in _labelled_rows(layout):
        values = [found for cell in row for found in _printed(cell)]
        every.extend(values)
        if not values:
            continue
        plainly_total = TOTALS[0][1].search(label) is not None
        kind = None if plainly_total else next((name for name, rx in _ROWS.items() if rx.search(label)), None)
        if kind is not None:
            named[kind].append(values[-1])
        if kind in (None, "rounding") and not NOT_A_TOTAL.search(label):
            strength = next((strength for strength, pattern in TOTALS if pattern.search(label)), 0.0)
            totals.extend([replace(values[-1], score=strength)] if strength else [])
    return _Amounts(
        totals=tuple(totals), named={name: tuple(found) for name, found in named.items()}, every=tuple(every)
    )


_ROWS: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {"change": CHANGE, "rounding": ROUNDING, "given": GIVEN, "card": PAID_BY_CARD, "net": NET, "tax": TAX}
)


def _labelled_rows(layout: Layout) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """Each row with what names its amounts: its own words, or those of the row above where it has none."""
    above = ""
    for row in layout.rows:
        own = re.sub(r"[\d.,€$£%:()\s-]", " ", row_text(row)).strip()
        has_words = len(re.sub(r"\b(?:RM|EUR|USD|GBP|CHF|PLN|SR|S)\b", "", own).strip()) > 1
        yield (row_text(row) if has_words else f"{above} {row_text(row)}"), row
        above = row_text(row) if not any(True for cell in row for _ in money(cell.text)) else ""


def _rated(amounts: _Amounts) -> Iterator[tuple[Candidate, bool]]:
    """Every amount that may be the total, and whether arithmetic settles it."""
    counts = Counter(found.value for found in amounts.every)
    paid = {given - change for given in amounts.values("given") for change in amounts.values("change")}
    exact = {net + tax for net in amounts.values("net") for tax in amounts.values("tax") if 0 < tax < net}
    largest = max((Decimal(found.value) for found in amounts.every), default=Decimal(0))
    seen = {(found.value, found.row) for found in amounts.totals}
    unnamed = [one for one in amounts.every if (one.value, one.row) not in seen]
    for found in (*amounts.totals, *unnamed):
        value = Decimal(found.value)
        if value <= 0:
            continue
        settled = value in paid or any(abs(value - one) <= 5 * CENT for one in exact)
        score = found.score + (_ARITHMETIC if value in paid else 0.0)
        score += 1.5 if value in exact else 0.0
        score += 1.0 if value in amounts.values("card") else 0.0
        score += 0.3 * min(counts[found.value] - 1, 3) + (0.4 if value == largest else 0.0)
        yield replace(found, score=score), settled and found.score > 0


def _printed(cell: Cell) -> Iterator[Candidate]:
    for span in money(cell.text):
        box = cell.box_of(span.start, span.end)
        yield Candidate(value=span.value, score=0.0, page=cell.page, box=box, row=cell.row)


def _candidate(cell: Cell, text: str, score: float) -> Candidate:
    at = max(cell.text.find(text), 0)
    return Candidate(value=text, score=score, page=cell.page, box=cell.box_of(at, at + len(text)), row=cell.row)
