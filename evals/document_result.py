"""The suite `documents` in the frame: a case a document, each kind's figures with intervals, and its targets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from evals.document_outcomes import Outcome
from evals.figure import Figure, share
from evals.metrics import bootstrap_interval, ratio_interval
from evals.reliability import calibration_error
from evals.report import DocumentScore, Gate, KindReport, SuiteReport, shown_figure
from evals.result import CaseResult, GateResult, Result

FIELDS_MARGIN: Final = 0.01
"""By how much the share of right fields of a kind may fall: the noise of one document in a hundred."""
ERROR_MARGIN: Final = 0.02
SEED: Final = 20262
ROUNDS: Final = 200


def document_score(outcome: Outcome) -> DocumentScore:
    """How many of the document's scored fields were read as expected, and which were not."""
    document = outcome.document
    wrong = [name for name in document.fields if outcome.listed(name) and not outcome.right(name)]
    fields = sum(bool(outcome.listed(name)) for name in document.fields)
    if document.lines is not None and outcome.listed("lines"):
        fields += 1
        wrong += [] if outcome.lines_right else ["lines"]
    return DocumentScore(
        file=document.file,
        kind=document.kind,
        fields=fields,
        wrong=tuple(wrong),
        refused=outcome.refused,
        seconds=outcome.seconds,
    )


def document_result(report: SuiteReport) -> Result:
    """The report in the frame's form; its gates are the targets of document reading."""
    by_kind: defaultdict[str, list[DocumentScore]] = defaultdict(list)
    for score in report.documents:
        by_kind[score.kind].append(score)
    cases = tuple(_case(score) for score in report.documents)
    return Result(
        suite=report.suite,
        dataset=report.dataset,
        cases=cases,
        figures=(
            share("passed", sum(case.passed for case in cases), len(cases)),
            *(figure for kind in report.kinds for figure in _figures(kind, by_kind[kind.kind])),
        ),
        gates=tuple(_gate(gate) for gate in report.gates),
        notes=tuple(f"{kind}: {count} documents are not read yet" for kind, count in sorted(report.not_yet.items())),
    )


def _case(score: DocumentScore) -> CaseResult:
    refused = (f"refused: {score.refused}",) if score.refused else ()
    return CaseResult(
        name=score.file,
        group=score.kind,
        passes=int(not score.wrong and not refused),
        expected=f"{score.fields} fields",
        got=f"{score.fields - len(score.wrong)} right",
        failed=(*refused, *score.wrong),
        seconds=score.seconds,
    )


def _figures(kind: KindReport, scores: Sequence[DocumentScore]) -> Iterator[Figure]:
    """Fields of one document are right or wrong together, so documents are drawn again, not fields."""
    low, high = ratio_interval([(s.fields - len(s.wrong), s.fields) for s in scores], seed=SEED) or (None, None)
    yield Figure(
        name=f"{kind.kind} fields",
        value=kind.score.accuracy,
        lower=low,
        upper=high,
        samples=kind.score.fields,
        margin=FIELDS_MARGIN,
    )
    judged = kind.believed.judged
    low, high = bootstrap_interval(judged, calibration_error, seed=SEED, rounds=ROUNDS) or (None, None)
    yield Figure(
        name=f"{kind.kind} ECE",
        value=calibration_error(judged),
        lower=low,
        upper=high,
        samples=len(judged),
        unit="error",
        better="lower",
        margin=ERROR_MARGIN,
    )
    pace = kind.seconds_per_page
    yield Figure(name=f"{kind.kind} a page", value=pace, samples=kind.pages, unit="seconds", better="lower")


def _gate(gate: Gate) -> GateResult:
    sign = "≤" if gate.at_most else "≥"
    return GateResult(
        name=gate.name,
        reached=shown_figure(gate, gate.figure),
        demanded=f"{sign} {shown_figure(gate, gate.target)}",
        passed=gate.passed,
        why=gate.short,
    )
