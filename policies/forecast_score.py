"""Whether forecasts were worth anything: each is held against what happened.

The Brier score is the mean squared error of the probabilities; its skill compares it with saying the base rate every
time (Brier 1950, Murphy 1973): 1 is perfect, 0 is no better than the base rate, below that worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Final

BINS: Final = 10
WATCHED: Final = 100
"""So many of the last forecasts say whether the skill is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A forecast whose end is known; `lead_seconds` is the business time from it to the due instant."""

    probability: float
    breached: bool
    issued_at: datetime
    lead_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Forecasts of about the same probability: how many, their mean, and the share that was breached."""

    forecasts: int
    said: float
    happened: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`skill` is None where all ends were alike, or there is none."""

    forecasts: int
    base_rate: float | None
    brier: float | None
    skill: float | None
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """What became of alerts: how many came, how many of them to nothing, and how long before the due instant."""

    alerts: int
    false_alarms: int
    median_lead_seconds: float | None


def scored(settled: Sequence[Settled]) -> Score:
    """The score of the forecasts."""
    if not settled:
        return Score(forecasts=0, base_rate=None, brier=None, skill=None, bins=())
    rate = sum(one.breached for one in settled) / len(settled)
    brier = sum((one.probability - one.breached) ** 2 for one in settled) / len(settled)
    always = rate * (1 - rate)
    skill = 1 - brier / always if always else None
    return Score(forecasts=len(settled), base_rate=rate, brier=brier, skill=skill, bins=reliability(settled))


def reliability(settled: Sequence[Settled]) -> tuple[Bin, ...]:
    """The forecasts by tenths of probability; empty tenths are left out."""
    tenths: list[list[Settled]] = [[] for _ in range(BINS)]
    for one in settled:
        tenths[min(int(one.probability * BINS), BINS - 1)].append(one)
    return tuple(
        Bin(
            forecasts=len(tenth),
            said=sum(one.probability for one in tenth) / len(tenth),
            happened=sum(one.breached for one in tenth) / len(tenth),
        )
        for tenth in tenths
        if tenth
    )


def drifted(settled: Sequence[Settled], *, last: int = WATCHED) -> bool | None:
    """Whether the last forecasts are worse than the base rate; None while there are fewer, or all ends are alike."""
    if len(settled) < last:
        return None
    skill = scored(sorted(settled, key=lambda one: one.issued_at)[-last:]).skill
    return None if skill is None else skill < 0


def alerts_of(settled: Sequence[Settled]) -> Alerts:
    """What became of forecasts that were alerts; the lead is that of those that were breached."""
    leads = [one.lead_seconds for one in settled if one.breached and one.lead_seconds is not None]
    return Alerts(
        alerts=len(settled),
        false_alarms=sum(not one.breached for one in settled),
        median_lead_seconds=median(leads) if leads else None,
    )
