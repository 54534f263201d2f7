"""The fields of a printed document, each with a confidence that says how it was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tools.document.anchors import MAX_STRENGTH, Candidate, Span, anchored
from tools.document.dates import PrintedDate, month_comes_first, printed_dates
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
from tools.document.parties import buyers, section_of, sellers
from tools.document.reading import Box, DocumentFinding
from tools.document.totals import find_totals

BAD_IBAN_CAP = 0.05
BAD_VAT_ID_CAP = 0.6
AMBIGUOUS_DATE_CAP = 0.55
_LABELLED_CEILING = 0.93


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedField:
    """A value of the page, its confidence and its place; page and box are None where it has no one place."""

    value: str
    confidence: float
    page: int | None = None
    box: Box | None = None


@dataclass(slots=True, kw_only=True)
class PrintedFields:
    """The fields and findings of a page, as they are collected."""

    fields: dict[str, PrintedField] = field(default_factory=dict)
    findings: list[DocumentFinding] = field(default_factory=list)

    def put(self, name: str, candidate: Candidate | None, confidence: float) -> None:
        if candidate is not None:
            self.fields[name] = PrintedField(
                value=candidate.value, confidence=confidence, page=candidate.page, box=candidate.box
            )

    def put_best(self, name: str, candidates: list[Candidate]) -> None:
        """The best candidate; a close rival with another value costs confidence."""
        if candidates:
            self.put(name, candidates[0], margin_confidence(candidates))

    def note(self, code: str, message: str, name: str) -> None:
        self.findings.append(DocumentFinding(code=code, message=message, field=name))


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
    _currency(found, layout)
    _totals(found, layout)
    _parties(found, layout, order=order)
    return found


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
    orders = anchored(layout, ORDER_NUMBER, document_numbers)
    if order:
        found.put_best("order_number", orders)
        return
    found.put_best("invoice_number", anchored(layout, INVOICE_NUMBER, document_numbers))
    number = found.fields.get("invoice_number")
    found.put_best("po_number", [c for c in orders if number is None or c.value != number.value])


def _dates(found: PrintedFields, layout: Layout) -> None:
    habit = month_comes_first(printed for cell in layout.cells for printed in printed_dates(cell.text))
    finder = _date_finder(month_first=habit is True)
    unsettled = {
        printed.value.isoformat()
        for cell in layout.cells
        for printed in printed_dates(cell.text)
        if habit is None and printed.swapped is not None
    }
    issued = anchored(layout, ISSUE_DATE, finder) or _first_date(layout, finder)
    for name, candidates in (("issue_date", issued), ("due_date", anchored(layout, DUE_DATE, finder))):
        found.put_best(name, candidates)
        if candidates and candidates[0].value in unsettled:
            best = candidates[0]
            found.put(name, best, min(margin_confidence(candidates), AMBIGUOUS_DATE_CAP))
            found.note("ambiguous_date", f"{name} {best.value} could have day and month exchanged", name)


def _date_finder(*, month_first: bool) -> Callable[[str], Iterator[Span]]:
    def dates(text: str) -> Iterator[Span]:
        for printed in sorted(printed_dates(text), key=lambda one: one.start):
            yield Span(_chosen(printed, month_first=month_first), printed.start, printed.end)

    return dates


def _chosen(printed: PrintedDate, *, month_first: bool) -> str:
    day = printed.swapped if month_first and printed.swapped else printed.value
    return day.isoformat()


def _first_date(layout: Layout, finder: Callable[[str], Iterator[Span]]) -> list[Candidate]:
    """The first date of the document, for pages that label none."""
    for cell in layout.cells:
        for span in finder(cell.text):
            box = cell.box_of(span.start, span.end)
            return [Candidate(value=span.value, score=1.0, page=cell.page, box=box, row=cell.row)]
    return []


def _accounts(found: PrintedFields, layout: Layout) -> None:
    accounts = anchored(layout, IBAN, ibans) or [c for c in _bare(layout, ibans, 2.0) if iban_is_sound(c.value)]
    accounts.sort(key=lambda candidate: (not iban_is_sound(candidate.value), -candidate.score, candidate.row))
    found.put_best("iban", accounts)
    if accounts and not iban_is_sound(accounts[0].value):
        found.put("iban", accounts[0], BAD_IBAN_CAP)
        found.note("iban_check_failed", f"IBAN {accounts[0].value} has wrong check digits or length", "iban")
    if len({candidate.value for candidate in accounts}) > 1:
        found.note("several_ibans", "the document names several bank accounts", "iban")
    owned = [_of_seller(layout, candidate) for candidate in _bare(layout, vat_ids, 3.5)]
    owned = sorted((c for c in owned if c.score > 0), key=lambda candidate: (-candidate.score, candidate.row))
    found.put_best("vendor_vat_id", owned)
    if owned and not vat_id_is_sound(owned[0].value):
        found.put("vendor_vat_id", owned[0], min(margin_confidence(owned), BAD_VAT_ID_CAP))
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


def _currency(found: PrintedFields, layout: Layout) -> None:
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
    for name, (candidate, confidence) in totals.chosen.items():
        found.put(name, candidate, confidence)
    if totals.adds_up is False:
        found.note("totals_do_not_add_up", "net plus tax is not the total", "total")


def _parties(found: PrintedFields, layout: Layout, *, order: bool) -> None:
    found.put_best("vendor_name", sellers(layout, order=order))
    found.put_best("buyer_name", buyers(layout, order=order))
