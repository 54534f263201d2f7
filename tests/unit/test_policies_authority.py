"""The authority matrix: who may decide on what, up to which amount; a delegation never raises a limit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policies.authority import (
    Authority,
    AuthorityMatrix,
    Delegation,
    chain_between,
    limit_along,
    limit_of,
    limit_through,
)
from policies.errors import RegisterInvalid
from policies.register import read_matrix


def row(role: str, limit: int, **changes: Any) -> Authority:
    data = {
        "role": role,
        "matter": "invoice",
        "entity": "any",
        "currency": "EUR",
        "limit_minor": limit,
        "effective_from": "2026-01-01",
    }
    return Authority.model_validate(data | changes)


MATRIX = (
    row("clerk", 50_000),
    row("head", 5_000_000, effective_to=date(2026, 6, 30)),
    row("head", 1_000_000, effective_from=date(2026, 7, 2)),
    row("head", 7_000_000, entity="bolt"),
    row("site", 200_000, entity="acme"),
)


def held(*roles: str, day: str = "2026-02-01", **changes: Any) -> int | None:
    asked: dict[str, Any] = {"matter": "invoice", "currency": "EUR", "entity": None} | changes
    return limit_of(MATRIX, roles=roles, on=date.fromisoformat(day), **asked)


@pytest.mark.parametrize(
    ("roles", "day", "limit"),
    [
        (["clerk"], "2026-01-01", 50_000),
        (["clerk"], "2025-12-31", None),
        (["clerk", "head"], "2026-06-30", 5_000_000),
        (["head"], "2026-07-01", None),
        (["head"], "2026-07-02", 1_000_000),
        (["clerk", "head"], "2026-07-01", 50_000),
        (["guest"], "2026-07-01", None),
        ([], "2026-07-01", None),
    ],
)
def test_the_highest_limit_of_a_persons_roles_holds_and_a_gap_gives_none(
    roles: list[str], day: str, limit: int | None
) -> None:
    assert held(*roles, day=day) == limit


@pytest.mark.parametrize(("matter", "currency"), [("invoice", "USD"), ("order", "EUR"), ("invoice", "")])
def test_authority_does_not_carry_over(matter: str, currency: str) -> None:
    assert held("head", matter=matter, currency=currency) is None


@pytest.mark.parametrize(
    ("role", "entity", "limit"),
    [
        ("site", "acme", 200_000),
        ("site", "bolt", None),
        ("site", None, None),
        ("head", "bolt", 7_000_000),
        ("head", "acme", 5_000_000),
        ("head", None, 5_000_000),
    ],
)
def test_an_entity_that_is_not_known_is_for_rows_of_any_only(role: str, entity: str | None, limit: int | None) -> None:
    assert held(role, entity=entity) == limit


@pytest.mark.parametrize("limit", [-1, 1.5, "100", True])
def test_a_limit_is_an_exact_amount(limit: object) -> None:
    with pytest.raises(ValidationError, match="limit_minor"):
        row("clerk", limit)  # type: ignore[arg-type]


def test_a_row_must_say_for_which_entity_it_is() -> None:
    with pytest.raises(ValidationError, match="entity"):
        Authority.model_validate(row("clerk", 1).model_dump(exclude={"entity"}))


@pytest.mark.parametrize(
    ("second", "refused"),
    [
        (row("clerk", 2, effective_from=date(2026, 2, 1)), True),
        (row("clerk", 2, effective_from=date(2025, 1, 1), effective_to=date(2026, 1, 1)), True),
        (row("clerk", 2, effective_from=date(2025, 1, 1), effective_to=date(2025, 12, 31)), False),
        (row("clerk", 2, entity="acme"), False),
        (row("clerk", 2, currency="USD"), False),
        (row("head", 2), False),
    ],
)
def test_two_rows_that_answer_one_question_for_one_day_are_no_matrix(second: Authority, refused: bool) -> None:
    rows = (row("clerk", 1), second)
    if refused:
        with pytest.raises(ValidationError, match="rows 1 and 2 both say what clerk / invoice / any / EUR may decide"):
            AuthorityMatrix(rows=rows)
    else:
        assert AuthorityMatrix(rows=rows).rows == rows


def test_a_matrix_is_read_from_yaml_and_a_wrong_one_is_refused_by_its_place() -> None:
    good = """
    rows:
      - {role: approver, matter: approval, entity: any, currency: EUR, limit_minor: 1000000,
         effective_from: "2026-01-01"}
    """
    assert read_matrix(good, name="m").rows[0].limit_minor == 1_000_000
    for wrong in (good.replace("EUR", "euro"), good.replace("1000000", "1e6"), good + "\n    rows: []", "- 1"):
        with pytest.raises(RegisterInvalid, match=r"^m"):
            read_matrix(wrong, name="m")


DAY = date(2026, 8, 1)


def delegation(giver: str = "gil", receiver: str = "rob", cap: int | None = None, **changes: Any) -> Delegation:
    data = {
        "giver": giver,
        "receiver": receiver,
        "cap_minor": cap,
        "currency": None if cap is None else "EUR",
        "effective_from": DAY,
        "effective_to": date(2026, 8, 14),
    }
    return Delegation.model_validate(data | changes)


def through(cap: int | None, giver: int | None, receiver: int | None, day: str = "2026-08-01") -> int | None:
    return limit_through(
        delegation(cap=cap),
        giver_limit=giver,
        receiver_limit=receiver,
        currency="EUR",
        on=date.fromisoformat(day),
    )


@pytest.mark.parametrize(
    ("cap", "giver", "receiver", "limit"),
    [
        (None, 1000, 500, 500),
        (None, 500, 1000, 500),
        (200, 1000, 500, 200),
        (9000, 1000, 500, 500),
        (9000, None, 500, None),
        (9000, 1000, None, None),
    ],
)
def test_the_lowest_of_both_limits_and_the_cap_binds(
    cap: int | None, giver: int | None, receiver: int | None, limit: int | None
) -> None:
    assert through(cap, giver, receiver) == limit


@pytest.mark.parametrize(
    ("day", "limit"), [("2026-07-31", None), ("2026-08-01", 500), ("2026-08-14", 500), ("2026-08-15", None)]
)
def test_a_delegation_holds_between_its_dates(day: str, limit: int | None) -> None:
    assert through(None, 1000, 500, day) == limit


def test_a_cap_in_another_currency_is_no_authority() -> None:
    assert limit_through(delegation(cap=9000), giver_limit=9, receiver_limit=9, currency="USD", on=DAY) is None


@pytest.mark.parametrize(
    "changes",
    [{"receiver": "gil"}, {"cap_minor": 5}, {"currency": "EUR"}, {"effective_to": DAY - timedelta(days=1)}],
)
def test_a_delegation_that_means_nothing_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        delegation(**changes)


PEOPLE = ("ann", "bob", "cem", "dan", "eve")
limits = st.dictionaries(st.sampled_from(PEOPLE), st.none() | st.integers(0, 1000))
chains = st.permutations(PEOPLE).flatmap(
    lambda people: st.tuples(
        st.just(people), st.lists(st.none() | st.integers(0, 1000), min_size=1, max_size=len(people) - 1)
    )
)


@given(chains, limits, st.integers(-1, 20))
def test_no_chain_of_delegations_raises_anybodys_limit(
    drawn: tuple[list[str], list[int | None]], own: dict[str, int | None], after: int
) -> None:
    people, caps = drawn
    chain = [delegation(people[n], people[n + 1], cap) for n, cap in enumerate(caps)]
    limit = limit_along(chain, limits=own, currency="EUR", on=DAY + timedelta(days=after))
    concerned = [own.get(person) for person in people[: len(chain) + 1]]
    bounds = [bound for bound in (*concerned, *caps) if bound is not None]
    if None in concerned or not 0 <= after <= 13:
        assert limit is None
    else:
        assert limit == min(bounds)


def test_links_that_do_not_meet_are_no_chain() -> None:
    own = {"ann": 5, "bob": 5, "cem": 5, "dan": 5}
    broken = [delegation("ann", "bob"), delegation("cem", "dan")]
    assert limit_along(broken, limits=own, currency="EUR", on=DAY) is None
    assert limit_along([], limits=own, currency="EUR", on=DAY) is None


def test_the_shortest_chain_in_force_is_found() -> None:
    one, two, three = delegation("ann", "bob"), delegation("bob", "cem"), delegation("cem", "dan")
    late = delegation("ann", "cem", effective_from=DAY + timedelta(days=1))
    around = delegation("bob", "ann")
    known = (around, one, two, three, late)
    assert chain_between(known, giver="ann", receiver="dan", on=DAY) == (one, two, three)
    assert chain_between(known, giver="ann", receiver="dan", on=DAY + timedelta(days=1)) == (late, three)
    assert chain_between(known, giver="dan", receiver="ann", on=DAY) is None
    assert chain_between(known, giver="ann", receiver="ann", on=DAY) is None
