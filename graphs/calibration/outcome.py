"""Reviewed decisions as the statistics see them: how sure the agent was, and whether the person chose the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

WHOLE = 10_000
"""Basis points of a whole: 100 %."""
FIT_SHARE, THRESHOLD_SHARE = 30, 50
"""Percent of the cases that fit the curve and that choose the threshold. The others check it."""


class Split(StrEnum):
    """What a case's decisions are used for; never for two of these."""

    FIT = "fit"
    THRESHOLD = "threshold"
    CHECK = "check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A decision that a person reviewed; `blind` where the person did not see the agent's answer."""

    seq: int
    case_id: str
    raw_bps: int
    right: bool
    blind: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """All decisions of one confidence, raw or calibrated."""

    bps: int
    decided: int
    wrong: int


def split_of(case_id: str) -> Split:
    """The split of a case: the same at every run, whatever else is there."""
    place = int.from_bytes(hashlib.sha256(f"calibration split {case_id}".encode()).digest()[:8], "big") % 100
    if place < FIT_SHARE:
        return Split.FIT
    return Split.THRESHOLD if place < FIT_SHARE + THRESHOLD_SHARE else Split.CHECK


def first_of_each_case(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """One outcome a case, the first: later ones of the same case are not independent of it."""
    firsts: dict[str, Outcome] = {}
    for outcome in sorted(outcomes, key=lambda one: one.seq):
        firsts.setdefault(outcome.case_id, outcome)
    return list(firsts.values())


def levels_of(outcomes: Iterable[Outcome]) -> tuple[Level, ...]:
    """How many were decided and wrong at each raw confidence, the lowest first."""
    counts: dict[int, list[int]] = {}
    for outcome in outcomes:
        count = counts.setdefault(outcome.raw_bps, [0, 0])
        count[0] += 1
        count[1] += not outcome.right
    return tuple(Level(bps=raw, decided=count[0], wrong=count[1]) for raw, count in sorted(counts.items()))


def merged(levels: Iterable[Level]) -> tuple[Level, ...]:
    """The levels, those of one confidence as one, the lowest first."""
    found: dict[int, Level] = {}
    for level in levels:
        before = found.get(level.bps, Level(bps=level.bps, decided=0, wrong=0))
        found[level.bps] = replace(before, decided=before.decided + level.decided, wrong=before.wrong + level.wrong)
    return tuple(sorted(found.values(), key=lambda level: level.bps))


def decided(levels: Sequence[Level]) -> int:
    """How many decisions there are."""
    return sum(level.decided for level in levels)
