"""Values whose truth is known, as samples that a calibration is fitted on and judged by."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from evals.document_outcomes import Outcome
from tools.document.confidence import ceiling
from tools.document.confidence_features import features, raw_confidence

FOLDS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One field that was read. `kind` is the reader's word, `scored_as` the data set's, which may be finer.

    `cap` is the hard cap over the field; `listed` says that the data set calls it visible.
    """

    kind: str
    scored_as: str
    field: str
    file: str
    group: str
    features: dict[str, float]
    raw: float
    cap: float
    right: bool
    listed: bool
    weight: float


def samples_of(outcomes: Iterable[Outcome], *, dataset: str, weight: float = 1.0) -> list[Sample]:
    """A sample for each field that was read and whose truth is known, unless it is known not to be printed."""
    return [
        Sample(
            kind=outcome.reading.kind.value,
            scored_as=outcome.document.kind,
            field=name,
            file=outcome.document.file,
            group=f"{dataset}/{outcome.document.group}",
            features=features(outcome.reading, name),
            raw=raw_confidence(outcome.reading, name),
            cap=ceiling(outcome.reading, name),
            right=outcome.right(name),
            listed=bool(outcome.listed(name)),
            weight=weight,
        )
        for outcome in outcomes
        if outcome.reading is not None
        for name in outcome.document.fields
        if name in outcome.reading.fields and outcome.listed(name) is not False
    ]


def folds_of(samples: Sequence[Sample], *, folds: int = FOLDS) -> dict[str, int]:
    """A fold for each group, so that no business case stands in two: the largest groups first, each to the fold that is
    emptiest of its kinds. So a kind of few documents is in every fold, and is never judged by a fit that lacks it.
    """
    kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for sample in samples:
        kinds[sample.group][sample.kind] += 1
    loads = [Counter[str]() for _ in range(folds)]
    chosen: dict[str, int] = {}
    for group, of_kind in sorted(kinds.items(), key=lambda item: (-item[1].total(), item[0])):
        fold = min(range(folds), key=lambda one: (sum(loads[one][kind] for kind in of_kind), loads[one].total(), one))
        loads[fold] += of_kind
        chosen[group] = fold
    return chosen
