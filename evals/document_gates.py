"""The targets of document reading, as gates over what a run measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from evals.reliability import Judged, calibration_error, coverage
from evals.report import Gate, KindReport, Score

ACCURACY: Final[Mapping[str, float]] = MappingProxyType(
    {
        "xml_ubl": 0.995,
        "xml_cii": 0.995,
        "order_xml": 0.995,
        "hybrid_pdf": 0.995,
        "digital_pdf": 0.85,
        "digital_pdf_derived": 0.90,
        "scan_simulated": 0.85,
    }
)
"""The share of scored fields that must be right."""
FIELD_ACCURACY: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {"receipt_photo": {"issue_date": 0.93, "total": 0.88, "vendor_name": 0.75}}
)
"""The same, where each field has a target of its own."""
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Kinds that share how they are read: all whose name begins so. `pace` is seconds a page."""

    name: str
    kinds: tuple[str, ...]
    error: float
    covered: float
    pace: float


FAMILIES: Final = (
    Family(name="digital", kinds=("digital_pdf",), error=0.05, covered=0.60, pace=0.1),
    Family(name="scan", kinds=("scan_", "receipt_photo"), error=0.08, covered=0.40, pace=4.0),
)


def gates_of(kinds: Sequence[KindReport], *, not_yet: Mapping[str, int]) -> tuple[Gate, ...]:
    """A gate for each target that the data set has documents for; of kinds that are not read yet, none passes."""
    return (*_accuracy_gates(kinds, not_yet), *_field_gates(kinds, not_yet), *_family_gates(kinds))


def _accuracy_gates(kinds: Sequence[KindReport], not_yet: Mapping[str, int]) -> Iterator[Gate]:
    known = {kind.kind: kind for kind in kinds}
    for name, target in ACCURACY.items():
        if name in known:
            kind = known[name]
            yield Gate(name=name, target=target, figure=kind.score.accuracy, short=tuple(_short(kind, target)))
        elif name in not_yet:
            yield Gate(name=name, target=target, figure=None, short=(f"{not_yet[name]} documents are not read yet",))


def _field_gates(kinds: Sequence[KindReport], not_yet: Mapping[str, int]) -> Iterator[Gate]:
    known = {kind.kind: kind for kind in kinds}
    for kind, targets in FIELD_ACCURACY.items():
        if kind not in known and kind not in not_yet:
            continue
        for field, target in targets.items():
            score = known[kind].fields.get(field, Score()) if kind in known else Score()
            yield Gate(name=f"{kind} {field}", target=target, figure=score.accuracy)


def _family_gates(kinds: Sequence[KindReport]) -> Iterator[Gate]:
    for family in FAMILIES:
        members = [kind for kind in kinds if kind.kind.startswith(family.kinds)]
        if not members:
            continue
        judged: list[Judged] = [one for kind in members for one in kind.believed.judged]
        missed = sum(kind.believed.missed for kind in members)
        covered = coverage([*judged, *[(0.0, False)] * missed])
        seconds = sum(kind.documents * kind.seconds_per_document for kind in members)
        error = calibration_error(judged)
        yield Gate(name=f"{family.name} ECE", target=family.error, figure=error, at_most=True, unit="error")
        yield Gate(
            name=f"{family.name} accepted at 99 % right",
            target=family.covered,
            figure=covered.share,
            short=tuple(_surest_wrong(members)),
        )
        pace = seconds / sum(kind.pages for kind in members)
        yield Gate(name=f"{family.name} seconds a page", target=family.pace, figure=pace, at_most=True, unit="seconds")


def _short(kind: KindReport, target: float) -> Iterator[str]:
    """The fields below the target, each with the documents it was wrong in."""
    files: defaultdict[str, list[str]] = defaultdict(list)
    for wrong in kind.wrong:
        files[wrong.field].append(wrong.file)
    for name, score in kind.fields.items():
        if score.accuracy is not None and score.accuracy < target:
            yield f"{name} {score.right} of {score.fields} right, wrong in {', '.join(files[name])}"


def _surest_wrong(members: Sequence[KindReport]) -> Iterator[str]:
    """The wrong values that hold the share down, the surest first."""
    wrong = [found for kind in members for found in kind.wrong if found.confidence is not None]
    for found in sorted(wrong, key=lambda one: -(one.confidence or 0))[:_SHOWN]:
        yield f"{found.field} of {found.file} is wrong at a confidence of {found.confidence:.3f}"
