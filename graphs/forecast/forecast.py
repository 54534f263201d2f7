"""A forecast of one clock, with what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from graphs.deadlines.clock import Clock
from graphs.store.forecasts import CasePlace
from policies.forecast import Estimate, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something a person could do, and the probability under it. `kind` is `reassign`, `do_first` or `pause`.

    `user_id` is who would get the task, `reason` for which the clock would be paused.
    """

    kind: str
    sentence: str
    probability: float
    user_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What is foreseen of a clock; `estimate` and `standing` are None where nothing can be said, and `sentence` why.

    `share_used` is the share of the clock's business time that has passed.
    """

    clock: Clock
    place: CasePlace | None
    issued_at: datetime
    sentence: str
    estimate: Estimate | None = None
    standing: Standing | None = None
    share_used: float = 0.0
    options: tuple[Option, ...] = ()

    @property
    def probability(self) -> float | None:
        """That the clock is breached; None where nothing can be said."""
        return self.estimate.probability if self.estimate is not None else None

    @property
    def probability_bps(self) -> int | None:
        """The same in basis points."""
        return round(10_000 * self.estimate.probability) if self.estimate is not None else None

    @property
    def best(self) -> Option | None:
        """The option that helps most, where any does."""
        return min(self.options, key=lambda option: option.probability, default=None)
