"""The threshold: the lowest confidence above which the error is proven to be at most the target.

Learn-then-Test with a fixed sequence: the candidates and their order come from the fit split alone; on the threshold
split each is tested by an exact binomial p-value, from the highest down, until one is not rejected. The chance that
the chosen threshold has a higher error than the target is then at most 1 - confidence, however many candidates there
were (Angelopoulos, Bates, Candès, Jordan, Lei: "Learn then Test").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, log
from typing import Final

from pydantic import BaseModel, ConfigDict

from graphs.calibration.outcome import WHOLE, Level, decided, merged
from policies.binomial import at_most

CONFIDENCE_BPS: Final = 9_500
CONFIDENCE: Final = 0.95
LEVEL: Final = 0.05
"""One less the confidence: how often a threshold may be wrong."""
CANDIDATES: Final = 20
MILLION: Final = 1_000_000


class Candidate(BaseModel):
    """A threshold that was tested: with so many decisions above it on the threshold split, so many of them wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold_bps: int
    decided: int
    wrong: int
    p_millionths: int
    """The chance of no more wrong ones if the error were the target, rounded up."""
    proven: bool


def needed_without_error(target_bps: int) -> int:
    """How many decisions without any error prove an error of at most the target: 299 for 1 %."""
    return ceil(log(LEVEL) / log(1 - target_bps / WHOLE))


def candidates(fit: Sequence[Level], *, target_bps: int, expected: int) -> tuple[int, ...]:
    """The thresholds to test, the highest first; `expected` is how many decisions the threshold split has.

    The first is the one that should be proven best, were the threshold split like the fit split: a stricter one would
    leave too few decisions to prove anything. Below it every one that lets at least a twentieth more through.
    """
    cuts = cuts_of(fit)
    if not cuts or not expected:
        return ()
    scale = expected / decided(fit)

    def foreseen(cut: Level) -> float:
        trials = int(cut.decided * scale)
        return at_most(successes=min(trials, round(cut.wrong * scale)), trials=trials, probability=target_bps / WHOLE)

    first = min(range(len(cuts)), key=lambda place: (foreseen(cuts[place]), place))
    chosen, step = [cuts[first]], decided(fit) / CANDIDATES
    for cut in cuts[first + 1 :]:
        if cut.decided - chosen[-1].decided >= step or cut is cuts[-1]:
            chosen.append(cut)
    return tuple(cut.bps for cut in chosen)


def in_sequence(sequence: Iterable[int], levels: Sequence[Level], *, target_bps: int) -> tuple[Candidate, ...]:
    """Each candidate tested on the threshold split, up to and with the first that is not proven."""
    found: list[Candidate] = []
    for threshold in sequence:
        count, wrong = above(levels, threshold)
        p = at_most(successes=wrong, trials=count, probability=target_bps / WHOLE)
        candidate = Candidate(
            threshold_bps=threshold, decided=count, wrong=wrong, p_millionths=ceil(p * MILLION), proven=p <= LEVEL
        )
        found.append(candidate)
        if not candidate.proven:
            break
    return tuple(found)


def above(levels: Iterable[Level], threshold_bps: int) -> tuple[int, int]:
    """How many decisions have at least that confidence, and how many of them are wrong."""
    let_through = [level for level in levels if level.bps >= threshold_bps]
    return decided(let_through), sum(level.wrong for level in let_through)


def cuts_of(levels: Iterable[Level]) -> tuple[Level, ...]:
    """Every confidence, the highest first, with how many decisions are at or above it, and how many of them wrong."""
    cuts: list[Level] = []
    count, wrong = 0, 0
    for level in reversed(merged(levels)):
        count, wrong = count + level.decided, wrong + level.wrong
        cuts.append(Level(bps=level.bps, decided=count, wrong=wrong))
    return tuple(cuts)
