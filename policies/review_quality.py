"""Signals of review quality: figures of a group of reviewers in a period, never of a person.

What fewer than `K_PERSONS` people gave is suppressed, what fewer than `FEW` answers say is called too few: neither has
a value. Shares have exact intervals (Clopper and Pearson), each side at 97.5 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import Final, Literal

from policies.agreement import agreement
from policies.binomial import lower_bound, upper_bound

K_PERSONS: Final = 4
"""Below so many reviewers a group's figure would be somebody's."""
FEW: Final = 20
"""Below so many answers a figure says more about chance than about the group."""
QUICK: Final = timedelta(seconds=10)
"""An approval within so much of the first look counts as one within seconds."""
SIDE: Final = 0.975

Withheld = Literal["too few", "suppressed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """An answered task. `looked` is from the first look to the answer, None where nobody recorded a look.

    `on_evidence` is the time that was spent on the evidence. `required` is what the rules ask to be looked at,
    `opened` what was.
    """

    by: str
    decision: str
    approvable: bool
    looked: timedelta | None = None
    on_evidence: timedelta | None = None
    required: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An answer to a known case (`expected` is what is right) or to a blind second review (what the first said)."""

    by: str
    expected: str
    given: str
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A value with its interval, of `of` answers; without a value `withheld` says why."""

    of: int | None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    withheld: Withheld | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """The figures of a group. Times are seconds; loads are minutes of expected effort that a reviewer has open."""

    reviewers: int | None
    figures: Mapping[str, Figure] = field(default_factory=dict)


def is_quick(review: Reviewed, *, within: timedelta = QUICK) -> bool:
    """Whether it was approved within seconds of the first look."""
    return review.decision == "approve" and review.looked is not None and review.looked <= within


def unopened(review: Reviewed) -> bool:
    """Whether something that the rules ask to be looked at was not."""
    return not review.required <= review.opened


def signals(
    reviews: Sequence[Reviewed],
    *,
    known: Sequence[Checked] = (),
    second: Sequence[Checked] = (),
    loads: Mapping[str, float] | None = None,
    k: int = K_PERSONS,
) -> Signals:
    """The figures of a group; each is suppressed by the number of people that it is made of."""
    approvals = [one for one in reviews if one.decision == "approve" and one.looked is not None]
    required = [one for one in reviews if one.required]
    overridable = [one for one in reviews if one.approvable]
    timed = [(one.by, one.on_evidence.total_seconds()) for one in reviews if one.on_evidence is not None]
    seconds = {"evidence_seconds_median": 0.5, "evidence_seconds_p90": 0.9}
    figures = {
        **{name: _percentile(timed, share, k) for name, share in seconds.items()},
        "approved_within_seconds": _share(((one.by, is_quick(one)) for one in approvals), k),
        "answered_without_a_look": _share(((one.by, one.looked is None) for one in reviews), k),
        "required_evidence_unopened": _share(((one.by, unopened(one)) for one in required), k),
        "overrides": _share(((one.by, one.decision != "approve") for one in overridable), k),
        "known_answers_right": _share(((one.by, one.right) for one in known), k),
        "second_reviews_agreed": _share(((one.by, one.right) for one in second), k),
        "kappa": _kappa(second, k),
        **_loads(loads or {}, k),
    }
    people = len({one.by for one in reviews})
    return Signals(reviewers=people if people >= k else None, figures=figures)


def withheld(people: int, answers: int, *, k: int, few: int = FEW) -> Withheld | None:
    """Why a figure of so many people and answers has no value; None where it has one."""
    if 0 < people < k:
        return "suppressed"
    return "too few" if answers < few else None


def _share(answers: Iterable[tuple[str, bool]], k: int) -> Figure:
    found = list(answers)
    why = withheld(len({by for by, _ in found}), len(found), k=k)
    if why is not None:
        return Figure(of=None if why == "suppressed" else len(found), withheld=why)
    hits, total = sum(hit for _, hit in found), len(found)
    return Figure(
        of=total,
        value=hits / total,
        low=lower_bound(errors=hits, trials=total, confidence=SIDE),
        high=upper_bound(errors=hits, trials=total, confidence=SIDE),
    )


def _percentile(values: Sequence[tuple[str, float]], share: float, k: int, *, few: int = FEW) -> Figure:
    why = withheld(len({by for by, _ in values}), len(values), k=k, few=few)
    if why is not None:
        return Figure(of=None if why == "suppressed" else len(values), withheld=why)
    ordered = sorted(value for _, value in values)
    return Figure(of=len(ordered), value=ordered[max(0, ceil(share * len(ordered)) - 1)])


def _kappa(second: Sequence[Checked], k: int) -> Figure:
    why = withheld(len({one.by for one in second}), len(second), k=k)
    if why is not None:
        return Figure(of=None if why == "suppressed" else len(second), withheld=why)
    found = agreement([(one.expected, one.given) for one in second])
    low, high = found.interval or (None, None)
    return Figure(of=found.pairs, value=found.kappa, low=low, high=high)


def _loads(loads: Mapping[str, float], k: int) -> dict[str, Figure]:
    """Of a group's loads the middle and the upper tenth: who has most is nobody's business but a supervisor's."""
    values = list(loads.items())
    return {
        "load_median": _percentile(values, 0.5, k, few=1),
        "load_p90": _percentile(values, 0.9, k, few=1),
    }
