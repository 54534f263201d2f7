"""What counts say: lengths, shares and rates, of steps, ways, rules, agents and days. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from graphs.analytics.fold import Measure, since_epoch
from graphs.analytics.histogram import quantile
from graphs.store.analytics_questions import Counted, DayCount, Standing

SECOND = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFigures:
    """A step in a window, and who stands there now. Seconds; `blocked_seconds` is what it is ranked by.

    That is how long cases waited at it in the window, and how long those that stand there now have stood so far.
    """

    step: str
    live: int = 0
    oldest_since: datetime | None = None
    mean_age_seconds: float | None = None
    incidents: int = 0
    visits: int = 0
    median_seconds: float | None = None
    p90_seconds: float | None = None
    waited_seconds: float = 0.0
    worked_seconds: float = 0.0
    reworked: int = 0
    blocked_seconds: float = 0.0

    @property
    def waiting_share(self) -> float | None:
        """Which share of the time at the step is waiting."""
        whole = self.waited_seconds + self.worked_seconds
        return self.waited_seconds / whole if whole > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many of so many, of something named."""

    name: str
    of: int
    times: int

    @property
    def share(self) -> float:
        """Which share."""
        return self.times / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFigures:
    """A class of agent decisions: answers, those that counted without a person, those reviewed and overridden."""

    name: str
    decided: int
    autonomous: int
    reviewed: int
    overridden: int
    cost_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """One day (UTC)."""

    day: date
    started: int = 0
    ended: int = 0
    done: int = 0
    straight: int = 0
    reworked: int = 0
    answers: int = 0
    incidents: int = 0
    cost_micros: int = 0
    took_seconds: float = 0.0


@dataclass(slots=True)
class Tally:
    """Counts of a window by measure and subject, lengths by bucket."""

    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    totals: dict[tuple[str, str], int] = field(default_factory=dict)
    buckets: dict[tuple[str, str], dict[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Counted]) -> Tally:
        """The rows, added up."""
        tally = cls()
        for row in rows:
            key = (row.measure, row.subject)
            tally.counts[key] = tally.counts.get(key, 0) + row.times
            tally.totals[key] = tally.totals.get(key, 0) + row.total
            spread = tally.buckets.setdefault(key, {})
            spread[row.bucket] = spread.get(row.bucket, 0) + row.times
        return tally

    def count(self, measure: Measure, subject: str = "") -> int:
        return self.counts.get((measure.value, subject), 0)

    def total(self, measure: Measure, subject: str = "") -> int:
        return self.totals.get((measure.value, subject), 0)

    def subjects(self, measure: Measure) -> list[str]:
        """What was counted, by name."""
        return sorted(subject for found, subject in self.counts if found == measure.value)

    def quantile_seconds(self, measure: Measure, subject: str, share: float) -> float | None:
        found = quantile(self.buckets.get((measure.value, subject), {}), share)
        return None if found is None else found / SECOND

    def whole(self, measure: Measure) -> int:
        """All subjects together."""
        return sum(count for (found, _), count in self.counts.items() if found == measure.value)

    def whole_quantile_seconds(self, measure: Measure, share: float) -> float | None:
        """Of all subjects together."""
        merged: dict[int, int] = {}
        for (found, _), spread in self.buckets.items():
            if found == measure.value:
                for bucket, count in spread.items():
                    merged[bucket] = merged.get(bucket, 0) + count
        length = quantile(merged, share)
        return None if length is None else length / SECOND


def steps_of(
    names: Sequence[str],
    tally: Tally,
    standing: Iterable[Standing],
    incidents: Mapping[str, int],
    *,
    ending: frozenset[str],
    now: datetime,
) -> list[StepFigures]:
    """Every step of a definition, in its order. Nobody waits at those where cases end."""
    stands: dict[str, list[Standing]] = {}
    for one in standing:
        stands.setdefault(one.step, []).append(one)
    return [
        _step(name, tally, stands.get(name, []), incidents.get(name, 0), ends=name in ending, now=now) for name in names
    ]


def _step(
    name: str, tally: Tally, stands: Sequence[Standing], incidents: int, *, ends: bool, now: datetime
) -> StepFigures:
    live = sum(one.cases for one in stands)
    age_ms = max(0, live * since_epoch(now) - sum(one.since_ms for one in stands))
    whole, waited = tally.total(Measure.STEP, name), tally.total(Measure.WAITED, name)
    return StepFigures(
        step=name,
        live=live,
        oldest_since=min((one.oldest for one in stands if one.oldest is not None), default=None),
        mean_age_seconds=age_ms / live / SECOND if live else None,
        incidents=incidents,
        visits=tally.count(Measure.STEP, name),
        median_seconds=tally.quantile_seconds(Measure.STEP, name, 0.5),
        p90_seconds=tally.quantile_seconds(Measure.STEP, name, 0.9),
        waited_seconds=waited / SECOND,
        worked_seconds=max(0, whole - waited) / SECOND,
        reworked=tally.count(Measure.REWORK, name),
        blocked_seconds=0.0 if ends else (waited + age_ms) / SECOND,
    )


def bottlenecks(steps: Iterable[StepFigures]) -> list[StepFigures]:
    """Steps that cases wait at, the one they lose most time at first."""
    return sorted((one for one in steps if one.blocked_seconds > 0), key=lambda one: (-one.blocked_seconds, one.step))


def ways_of(tally: Tally) -> dict[tuple[str, str], Rate]:
    """How often each way was taken, of all that left its step."""
    counts = {subject: tally.count(Measure.WAY, subject) for subject in tally.subjects(Measure.WAY)}
    left: dict[str, int] = {}
    for subject, count in counts.items():
        source = subject.partition(">")[0]
        left[source] = left.get(source, 0) + count
    found = {}
    for subject, count in counts.items():
        source, _, target = subject.partition(">")
        found[(source, target)] = Rate(name=subject, of=left[source], times=count)
    return found


def overrides_of(tally: Tally) -> list[Rate]:
    """Rules by how often people approved what they had stopped, the most often first."""
    rates = [
        Rate(name=rule, of=tally.count(Measure.RULE, rule), times=tally.total(Measure.RULE, rule))
        for rule in tally.subjects(Measure.RULE)
    ]
    return sorted(rates, key=lambda rate: (-rate.times, -rate.of, rate.name))


def agents_of(tally: Tally) -> list[AgentFigures]:
    """Classes of agent decisions, by name."""
    names = sorted({*tally.subjects(Measure.DECIDED), *tally.subjects(Measure.AGENT)})
    return [
        AgentFigures(
            name=name,
            decided=tally.count(Measure.DECIDED, name),
            autonomous=tally.buckets.get((Measure.DECIDED.value, name), {}).get(1, 0),
            reviewed=tally.count(Measure.AGENT, name),
            overridden=tally.total(Measure.AGENT, name),
            cost_micros=tally.total(Measure.DECIDED, name),
        )
        for name in names
    ]


def days_of(rows: Iterable[DayCount], days: Sequence[date]) -> list[DayFigures]:
    """Every day of a window, also those on which nothing happened."""
    counts: dict[tuple[date, str], int] = {}
    totals: dict[tuple[date, str], int] = {}
    done: dict[date, int] = {}
    for row in rows:
        key = (row.day, row.measure)
        counts[key] = counts.get(key, 0) + row.times
        totals[key] = totals.get(key, 0) + row.total
        if row.measure == Measure.ENDED.value and row.subject == "done":
            done[row.day] = done.get(row.day, 0) + row.times
    return [
        DayFigures(
            day=day,
            started=counts.get((day, Measure.STARTED.value), 0),
            ended=counts.get((day, Measure.ENDED.value), 0),
            done=done.get(day, 0),
            straight=counts.get((day, Measure.STRAIGHT.value), 0),
            reworked=counts.get((day, Measure.REWORKED.value), 0),
            answers=counts.get((day, Measure.ANSWER.value), 0),
            incidents=counts.get((day, Measure.INCIDENT.value), 0),
            cost_micros=totals.get((day, Measure.COST.value), 0),
            took_seconds=totals.get((day, Measure.ENDED.value), 0) / SECOND,
        )
        for day in days
    ]
