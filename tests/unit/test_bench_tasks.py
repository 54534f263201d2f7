"""`bench tasks`: lost and doubled deadlines are counted from the trail, and a missed mark is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from evals.bench.deadlines import Fired, tallied
from evals.bench.tasks import Measured, percentile

DUE = datetime(2026, 3, 2, 9, tzinfo=UTC)
ON_THE_MARKS = Measured(
    open_tasks=100,
    took_ms={"inbox": [1.0, 50.0, 900.0], "assignment": [1.0, 5.0, 900.0]},
    fired=Fired(deadlines=2, lost=0, double=0, lateness_s=[0.1, 2.0]),
    audit_sound=True,
)


def test_a_deadline_without_an_entry_is_lost_and_each_entry_beyond_the_first_is_one_too_many() -> None:
    late = timedelta(seconds=0.25)
    entries = [(task, DUE, DUE + late * number) for number, task in enumerate(["a", "b", "b", "b"])]
    found = tallied(["a", "b", "c"], entries)
    assert found == Fired(deadlines=3, lost=1, double=2, lateness_s=[0.0, 0.25, 0.5, 0.75])


def test_a_percentile_is_one_of_the_values() -> None:
    hundred = [float(number) for number in range(100, 0, -1)]
    assert [percentile(hundred, percent) for percent in (50, 99, 100)] == [50.0, 99.0, 100.0]
    assert percentile([7.0], 99) == 7.0
    assert percentile([], 99) is None


def test_what_is_exactly_on_the_marks_has_no_problem() -> None:
    assert ON_THE_MARKS.problems == ()
    assert ON_THE_MARKS.figures == {
        "open_tasks": 100,
        "inbox_ms": 50.0,
        "assignment_ms": 5.0,
        "deadlines": 2,
        "deadlines_lost": 0,
        "deadlines_double": 0,
        "lateness_p99_s": 2.0,
    }


def test_each_missed_mark_is_named() -> None:
    slow = replace(
        ON_THE_MARKS,
        took_ms={"inbox": [50.1], "assignment": [5.1]},
        fired=Fired(deadlines=2, lost=1, double=1, lateness_s=[2.1]),
        audit_sound=False,
    )
    assert slow.problems == (
        "inbox_ms is 50.1, the mark is 50",
        "assignment_ms is 5.1, the mark is 5",
        "deadlines_lost is 1, the mark is 0",
        "deadlines_double is 1, the mark is 0",
        "lateness_p99_s is 2.1, the mark is 2",
        "the audit trail does not verify",
    )


def test_where_nothing_fired_the_lateness_is_no_success() -> None:
    silent = replace(ON_THE_MARKS, fired=Fired(deadlines=2, lost=2, double=0, lateness_s=[]))
    assert "lateness_p99_s is None, the mark is 2" in silent.problems
