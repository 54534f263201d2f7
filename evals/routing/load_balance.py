"""How evenly tasks are given to people: the product's choice with each strategy, beside chance, in the same weeks.

Every way plays the same weeks, so that differences are of pairs; an interval is over weeks. What is lost is shown like
what is won.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evals.figure import Figure, Unit, share
from evals.metrics import bootstrap_interval
from evals.result import CaseResult, GateResult, Result, hard_gates
from evals.routing.balance import Balance, Wrong, balance_of, wrong_in
from evals.routing.dispatch import Way
from evals.routing.office import office
from evals.routing.regime import REGIMES, Regime
from evals.routing.week import Week

SUITE: Final = "routing"
SEEDS: Final = tuple(range(1, 6))
SEED: Final = 20267
BASELINES: Final[Mapping[Way, str]] = {Way.RANDOM: "by chance", Way.ROUND_ROBIN: "in turn"}
ALL: Final = "all weeks"
WRONG: Final[Mapping[str, Callable[[Wrong], int]]] = {
    "people chosen who are excluded from the task": lambda wrong: wrong.excluded,
    "people chosen who may not approve that much": lambda wrong: wrong.authority,
    "people chosen who lack a skill or a language": lambda wrong: wrong.ability,
    "people chosen who have as much as they may have": lambda wrong: wrong.full,
    "people chosen who are away": lambda wrong: wrong.away,
    "superiors chosen although somebody was able": lambda wrong: wrong.above,
    "tasks given to nobody although somebody could": lambda wrong: wrong.nobody,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A figure of a week: how it is called, in what it is counted, and by how much it may get worse."""

    name: str
    of: Callable[[Balance], float]
    unit: Unit = "error"
    margin: float


FIGURES: Final = (
    Told(name="unevenness", of=lambda week: week.unevenness, margin=0.02),
    Told(name="load on the busiest", of=lambda week: week.busiest, margin=0.1),
    Told(name="hours until begun", of=lambda week: week.hours, margin=0.5),
    Told(name="tasks late", of=lambda week: week.late, unit="share", margin=0.02),
    Told(name="changes of hands", of=lambda week: week.moved, unit="share", margin=0.05),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One week of a regime, played in every way."""

    regime: str
    balance: Mapping[Way, Balance]
    wrong: Mapping[Way, Wrong]

    def gain(self, of: Callable[[Balance], float], baseline: Way) -> float:
        """By how much less the least-loaded choice has of it than the baseline."""
        return of(self.balance[baseline]) - of(self.balance[Way.LEAST_LOADED])


def run_load_balance(*, regimes: Mapping[str, Regime] = REGIMES, seeds: Sequence[int] = SEEDS) -> Result:
    """Every regime with every seed, in every way."""
    weeks = [_compared(name, regime, seed) for name, regime in regimes.items() for seed in seeds]
    hard = {name: sum(count(wrong) for wrong in _by_product(weeks)) for name, count in WRONG.items()}
    hard["people chosen who are not at work although others are"] = sum(
        wrong.asleep for week in weeks for way, wrong in week.wrong.items() if way not in (Way.STICKY, Way.RANDOM)
    )
    cases = tuple(_cases(weeks))
    return Result(
        suite=SUITE,
        dataset=f"{len(regimes)} simulated offices, {len(seeds)} weeks each",
        cases=cases,
        figures=(*_figures(weeks), *_by_regime(weeks)),
        hard=hard,
        gates=(*hard_gates(hard), *_gates(weeks)),
        notes=tuple(_notes(weeks)),
    )


def _compared(name: str, regime: Regime, seed: int) -> Compared:
    """Skill-first is least-loaded where no task needs a skill: it is played only where some do."""
    ways = [way for way in Way if way is not Way.SKILL_FIRST or regime.specialists]
    planted = office(name, regime, seed)
    played = {way: Week(office=planted, way=way, seed=seed).play() for way in ways}
    return Compared(
        regime=name,
        balance={way: balance_of(week) for way, week in played.items()},
        wrong={way: wrong_in(week) for way, week in played.items()},
    )


def _by_product(weeks: Iterable[Compared]) -> Iterator[Wrong]:
    return (wrong for week in weeks for way, wrong in week.wrong.items() if way is not Way.RANDOM)


def average(values: Sequence[float]) -> float | None:
    """The mean; None of nothing."""
    return sum(values) / len(values) if values else None


def _mean(name: str, values: Sequence[float], *, unit: Unit = "error", lower: bool = True, margin: float) -> Figure:
    low, high = bootstrap_interval(values, average, seed=SEED) or (None, None)
    return Figure(
        name=name,
        value=average(values),
        lower=low,
        upper=high,
        samples=len(values),
        unit=unit,
        better="lower" if lower else "higher",
        margin=margin,
    )


def _figures(weeks: Sequence[Compared]) -> Iterator[Figure]:
    """Over all weeks: what the least-loaded choice gains, then every figure of every way."""
    given = sum(wrong.given for wrong in _by_product(weeks))
    amiss = sum(sum(count(wrong) for count in WRONG.values()) for wrong in _by_product(weeks))
    yield share("people: the right person, or the right superior", given - amiss, given, margin=0.0)
    for baseline, said in BASELINES.items():
        for told in FIGURES:
            gains = [week.gain(told.of, baseline) for week in weeks]
            name = f"{ALL}: less {told.name} than {said}"
            yield _mean(name, gains, unit=told.unit, lower=False, margin=told.margin)
    for way in Way:
        played = [week.balance[way] for week in weeks if way in week.balance]
        where = ALL if way is not Way.SKILL_FIRST else "weeks with skills"
        for told in FIGURES if played else ():
            name = f"{where}, {way}: {told.name}"
            yield _mean(name, [told.of(week) for week in played], unit=told.unit, margin=told.margin)


def _by_regime(weeks: Sequence[Compared]) -> Iterator[Figure]:
    for regime in dict.fromkeys(week.regime for week in weeks):
        of_it = [week for week in weeks if week.regime == regime]
        for baseline, said in BASELINES.items():
            for told in FIGURES[:3]:
                gains = [week.gain(told.of, baseline) for week in of_it]
                yield _mean(f"{regime}: less {told.name} than {said}", gains, lower=False, margin=told.margin * 2)


def _cases(weeks: Sequence[Compared]) -> Iterator[CaseResult]:
    """A regime passes against a baseline where the least-loaded choice is more even on average."""
    for regime in dict.fromkeys(week.regime for week in weeks):
        for baseline, said in BASELINES.items():
            gains = [week.gain(FIGURES[0].of, baseline) for week in weeks if week.regime == regime]
            mean, wins = average(gains) or 0.0, sum(gain > 0 for gain in gains)
            yield CaseResult(
                name=f"people, {regime}: more even than {said}",
                group="load balance",
                passes=int(mean > 0),
                expected="less unevenness",
                got=f"{mean:+.3f} less, more even in {wins} of {len(gains)} weeks",
                failed=() if mean > 0 else ("more even",),
            )


def _gates(weeks: Sequence[Compared]) -> Iterator[GateResult]:
    for baseline, said in BASELINES.items():
        gains = [week.gain(FIGURES[0].of, baseline) for week in weeks]
        found = bootstrap_interval(gains, average, seed=SEED)
        low = found[0] if found else None
        yield GateResult(
            name=f"people: least loaded is more even than {said}",
            reached="–" if low is None else f"{low:+.3f}",
            demanded="lower bound > 0",
            passed=low is not None and low > 0,
        )


def _notes(weeks: Sequence[Compared]) -> Iterator[str]:
    """Where the least-loaded choice loses, by every figure of which people would complain."""
    for told in FIGURES:
        lost = [
            f"{regime} ({mean:+.3f} than {said})"
            for regime in dict.fromkeys(week.regime for week in weeks)
            for baseline, said in BASELINES.items()
            for mean in [average([-week.gain(told.of, baseline) for week in weeks if week.regime == regime]) or 0.0]
            if mean > 0
        ]
        if lost:
            yield f"least loaded has more {told.name} in: {', '.join(lost)}"
    yield "unevenness is the Gini coefficient of what each in a team really had to do, looked at every hour"
    yield "a sticky choice may be of somebody who is not at work now, but is before the deadline"
