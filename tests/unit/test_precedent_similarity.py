"""How alike two questions are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.precedents.desk import visible
from graphs.precedents.similarity import closeness, differences, similarity_bps, weights
from policies.expression import Kind

KINDS = {"total": Kind.INT, "vendor": Kind.STR, "new": Kind.BOOL, "due": Kind.DATE}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.sampled_from(["", "V1", "ACME GmbH", "2026-01-01", "x" * 300]),
)
FACTS = st.dictionaries(st.sampled_from([*KINDS, "other"]), VALUES)


@pytest.mark.parametrize(
    ("kind", "here", "there", "close"),
    [
        (Kind.INT, 100, 100, 1.0),
        (Kind.INT, 100, 90, 0.9),
        (Kind.INT, 100, -100, 0.0),
        (Kind.INT, 0, 5, 0.0),
        (Kind.BOOL, True, False, 0.0),
        (Kind.BOOL, True, True, 1.0),
        (Kind.DATE, "2026-01-01", "2026-01-31", 0.5),
        (Kind.STR, "ACME GmbH", "acme gmbh", 1.0),
        (Kind.STR, "a" * 300, "a" * 299, 0.0),
        (None, "a", "b", 0.0),
        (Kind.INT, 5, None, 0.0),
        (Kind.INT, None, None, 1.0),
    ],
)
def test_closeness_follows_the_type(kind: Kind | None, here: object, there: object, close: float) -> None:
    assert closeness(kind, here, there) == pytest.approx(close)  # type: ignore[arg-type]  # values of a fact


def test_one_is_not_true() -> None:
    assert [closeness(kind, True, 1) for kind in Kind] == [0.0] * 4


def test_a_value_that_few_share_weighs_more_than_one_that_all_have() -> None:
    others = [{"vendor": "Usual", "new": True} for _ in range(31)] + [{"vendor": "Rare", "new": True}]
    found = weights({"vendor": "Rare", "new": True}, others, KINDS)
    assert found["vendor"] > 10 * found["new"]


def test_the_rare_value_decides_who_is_near() -> None:
    others = [{"vendor": "Usual", "new": True, "total": 100}] * 30 + [{"vendor": "Rare", "new": False, "total": 100}]
    facts = {"vendor": "Rare", "new": True, "total": 100}
    weighted = weights(facts, others, KINDS)
    rare, usual = (similarity_bps(facts, others[place], KINDS, weighted) for place in (-1, 0))
    assert rare > usual


def test_what_tells_most_is_named_first() -> None:
    others = [{"vendor": "V", "total": n} for n in range(1, 30)]
    facts = {"vendor": "V", "total": 1000}
    found = differences(facts, {"vendor": "W", "total": 5}, weights(facts, others, KINDS))
    assert [one.name for one in found] == ["total", "vendor"]


def test_what_an_agent_said_is_not_shown_where_the_review_is_blind() -> None:
    facts = {"coding.blind": True, "coding.choice": "6300", "other.blind": False, "other.choice": "yes", "total": 5}
    assert visible(facts) == {"other.blind": False, "other.choice": "yes", "total": 5}


@given(facts=FACTS, others=st.lists(FACTS, max_size=5))
def test_similarity_is_whole_basis_points_and_most_with_itself(
    facts: dict[str, object], others: list[dict[str, object]]
) -> None:
    weighted = weights(facts, others, KINDS)  # type: ignore[arg-type]  # values of a fact
    for other in others:
        found = similarity_bps(facts, other, KINDS, weighted)  # type: ignore[arg-type]  # as above
        assert 0 <= found <= 10_000
    assert similarity_bps(facts, facts, KINDS, weighted) == (10_000 if weighted else 0)  # type: ignore[arg-type]  # as above
