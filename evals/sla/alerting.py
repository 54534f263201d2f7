"""Two ways to raise an alert: by forecast, and at a share of the time, with as many false alarms as that has.

From which probability on the forecast alerts is chosen on cases that came before those that both are measured on. So
neither has exactly as many false alarms there as the other. Two comparisons do without that:

- `equalled`: the share of the time is chosen anew, in hindsight, on the measured cases themselves, so that it has as
  many false alarms as the forecast had there, or more. Whatever hindsight is worth, it is the other way that has it.
- `cautious`: the forecast's threshold is chosen with fewer false alarms than the other way had on the cases before, by
  one standard deviation of their count, so that it hardly ever has more on those that are measured.

The lead is the working time from the alert to the due instant, of cases that were late; none where no alert came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, inf, nextafter, sqrt

from evals.sla.replay import Look, Watched

ELAPSED = 0.8
"""The share of the time at which the other way alerts."""
CAUTION = 1.0
"""By so many standard deviations the cautious threshold has fewer false alarms where it is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """What one way is worth on the same cases: mean lead in hours, share of late cases caught, false alarms."""

    lead_hours: float
    caught: float
    false_alarms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Both ways on the same cases; the forecast alerts from `threshold` on, which was chosen on others.

    `elapsed` is at 80 % of the time, `equalled` at the share that in hindsight has the forecast's false alarms.
    """

    forecast: Alerting
    cautious: Alerting
    elapsed: Alerting
    equalled: Alerting
    threshold: float


def compared(watched: Sequence[Watched]) -> Compared | None:
    """Both on the tested cases, with a threshold that gives the forecast no more false alarms on those before them.

    None where nothing that was tested was late, or nothing in time, or nothing is there to choose by.
    """
    late, in_time = told_apart([one for one in watched if one.tested])
    before = [one for one in watched if not one.tested]
    threshold, cautious = chosen(before), chosen(before, deviations=CAUTION)
    if not late or not in_time or threshold is None or cautious is None:
        return None
    forecast = by_forecast(late, in_time, threshold)
    share = share_for(in_time, wanted=round(forecast.false_alarms * len(in_time)))
    return Compared(
        forecast=forecast,
        cautious=by_forecast(late, in_time, cautious),
        elapsed=by_elapsed(late, in_time),
        equalled=by_elapsed(late, in_time, share),
        threshold=threshold,
    )


def chosen(watched: Sequence[Watched], *, deviations: float = 0.0) -> float | None:
    """The lowest threshold with no more false alarms on these cases than the other way has; None of none in time.

    With `deviations` it is as many standard deviations of that count fewer: a count scatters by its root.
    """
    _, in_time = told_apart(watched)
    if not in_time:
        return None
    false = sum(false_at(one, ELAPSED) for one in in_time)
    return threshold_for(in_time, allowed=floor(max(0.0, false - deviations * sqrt(false))))


def told_apart(watched: Sequence[Watched]) -> tuple[list[Watched], list[Watched]]:
    """Those that were late, and those in time."""
    return [one for one in watched if one.breached], [one for one in watched if not one.breached]


def false_at(one: Watched, share: float) -> bool:
    """Whether a case in time is alerted at that share of its time."""
    return one.took / one.agreed > share


def by_elapsed(late: Sequence[Watched], in_time: Sequence[Watched], share: float = ELAPSED) -> Alerting:
    """An alert at exactly that share of the time, of whatever is still open."""
    leads = [(1 - share) * one.agreed for one in late]
    false = sum(false_at(one, share) for one in in_time)
    return Alerting(lead_hours=sum(leads) / len(leads) / 60, caught=1.0, false_alarms=false / len(in_time))


def share_for(in_time: Sequence[Watched], *, wanted: int) -> float:
    """The latest share of the time at which as many cases in time are still open, or more."""
    used = sorted((one.took / one.agreed for one in in_time), reverse=True)
    return max(0.0, nextafter(used[wanted - 1], -inf)) if wanted else used[0]


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
