"""How likely it is that a clock is breached, from how long its like took.

The like of a case are passages through the step where it stands, in cohorts from the most alike to all. Only those
count that were still at the step after as much time as the case has spent there. What is before it in a person's
queue moves all of them by what one task more before it has cost so far. A small cohort is drawn to the next wider one,
and the widest to a law without memory. All time is business time, without the pauses of the clock.

Pure: whoever asks measures the time and says how many tasks are before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Self

from policies.forecast_survival import Lasted, chance_beyond, mean_seconds, memoryless

MINIMUM: Final = 8
"""So many of the widest cohort must be over, or nothing is said."""
DRAWN: Final = 8.0
"""A cohort of so many counts as much as the wider one that it is drawn to."""
ROOT_DRAWN: Final = 2.0
"""The same for the widest cohort and the law without memory."""
QUEUE_MINIMUM: Final = 20
"""So many passages with a known place in a queue say what a place costs."""
QUEUE_DRAWN: Final = 5.0
"""Draws the cost of a place to nothing where places hardly differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A passage through a step, in seconds of business time since it was entered.

    `left_after` and `over_after` are None as long as the step is not left, or what the clock is about is not over;
    until `seen_for` it was watched. `ahead` is how many tasks were before it at first, None where nobody counted.
    """

    left_after: float | None
    over_after: float | None
    seen_for: float
    ahead: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Passages that are alike in what `name` says."""

    name: str
    passages: Sequence[Passage]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a case stands: since when at its step, how long until the clock is due, how many tasks are before it.

    `leaves_free` says that time at this step does not count any more: the clock stands still until it is left.
    """

    at_step: float
    left: float
    ahead: int | None = None
    leaves_free: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The chance of a breach, and what it rests on: `longer` of the `alike` of `cohort` took longer than is left.

    `per_task` is what one task more before it adds, in seconds.
    """

    probability: float
    cohort: str
    alike: int
    longer: int
    per_task: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEnough:
    """Too few passages are over for anything to be said."""

    over: int
    needed: int = MINIMUM


Stay = tuple[float, float, bool, float]
"""A passage as it is counted: seconds at the step, seconds until the end or the last that was seen, whether it is over,
and how many tasks were before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCost:
    """Seconds that one task more before it has cost, and how many were `usual`.

    `explains` is the share of what passages differ by that their places explain. That much of the time at the step is
    waiting for others, of which the queue that is left says all there is to know; only the rest is held against it.
    """

    seconds: float = 0.0
    usual: float = 0.0
    explains: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What cohorts say before anybody asks: what a place costs, how many passages are over, how long they take.

    `cohorts` go from the most alike to the widest, each within the next.
    """

    cohorts: tuple[tuple[str, tuple[Stay, ...]], ...]
    place: PlaceCost
    over: int
    mean: float

    @classmethod
    def of(cls, cohorts: Sequence[Cohort]) -> Self:
        """What is learned from them."""
        kept = nested(cohorts)
        seen = [
            Lasted(one.seen_for if one.over_after is None else one.over_after, one.over_after is not None)
            for one in (kept[-1].passages if kept else ())
        ]
        over, place = sum(one.over for one in seen), place_cost(kept)
        cohorts_ = tuple((one.name, tuple(_stay(passage, place) for passage in one.passages)) for one in kept)
        return cls(cohorts=cohorts_, place=place, over=over, mean=mean_seconds(seen) or 0.0)


def _stay(passage: Passage, place: PlaceCost) -> Stay:
    """A place that nobody counted is taken to have been as usual."""
    stayed = passage.seen_for if passage.left_after is None else passage.left_after
    end = passage.seen_for if passage.over_after is None else passage.over_after
    ahead = place.usual if passage.ahead is None else float(passage.ahead)
    return stayed, end, passage.over_after is not None, ahead


def estimated(standing: Standing, learned: Learned) -> Estimate | NotEnough:
    """The chance of a breach."""
    if learned.over < MINIMUM:
        return NotEnough(over=learned.over)
    chance, drawn = _without_memory(standing, learned), ROOT_DRAWN
    likest: tuple[str, Sequence[Lasted]] = (learned.cohorts[-1][0], ())
    for name, stays in reversed(learned.cohorts):
        alike = still_to_take(standing, stays, learned.place)
        if alike:
            chance = (len(alike) * chance_beyond(alike, standing.left) + drawn * chance) / (len(alike) + drawn)
        if len(alike) >= MINIMUM or not likest[1]:
            likest = (name, alike)
        drawn = DRAWN
    return Estimate(
        probability=min(1.0, max(0.0, chance)),
        cohort=likest[0],
        alike=len(likest[1]),
        longer=sum(one.seconds > standing.left for one in likest[1]),
        per_task=learned.place.seconds,
    )


def still_to_take(standing: Standing, stays: Sequence[Stay], place: PlaceCost) -> list[Lasted]:
    """What those that were still at the step after as long had still to take, moved by the queue before this one.

    Of the queue that each had before it, what was worked off in as long does not count. Each task more before this one
    moves all of them alike: so no chance ever falls with the queue.
    """
    if standing.leaves_free:
        # What is left of the step is free: of one that has not left it nothing is known.
        return [Lasted(max(0.0, end - stayed), over) for stayed, end, over, _ in stays if stayed > standing.at_step]
    if standing.ahead is None or place.seconds <= 0:
        here = standing.at_step
        return [Lasted(max(0.0, end - here), over) for stayed, end, over, _ in stays if stayed > here]
    here = standing.at_step * (1 - place.explains)
    done, later, cost = here / place.seconds, place.seconds * standing.ahead, place.seconds
    return [
        Lasted(max(0.0, end - here) + later - cost * max(0.0, ahead - done), over)
        for stayed, end, over, ahead in stays
        if stayed > here
    ]


def _without_memory(standing: Standing, learned: Learned) -> float:
    """As if the end were equally likely at any time; a case that has stood longer than the mean has it still to go."""
    later = learned.place.seconds * (standing.ahead - learned.place.usual) if standing.ahead is not None else 0.0
    return memoryless(max(learned.mean, standing.at_step), standing.left - later)


def place_cost(cohorts: Sequence[Cohort]) -> PlaceCost:
    """What a place in the queue costs, by least squares in the most alike cohort that can say; else nothing.

    Never less than nothing, and never more than a whole passage takes on average.
    """
    for cohort in cohorts:
        counted = [
            (float(one.ahead), one.left_after)
            for one in cohort.passages
            if one.ahead is not None and one.left_after is not None
        ]
        if len(counted) < QUEUE_MINIMUM:
            continue
        usual = sum(place for place, _ in counted) / len(counted)
        seconds = sum(took for _, took in counted) / len(counted)
        along = sum((place - usual) * (took - seconds) for place, took in counted)
        spread = sum((place - usual) ** 2 for place, _ in counted)
        cost = min(max(0.0, along / (spread + QUEUE_DRAWN)), seconds)
        differ = sum((took - seconds) ** 2 for _, took in counted)
        explains = min(1.0, cost * along / differ) if differ else 0.0
        return PlaceCost(seconds=cost, usual=usual, explains=explains)
    return PlaceCost()


def nested(cohorts: Sequence[Cohort]) -> list[Cohort]:
    """The cohorts without those that say no more than the next wider one."""
    kept = [one for one, wider in pairwise(cohorts) if one.passages and len(one.passages) < len(wider.passages)]
    return [*kept, *cohorts[-1:]]
