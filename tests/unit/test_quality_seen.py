"""Looks at a task: never more time than has passed, whatever is reported; and answers that are one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graphs.errors import Invalid
from graphs.quality.probe import says_the_same, state_as_asked
from graphs.quality.seen import MOST_OF_A_VISIT, check_opened, first_look, looked_again
from graphs.steering import StateErased, StepNotVisited
from graphs.store.journal import StepVisit
from graphs.store.tables import Task

MADE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def task() -> Task:
    """Only what is read of a task."""
    read: dict[str, Any] = {"evidence": {"order": {}, "invoice": {}}, "form": {"evidence_required": ["call"]}}
    return Task(id="t", tenant="acme", created_at=MADE, **read)


def after(seconds: int) -> datetime:
    return MADE + timedelta(seconds=seconds)


def test_a_first_report_cannot_be_longer_than_the_task_is_old() -> None:
    row = first_look(task(), "emil", {"order": 500, "invoice": 3}, visit=1, now=after(20))
    assert (row.seconds, row.evidence, row.opened_at) == (20, {"order": 20, "invoice": 3}, MADE)


def test_a_look_without_a_time_opens_what_it_names() -> None:
    row = first_look(task(), "emil", {"order": 0}, visit=1, now=after(20))
    assert (row.seconds, row.evidence, row.opened_at) == (0, {"order": 0}, after(20))


def test_a_later_report_adds_at_most_the_time_since_the_one_before() -> None:
    first = first_look(task(), "emil", {"order": 5}, visit=1, now=after(20))
    again = looked_again(first, {"order": 86_400, "invoice": 2}, now=after(30))
    assert (again.seconds, again.evidence) == (15, {"order": 15, "invoice": 2})
    at_once = looked_again(again, {"order": 60}, now=after(30))
    assert at_once.seconds == 15
    back = looked_again(again, {"order": 60}, now=after(25))
    assert (back.seconds, back.seen_at) == (15, after(30))


def test_a_visit_is_capped() -> None:
    row = first_look(task(), "emil", {"order": 60}, visit=1, now=after(60))
    for minutes in range(10, 200, 10):
        row = looked_again(row, {"order": 600}, now=after(60 + 60 * minutes))
    assert row.seconds == row.evidence["order"] == MOST_OF_A_VISIT.total_seconds()


@pytest.mark.parametrize("opened", [{"salary": 3}, {"order": -1}])
def test_evidence_that_is_not_there_and_times_below_nothing_are_refused(opened: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        check_opened(task(), opened)


def test_what_the_rules_require_may_be_opened_too() -> None:
    check_opened(task(), {"call": 3, "order": 0})


@pytest.mark.parametrize(
    ("expected", "given", "same"),
    [
        ({"decision": "approve"}, {"decision": "approve", "set": {}}, True),
        ({"decision": "approve"}, {"decision": "reject", "set": {}}, False),
        ({"decision": "correct", "set": {"amount": "5"}}, {"decision": "correct", "set": {"amount": " 5 "}}, True),
        ({"decision": "correct", "set": {"amount": "5"}}, {"decision": "correct", "set": {"amount": "6"}}, False),
        ({"decision": "correct", "set": {}}, {"decision": "correct", "set": {"amount": "6"}}, True),
    ],
)
def test_answers_are_one_by_decision_and_by_the_values_that_are_expected(
    expected: dict[str, Any], given: dict[str, Any], same: bool
) -> None:
    assert says_the_same(expected, given) is same


def visit(name: str, number: int, amount: int | None) -> StepVisit:
    update = None if amount is None else {"data": {"amount": amount}, "visits": {name: number}, "route": ""}
    return StepVisit(
        name=name, visit=number, kind="", stage="", route="", update=update, started_at=MADE, ended_at=MADE
    )


WAY = [
    visit("read", 1, 1),
    visit("propose", 1, 2),
    visit("approve", 1, 3),
    visit("propose", 2, 4),
    visit("approve", 2, 5),
]


@pytest.mark.parametrize(("number", "amount"), [(1, 1), (2, 3)])
def test_a_question_is_asked_again_as_it_was_at_that_visit(number: int, amount: int) -> None:
    state = state_as_asked(WAY, of="propose", step="approve", visit=number)
    assert (state["data"], state["route"]) == ({"amount": amount}, "propose")


def test_a_question_that_the_trail_does_not_hold_is_not_asked_again() -> None:
    with pytest.raises(StepNotVisited):
        state_as_asked(WAY, of="propose", step="approve", visit=3)
    with pytest.raises(StateErased):
        state_as_asked([visit("read", 1, None), *WAY[1:]], of="propose", step="approve", visit=1)
