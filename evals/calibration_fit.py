"""Fits a calibration, offline, with scikit-learn: logistic regression, then isotonic steps, by field and kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from statistics import fmean, pstdev
from typing import Any, Final

from evals.calibration_samples import FOLDS, Sample, folds_of
from evals.reliability import Judged, bins, brier, calibration_error
from tools.document.confidence_model import Calibration, Curve, FieldModel, FittedOn, KindModel, Reliability, told_apart

ENOUGH: Final = 100
"""A curve needs so many samples …"""
ENOUGH_WRONG: Final = 10
"""… of which so many are wrong and so many right; with fewer there is nothing to tell apart."""
_SAME: Final = 1e-9
_REPEATABLE: Final = 6
"""Digits that are kept of a fitted number."""


class CalibrationExtraMissing(RuntimeError):
    """Fitting needs scikit-learn: install `interlock[calibration]`."""


def fit(samples: Sequence[Sample]) -> Calibration:
    """The calibration of `samples`, with their numbers but no figures yet. Raises `CalibrationExtraMissing`."""
    if find_spec("sklearn") is None:
        raise CalibrationExtraMissing("scikit-learn is not installed: install interlock[calibration]")
    kinds = _by(samples, "kind")
    return Calibration(
        format=1,
        fitted_on=(),
        kinds={
            kind: KindModel(
                pooled=_field_model(_told_apart(of_kind)),
                fields={name: _field_model(of_field) for name, of_field in _by(of_kind, "field").items()},
            )
            for kind, of_kind in kinds.items()
        },
    )


def cross_validated(samples: Sequence[Sample], *, beside: Sequence[Sample] = ()) -> list[tuple[Sample, float]]:
    """Each of `samples` with the confidence it gets from a fit that saw nothing of its business case.

    The samples `beside` are of every fit and of no score. Raises `CalibrationExtraMissing`.
    """
    fold_of = folds_of(samples)
    judged: list[tuple[Sample, float]] = []
    for fold in range(FOLDS):
        held = [sample for sample in samples if fold_of[sample.group] == fold]
        if held:
            fitted = fit([*beside, *(one for one in samples if fold_of[one.group] != fold)])
            judged.extend((sample, believed(fitted, sample)) for sample in held)
    return judged


def believed(fitted: Calibration, sample: Sample) -> float:
    """The confidence that `fitted` gives the sample, under its hard cap."""
    found = fitted.confidence(sample.kind, sample.field, raw=sample.raw, features=sample.features)
    return min(found, sample.cap)


def with_reliability(
    fitted: Calibration, judged: Sequence[tuple[Sample, float]], fitted_on: Iterable[FittedOn]
) -> Calibration:
    """`fitted` with the figures of a cross-validation entered, by kind and field, and what it was fitted on."""
    kinds: dict[str, KindModel] = {}
    for kind, model in fitted.kinds.items():
        of_kind = [one for one in judged if one[0].kind == kind]
        fields = {
            name: known.model_copy(update={"reliability": reliability([o for o in of_kind if o[0].field == name])})
            for name, known in model.fields.items()
        }
        pooled = model.pooled.model_copy(update={"reliability": reliability(of_kind)})
        kinds[kind] = KindModel(pooled=pooled, fields=fields)
    return fitted.model_copy(update={"kinds": kinds, "fitted_on": tuple(fitted_on)})


def reliability(judged: Sequence[tuple[Sample, float]]) -> Reliability:
    """The figures of confidences that a cross-validation gave."""
    before: list[Judged] = [(sample.raw, sample.right) for sample, _ in judged]
    after: list[Judged] = [(confidence, sample.right) for sample, confidence in judged]
    figures = {
        "ece_before": calibration_error(before),
        "ece_after": calibration_error(after),
        "brier_before": brier(before),
        "brier_after": brier(after),
    }
    shown = bins(after)
    rounded = tuple(
        one.model_copy(update={"confidence": _rounded(one.confidence), "right": _rounded(one.right)}) for one in shown
    )
    return Reliability(
        samples=len(judged),
        right=sum(sample.right for sample, _ in judged),
        bins=rounded,
        **{name: None if figure is None else _rounded(figure) for name, figure in figures.items()},
    )


def _told_apart(samples: Sequence[Sample]) -> list[Sample]:
    fields = {one.field for one in samples}
    return [replace(one, features={**one.features, **told_apart(one.field, fields)}) for one in samples]


def _field_model(samples: Sequence[Sample]) -> FieldModel:
    right = sum(sample.right for sample in samples)
    known = Reliability(samples=len(samples), right=right)
    if len(samples) < ENOUGH or min(right, len(samples) - right) < ENOUGH_WRONG:
        return FieldModel(reliability=known)
    return FieldModel(curve=_curve(samples), reliability=known)


def _curve(samples: Sequence[Sample]) -> Curve:
    """The regression on all samples; its steps from probabilities of samples the regression did not see."""
    unstepped = _regression(samples)
    fold_of = folds_of(samples)
    seen: list[tuple[float, Sample]] = []
    for fold in range(FOLDS):
        held = [one for one in samples if fold_of[one.group] == fold]
        rest = [one for one in samples if fold_of[one.group] != fold]
        if held:
            regression = _regression(rest) if len({one.right for one in rest}) == 2 else unstepped
            seen.extend((regression.probability(one.features), one) for one in held)
    return unstepped.model_copy(update={"steps": _steps(seen)})


def _regression(samples: Sequence[Sample]) -> Curve:
    means, scales = _standards(samples)
    table = [
        [(one.features[name] - means[name]) / scales[name] if name in one.features else 0.0 for name in means]
        for one in samples
    ]
    model: Any = import_module("sklearn.linear_model").LogisticRegression(C=1.0, max_iter=1000)
    model.fit(table or [[]], [one.right for one in samples], sample_weight=[one.weight for one in samples])
    weights = {name: _rounded(float(weight)) for name, weight in zip(means, model.coef_[0], strict=True)}
    return Curve(
        means=means,
        scales=scales,
        weights=weights,
        intercept=_rounded(float(model.intercept_[0])),
        steps=((0.0, 0.0),),
    )


def _standards(samples: Sequence[Sample]) -> tuple[dict[str, float], dict[str, float]]:
    """Mean and spread of each feature; one that never differs tells nothing apart and is left out."""
    means, scales = {}, {}
    for name in sorted({name for sample in samples for name in sample.features}):
        values = [sample.features[name] for sample in samples if name in sample.features]
        spread = pstdev(values)
        if spread > _SAME:
            means[name], scales[name] = _rounded(fmean(values)), max(_rounded(spread), 10**-_REPEATABLE)
    return means, scales


def _steps(seen: Sequence[tuple[float, Sample]]) -> tuple[tuple[float, float], ...]:
    """Isotonic steps; each share by the rule of succession, so that no step of few samples is certain."""
    probabilities = [probability for probability, _ in seen]
    isotonic: Any = import_module("sklearn.isotonic").IsotonicRegression(out_of_bounds="clip")
    fitted = isotonic.fit_transform(
        probabilities, [float(one.right) for _, one in seen], sample_weight=[one.weight for _, one in seen]
    )
    blocks: dict[float, list[tuple[float, Sample]]] = defaultdict(list)
    for level, one in zip(fitted, seen, strict=True):
        blocks[round(float(level), 9)].append(one)
    rising: list[list[tuple[float, Sample]]] = []
    for level in sorted(blocks):
        rising.append(blocks[level])
        while len(rising) > 1 and _share(rising[-1]) <= _share(rising[-2]):
            rising[-2:] = [rising[-2] + rising[-1]]
    return tuple(_starts(rising))


def _starts(rising: Sequence[Sequence[tuple[float, Sample]]]) -> Iterator[tuple[float, float]]:
    for index, block in enumerate(rising):
        lowest = min(probability for probability, _ in block)
        yield (_rounded(lowest) if index else 0.0, _rounded(_share(block)))


def _share(block: Sequence[tuple[float, Sample]]) -> float:
    weight = sum(one.weight for _, one in block)
    return (sum(one.weight for _, one in block if one.right) + 1) / (weight + 2)


def _by(samples: Sequence[Sample], attribute: str) -> dict[str, list[Sample]]:
    found: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        found[getattr(sample, attribute)].append(sample)
    return dict(sorted(found.items()))


def _rounded(number: float) -> float:
    return round(number, _REPEATABLE)
