"""Documents of a data set, read: each with what was read or why not, and how long it took."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from time import perf_counter
from typing import Final

from evals.dataset import Dataset, EvalDocument, ExpectedLine
from tools.document.errors import DocumentRefused
from tools.document.limits import DEFAULT_LIMITS
from tools.document.pdf_text import open_pdf
from tools.document.reader import read_document
from tools.document.reading import Line, Reading

PRINTED_KINDS: Final = ("digital_pdf", "scan_", "receipt_photo")
"""Kinds of whose fields only those are scored that the data set calls visible."""
AMOUNTS: Final = frozenset({"net_total", "tax_total", "total", "amount_due"})
_COMPACT: Final = frozenset({"iban", "vendor_vat_id"})
_TOLD_EVERY: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One document and its reading; `refused` is the code where there is none. An XML file is one page."""

    document: EvalDocument
    reading: Reading | None
    refused: str | None
    seconds: float
    pages: int

    def right(self, name: str) -> bool:
        """Whether field `name` was read as expected."""
        read = self.reading.value(name) if self.reading else None
        return read is not None and normal(name, read) == normal(name, self.document.fields[name])

    @property
    def lines_right(self) -> bool:
        """Whether all lines were read as expected."""
        read = self.reading.lines if self.reading else ()
        expected = self.document.lines or ()
        return len(read) == len(expected) and all(map(_same_line, read, expected))

    def listed(self, name: str) -> bool | None:
        """Whether the field is scored: None where the data set does not say if it is printed at all."""
        if not self.document.kind.startswith(PRINTED_KINDS):
            return True
        return (self.document.visible or {}).get(name)


def read_all(dataset: Dataset) -> Iterator[Outcome]:
    """Read every document, telling on standard error how far it is. Raises `DatasetError`."""
    for count, document in enumerate(dataset.documents, 1):
        yield _outcome(document)
        if count % _TOLD_EVERY == 0 or count == len(dataset.documents):
            sys.stderr.write(f"{dataset.name}: {count} of {len(dataset.documents)} documents read\n")


def normal(name: str, value: str) -> str:
    """`value` in the form in which it is compared: account and VAT ids without blanks, amounts as numbers."""
    if name in _COMPACT:
        return re.sub(r"\s", "", value)
    if name in AMOUNTS:
        return _number(value)
    return value.strip()


def _outcome(document: EvalDocument) -> Outcome:
    content = document.read()
    reading, refused = None, None
    started = perf_counter()
    try:
        reading = read_document(content, name=document.file)
    except DocumentRefused as refusal:
        refused = refusal.code
    seconds = perf_counter() - started
    return Outcome(document=document, reading=reading, refused=refused, seconds=seconds, pages=_pages(content))


def _pages(content: bytes) -> int:
    try:
        pdf = open_pdf(content, limits=DEFAULT_LIMITS)
    except DocumentRefused:
        return 1
    try:
        return len(pdf)
    finally:
        pdf.close()


def _same_line(read: Line, expected: ExpectedLine) -> bool:
    return (
        read.description.strip() == (expected.description or "").strip()
        and _number(read.quantity) == _number(expected.quantity)
        and _number(read.unit_price) == _number(expected.unit_price)
        and _number(read.amount) == _number(expected.amount)
    )


def _number(text: str | None) -> str:
    """The number without trailing zeros, so that `2` and `2.0000` are the same; other text as it is."""
    try:
        return format(Decimal(text or "").normalize(), "f")
    except InvalidOperation:
        return text or ""
