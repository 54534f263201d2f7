"""Counting the trail: what each entry counts for, and that it is the same in whatever parts the trail comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graphs.analytics.fold import CellKey, Fold, LiveKey, Measure, Place, TrailEntry, since_epoch

BEGAN = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def start_of(_process: str, _version: int) -> str:
    return "read"


def started(case: str = "c", *, at: datetime = BEGAN) -> TrailEntry:
    return TrailEntry(at=at, kind="case.started", case_id=case, reference="p@1")


def visit(step: str, route: str | None, *, hours: float, waited: float = 0.0, **more: Any) -> TrailEntry:
    """A visit that ended so many hours after the start, having begun so many after it."""
    entry = TrailEntry(
        at=BEGAN + hours * HOUR,
        kind="step.ended",
        case_id="c",
        step=step,
        visit=1,
        step_kind="read",
        route=route,
        started_at=BEGAN + waited * HOUR,
    )
    return entry._replace(**more)


def folded(*entries: TrailEntry) -> Fold:
    fold = Fold.of((), start_of)
    fold.read(entries)
    return fold


def counts(fold: Fold, measure: Measure) -> dict[str, tuple[int, int]]:
    """Count and total by subject, of all days and buckets."""
    found: dict[str, tuple[int, int]] = {}
    for (_, name, _, _, subject, _), (count, total) in fold.cells.items():
        if name == measure.value:
            before = found.get(subject, (0, 0))
            found[subject] = (before[0] + count, before[1] + total)
    return found


def test_a_case_is_at_a_step_from_the_entry_that_led_there_and_waits_until_its_visit_begins() -> None:
    fold = folded(started(), visit("read", "ask", hours=1, waited=0.5), visit("ask", "end", hours=5, waited=4))
    assert counts(fold, Measure.STEP) == {"read": (1, 3_600_000), "ask": (1, 4 * 3_600_000)}
    assert counts(fold, Measure.WAITED) == {"read": (1, 1_800_000), "ask": (1, 3 * 3_600_000)}
    assert counts(fold, Measure.WAY) == {"read>ask": (1, 0), "ask>end": (1, 0)}
    assert (fold.places["c"].step, fold.places["c"].since) == ("end", BEGAN + 5 * HOUR)


def test_a_visit_counts_on_the_day_it_ends_in_utc() -> None:
    fold = folded(started(), visit("read", "ask", hours=1))
    days = {measure: day.isoformat() for _, measure, day, *_ in fold.cells}
    assert (days[Measure.STARTED], days[Measure.STEP]) == ("2026-03-01", "2026-03-02")


def test_a_case_that_nobody_touched_went_straight_through() -> None:
    fold = folded(started(), visit("read", "end", hours=1), visit("end", None, hours=2, ends="done"))
    assert counts(fold, Measure.STRAIGHT) == {"": (1, 0)}
    assert counts(fold, Measure.ENDED) == {"done": (1, 2 * 3_600_000)}
    assert (fold.places, fold.gone) == ({}, {"c"})
    assert fold.live() == {}


def test_a_case_that_a_person_or_an_incident_touched_or_that_was_rejected_did_not() -> None:
    answered = visit("ask", "end", hours=1, step_kind="review", decision="approve")
    incident = TrailEntry(at=BEGAN, kind="incident.opened", case_id="c")
    done = visit("end", None, hours=2, ends="done")
    for middle, end in ((answered, done), (incident, done), (None, done._replace(ends="rejected"))):
        assert counts(folded(started(), *([middle] if middle else []), end), Measure.STRAIGHT) == {}


def test_an_approval_overrides_every_rule_that_asked_and_is_no_rework() -> None:
    asks = visit("judge", "ask", hours=1, rules=("R1", "R2"))
    fold = folded(started(), asks, visit("ask", "judge", hours=2, step_kind="review", decision="approve"))
    assert counts(fold, Measure.RULE) == {"R1": (1, 1), "R2": (1, 1)}
    assert counts(fold, Measure.ANSWER) == {"approve": (1, 0)}
    assert counts(fold, Measure.REWORK) == {}


def test_a_correction_overrides_no_rule_and_does_the_step_again() -> None:
    asks = visit("judge", "ask", hours=1, rules=("R1",))
    corrected = visit("ask", "judge", hours=2, step_kind="review", decision="correct")
    fold = folded(started(), asks, corrected, visit("end", None, hours=3, ends="done"))
    assert counts(fold, Measure.RULE) == {"R1": (1, 0)}
    assert counts(fold, Measure.REWORK) == {"judge": (1, 0)}
    assert counts(fold, Measure.REWORKED) == {"": (1, 0)}


def test_a_refusal_of_the_target_does_the_proposal_again() -> None:
    fold = folded(started(), visit("write", "propose", hours=1, kind="action.refused"))
    assert counts(fold, Measure.REWORK) == {"propose": (1, 0)}


def test_what_an_agent_costs_is_counted_with_the_case_and_whether_it_was_right_with_its_class() -> None:
    fold = folded(
        started(),
        visit("agent", "ask", hours=1, kind="agent.decided", agent="coding", autonomous=True, cost_micros=70),
        visit("ask", "end", hours=2, step_kind="review", decision="correct", judged="coding", right=False),
        visit("end", None, hours=3, ends="done"),
    )
    assert counts(fold, Measure.DECIDED) == {"coding": (1, 70)}
    assert counts(fold, Measure.AGENT) == {"coding": (1, 1)}
    assert counts(fold, Measure.COST) == {"": (1, 70)}


def test_what_somebody_skipped_is_not_measured_and_the_case_goes_on() -> None:
    fold = folded(started(), visit("read", "end", hours=9, kind="step.skipped"))
    assert counts(fold, Measure.STEP) == {}
    assert (fold.places["c"].step, fold.places["c"].touched) == ("end", True)


def test_a_case_that_is_moved_to_another_version_stands_there_since_when_it_stood_here() -> None:
    moved = TrailEntry(at=BEGAN + HOUR, kind="case.migrated", case_id="c", step="read", reference="p@2")
    fold = folded(started(), moved)
    assert fold.live() == {("p", 2, "read"): [1, since_epoch(BEGAN)]}


def test_a_cancelled_case_ends_without_having_passed_its_step() -> None:
    fold = folded(started(), TrailEntry(at=BEGAN + HOUR, kind="case.cancelled", case_id="c"))
    assert counts(fold, Measure.ENDED) == {"cancelled": (1, 3_600_000)}
    assert counts(fold, Measure.STEP) == {}


def test_an_entry_whose_values_were_erased_still_says_how_long_the_step_took() -> None:
    erased = visit("read", None, hours=1)._replace(started_at=None, step_kind=None)
    fold = folded(started(), erased, visit("ask", "end", hours=3, waited=2))
    assert counts(fold, Measure.STEP) == {"read": (1, 3_600_000), "ask": (1, 2 * 3_600_000)}
    assert counts(fold, Measure.WAITED) == {"ask": (1, 3_600_000)}


def test_entries_of_a_case_whose_start_was_not_read_count_for_nothing() -> None:
    assert folded(visit("read", "ask", hours=1)).cells == {}


def test_a_clock_that_went_back_makes_no_negative_time() -> None:
    fold = folded(started(), visit("read", "ask", hours=-2, waited=-3))
    assert counts(fold, Measure.STEP) == {"read": (1, 0)}
    assert fold.places["c"].since == BEGAN


STEPS = ("read", "judge", "ask", "write", "end")
KINDS = (
    "step.ended",
    "answer.applied",
    "agent.decided",
    "action.refused",
    "action.lapsed",
    "step.skipped",
    "case.steered",
    "case.migrated",
    "incident.opened",
    "case.cancelled",
    "case.started",
    "task.claimed",
)
moments = st.integers(0, 500).map(lambda hours: BEGAN + hours * HOUR)
entries = st.builds(
    TrailEntry,
    at=moments,
    kind=st.sampled_from(KINDS),
    case_id=st.sampled_from(("a", "b", "c", "d")),
    step=st.none() | st.sampled_from(STEPS),
    visit=st.none() | st.integers(0, 3),
    reference=st.sampled_from(("p@1", "p@2", "q@1", "broken")),
    step_kind=st.sampled_from(("read", "review", "effect")),
    route=st.none() | st.sampled_from(STEPS),
    started_at=st.none() | moments,
    ends=st.none() | st.none() | st.sampled_from(("done", "rejected")),
    decision=st.sampled_from((None, "approve", "correct", "reject")),
    rules=st.sampled_from(((), ("R1",), ("R1", "R2"))),
    agent=st.sampled_from((None, "coding")),
    autonomous=st.booleans(),
    cost_micros=st.integers(0, 9),
    judged=st.sampled_from((None, "coding")),
    right=st.booleans(),
)


class Kept:
    """What a database keeps between two batches."""

    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self.cells: dict[CellKey, list[int]] = {}
        self.live: dict[LiveKey, list[int]] = {}

    def count(self, batch: Sequence[TrailEntry]) -> None:
        names = {entry.case_id for entry in batch}
        fold = Fold.of((replace(self.places[name]) for name in names & self.places.keys()), start_of)
        fold.read(batch)
        for name in fold.gone - fold.changed:
            self.places.pop(name, None)
        self.places |= {name: fold.places[name] for name in fold.changed}
        for kept, added in ((self.cells, fold.cells), (self.live, fold.live())):
            for key, by in added.items():
                total = kept.setdefault(key, [0, 0])  # type: ignore[arg-type]  # two mappings of one shape
                total[0] += by[0]
                total[1] += by[1]


@given(trail=st.lists(entries, max_size=60), sizes=st.lists(st.integers(1, 9), min_size=1, max_size=60))
def test_in_whatever_parts_the_trail_comes_the_counts_are_the_same(trail: list[TrailEntry], sizes: list[int]) -> None:
    parts, whole = Kept(), Kept()
    whole.count(trail)
    rest = list(trail)
    while rest:
        size = sizes[len(rest) % len(sizes)]
        batch, rest = rest[:size], rest[size:]
        parts.count(batch)
    assert (parts.places, parts.cells) == (whole.places, whole.cells)
    assert stands(parts.live) == stands(whole.live)


@given(trail=st.lists(entries, max_size=60))
def test_the_counts_of_those_who_stand_somewhere_are_the_places_counted(trail: list[TrailEntry]) -> None:
    kept = Kept()
    kept.count(trail)
    expected: dict[LiveKey, list[int]] = {}
    for place in kept.places.values():
        counted = expected.setdefault((place.process, place.version, place.step), [0, 0])
        counted[0] += 1
        counted[1] += since_epoch(place.since)
    assert stands(kept.live) == expected


def stands(live: dict[LiveKey, list[int]]) -> dict[LiveKey, list[int]]:
    """Without the steps that nobody stands at any more."""
    return {key: by for key, by in live.items() if by != [0, 0]}
