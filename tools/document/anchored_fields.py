"""The fields of a printed document, each with a confidence that says how it was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tools.document.anchors import MAX_STRENGTH, Candidate, Span, anchored
from tools.document.date_order import dates_of, month_first
from tools.document.dates import PrintedDate, printed_dates
from tools.document.errors import NotAnInvoiceOrOrder
from tools.document.identifiers import document_numbers, iban_is_sound, ibans, vat_id_is_sound, vat_ids
from tools.document.labels import (
    BUYER_HINT,
    CURRENCY,
    CURRENCY_SIGNS,
    DOC_TYPES,
    DUE_DATE,
    IBAN,
    INVOICE_NUMBER,
    ISSUE_DATE,
    ORDER_NUMBER,
)
from tools.document.layout import Cell, Layout
from tools.document.number_claims import claims_of_invoice, claims_of_order
from tools.document.parties import buyers, section_of, sellers
from tools.document.reading import Box, DocumentFinding
from tools.document.signals import ARITHMETIC, CHECK_DIGIT, OCR, Signals, claim, letters, of_candidates
from tools.document.totals import find_totals

BAD_IBAN_CAP = 0.05
BAD_VAT_ID_CAP = 0.6
_LABELLED_CEILING = 0.93


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedField:
    """A value of the page, its confidence and its place; page and box are None where it has no one place.

    `signals` are what speaks for it, see `Reading.signals`.
    """

    value: str
    confidence: float
    page: int | None = None
    box: Box | None = None
    signals: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class PrintedFields:
    """The fields and findings of a page, as they are collected."""

    fields: dict[str, PrintedField] = field(default_factory=dict)
    findings: list[DocumentFinding] = field(default_factory=list)

    def put(self, name: str, candidate: Candidate, confidence: float, signals: Signals | None = None) -> None:
        self.fields[name] = PrintedField(
            value=candidate.value,
            confidence=confidence,
            page=candidate.page,
            box=candidate.box,
            signals=signals or of_candidates([candidate]),
        )

    def put_best(
        self, name: str, candidates: list[Candidate], *, cap: float = 1.0, signals: Signals | None = None
    ) -> None:
        """The best candidate; a close rival with another value costs confidence, `cap` is the most it may have."""
        if candidates:
            known = of_candidates(candidates) | (signals or {})
            self.put(name, candidates[0], min(margin_confidence(candidates), cap), known)

    def note(self, code: str, message: str, name: str, **values: str) -> None:
        self.findings.append(DocumentFinding(code=code, message=message, field=name, values=values))


def margin_confidence(candidates: list[Candidate]) -> float:
    """How sure the first of `candidates` (best first) is: its strength, less what a rival comes near."""
    best = candidates[0]
    rival = next((found.score for found in candidates[1:] if found.value != best.value), 0.0)
    strength = min(best.score / MAX_STRENGTH, 1.0)
    margin = min(max(best.score - rival, 0.0) / 2, 1.0)
    return _LABELLED_CEILING * strength * (0.7 + 0.3 * margin)


def read_fields(layout: Layout) -> PrintedFields:
    """Everything the anchors find in `layout`. Raises `NotAnInvoiceOrOrder`."""
    found = PrintedFields()
    doc_type = _doc_type(layout)
    found.fields["doc_type"] = doc_type
    order = doc_type.value == "purchase_order"
    _numbers(found, layout, order=order)
    _dates(found, layout)
    _accounts(found, layout)
    put_currency(found, layout)
    _totals(found, layout)
    _parties(found, layout, order=order)
    add_letters(found, layout)
    return found


def add_letters(found: PrintedFields, layout: Layout) -> None:
    """Add to the signals of each field how sure the reader was of its letters."""
    for name, one in found.fields.items():
        signals = {**one.signals, OCR: letters(layout, one.page, one.box)}
        found.fields[name] = replace(one, signals=signals)


def _doc_type(layout: Layout) -> PrintedField:
    """The kind of document whose title is set largest and highest."""
    best: tuple[float, str, Cell] | None = None
    for cell in layout.cells:
        for rank, (name, pattern) in enumerate(DOC_TYPES):
            if not pattern.search(cell.text):
                continue
            short = 6.0 if len(cell.text) <= 40 else 0.0
            weight = cell.height + short - 0.15 * cell.row - 0.1 * rank - (4.0 if name == "purchase_order" else 0.0)
            if best is None or weight > best[0]:
                best = (weight, name, cell)
            break
    if best is None:
        raise NotAnInvoiceOrOrder("the text names neither an invoice nor a credit note nor an order")
    cell = best[2]
    return PrintedField(value=best[1], confidence=0.9, page=cell.page, box=cell.box_of(0, len(cell.text)))


def _numbers(found: PrintedFields, layout: Layout, *, order: bool) -> None:
    orders = anchored(layout, ORDER_NUMBER, document_numbers, admits=claims_of_order(layout).admits)
    if order:
        found.put_best("order_number", orders)
        return
    claims = claims_of_invoice(layout, orders)
    found.put_best("invoice_number", anchored(layout, INVOICE_NUMBER, document_numbers, admits=claims.admits))
    number = found.fields.get("invoice_number")
    found.put_best("po_number", [c for c in orders if number is None or c.value != number.value])


def _dates(found: PrintedFields, layout: Layout) -> None:
    habit = month_first(layout)
    finder = date_finder(month_first=habit is True)
    issued = anchored(layout, ISSUE_DATE, finder) or first_date(layout, finder, is_another=_is_another_date(layout))
    for name, candidates in (("issue_date", issued), ("due_date", anchored(layout, DUE_DATE, finder))):
        put_date(found, layout, name, candidates, settled=habit is not None)


def put_date(found: PrintedFields, layout: Layout, name: str, candidates: list[Candidate], *, settled: bool) -> None:
    """The best date, or none and a finding with both days it could be where nothing on the document decides."""
    both = {} if settled else {one.value.isoformat(): one.swapped for one in dates_of(layout) if one.swapped}
    swapped = both.get(candidates[0].value) if candidates else None
    if swapped is None:
        found.put_best(name, candidates)
        return
    value = candidates[0].value
    message = f"{name} is {value} or {swapped.isoformat()}: nothing on the document says which"
    found.note("ambiguous_date", message, name, day_first=value, month_first=swapped.isoformat())


def date_finder(*, month_first: bool) -> Callable[[str], Iterator[Span]]:
    """Finds days in a text, in reading order, the month first where that is the document's habit."""

    def dates(text: str) -> Iterator[Span]:
        for printed in sorted(printed_dates(text), key=lambda one: one.start):
            yield Span(_chosen(printed, month_first=month_first), printed.start, printed.end)

    return dates


def _chosen(printed: PrintedDate, *, month_first: bool) -> str:
    day = printed.swapped if month_first and printed.swapped else printed.value
    return day.isoformat()


def first_date(
    layout: Layout, finder: Callable[[str], Iterator[Span]], *, is_another: Callable[[Cell, int], bool] | None = None
) -> list[Candidate]:
    """The first date of the document, for pages that label none; without those that `is_another` knows as another
    date, by their cell and where they begin in it.
    """
    for cell in layout.cells:
        for span in finder(cell.text):
            if is_another is not None and is_another(cell, span.start):
                continue
            box = cell.box_of(span.start, span.end)
            return [Candidate(value=span.value, score=1.0, page=cell.page, box=box, row=cell.row)]
    return []


def _is_another_date(layout: Layout) -> Callable[[Cell, int], bool]:
    """Whether the words before, left of or over a date call it when to pay, to deliver or anything but the issue."""

    def named(cell: Cell, start: int) -> bool:
        around = (cell.text[:start], *(one.text for one in (layout.left_of(cell), layout.over(cell)) if one))
        return any(_names_another_date(text) for text in around)

    return named


def _names_another_date(text: str) -> bool:
    other = ISSUE_DATE.not_in
    named = other is not None and other.search(text) is not None
    return named or any(label.pattern.search(text) for label in DUE_DATE.labels if label.strength >= MAX_STRENGTH)


def _accounts(found: PrintedFields, layout: Layout) -> None:
    accounts = anchored(layout, IBAN, ibans) or [c for c in _bare(layout, ibans, 2.0) if iban_is_sound(c.value)]
    accounts.sort(key=lambda candidate: (not iban_is_sound(candidate.value), -candidate.score, candidate.row))
    sound = bool(accounts) and iban_is_sound(accounts[0].value)
    found.put_best("iban", accounts, cap=1.0 if sound else BAD_IBAN_CAP, signals={CHECK_DIGIT: claim(sound)})
    if accounts and not sound:
        found.note("iban_check_failed", f"IBAN {accounts[0].value} has wrong check digits or length", "iban")
    if len({candidate.value for candidate in accounts}) > 1:
        found.note("several_ibans", "the document names several bank accounts", "iban")
    owned = [_of_seller(layout, candidate) for candidate in _bare(layout, vat_ids, 3.5)]
    owned = sorted((c for c in owned if c.score > 0), key=lambda candidate: (-candidate.score, candidate.row))
    sound = bool(owned) and vat_id_is_sound(owned[0].value)
    found.put_best("vendor_vat_id", owned, cap=1.0 if sound else BAD_VAT_ID_CAP, signals={CHECK_DIGIT: claim(sound)})
    if owned and not sound:
        found.note("vat_id_check_failed", f"VAT id {owned[0].value} fails its check", "vendor_vat_id")


def _bare(layout: Layout, finder: Callable[[str], Iterator[Span]], score: float) -> list[Candidate]:
    """Values whose form alone gives them away, with or without a label."""
    return [
        Candidate(value=span.value, score=score, page=cell.page, box=cell.box_of(span.start, span.end), row=cell.row)
        for cell in layout.cells
        for span in finder(cell.text)
    ]


def _of_seller(layout: Layout, candidate: Candidate) -> Candidate:
    """`candidate` weighed by whose part of the page it stands in."""
    row = layout.rows[candidate.row]
    cell = min(row, key=lambda one: abs(one.x0 - candidate.box[0]))
    before = " ".join(one.text for one in row[: cell.index + 1])
    if BUYER_HINT.search(before):
        weight = -1.0
    else:
        weight = {"seller": 4.0, "buyer": 0.2, "other": 1.0}.get(section_of(layout, row[0]) or "", candidate.score)
    return Candidate(value=candidate.value, score=weight, page=candidate.page, box=candidate.box, row=candidate.row)


def put_currency(found: PrintedFields, layout: Layout) -> None:
    """The currency that a label names, else the one whose sign is printed most often."""
    labelled = anchored(layout, CURRENCY, _codes)
    if labelled:
        found.put_best("currency", labelled)
        return
    text = layout.text
    counts = sorted(((len(pattern.findall(text)), code) for code, pattern in CURRENCY_SIGNS), reverse=True)
    count, code = counts[0]
    if count:
        rival = counts[1][0]
        found.fields["currency"] = PrintedField(value=code, confidence=0.9 if rival == 0 else 0.6)


def _codes(text: str) -> Iterator[Span]:
    for code, pattern in CURRENCY_SIGNS:
        if match := pattern.search(text):
            yield Span(code, match.start(), match.end())
            return


def _totals(found: PrintedFields, layout: Layout) -> None:
    totals = find_totals(layout)
    for name, one in totals.chosen.items():
        arithmetic = {} if totals.adds_up is None else {ARITHMETIC: claim(totals.adds_up)}
        found.put(name, one.candidate, one.confidence, {**one.signals, **arithmetic})
    for name in totals.ambiguous:
        value = totals.chosen[name].candidate.value
        found.note("ambiguous_amount", f"{name} {value} could be a thousandth of that", name)
    if totals.adds_up is False:
        found.note("totals_do_not_add_up", "net plus tax is not the total", "total")


def _parties(found: PrintedFields, layout: Layout, *, order: bool) -> None:
    found.put_best("vendor_name", sellers(layout, order=order))
    found.put_best("buyer_name", buyers(layout, order=order))
