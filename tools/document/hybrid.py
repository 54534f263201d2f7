"""Hybrid PDFs: the attached XML and the printed page, compared; the XML never silently wins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from policies.fact import Fact
from tools.document.amounts import printed_amounts
from tools.document.anchored_fields import PrintedField, PrintedFields
from tools.document.dates import printed_dates
from tools.document.layout import Layout
from tools.document.reading import DocumentFinding, Reader, capped, document_fact
from tools.document.xml_fields import XmlReading

MISMATCH_CAP = 0.5
NOT_COMPARED_CAP = 0.8
SURE_OF_THE_PAGE = 0.8
"""A page value at least this sure contradicts the XML even where the XML's value is printed elsewhere."""

_AMOUNTS = ("net_total", "tax_total", "total", "amount_due")
_DATES = ("issue_date", "due_date")
_NAMES = ("vendor_name", "buyer_name")
_COMPARED = (
    *_AMOUNTS,
    *_DATES,
    "invoice_number",
    "order_number",
    *_NAMES,
    "vendor_vat_id",
    "iban",
    "currency",
)
_SHORT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Facts of both sides, and where they contradict each other."""

    facts: dict[str, Fact]
    findings: tuple[DocumentFinding, ...]


class _Page:
    """What is printed anywhere on the pages, ready to be asked."""

    def __init__(self, layout: Layout) -> None:
        text = layout.text
        self._letters = _letters(text)
        self._tokens = {_letters(token) for token in text.split()}
        cells = [cell.text for cell in layout.cells]
        self._amounts = {abs(found.value) for cell in cells for found in printed_amounts(cell)}
        dates = [found for cell in cells for found in printed_dates(cell)]
        self._dates = {day.isoformat() for found in dates for day in (found.value, found.swapped) if day}

    def shows(self, name: str, value: str) -> bool:
        """Whether `value` stands anywhere on the pages, in any usual form."""
        if name in _AMOUNTS:
            return abs(Decimal(value)) in self._amounts
        if name in _DATES:
            return value in self._dates
        letters = _letters(value)
        return letters in (self._tokens if len(letters) < _SHORT else self._letters)


def compare(xml: XmlReading, page: PrintedFields | None, layout: Layout, sha256: str) -> Comparison:
    """The facts of a hybrid PDF: the XML's, each checked against the page, then what only the page says.

    A contradiction leaves a finding with both values and caps the field's confidence at 0.5. `page` is
    None where the pages could not be read; then every field is capped at 0.8, with a finding.
    """
    facts = xml.facts(sha256)
    if page is None:
        message = "the pages have no readable invoice text; the XML could not be compared with them"
        unsure = {name: capped(fact, NOT_COMPARED_CAP) for name, fact in facts.items()}
        return Comparison(facts=unsure, findings=(DocumentFinding(code="page_not_compared", message=message),))
    printed = _Page(layout)
    findings: list[DocumentFinding] = []
    for name in _COMPARED:
        field = page.fields.get(name)
        if name not in facts or field is None:
            continue
        value = str(facts[name].value)
        if _same(name, value, field.value):
            facts[name] = _with_place(facts[name], field)
        elif field.confidence >= SURE_OF_THE_PAGE or not printed.shows(name, value):
            facts[name] = capped(facts[name], MISMATCH_CAP)
            findings.append(_mismatch(name, value, field.value))
    for name, field in page.fields.items():
        if name not in facts:
            facts[name] = page_fact(field, sha256)
    return Comparison(facts=facts, findings=tuple(findings))


def page_fact(field: PrintedField, sha256: str) -> Fact:
    """A printed field as a fact from the document `sha256`."""
    return document_fact(
        value=field.value,
        confidence=field.confidence,
        sha256=sha256,
        reader=Reader.PDF_TEXT,
        page=field.page,
        box=field.box,
    )


def _mismatch(name: str, xml_value: str, page_value: str) -> DocumentFinding:
    return DocumentFinding(
        code="xml_page_mismatch",
        message=f"{name}: the XML says {xml_value!r}, the page says {page_value!r}",
        field=name,
        values={"xml": xml_value, "page": page_value},
    )


def _same(name: str, xml_value: str, page_value: str) -> bool:
    if name in _AMOUNTS:
        return Decimal(xml_value) == Decimal(page_value)
    of_xml, of_page = _letters(xml_value), _letters(page_value)
    if name in _NAMES and min(len(of_xml), len(of_page)) >= _SHORT:
        # A page may set a name in two lines or add the legal form.
        return of_xml in of_page or of_page in of_xml
    return of_xml == of_page


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def _with_place(fact: Fact, field: PrintedField) -> Fact:
    """`fact` with the place on the page that agrees with it, as evidence."""
    return fact.model_copy(update={"source": fact.source.model_copy(update={"page": field.page, "box": field.box})})
