"""Labels of metrics: each metric has a bounded number of them, whatever names come.

Every set of labels is a time series that a monitoring system keeps for months. Names of processes, steps, tools and
models come from definitions and settings; should one of them come from somewhere else one day, it fills no disk.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from prometheus_client.metrics import MetricWrapperBase

Metric = TypeVar("Metric", bound=MetricWrapperBase)
OTHER = "other"
"""In the place of labels beyond the bound."""
MOST = 500
"""Label sets of one metric. What comes later is counted together, as `other`."""
LONGEST = 80


class Labelled(Generic[Metric]):
    """A metric by its labels, found without the library's own look-up."""

    __slots__ = ("_children", "_metric", "_most")

    def __init__(self, metric: Metric, *, most: int = MOST) -> None:
        """No label is known yet."""
        self._metric = metric
        self._most = most
        self._children: dict[tuple[str, ...], Metric] = {}

    def of(self, *labels: str) -> Metric:
        """The series of these labels, in the order in which the metric declares them."""
        found = self._children.get(labels)
        return found if found is not None else self._new(labels)

    def _new(self, labels: tuple[str, ...]) -> Metric:
        if len(self._children) >= self._most:
            return self._metric.labels(*(OTHER for _ in labels))
        child = self._children[labels] = self._metric.labels(*(shown(label) for label in labels))
        return child


def shown(label: str) -> str:
    """A label as it is exposed: of bounded length, and without what is no character of a line."""
    return "".join(letter if letter.isprintable() else "?" for letter in label[:LONGEST])
