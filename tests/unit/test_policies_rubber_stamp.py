"""The test for rubber-stamping: who approves everything is flagged in time, an attentive reviewer seldom ever."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from policies.rubber_stamp import (
    FALSE_ALARM,
    HONEST_ERROR,
    POWER,
    stamping_in,
    tasks_to_flag,
    wrong_approvals_to_flag,
)

RUNS = 1_000
TRAP_SHARE = 0.025
"""One task in twenty is a known case, and half of those must be refused."""


def traps(random: Random, *, tasks: int, error: float) -> Iterator[bool]:
    """Of so many tasks those that must be refused, and whether each was approved."""
    return (random.random() < error for _ in range(tasks) if random.random() < TRAP_SHARE)


def test_of_a_thousand_who_approve_everything_95_percent_are_flagged_within_the_declared_tasks() -> None:
    within = tasks_to_flag(trap_share=TRAP_SHARE)
    assert within == 188
    random = Random(6)
    flagged = sum(stamping_in(traps(random, tasks=within, error=1.0)).flagged_at is not None for _ in range(RUNS))
    assert flagged >= POWER * RUNS


@pytest.mark.parametrize("error", [0.02, 0.1, HONEST_ERROR])
def test_of_a_thousand_attentive_reviewers_5_percent_at_most_are_flagged_in_four_thousand_tasks(error: float) -> None:
    random = Random(7)
    flagged = sum(
        stamping_in(random.random() < error for _ in range(int(4_000 * TRAP_SHARE))).flagged_at is not None
        for _ in range(RUNS)
    )
    assert flagged <= FALSE_ALARM * RUNS


@pytest.mark.parametrize(
    ("approved", "flagged_at"),
    [([], None), ([True], None), ([True, True], 2), ([False, True, True], None), ([True, True, False], 2)],
)
def test_it_flags_at_the_answer_that_proves_it_and_stays_so(approved: list[bool], flagged_at: int | None) -> None:
    found = stamping_in(approved)
    assert (found.answers, found.approved, found.flagged_at) == (len(approved), sum(approved), flagged_at)


def test_two_wrong_approvals_in_a_row_flag() -> None:
    assert wrong_approvals_to_flag() == 2


@pytest.mark.parametrize(("share", "within"), [(0.0, None), (-1.0, None), (1.5, None), (1.0, 2)])
def test_where_nothing_must_be_refused_nobody_is_ever_flagged(share: float, within: int | None) -> None:
    assert tasks_to_flag(trap_share=share) == within
