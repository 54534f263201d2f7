"""Two ways to raise an alert, at equally many false alarms: by forecast, and at a share of the time.

The lead is the working time from the alert to the due instant, of cases that were late; none where no alert came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nextafter

from evals.sla.replay import Look, Watched

ELAPSED = 0.8
"""The share of the time at which the other way alerts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """What one way is worth on the same cases: mean lead in hours, share of late cases caught, false alarms."""

    lead_hours: float
    caught: float
    false_alarms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Both ways on the same cases; the forecast alerts from `threshold` on. None where nothing was late or in time."""

    forecast: Alerting
    elapsed: Alerting
    threshold: float


def compared(watched: Sequence[Watched]) -> Compared | None:
    """Both, with the threshold that gives the forecast no more false alarms than the other has."""
    late = [one for one in watched if one.breached]
    in_time = [one for one in watched if not one.breached]
    if not late or not in_time:
        return None
    elapsed = by_elapsed(late, in_time)
    threshold = threshold_for(in_time, allowed=round(elapsed.false_alarms * len(in_time)))
    return Compared(forecast=by_forecast(late, in_time, threshold), elapsed=elapsed, threshold=threshold)


def by_elapsed(late: Sequence[Watched], in_time: Sequence[Watched]) -> Alerting:
    """An alert at exactly that share of the time, of whatever is still open."""
    leads = [(1 - ELAPSED) * one.agreed for one in late]
    false = sum(one.took > ELAPSED * one.agreed for one in in_time)
    return Alerting(lead_hours=sum(leads) / len(leads) / 60, caught=1.0, false_alarms=false / len(in_time))


def by_forecast(late: Sequence[Watched], in_time: Sequence[Watched], threshold: float) -> Alerting:
    """An alert at the first look whose probability reaches the threshold."""
    leads = [lead(one.looks, threshold) for one in late]
    false = sum(lead(one.looks, threshold) is not None for one in in_time)
    return Alerting(
        lead_hours=sum(found or 0.0 for found in leads) / len(leads) / 60,
        caught=sum(found is not None for found in leads) / len(leads),
        false_alarms=false / len(in_time),
    )


def lead(looks: Sequence[Look], threshold: float) -> float | None:
    """Minutes of working time from the first alert to the due instant; None without an alert."""
    return next((look.left for look in looks if look.probability >= threshold), None)


def threshold_for(in_time: Sequence[Watched], *, allowed: int) -> float:
    """The lowest threshold with at most so many false alarms."""
    highest = sorted((max((look.probability for look in one.looks), default=0.0) for one in in_time), reverse=True)
    return nextafter(highest[allowed], inf) if allowed < len(highest) else 0.0
