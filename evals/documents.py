"""The suite `documents`: read every document of a data set, count what is right, and ask how far it may be believed.

Confidences are judged by cross-validation grouped by business case: each is given by a fit that saw nothing of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from evals.calibration_fit import CalibrationExtraMissing, cross_validated, reliability
from evals.calibration_samples import Sample, samples_of
from evals.dataset import Dataset, DatasetError, load_dataset
from evals.document_gates import gates_of
from evals.document_outcomes import Outcome, read_all
from evals.document_result import document_score
from evals.generated import GENERATED, generated_dataset
from evals.generated_scans import GENERATED_SCANS, generated_scans
from evals.reliability import Judged, coverage
from evals.report import Believed, KindReport, Refusal, Score, SuiteReport, Wrong

SUITE: Final = "documents"
OTHERS_WEIGHT: Final = 10.0
"""What a document that somebody else made counts beside one of the project's own, which all come from one hand."""
UNSUPPORTED: Final = frozenset({"unsupported_type", "no_text_layer", "not_an_invoice_or_order"})
"""A kind of which every document is refused so is not read yet."""
ALWAYS_READ: Final = frozenset({"xml_ubl", "xml_cii", "order_xml", "hybrid_pdf", "digital_pdf", "digital_pdf_derived"})

OWN: Final = frozenset({GENERATED, GENERATED_SCANS})
"""The data sets of the project's own documents."""

ByKind = dict[str, list[Outcome]]


def run_documents(data: Path | None, *, beside: Callable[[], Dataset] | None = None) -> SuiteReport:
    """Read and score the data set in `data`, or the project's own documents. Raises `DatasetError`.

    A refused document counts as read wrongly, field by field. Kinds that are not read yet are counted. What the
    confidences are fitted on beside `data` are the documents that `beside` makes.
    """
    dataset = dataset_in(data)
    own = dataset.name in OWN
    by_kind, not_yet = _sorted_out(read_all(dataset))
    outcomes = [outcome for of_kind in by_kind.values() for outcome in of_kind]
    samples = samples_of(outcomes, dataset=dataset.name, weight=1.0 if own else OTHERS_WEIGHT)
    companions = samples_of(read_all(beside()), dataset=GENERATED) if beside and not own else []
    judged = _judged(samples, companions)
    kinds = tuple(_kind_report(kind, by_kind[kind], judged) for kind in sorted(by_kind))
    return SuiteReport(
        suite=SUITE,
        dataset=dataset.name,
        kinds=kinds,
        not_yet=not_yet,
        gates=gates_of(kinds, not_yet=not_yet),
        documents=tuple(document_score(outcome) for outcome in outcomes),
    )


def dataset_in(data: Path | None) -> Dataset:
    """The data set of a folder; the project's own documents for None or `generated`, its own scans and receipts for
    `generated_scans`. Raises `DatasetError`.
    """
    if data is None or (data == Path(GENERATED) and not data.is_dir()):
        return generated_dataset()
    if data == Path(GENERATED_SCANS) and not data.is_dir():
        return generated_scans()
    return load_dataset(data)


def _sorted_out(outcomes: Iterable[Outcome]) -> tuple[ByKind, dict[str, int]]:
    """The outcomes of the kinds that are read, and how many documents there are of each that is not."""
    by_kind: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_kind[outcome.document.kind].append(outcome)
    not_yet = {
        kind: len(of_kind)
        for kind, of_kind in by_kind.items()
        if kind not in ALWAYS_READ and all(outcome.refused in UNSUPPORTED for outcome in of_kind)
    }
    return {kind: of_kind for kind, of_kind in by_kind.items() if kind not in not_yet}, not_yet


def _judged(samples: Sequence[Sample], beside: Sequence[Sample]) -> list[tuple[Sample, float]]:
    try:
        return cross_validated(samples, beside=beside)
    except CalibrationExtraMissing as missing:
        raise DatasetError(f"the confidences cannot be cross-validated: {missing}") from missing


def _kind_report(kind: str, outcomes: Sequence[Outcome], judged: Sequence[tuple[Sample, float]]) -> KindReport:
    fields: defaultdict[str, Score] = defaultdict(Score)
    unlisted, lines, missed = Score(), Score(), 0
    sure = {(sample.file, sample.field): confidence for sample, confidence in judged}
    wrong: list[Wrong] = []
    for outcome in outcomes:
        for name in outcome.document.fields:
            listed, right = outcome.listed(name), outcome.right(name)
            if listed is None:
                unlisted = unlisted.plus(right=right)
            if not listed:
                continue
            fields[name] = fields[name].plus(right=right)
            missed += outcome.reading is None or name not in outcome.reading.fields
            if not right:
                wrong.append(_wrong(outcome, name, sure.get((outcome.document.file, name))))
        if outcome.document.lines is not None:
            lines = lines.plus(right=outcome.lines_right)
            if outcome.listed("lines"):
                fields["lines"] = fields["lines"].plus(right=outcome.lines_right)
                if not outcome.lines_right:
                    wrong.append(_wrong_lines(outcome))
    seconds, pages = sum(outcome.seconds for outcome in outcomes), sum(outcome.pages for outcome in outcomes)
    return KindReport(
        kind=kind,
        documents=len(outcomes),
        score=sum(fields.values(), Score()),
        lines=lines,
        unlisted=unlisted,
        believed=_believed(kind, judged, missed=missed),
        fields=dict(sorted(fields.items())),
        pages=pages,
        seconds_per_document=seconds / len(outcomes),
        seconds_per_page=seconds / pages,
        refused=tuple(Refusal(file=one.document.file, code=one.refused) for one in outcomes if one.refused),
        wrong=tuple(wrong),
    )


def _believed(kind: str, judged: Sequence[tuple[Sample, float]], *, missed: int) -> Believed:
    """How far the kind's confidences can be believed; a scored field that was not read is one nobody may accept."""
    of_kind = [one for one in judged if one[0].scored_as == kind and one[0].listed]
    values: list[Judged] = [(confidence, sample.right) for sample, confidence in of_kind]
    names = sorted({sample.field for sample, _ in of_kind})
    return Believed(
        reliability=reliability(of_kind),
        coverage=coverage([*values, *[(0.0, False)] * missed]),
        fields={name: reliability([one for one in of_kind if one[0].field == name]) for name in names},
        judged=tuple(values),
        missed=missed,
    )


def _wrong(outcome: Outcome, name: str, confidence: float | None) -> Wrong:
    read = outcome.reading.value(name) if outcome.reading else None
    return Wrong(
        file=outcome.document.file,
        field=name,
        expected=outcome.document.fields[name],
        read=read,
        confidence=confidence,
    )


def _wrong_lines(outcome: Outcome) -> Wrong:
    read = len(outcome.reading.lines) if outcome.reading else 0
    expected = len(outcome.document.lines or ())
    return Wrong(
        file=outcome.document.file,
        field="lines",
        expected=f"{expected} lines",
        read=f"{read} lines",
        confidence=None,
    )
