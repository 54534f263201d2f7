"""Two ways to raise an alert: by forecast, and at a share of the time, with as many false alarms as that has.

From which probability on the forecast alerts is chosen on cases that came before those that both are measured on. So
neither has exactly as many false alarms there as the other; how many each has is measured, too.

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
    """Both ways on the same cases; the forecast alerts from `threshold` on, which was chosen on others."""

    forecast: Alerting
    elapsed: Alerting
    threshold: float


def compared(watched: Sequence[Watched]) -> Compared | None:
    """Both on the tested cases, with a threshold that gives the forecast no more false alarms on those before them.

    None where nothing that was tested was late, or nothing in time, or nothing is there to choose by.
    """
    late, in_time = told_apart([one for one in watched if one.tested])
    threshold = chosen([one for one in watched if not one.tested])
    if not late or not in_time or threshold is None:
        return None
    return Compared(
        forecast=by_forecast(late, in_time, threshold), elapsed=by_elapsed(late, in_time), threshold=threshold
    )


def chosen(watched: Sequence[Watched]) -> float | None:
    """The lowest threshold with no more false alarms on these cases than the other way has; None of none in time."""
    _, in_time = told_apart(watched)
    return threshold_for(in_time, allowed=sum(map(false_at_share, in_time))) if in_time else None


def told_apart(watched: Sequence[Watched]) -> tuple[list[Watched], list[Watched]]:
    """Those that were late, and those in time."""
    return [one for one in watched if one.breached], [one for one in watched if not one.breached]


def false_at_share(one: Watched) -> bool:
    """Whether a case in time is alerted at that share of the time."""
    return one.took > ELAPSED * one.agreed


def by_elapsed(late: Sequence[Watched], in_time: Sequence[Watched]) -> Alerting:
    """An alert at exactly that share of the time, of whatever is still open."""
    leads = [(1 - ELAPSED) * one.agreed for one in late]
    false = sum(map(false_at_share, in_time))
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
