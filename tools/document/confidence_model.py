"""A fitted calibration: how sure a reader may be of a field, learned from values whose truth was known.

It is data: weights and steps fitted offline, applied here with nothing but arithmetic.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from math import exp
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FORMAT: Final = 1
UNMEASURED: Final = 0.5
"""The most that is said of a kind or field without a sample: what the rule of succession says of none."""

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Fitted(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Bin(_Fitted):
    """The samples whose confidence lay in one tenth: how many, how sure on average, how many were right."""

    samples: Annotated[int, Field(ge=1)]
    confidence: Share
    right: Share


class Reliability(_Fitted):
    """How far confidences could be believed, before and after, on samples the fit had not seen.

    `ece` is the expected calibration error over ten bins, `brier` the mean squared error.
    """

    samples: Annotated[int, Field(ge=0)]
    right: Annotated[int, Field(ge=0)]
    ece_before: Share | None = None
    ece_after: Share | None = None
    brier_before: Share | None = None
    brier_after: Share | None = None
    bins: tuple[Bin, ...] = ()


class Curve(_Fitted):
    """A logistic regression over standardised features, then a rising step table over its probability.

    `weights` name only features that were seen; a feature that a reading lacks counts as the mean. `steps` are
    pairs of the lowest probability of a step and the share that was right in it.
    """

    means: dict[str, Finite]
    scales: dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]]
    weights: dict[str, Finite]
    intercept: Finite
    steps: Annotated[tuple[tuple[Share, Share], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _rises(self) -> Curve:
        if not self.weights.keys() == self.means.keys() == self.scales.keys():
            raise ValueError("means, scales and weights name different features")
        if any(later[0] <= one[0] or later[1] < one[1] for one, later in zip(self.steps, self.steps[1:], strict=False)):
            raise ValueError("the steps do not rise")
        return self

    def probability(self, features: Mapping[str, float]) -> float:
        """The regression's probability, before the steps."""
        total = self.intercept
        for name, weight in self.weights.items():
            if name in features:
                total += weight * (features[name] - self.means[name]) / self.scales[name]
        return 1 / (1 + exp(-max(min(total, 40.0), -40.0)))

    def confidence(self, features: Mapping[str, float]) -> float:
        """The share that was right among samples like this one."""
        at = bisect_right([lowest for lowest, _ in self.steps], self.probability(features))
        return self.steps[max(at - 1, 0)][1]


class FieldModel(_Fitted):
    """What is known of one field of one kind; without a curve of its own its kind's is asked."""

    curve: Curve | None = None
    reliability: Reliability

    @property
    def ceiling(self) -> float:
        """The rule of succession: `n` samples, all right, allow `(n + 1) / (n + 2)` and never certainty."""
        known = self.reliability
        return (known.right + 1) / (known.samples + 2)


class KindModel(_Fitted):
    """What is known of a kind: the curve over all its fields, and each field."""

    pooled: FieldModel
    fields: dict[str, FieldModel]


class FittedOn(_Fitted):
    """A set of documents the figures come from."""

    name: str
    documents: Annotated[int, Field(ge=1)]
    samples: Annotated[int, Field(ge=1)]
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Calibration(_Fitted):
    """All that was fitted, by kind of document, and on what."""

    format: Literal[1]
    fitted_on: tuple[FittedOn, ...]
    kinds: dict[str, KindModel]

    def confidence(self, kind: str, field: str, *, raw: float, features: Mapping[str, float]) -> float:
        """How sure a reader may be of `field` of a document of `kind`; before the hard caps.

        Where no curve was fitted, the reader's own confidence `raw` counts, under the ceiling of what was
        measured; what nobody measured allows no more than a coin's toss.
        """
        model = self.kinds.get(kind)
        if model is None:
            return min(raw, UNMEASURED)
        known = model.fields.get(field)
        if known is not None and known.curve is not None:
            return known.curve.confidence(features)
        pooled = model.pooled
        told = {**features, **told_apart(field, model.fields)}
        shared = min(raw, pooled.ceiling) if pooled.curve is None else pooled.curve.confidence(told)
        return min(shared, UNMEASURED if known is None else known.ceiling)


def told_apart(field: str, fields: Iterable[str]) -> dict[str, float]:
    """Features by which a curve over all `fields` of a kind tells `field` from the others."""
    return {f"is {name}": float(name == field) for name in fields}
