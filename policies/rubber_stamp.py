"""Rubber-stamping: a sequential test that flags whoever approves what must not be approved, and seldom anybody else.

What is counted are a reviewer's answers to cases of which it is known that approving is wrong. Wald's likelihood ratio
compares a rubber stamp, who approves `STAMP_ERROR` of them, with an attentive reviewer, who approves at most
`HONEST_ERROR`. It flags at 1/`FALSE_ALARM`: by Ville's inequality an attentive reviewer is flagged at any time, however
long it is watched, with a probability of at most `FALSE_ALARM`, whatever the order and the times of the answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log
from typing import Final

from policies.binomial import at_most

HONEST_ERROR: Final = 0.2
STAMP_ERROR: Final = 0.9
FALSE_ALARM: Final = 0.05
POWER: Final = 0.95
"""The share of rubber stamps that are flagged within `tasks_to_flag`."""
FLAGS_AT: Final = log(1 / FALSE_ALARM)
APPROVED_WRONGLY: Final = log(STAMP_ERROR / HONEST_ERROR)
DID_NOT: Final = log((1 - STAMP_ERROR) / (1 - HONEST_ERROR))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamping:
    """What the test has found: of `answers` to cases that must not be approved, `approved` were."""

    answers: int
    approved: int
    flagged_at: int | None
    """The number of the answer at which the test flagged; None where it has not."""


def stamping_in(approved: Iterable[bool]) -> Stamping:
    """The test over a reviewer's answers in their order; True where approving was wrong and was done."""
    evidence, count, wrong = 0.0, 0, 0
    flagged_at: int | None = None
    for was_approved in approved:
        count += 1
        wrong += was_approved
        evidence += APPROVED_WRONGLY if was_approved else DID_NOT
        if flagged_at is None and evidence >= FLAGS_AT:
            flagged_at = count
    return Stamping(answers=count, approved=wrong, flagged_at=flagged_at)


def wrong_approvals_to_flag() -> int:
    """How many wrong approvals in a row flag."""
    needed = 1
    while needed * APPROVED_WRONGLY < FLAGS_AT:
        needed += 1
    return needed


def tasks_to_flag(*, trap_share: float) -> int | None:
    """Within how many tasks somebody who approves everything is flagged, with a probability of at least `POWER`.

    `trap_share` is how many of the tasks are known cases that must not be approved. None where there are none.
    """
    if not 0 < trap_share <= 1:
        return None
    needed, tasks = wrong_approvals_to_flag(), wrong_approvals_to_flag()
    while at_most(successes=needed - 1, trials=tasks, probability=trap_share) > 1 - POWER:
        tasks += 1
    return tasks
