"""Figures of a group of reviewers: what they count, their boundaries, and what is not told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from policies.agreement import agreement
from policies.binomial import lower_bound, upper_bound
from policies.review_quality import FEW, K_PERSONS, QUICK, Checked, Reviewed, is_quick, signals, unopened

SECOND = timedelta(seconds=1)


def review(by: int = 0, decision: str = "approve", *, looked: timedelta | None = QUICK, **more: object) -> Reviewed:
    values: dict[str, object] = {"by": f"person-{by}", "decision": decision, "approvable": True, "looked": looked}
    return Reviewed(**{**values, **more})  # type: ignore[arg-type]  # what a test says


def everybody(count: int, people: int, **more: object) -> list[Reviewed]:
    return [review(number % people, **more) for number in range(count)]  # type: ignore[arg-type]  # what a test says


@pytest.mark.parametrize(
    ("looked", "quick"), [(QUICK - SECOND, True), (QUICK, True), (QUICK + SECOND, False), (None, False)]
)
def test_an_approval_is_within_seconds_up_to_the_threshold(looked: timedelta | None, quick: bool) -> None:
    assert is_quick(review(looked=looked)) is quick


def test_a_rejection_within_seconds_is_no_quick_approval() -> None:
    assert not is_quick(review(decision="reject", looked=SECOND))


@pytest.mark.parametrize(
    ("required", "opened", "missing"),
    [({"order"}, {"order", "invoice"}, False), ({"order", "receipt"}, {"order"}, True), (set(), set(), False)],
)
def test_required_evidence_counts_as_unopened_until_all_of_it_was(
    required: set[str], opened: set[str], missing: bool
) -> None:
    assert unopened(review(required=frozenset(required), opened=frozenset(opened))) is missing


@pytest.mark.parametrize(
    ("answers", "people", "withheld"),
    [
        (FEW, K_PERSONS - 1, "suppressed"),
        (FEW - 1, K_PERSONS, "too few"),
        (FEW, K_PERSONS, None),
        (FEW + 1, K_PERSONS + 1, None),
        (0, 1, "too few"),
    ],
)
def test_a_figure_needs_enough_people_and_answers(answers: int, people: int, withheld: str | None) -> None:
    figure = signals(everybody(answers, people)).figures["overrides"]
    assert figure.withheld == withheld
    assert (figure.value is None) is (withheld is not None)


def test_what_is_suppressed_does_not_even_say_how_many_answers_there_were() -> None:
    found = signals(everybody(FEW, K_PERSONS - 1))
    assert found.reviewers is None
    assert found.figures["overrides"].of is None


def test_a_share_counts_people_of_its_own_base_and_not_of_the_group() -> None:
    one_person = [review(0, required=frozenset({"order"})) for _ in range(FEW)]
    found = signals([*everybody(FEW, K_PERSONS), *one_person]).figures
    assert found["required_evidence_unopened"].withheld == "suppressed"
    assert found["overrides"].withheld is None


def test_shares_have_exact_intervals() -> None:
    reviews = [*everybody(15, K_PERSONS), *everybody(5, K_PERSONS, decision="reject")]
    figure = signals(reviews).figures["overrides"]
    assert (figure.of, figure.value) == (20, 0.25)
    assert figure.low == lower_bound(errors=5, trials=20, confidence=0.975)
    assert figure.high == upper_bound(errors=5, trials=20, confidence=0.975)


def test_times_on_evidence_are_the_middle_and_the_upper_tenth_and_a_time_of_nothing_counts() -> None:
    reviews = [review(n % K_PERSONS, on_evidence=SECOND * n) for n in range(FEW)]
    found = signals(reviews).figures
    assert (found["evidence_seconds_median"].value, found["evidence_seconds_p90"].value) == (9.0, 17.0)
    assert found["evidence_seconds_median"].of == FEW


def test_known_answers_and_second_reviews_are_counted_and_agreement_is_beyond_chance() -> None:
    pairs = [("approve", "approve")] * 14 + [("reject", "reject")] * 4 + [("approve", "reject")] * 2
    checks = [
        Checked(by=f"person-{n % K_PERSONS}", expected=one, given=other, right=one == other)
        for n, (one, other) in enumerate(pairs)
    ]
    found = signals([], known=checks, second=checks).figures
    assert found["known_answers_right"].value == found["second_reviews_agreed"].value == 0.9
    assert found["kappa"].value == pytest.approx(agreement(pairs).kappa)
    assert (found["kappa"].low or 0) < (found["kappa"].value or 0) < (found["kappa"].high or 0)


def test_loads_are_told_of_the_group_and_of_nobody() -> None:
    loads = {f"person-{n}": float(n) for n in range(10)}
    found = signals([], loads=loads).figures
    assert (found["load_median"].value, found["load_p90"].value) == (4.0, 8.0)
    assert signals([], loads={"person-0": 3.0}).figures["load_median"].withheld == "suppressed"


def kappa_of(cells: dict[tuple[str, str], float]) -> float:
    """κ of shares, straight from its definition."""
    labels = {label for pair in cells for label in pair}
    agreed = sum(share for (one, other), share in cells.items() if one == other)
    first = {label: sum(share for (one, _), share in cells.items() if one == label) for label in labels}
    second = {label: sum(share for (_, other), share in cells.items() if other == label) for label in labels}
    chance = sum(first[label] * second[label] for label in labels)
    return (agreed - chance) / (1 - chance)


def standard_error(cells: dict[tuple[str, str], float], pairs: int) -> float:
    """The delta method, with slopes that are measured and not derived."""
    step = 1e-6
    slopes = {pair: (kappa_of({**cells, pair: share + step}) - kappa_of(cells)) / step for pair, share in cells.items()}
    mean = sum(share * slopes[pair] for pair, share in cells.items())
    square = sum(share * slopes[pair] ** 2 for pair, share in cells.items())
    return float((square - mean**2) / pairs) ** 0.5


@pytest.mark.parametrize(
    "counts",
    [(53, 5, 2, 11, 14, 5, 1, 6, 3), (75, 1, 4, 5, 4, 1, 0, 0, 10), (10, 9, 11, 10, 10, 10, 9, 11, 20)],
)
def test_the_interval_of_kappa_is_that_of_a_slow_reference(counts: tuple[int, ...]) -> None:
    table = dict(zip([(one, other) for one in "abc" for other in "abc"], counts, strict=True))
    found = agreement([pair for pair, count in table.items() for _ in range(count)])
    cells = {pair: count / sum(counts) for pair, count in table.items()}
    assert found.kappa == pytest.approx(kappa_of(cells))
    assert found.interval is not None
    reach = (found.interval[1] - found.interval[0]) / 2
    assert reach == pytest.approx(1.959964 * standard_error(cells, sum(counts)), rel=1e-3)


@pytest.mark.parametrize("pairs", [[], [("approve", "approve")] * 30])
def test_where_chance_alone_always_agrees_there_is_no_kappa(pairs: list[tuple[str, str]]) -> None:
    assert agreement(pairs).kappa is None


def test_pairs_that_all_agree_have_a_kappa_and_no_interval() -> None:
    found = agreement([("approve", "approve"), ("reject", "reject")] * 10)
    assert (found.kappa, found.interval) == (1.0, None)
