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
from typing import Final

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCost:
    """Seconds that one task more before it has cost, and how many were `usual`."""

    seconds: float = 0.0
    usual: float = 0.0


def estimated(standing: Standing, cohorts: Sequence[Cohort]) -> Estimate | NotEnough:
    """The chance of a breach. `cohorts` go from the most alike to the widest, each within the next."""
    widest = cohorts[-1].passages if cohorts else ()
    over = sum(one.over_after is not None for one in widest)
    if over < MINIMUM:
        return NotEnough(over=over)
    place = place_cost(cohorts)
    chance, drawn = _without_memory(standing, widest, place), ROOT_DRAWN
    told: tuple[str, Sequence[Lasted]] = (cohorts[-1].name, ())
    for cohort in reversed(cohorts):
        alike = still_to_take(standing, cohort.passages, place)
        if alike:
            chance = (len(alike) * chance_beyond(alike, standing.left) + drawn * chance) / (len(alike) + drawn)
        if len(alike) >= MINIMUM or not told[1]:
            told = (cohort.name, alike)
        drawn = DRAWN
    name, likest = told
    longer = sum(one.seconds > standing.left for one in likest)
    return Estimate(
        probability=min(1.0, max(0.0, chance)), cohort=name, alike=len(likest), longer=longer, per_task=place.seconds
    )


def still_to_take(standing: Standing, passages: Sequence[Passage], place: PlaceCost) -> list[Lasted]:
    """What those that were still at the step after as long had still to take, moved by the queue before this one."""
    return [
        _rest(standing, one, _moved(standing, one, place))
        for one in passages
        if (one.seen_for if one.left_after is None else one.left_after) > standing.at_step
    ]


def _rest(standing: Standing, passage: Passage, moved: float) -> Lasted:
    since = standing.at_step
    if standing.leaves_free:
        # What is left of the step is free; of one that has not left it nothing is known.
        since, moved = passage.seen_for if passage.left_after is None else passage.left_after, 0.0
    end = passage.seen_for if passage.over_after is None else passage.over_after
    return Lasted(seconds=max(0.0, end - since) + moved, over=passage.over_after is not None)


def _moved(standing: Standing, passage: Passage, place: PlaceCost) -> float:
    """How much later it would have been over, had it had this one's queue before it.

    Of its own, what was worked off in as long as this one is here already does not count. Each task more before this
    one moves all of them alike: so no chance ever falls with the queue.
    """
    if standing.ahead is None or place.seconds <= 0:
        return 0.0
    ahead = place.usual if passage.ahead is None else passage.ahead
    return place.seconds * (standing.ahead - max(0.0, ahead - standing.at_step / place.seconds))


def _without_memory(standing: Standing, passages: Sequence[Passage], place: PlaceCost) -> float:
    """As if the end were equally likely at any time; a case that has stood longer than the mean has it still to go."""
    seen = [
        Lasted(seconds=one.seen_for if one.over_after is None else one.over_after, over=one.over_after is not None)
        for one in passages
    ]
    mean = max(mean_seconds(seen) or 0.0, standing.at_step)
    later = place.seconds * (standing.ahead - place.usual) if standing.ahead is not None else 0.0
    return memoryless(mean, standing.left - later)


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
        return PlaceCost(seconds=min(max(0.0, along / (spread + QUEUE_DRAWN)), seconds), usual=usual)
    return PlaceCost()


def nested(cohorts: Sequence[Cohort]) -> list[Cohort]:
    """The cohorts without those that say no more than the next wider one."""
    kept = [one for one, wider in pairwise(cohorts) if one.passages and len(one.passages) < len(wider.passages)]
    return [*kept, *cohorts[-1:]]
