"""What is learned from: the passages through a step as they count for one clock, in cohorts from the most alike to all.

Which passages are kept is the database's; how long they took is measured here, by the clock's own calendar, so that
another calendar is another measure of the same history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from graphs.store.forecast_tables import ForecastPassage
from graphs.store.forecasts import CasePlace
from policies.business_time import BusinessTime, Interval
from policies.forecast import Cohort, Learned, Passage
from policies.service_level import Scope

Traits = tuple[int, str, str | None]
"""Version, question and person of a passage."""
Belongs = Callable[[Traits], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepHistory:
    """Passages through one step, measured for clocks of one scope; all three sequences are in the same order."""

    rows: Sequence[ForecastPassage]
    traits: Sequence[Traits]
    passages: Sequence[Passage]

    def learned(self, place: CasePlace, *, performer: str | None) -> Learned:
        """From the most alike to all: same question and person, same question, same version, the step at all."""
        version = f"{place.process}@{place.version}"
        asked = f" ({place.label.replace(' ', ', ')})" if place.label else ""

        def same_version(traits: Traits) -> bool:
            return traits[0] == place.version

        def same_question(traits: Traits) -> bool:
            return traits[:2] == (place.version, place.label)

        chain: list[tuple[str, Belongs]] = [
            (f"{place.step}{asked} of {version}", same_question),
            (f"{place.step} of {version}", same_version),
            (f"{place.step} of {place.process}", lambda _traits: True),
        ]
        if performer is not None:
            name = f"{place.step}{asked} of {version} with the same person"
            chain.insert(0, (name, lambda traits: traits == (place.version, place.label, performer)))
        return Learned.of([Cohort(name=name, passages=list(self._of(belongs))) for name, belongs in chain])

    def _of(self, belongs: Belongs) -> Iterator[Passage]:
        return (passage for traits, passage in zip(self.traits, self.passages, strict=True) if belongs(traits))


def measured(rows: Sequence[ForecastPassage], scope: Scope, business: BusinessTime, *, now: datetime) -> StepHistory:
    """The history as a clock of that scope counts it; what began before the calendar speaks is left out."""
    kept = [row for row in rows if row.began_at >= business.known_from]
    traits = [(row.version, row.label, row.performer) for row in kept]
    return StepHistory(rows=kept, traits=traits, passages=[_passage(row, scope, business, now) for row in kept])


def _passage(row: ForecastPassage, scope: Scope, business: BusinessTime, now: datetime) -> Passage:
    halts = intervals(row.halts, now)

    def took(until: datetime) -> float:
        return business.between(row.began_at, until, without=halts)

    over_at = ended(row, scope)
    return Passage(
        left_after=took(row.left_at) if row.left_at is not None else None,
        over_after=took(over_at) if over_at is not None else None,
        seen_for=took(over_at or now),
        ahead=row.ahead,
    )


def ended(row: ForecastPassage, scope: Scope) -> datetime | None:
    """When what a clock of that scope is about was over for the passage."""
    match scope:
        case Scope.PROCESS:
            return row.over_at
        case Scope.STAGE:
            return row.stage_left_at
        case Scope.STEP | Scope.TASK:
            return row.left_at


def intervals(halts: Sequence[Sequence[str | None]], now: datetime) -> list[Interval]:
    """The pauses; one that goes on lasts until now."""
    return [
        (datetime.fromisoformat(start), datetime.fromisoformat(end) if end is not None else now)
        for start, end in halts
        if start is not None
    ]
