"""The suite `documents`: read every document of a data set and count the fields that are right."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from time import perf_counter

from evals.dataset import Dataset, EvalDocument, ExpectedLine, load_dataset
from evals.report import Gate, KindReport, Refusal, Score, SuiteReport, Wrong
from tools.document.errors import DocumentRefused
from tools.document.reader import read_document
from tools.document.reading import Line, Reading

SUITE = "documents"
READ_KINDS = frozenset({"xml_ubl", "xml_cii", "order_xml", "hybrid_pdf", "digital_pdf", "digital_pdf_derived"})
PRINTED_KINDS = "digital_pdf"
TARGETS = {"xml_ubl": 0.99, "xml_cii": 0.99, "hybrid_pdf": 0.99, "digital_pdf*": 0.70}
SURE = 0.9
_AMOUNTS = frozenset({"net_total", "tax_total", "total", "amount_due"})
_COMPACT = frozenset({"iban", "vendor_vat_id"})


@dataclass(slots=True, kw_only=True)
class _Tally:
    """The counts of one kind, as its documents are read."""

    documents: int = 0
    seconds: float = 0.0
    fields: defaultdict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    lines: Score = field(default_factory=Score)
    unlisted: Score = field(default_factory=Score)
    sure: Score = field(default_factory=Score)
    refused: list[Refusal] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)

    def report(self, kind: str) -> KindReport:
        return KindReport(
            kind=kind,
            documents=self.documents,
            score=sum(self.fields.values(), Score()),
            lines=self.lines,
            unlisted=self.unlisted,
            sure=self.sure,
            fields=dict(sorted(self.fields.items())),
            seconds_per_document=self.seconds / self.documents if self.documents else 0.0,
            refused=tuple(self.refused),
            wrong=tuple(self.wrong),
        )


def run_documents(data: Path) -> SuiteReport:
    """Read every document of the data set in `data` and score it. Raises `DatasetError`.

    A refused document counts as read wrongly, field by field. Kinds that are not read yet are counted.
    """
    dataset = load_dataset(data)
    tallies: defaultdict[str, _Tally] = defaultdict(_Tally)
    for document in dataset.documents:
        if document.kind in READ_KINDS:
            _read(document, tallies[document.kind])
    kinds = tuple(tallies[kind].report(kind) for kind in sorted(tallies))
    return SuiteReport(suite=SUITE, dataset=dataset.name, kinds=kinds, not_yet=_not_yet(dataset), gates=_gates(kinds))


def _not_yet(dataset: Dataset) -> dict[str, int]:
    return dict(Counter(document.kind for document in dataset.documents if document.kind not in READ_KINDS))


def _gates(kinds: tuple[KindReport, ...]) -> tuple[Gate, ...]:
    """One gate a target; a name that ends in `*` adds up all kinds that begin with it."""
    gates = []
    for name, target in TARGETS.items():
        prefix = name.removesuffix("*")
        of_gate = [kind for kind in kinds if kind.kind == name or (prefix != name and kind.kind.startswith(prefix))]
        figure = sum((kind.score for kind in of_gate), Score()).accuracy
        gates.append(Gate(name=name, target=target, figure=figure))
    return tuple(gates)


def _read(document: EvalDocument, tally: _Tally) -> None:
    content = document.path.read_bytes()
    tally.documents += 1
    started = perf_counter()
    reading: Reading | None = None
    try:
        reading = read_document(content, name=document.file)
    except DocumentRefused as refused:
        tally.refused.append(Refusal(file=document.file, code=refused.code))
    tally.seconds += perf_counter() - started
    for name, expected in document.fields.items():
        _score_field(document, reading, tally, name, expected)
    if document.lines is not None:
        _score_lines(document, reading, tally, document.lines)


def _score_field(document: EvalDocument, reading: Reading | None, tally: _Tally, name: str, expected: str) -> None:
    read = reading.value(name) if reading else None
    right = read is not None and normal(name, read) == normal(name, expected)
    listed = _listed(document, name)
    if listed is None:
        tally.unlisted = tally.unlisted.plus(right=right)
    if not listed:
        return
    fact = reading.fields.get(name) if reading else None
    tally.fields[name] = tally.fields[name].plus(right=right)
    if fact is not None and fact.confidence >= SURE:
        tally.sure = tally.sure.plus(right=right)
    if not right:
        confidence = fact.confidence if fact else None
        tally.wrong.append(Wrong(file=document.file, field=name, expected=expected, read=read, confidence=confidence))


def _score_lines(
    document: EvalDocument, reading: Reading | None, tally: _Tally, expected: tuple[ExpectedLine, ...]
) -> None:
    read = reading.lines if reading else ()
    right = len(read) == len(expected) and all(map(_same_line, read, expected))
    tally.lines = tally.lines.plus(right=right)
    if _listed(document, "lines"):
        tally.fields["lines"] = tally.fields["lines"].plus(right=right)
        if not right:
            shown = f"{len(expected)} lines"
            tally.wrong.append(
                Wrong(file=document.file, field="lines", expected=shown, read=f"{len(read)} lines", confidence=None)
            )


def _listed(document: EvalDocument, name: str) -> bool | None:
    """Whether the field is scored: None where the data set does not say if it is printed at all."""
    if not document.kind.startswith(PRINTED_KINDS):
        return True
    return (document.visible or {}).get(name)


def normal(name: str, value: str) -> str:
    """`value` in the form in which it is compared: account and VAT ids without blanks, amounts as numbers."""
    if name in _COMPACT:
        return re.sub(r"\s", "", value)
    if name in _AMOUNTS:
        return _number(value)
    return value.strip()


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
