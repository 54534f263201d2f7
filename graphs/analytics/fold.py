"""How entries of the trail become counts: pure, one entry after another, from nothing but what was counted before.

What is counted has no reader in mind but these rules. A case is at a step from the entry that led there to the entry
that leaves it; until its visit began it waited, from then on it was worked at. What somebody steered away or skipped
did not pass the step and is not measured. Rework is a step that is done again because a person corrected something, a
target refused, an approval lapsed or somebody ordered it: an approval that leads back to what it approves is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from graphs.analytics.histogram import bucket_of

StartOf = Callable[[str, int], str]
"""The step at which a process's version starts; empty where this release does not know it."""

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
"""Instants are summed up as milliseconds since then."""
MILLISECOND = timedelta(milliseconds=1)
REVIEW = "review"
SENT_BACK = frozenset({"action.refused", "action.lapsed"})


class Measure(StrEnum):
    """What a cell counts; `subject` and `total` are said for each."""

    STARTED = "started"
    ENDED = "ended"
    """By status and how long the case took; total: milliseconds."""
    STRAIGHT = "straight"
    """Cases done that no person and no incident has touched."""
    REWORKED = "reworked"
    """Ended cases in which something was done again."""
    COST = "cost"
    """Ended cases; total: millionths of the model prices' currency."""
    STEP = "step"
    """Visits by step and how long the case was there; total: milliseconds."""
    WAITED = "waited"
    """Visits by step; total: milliseconds before the visit began."""
    WAY = "way"
    """By `from>to`."""
    REWORK = "rework"
    """By the step that is done again."""
    ANSWER = "answer"
    """What people answered, by decision."""
    RULE = "rule"
    """Answered questions by rule that asked; total: how many were approved as they were."""
    DECIDED = "decided"
    """Answers of agents by class, in bucket 1 those that counted without a person; total: what they cost."""
    AGENT = "agent"
    """Reviewed answers of agents by class; total: how many the person decided otherwise."""
    INCIDENT = "incident"
    """Incidents by step."""


class TrailEntry(NamedTuple):
    """What an entry says of a case's way; None where it says nothing, or its values were erased.

    `reference` (`name@version`) stands in entries that start a case or move it to another version. `rules` are those
    that ask the question it puts; `agent` and `autonomous` are of an agent's answer, `cost_micros` is what asking cost,
    also where no answer came of it; `judged` is of which class's answer it says whether the person agreed (`right`).
    A tuple in the order of the columns that are read: there are very many of them.
    """

    at: datetime
    kind: str
    case_id: str
    step: str | None = None
    visit: int | None = None
    step_kind: str | None = None
    route: str | None = None
    started_at: datetime | None = None
    ends: str | None = None
    decision: str | None = None
    rules: Sequence[str] | None = None
    agent: str | None = None
    autonomous: bool | None = None
    cost_micros: int | None = None
    judged: str | None = None
    right: bool | None = None
    reference: str | None = None


@dataclass(slots=True, kw_only=True)
class Place:
    """Where an open case is since when, and what it will count for once it ends; `rules` ask what it is asked now."""

    case_id: str
    process: str
    version: int
    step: str
    since: datetime
    started_at: datetime
    touched: bool = False
    reworked: bool = False
    cost_micros: int = 0
    rules: Sequence[str] = ()


CellKey = tuple[str, Measure, date, int, str, int]
"""Process, measure, day, version, subject, bucket."""
LiveKey = tuple[str, int, str]
"""Process, version, step."""
Standing = tuple[LiveKey, int]
"""Where an open case is, and since when, as milliseconds since `EPOCH`."""


@dataclass(slots=True)
class Fold:
    """Counts to be added while entries are read; `places` are open cases, of which `gone` have ended."""

    start_of: StartOf
    places: dict[str, Place] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    cells: dict[CellKey, list[int]] = field(default_factory=dict)
    _stood: Mapping[str, Standing] = field(default_factory=dict)
    """Where the cases stood before anything was read."""
    _last: tuple[datetime, date] = (EPOCH, EPOCH.date())
    """The instant that was last asked the day of: an entry counts several times."""

    @classmethod
    def of(cls, known: Iterable[Place], start_of: StartOf) -> Fold:
        """Going on from what is known of the cases."""
        places = {place.case_id: place for place in known}
        return cls(
            start_of=start_of, places=places, _stood={case_id: standing(place) for case_id, place in places.items()}
        )

    def live(self) -> dict[LiveKey, list[int]]:
        """How many cases more or fewer stand at a step, and by how much the sum of their instants changes.

        What a case passed on its way counts for nothing: where it stood is taken off, where it stands now is added.
        """
        moved = self.changed | self.gone
        left = [(self._stood[case_id], -1) for case_id in moved if case_id in self._stood]
        here = [(standing(self.places[case_id]), 1) for case_id in moved if case_id in self.places]
        counted: dict[LiveKey, list[int]] = {}
        for (key, since), by in left + here:
            cell = counted.setdefault(key, [0, 0])
            cell[0] += by
            cell[1] += by * since
        return {key: by for key, by in counted.items() if by != [0, 0]}

    def read(self, entries: Iterable[TrailEntry]) -> None:
        """Take the entries, in their order. Cases whose start was not read are not counted."""
        for entry in entries:
            if entry.kind == "case.started":
                self._start(entry)
                continue
            place = self.places.get(entry.case_id)
            if place is not None:
                self._take(place, entry)

    def _start(self, entry: TrailEntry) -> None:
        named = version_of(entry.reference)
        if named is None or entry.case_id in self.places:
            return
        place = Place(
            case_id=entry.case_id,
            process=named[0],
            version=named[1],
            step=self.start_of(*named),
            since=entry.at,
            started_at=entry.at,
        )
        self.places[place.case_id] = place
        self.changed.add(place.case_id)
        self._count(place, entry.at, Measure.STARTED)

    def _take(self, place: Place, entry: TrailEntry) -> None:
        match entry.kind:
            case "incident.opened":
                place.touched = True
                self.changed.add(place.case_id)
                self._count(place, entry.at, Measure.INCIDENT, place.step)
            case "case.cancelled":
                self._end(place, "cancelled", entry.at)
            case "case.migrated":
                self._migrate(place, entry)
            case "case.steered" | "step.skipped":
                self._steer(place, entry)
            case _ if entry.visit:
                self._visited(place, entry)
            case _:
                return

    def _migrate(self, place: Place, entry: TrailEntry) -> None:
        """The case stands in the other version where it stood, since when it stood there."""
        place.process, place.version = version_of(entry.reference) or (place.process, place.version)
        place.step = entry.step or place.step
        self.changed.add(place.case_id)

    def _steer(self, place: Place, entry: TrailEntry) -> None:
        place.touched = True
        if entry.kind == "case.steered":
            self._again(place, entry, entry.step)
        self._move(place, entry.route or entry.step or "", entry.at)

    def _visited(self, place: Place, entry: TrailEntry) -> None:
        step = entry.step or place.step
        took = milliseconds(entry.at - place.since)
        self._count(place, entry.at, Measure.STEP, step, bucket_of(took), total=took)
        if entry.started_at is not None:
            waited = min(took, milliseconds(entry.started_at - place.since))
            self._count(place, entry.at, Measure.WAITED, step, total=waited)
        if entry.route:
            self._count(place, entry.at, Measure.WAY, f"{step}>{entry.route}")
        if entry.step_kind == REVIEW:
            self._answered(place, entry)
        if entry.kind in SENT_BACK:
            self._again(place, entry, entry.route)
        if entry.agent is not None:
            alone, cost = int(bool(entry.autonomous)), entry.cost_micros or 0
            self._count(place, entry.at, Measure.DECIDED, entry.agent, alone, total=cost)
        place.cost_micros += entry.cost_micros or 0
        if entry.ends is not None:
            self._end(place, entry.ends, entry.at)
            return
        place.rules = entry.rules or ()
        self._move(place, entry.route or "", entry.at)

    def _answered(self, place: Place, entry: TrailEntry) -> None:
        place.touched = True
        decision = entry.decision or "done"
        self._count(place, entry.at, Measure.ANSWER, decision)
        for rule in place.rules:
            self._count(place, entry.at, Measure.RULE, rule, total=int(decision == "approve"))
        if entry.judged is not None:
            self._count(place, entry.at, Measure.AGENT, entry.judged, total=int(not entry.right))
        if decision == "correct":
            self._again(place, entry, entry.route)

    def _again(self, place: Place, entry: TrailEntry, step: str | None) -> None:
        place.reworked = True
        self._count(place, entry.at, Measure.REWORK, step or place.step)

    def _end(self, place: Place, status: str, at: datetime) -> None:
        took = milliseconds(at - place.started_at)
        self._count(place, at, Measure.ENDED, status, bucket_of(took), total=took)
        self._count(place, at, Measure.COST, total=place.cost_micros)
        if status == "done" and not place.touched:
            self._count(place, at, Measure.STRAIGHT)
        if place.reworked:
            self._count(place, at, Measure.REWORKED)
        del self.places[place.case_id]
        self.changed.discard(place.case_id)
        self.gone.add(place.case_id)

    def _move(self, place: Place, step: str, at: datetime) -> None:
        place.step, place.since = step, max(at, place.since)
        self.changed.add(place.case_id)

    def _day_of(self, at: datetime) -> date:
        if self._last[0] != at:
            self._last = (at, at.astimezone(UTC).date())
        return self._last[1]

    def _count(
        self, place: Place, at: datetime, measure: Measure, subject: str = "", bucket: int = 0, *, total: int = 0
    ) -> None:
        key = (place.process, measure, self._day_of(at), place.version, subject, bucket)
        cell = self.cells.get(key)
        if cell is None:
            self.cells[key] = [1, total]
        else:
            cell[0] += 1
            cell[1] += total


def standing(place: Place) -> Standing:
    """Where the case is, and since when."""
    return (place.process, place.version, place.step), since_epoch(place.since)


def version_of(reference: str | None) -> tuple[str, int] | None:
    """Process and version of `name@version`; None for anything else."""
    process, _, version = (reference or "").rpartition("@")
    return (process, int(version)) if process and version.isdecimal() else None


def milliseconds(length: timedelta) -> int:
    """Whole milliseconds, never below 0: clocks of two machines may differ."""
    return max(0, length // MILLISECOND)


def since_epoch(at: datetime) -> int:
    """An instant as milliseconds since `EPOCH`."""
    return (at - EPOCH) // MILLISECOND
