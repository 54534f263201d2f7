"""What reviewers decide again and again is found with its exact predicate, or not at all."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.suggestions.mining import LEAST_SUPPORT, LEAST_TOLD, Miner, roundest
from graphs.suggestions.predicate import Comparison, Facts, Predicate
from policies.expression import Kind

KINDS = {
    "invoice.total": Kind.INT,
    "invoice.quantity": Kind.INT,
    "vendor.id": Kind.STR,
    "vendor.country": Kind.STR,
    "vendor.is_new": Kind.BOOL,
    "invoice.due": Kind.DATE,
}
MINER = Miner(kinds=KINDS, preferred=("invoice.total",))


def some(chance: random.Random, **given: object) -> Facts:
    """An invoice as it comes."""
    facts = {
        "invoice.total": chance.randint(1_000, 2_000_000),
        "invoice.quantity": chance.randint(1, 500),
        "vendor.id": chance.choice(["V1", "V2", "V3", "V7"]),
        "vendor.country": chance.choice(["AT", "DE"]),
        "vendor.is_new": chance.random() < 0.3,
        "invoice.due": f"2026-0{chance.randint(1, 9)}-11",
    }
    return {**facts, **{name.replace("__", "."): value for name, value in given.items()}}  # type: ignore[dict-item]  # values of facts


def planted(seed: int, *, alike: int = 60) -> tuple[list[Facts], list[Facts]]:
    """200 answers: V7 up to 500,000 is always approved; of everything else half is."""
    chance = random.Random(seed)
    group = [some(chance, vendor__id="V7", invoice__total=chance.randint(1_000, 500_000)) for _ in range(alike)]
    group[0] = {**group[0], "invoice.total": 499_000}
    against: list[Facts] = []
    while len(group) + len(against) < 140 + alike:
        facts = some(chance)
        if facts["vendor.id"] == "V7":
            against.append({**facts, "invoice.total": chance.randint(501_000, 2_000_000)})
        else:
            (group if chance.random() < 0.5 else against).append(facts)
    return group, against


PLANTED = "invoice.total <= 500000 and vendor.id == 'V7'"


@pytest.mark.parametrize("seed", range(8))
def test_a_planted_pattern_is_found_with_its_exact_predicate(seed: int) -> None:
    group, against = planted(seed)
    first = MINER.mine(group, against)[0]
    assert (first.predicate.text, len(first.covered)) == (PLANTED, 60)


@pytest.mark.parametrize("seed", range(8))
def test_one_contradicting_amount_among_like_ones_is_enough_against_it(seed: int) -> None:
    group, against = planted(seed)
    contradiction = {**group[5], "invoice.total": 250_000}
    found = MINER.mine(group, [*against, contradiction])
    assert all("V7" not in one.predicate.text for one in found)
    assert all(one.predicate.holds(contradiction) is not True for one in found)


def test_below_the_support_nothing_is_found() -> None:
    chance = random.Random(1)
    against = [some(chance, vendor__is_new=False) for _ in range(40)]
    group = [some(chance, vendor__is_new=True) for _ in range(LEAST_SUPPORT)]
    assert [one.predicate.text for one in MINER.mine(group, against)] == ["vendor.is_new"]
    assert MINER.mine(group[1:], against) == []


def test_a_comparison_that_steps_around_one_or_two_answers_is_no_pattern() -> None:
    chance = random.Random(2)
    group = [some(chance, vendor__country="AT") for _ in range(40)]
    others = [some(chance, vendor__country="DE") for _ in range(LEAST_TOLD)]
    assert MINER.mine(group, others[1:]) == []
    assert [one.predicate.text for one in MINER.mine(group, others)] == ["vendor.country == 'AT'"]


def test_what_was_never_contradicted_is_bounded_by_what_was_seen() -> None:
    group: list[Facts] = [{"invoice.total": 1_000 * n} for n in range(1, 49)]
    [found] = MINER.mine(group, [])
    assert found.predicate.text == "invoice.total <= 50000"


def test_without_a_number_that_says_something_nothing_is_unbounded() -> None:
    assert MINER.mine([{"vendor.is_new": True}] * 50, []) == []


def test_the_same_answers_need_no_more_comparisons_than_they_must() -> None:
    chance = random.Random(3)
    group = [some(chance, vendor__id="V7", vendor__country="AT") for _ in range(30)]
    against = [some(chance, vendor__id="V1", vendor__country="AT") for _ in range(30)]
    [found] = MINER.mine(group, against)
    assert found.predicate.text == "vendor.id == 'V7'"


def test_an_unknown_fact_is_covered_by_nothing() -> None:
    predicate = Predicate(comparisons=(Comparison(name="a.b", sign="<=", value=5),))
    assert [predicate.holds({"a.b": value}) for value in (5, 6, None, True)] == [True, False, None, False]


@pytest.mark.parametrize(
    ("low", "high", "upward", "round_"),
    [
        (49_800, 50_299, True, 50_000),
        (499_999, 500_500, True, 500_000),
        (1_001, 1_001, True, 1_001),
        (3, 9, True, 5),
        (4, 13, False, 10),
        (-7, 4, False, 0),
        (1_230, 1_299, True, 1_250),
        (0, 0, True, 0),
    ],
)
def test_a_bound_lies_at_the_roundest_value(low: int, high: int, upward: bool, round_: int) -> None:
    assert roundest(low, high, upward=upward) == round_


@given(low=st.integers(-(10**12), 10**12), wide=st.integers(0, 10**9), upward=st.booleans())
def test_the_roundest_value_lies_between(low: int, wide: int, upward: bool) -> None:
    assert low <= roundest(low, low + wide, upward=upward) <= low + wide


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "invoice.total": st.one_of(st.none(), st.integers(0, 60)),
            "vendor.id": st.sampled_from(["V1", "V2", "V3"]),
            "vendor.is_new": st.one_of(st.none(), st.booleans()),
        }
    ),
    max_size=50,
)


@settings(max_examples=60, deadline=None)
@given(group=ROWS, against=ROWS)
def test_whatever_the_answers_are_nothing_found_covers_a_contradicting_one(
    group: Sequence[Facts], against: Sequence[Facts]
) -> None:
    for found in Miner(kinds=KINDS, preferred=("invoice.total",), least=5).mine(group, against):
        assert len(found.covered) >= 5
        assert 1 <= len(found.predicate.comparisons) <= 3
        assert all(found.predicate.holds(group[place]) is True for place in found.covered)
        assert [facts for facts in against if found.predicate.holds(facts) is True] == []
