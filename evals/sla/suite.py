"""The suite `sla`: do forecasts warn earlier than a share of the time does, for as many false alarms?

Each regime of a simulated office is run with several seeds; an interval is over seeds. The simulation and what
forecasts share no code, and what is forecast is later than all that was learned from. The threshold of a run is chosen
on the cases of four weeks and measured on those of the next four, where the other way gets exactly as many false alarms
or more (`evals.sla.alerting`). A regime that loses is shown like one that wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from evals.figure import Figure
from evals.metrics import bootstrap_interval, equal_mass_error, ratio_interval
from evals.reliability import Judged, brier
from evals.result import CaseResult, GateResult, Result
from evals.sla.alerting import Alerting, Compared, compared
from evals.sla.office import Office
from evals.sla.regime import Regime, Regimes
from evals.sla.replay import Replay, Watched

SUITE: Final = "sla"
SEEDS: Final = tuple(range(6, 11))
"""None of those on which the two comparisons were thought out."""
LEARNED_DAYS: Final = 56
CHOSEN_DAYS: Final = 28
TESTED_DAYS: Final = 28
ONE_IN: Final = 5
MOST_MORE_FALSE: Final = 0.03
"""By so much the share of false alarms may be higher than the other way's, at the upper bound."""
POINTS: Final = (0.5, 0.8)
SEED: Final = 20266

Run = Callable[[Regime, int], Sequence[Watched]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of one regime with one seed; `sides` is None where nothing was late, or nothing in time."""

    seed: int
    watched: Sequence[Watched]
    sides: Compared | None


def replayed(regime: Regime, seed: int) -> Sequence[Watched]:
    """The regime's office, and the forecasts of its later cases."""
    office = Office(
        regime=regime, seed=seed, learned_days=LEARNED_DAYS, chosen_days=CHOSEN_DAYS, tested_days=TESTED_DAYS
    )
    return list(Replay(log=office.run(), one_in=ONE_IN).watched())


def run_sla(run: Run = replayed, *, regimes: Regimes | None = None, seeds: Sequence[int] = SEEDS) -> Result:
    """Every regime with every seed."""
    regimes = regimes or Regimes()
    cases: list[CaseResult] = []
    figures: list[Figure] = []
    everything: list[Seen] = []
    for name, regime in regimes.all.items():
        seen = [_seen(run(regime, seed), seed) for seed in seeds]
        everything += seen
        cases.append(_case(name, seen))
        figures += _figures(name, seen)
    together = _figures("all regimes", everything)
    return Result(
        suite=SUITE,
        dataset=f"{len(regimes.all)} simulated offices, {len(seeds)} seeds each",
        cases=tuple(cases),
        figures=(*together, *figures),
        hard={},
        gates=tuple(_gates(everything)),
        notes=tuple(_notes(cases)),
    )


def _seen(watched: Sequence[Watched], seed: int) -> Seen:
    return Seen(seed=seed, watched=watched, sides=compared(watched))


def gain(seen: Seen) -> float | None:
    """By how many hours of working time the forecast warns earlier at equal false alarms, over late cases."""
    return seen.sides.forecast.lead_hours - seen.sides.equalled.lead_hours if seen.sides is not None else None


def more_false(one: Alerting, other: Alerting) -> float:
    """By how much the one's share of false alarms is higher than the other's."""
    return one.false_alarms - other.false_alarms


def earlier(one: Alerting, other: Alerting) -> float:
    """By how many hours the one warns earlier than the other."""
    return one.lead_hours - other.lead_hours


def _figures(name: str, seen: Sequence[Seen]) -> list[Figure]:
    """Of one regime, or of all; intervals are over runs."""
    sides = [one.sides for one in seen if one.sides is not None]
    return [
        _mean(f"{name}: hours warned earlier at equal false alarms", [earlier(s.forecast, s.equalled) for s in sides]),
        _mean(
            f"{name}: hours warned earlier than at 80 %", [earlier(s.forecast, s.elapsed) for s in sides], margin=None
        ),
        _mean(
            f"{name}: hours warned earlier than at 80 %, cautiously",
            [earlier(s.cautious, s.elapsed) for s in sides],
            margin=None,
        ),
        _mean(f"{name}: hours of warning by forecast", [s.forecast.lead_hours for s in sides], margin=None),
        _mean(f"{name}: hours of warning at 80 %", [s.elapsed.lead_hours for s in sides], margin=None),
        _mean(f"{name}: late cases warned of", [s.forecast.caught for s in sides], unit="share", margin=0.05),
        _mean(
            f"{name}: more false alarms than at 80 %", [more_false(s.forecast, s.elapsed) for s in sides], margin=None
        ),
        _mean(
            f"{name}: more false alarms than at 80 %, cautiously",
            [more_false(s.cautious, s.elapsed) for s in sides],
            margin=None,
        ),
        *(_brier(name, point, seen) for point in POINTS),
        _skill(name, seen),
    ]


def _mean(name: str, values: Sequence[float], *, unit: str = "error", margin: float | None = 0.2) -> Figure:
    interval = bootstrap_interval(values, average, seed=SEED)
    low, high = interval or (None, None)
    return Figure.model_validate(
        {
            "name": name,
            "value": average(values),
            "lower": low,
            "upper": high,
            "samples": len(values),
            "unit": unit,
            "margin": margin,
        }
    )


def average(values: Sequence[float]) -> float | None:
    """The mean; None of nothing."""
    return sum(values) / len(values) if values else None


def judged(watched: Iterable[Watched], point: float) -> list[Judged]:
    """The first forecast of each tested case from that share of its time on, and whether the case was late."""
    tested = (one for one in watched if one.tested)
    first = ((next((look for look in one.looks if look.share >= point), None), one.breached) for one in tested)
    return [(look.probability, breached) for look, breached in first if look is not None]


def _brier(name: str, point: float, seen: Sequence[Seen]) -> Figure:
    runs = [judged(one.watched, point) for one in seen]
    samples = [one for run in runs for one in run]
    parts = [(sum((said - breached) ** 2 for said, breached in run), float(len(run))) for run in runs]
    low, high = ratio_interval(parts, seed=SEED) or (None, None)
    label = f"{name}: Brier score at {100 * point:.0f} % of the time"
    return Figure(
        name=label,
        value=brier(samples),
        lower=low,
        upper=high,
        samples=len(samples),
        unit="error",
        better="lower",
        margin=0.02,
    )


def _skill(name: str, seen: Sequence[Seen]) -> Figure:
    """Against saying the base rate of the very cases that are measured, which nobody knows before."""
    values = [value for value in (skill(judged(one.watched, POINTS[0])) for one in seen) if value is not None]
    return _mean(f"{name}: skill at 50 % of the time", values, margin=None)


def skill(samples: Sequence[Judged]) -> float | None:
    """1 is perfect, 0 the base rate; None where all ends are alike."""
    if not samples:
        return None
    rate = sum(breached for _, breached in samples) / len(samples)
    error = brier(samples)
    return 1 - error / (rate * (1 - rate)) if error is not None and 0 < rate < 1 else None


def _case(name: str, seen: Sequence[Seen]) -> CaseResult:
    gains = [one for one in map(gain, seen) if one is not None]
    mean = average(gains)
    holds = mean is not None and mean > 0
    wins = sum(one > 0 for one in gains)
    return CaseResult(
        name=name,
        group="regime",
        passes=int(holds),
        expected="warned earlier than by time alone, for as many false alarms",
        got=f"{mean:+.2f} hours, earlier with {wins} of {len(gains)} seeds" if mean is not None else "nothing measured",
        failed=() if holds else ("lead",),
    )


def _bounds(values: Sequence[float]) -> tuple[float, float] | None:
    return bootstrap_interval(values, average, seed=SEED)


def _gates(seen: Sequence[Seen]) -> Iterable[GateResult]:
    sides = [one.sides for one in seen if one.sides is not None]
    yield _earlier("warned earlier at equal false alarms", [earlier(side.forecast, side.equalled) for side in sides])
    yield _earlier("cautiously, warned earlier than at 80 %", [earlier(side.cautious, side.elapsed) for side in sides])
    yield _as_few(
        "cautiously, no more false alarms than at 80 %",
        [more_false(side.cautious, side.elapsed) for side in sides],
        0.0,
    )
    yield _as_few(
        "false alarms as many, on cases that the threshold was not chosen by",
        [more_false(side.forecast, side.elapsed) for side in sides],
        MOST_MORE_FALSE,
    )
    error = equal_mass_error([one for each in seen for one in judged(each.watched, POINTS[0])])
    yield GateResult(
        name="calibration error at 50 % of the time",
        reached="–" if error is None else f"{error:.3f}",
        demanded="at most 0.100",
        passed=error is not None and error <= 0.1,
    )


def _earlier(name: str, hours: Sequence[float]) -> GateResult:
    bounds = _bounds(hours)
    return GateResult(
        name=name,
        reached="–" if bounds is None else f"{average(hours):+.2f} h, lower bound {bounds[0]:+.2f} h",
        demanded="lower bound > 0",
        passed=bounds is not None and bounds[0] > 0,
    )


def _as_few(name: str, more: Sequence[float], most: float) -> GateResult:
    bounds = _bounds(more)
    return GateResult(
        name=name,
        reached="–" if bounds is None else f"{average(more):+.3f}, upper bound {bounds[1]:+.3f}",
        demanded=f"upper bound at most {most:+.2f}",
        passed=bounds is not None and bounds[1] <= most,
    )


def _notes(cases: Sequence[CaseResult]) -> Iterable[str]:
    lost = [f"{case.name} ({case.got})" for case in cases if not case.passed]
    if lost:
        yield f"no earlier warning in: {', '.join(lost)}"
    yield "at equal false alarms, the share of the time is chosen in hindsight, on the measured cases themselves"
    yield "the threshold of each run is chosen on the four weeks before those that are measured, as a site would"
    yield "skill is against the base rate of the measured cases themselves, which nobody knows before"
    yield "people's own hours and absences are not told to the forecast"
