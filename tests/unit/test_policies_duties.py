"""Duties over time: planted histories are found, all of them and nothing else.

The oracle beside the rules is written differently on purpose: it tries every two acts, and every set of acts.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from policies.duties import DutyAct, DutyRules, Splitting, ToxicPair, split_by, splits_in, toxic_in, toxic_with
from policies.errors import RegisterInvalid
from policies.register import read_duties, standard_duties

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMIT = 1000


def pair(**changes: Any) -> ToxicPair:
    data = {
        "id": "BANK",
        "title": "t",
        "first": "vendor.bank_changed",
        "second": "payment.released",
        "within_days": 90,
        "regulation": "R",
        "clause": "c",
    }
    return ToxicPair.model_validate(data | changes)


def splitting(**changes: Any) -> Splitting:
    data = {
        "id": "SPLIT",
        "title": "t",
        "duty": "invoice.approved",
        "same": "subject",
        "just_under_bps": 8000,
        "count": 3,
        "within_days": 30,
        "regulation": "R",
        "clause": "c",
    }
    return Splitting.model_validate(data | changes)


def rules(*pairs: ToxicPair) -> DutyRules:
    return DutyRules(duties="t", version="1", pairs=pairs)


def act(id: str, who: str, did: str, to: str = "vendor:V1", day: float = 0, **more: Any) -> DutyAct:
    return DutyAct(id=id, who=who, did=did, to=to, at=NOON + timedelta(days=day), **more)


def found(*acts: DutyAct, pairs: tuple[ToxicPair, ...] = (pair(),)) -> list[tuple[str, tuple[str, ...], str, str]]:
    return [(f.rule, f.people, f.earlier.id, f.later.id) for f in toxic_in(rules(*pairs), acts)]


@pytest.mark.parametrize(("day", "toxic"), [(0, True), (89, True), (90, True), (91, False)])
@pytest.mark.parametrize("order", [1, -1])
def test_a_window_holds_its_last_day_in_either_order(day: int, toxic: bool, order: int) -> None:
    acts = (act("a", "ann", "vendor.bank_changed", day=0), act("b", "ann", "payment.released", day=day * order))
    assert bool(found(*acts)) is toxic


def test_the_finding_says_who_which_acts_which_pair_and_why() -> None:
    acts = (act("a", "ann", "payment.released", day=3), act("b", "ann", "vendor.bank_changed"))
    [one] = toxic_in(rules(pair()), acts)
    assert (one.rule, one.people, one.earlier.id, one.later.id, one.source) == ("BANK", ("ann",), "b", "a", "R, c")


def test_another_person_another_subject_or_another_duty_is_no_conflict() -> None:
    changed = act("a", "ann", "vendor.bank_changed")
    assert found(changed, act("b", "bob", "payment.released")) == []
    assert found(changed, act("b", "ann", "payment.released", to="vendor:V2")) == []
    assert found(changed, act("b", "ann", "payment.created")) == []


def test_a_pair_without_a_window_holds_for_ever() -> None:
    acts = (act("a", "ann", "case.requested"), act("b", "ann", "case.approved", day=9999))
    forever = pair(first="case.requested", second="case.approved", within_days=None)
    assert len(found(*acts, pairs=(forever,))) == 1


def test_an_agents_act_counts_for_its_sponsor() -> None:
    by_agent = act("a", "bot", "vendor.bank_changed", also=frozenset({"ann"}))
    assert found(by_agent, act("b", "ann", "payment.released")) == [("BANK", ("ann",), "a", "b")]
    assert found(by_agent, act("b", "bot", "payment.released"))[0][1] == ("bot",)


def test_two_agents_of_one_sponsor_are_one_hand() -> None:
    first = act("a", "bot1", "vendor.bank_changed", also=frozenset({"ann"}))
    second = act("b", "bot2", "payment.released", also=frozenset({"ann"}))
    assert found(first, second) == [("BANK", ("ann",), "a", "b")]


def test_a_delegates_act_counts_for_both_along_the_chain() -> None:
    for_gil = act("a", "rob", "payment.released", day=1, also=frozenset({"gil", "ida"}))
    for person in ("rob", "gil", "ida"):
        assert len(found(act("b", person, "vendor.bank_changed"), for_gil)) == 1
    assert found(act("b", "max", "vendor.bank_changed"), for_gil) == []


@pytest.mark.parametrize(("count", "split"), [(2, False), (3, True), (4, True)])
def test_as_many_invoices_as_the_rule_counts_are_a_split(count: int, split: bool) -> None:
    acts = [spend(f"i{n}", 900, day=n) for n in range(count)]
    assert bool(splits(acts)) is split


@pytest.mark.parametrize(
    ("amounts", "split"),
    [
        ((800, 800, 800), True),
        ((799, 800, 800), False),
        ((1000, 1000, 1000), True),
        ((1001, 1000, 1000), False),
    ],
)
def test_just_under_is_from_the_share_of_the_limit_up_to_the_limit(amounts: tuple[int, ...], split: bool) -> None:
    assert bool(splits([spend(f"i{n}", amount, day=n) for n, amount in enumerate(amounts)])) is split


@pytest.mark.parametrize(("amounts", "split"), [((500, 500), False), ((500, 501), True), ((499, 501), False)])
def test_a_sum_at_the_limit_is_no_split(amounts: tuple[int, ...], split: bool) -> None:
    acts = [spend(f"i{n}", amount, day=n) for n, amount in enumerate(amounts)]
    assert bool(splits(acts, count=2, just_under_bps=4990)) is split


@pytest.mark.parametrize(("last", "split"), [(29, True), (30, True), (31, False)])
def test_the_window_of_a_split_holds_its_last_day(last: int, split: bool) -> None:
    assert bool(splits([spend("a", 900), spend("b", 900, day=1), spend("c", 900, day=last)])) is split


def test_a_split_is_told_with_its_acts_sum_and_limit() -> None:
    acts = [spend(f"i{n}", 900, day=n) for n in range(3)]
    one = split_by(splitting(), acts[2], acts[:2], limit_minor=LIMIT, currency="EUR")
    assert one is not None
    assert (one.common, [a.id for a in one.acts], one.sum_minor, one.limit_minor) == (
        "vendor:V1",
        ["i0", "i1", "i2"],
        2700,
        LIMIT,
    )


def test_another_vendor_currency_or_duty_is_not_added_up() -> None:
    two = [spend("a", 900), spend("b", 900, day=1)]
    for third in (
        spend("c", 900, day=2, to="vendor:V2"),
        spend("c", 900, day=2, currency="USD"),
        spend("c", 900, day=2, did="invoice.entered"),
        spend("c", None, day=2),
    ):
        assert splits([*two, third]) == []


def test_requests_of_one_person_are_added_up_over_vendors() -> None:
    acts = [spend(f"i{n}", 900, day=n, to=f"vendor:V{n}") for n in range(3)]
    assert len(splits(acts, same="requester")) == 1
    others = [spend(f"i{n}", 900, day=n, asked_by=f"r{n}") for n in range(3)]
    assert splits(others, same="requester") == []
    assert splits([spend(f"i{n}", 900, day=n, asked_by=None) for n in range(3)], same="requester") == []


def test_two_approvals_of_one_invoice_are_added_up_once() -> None:
    acts = [spend("a", 900, of="C1"), spend("b", 900, day=1, of="C1"), spend("c", 900, day=2, of="C2")]
    assert splits(acts) == []
    assert splits([*acts, spend("d", 900, day=3, of="C3")]) == ["d"]


def spend(id: str, amount: int | None, *, did: str = "invoice.approved", **more: Any) -> DutyAct:
    details: dict[str, Any] = {"currency": "EUR", "asked_by": "rita"} | more
    return act(id, "ann", did, amount_minor=amount, **details)


def splits(acts: list[DutyAct], **changes: Any) -> list[str]:
    return [s.acts[-1].id for s in splits_in(splitting(**changes), acts, limit_minor=LIMIT, currency="EUR")]


PAIRS = (
    pair(),
    pair(id="SELF", first="case.requested", second="case.approved", within_days=None),
    pair(id="ZERO", first="case.approved", second="payment.released", within_days=0),
)
PEOPLE = ("ann", "bob", "cem", "dan", "eve", "bot1", "bot2")
SPONSORS = {"bot1": frozenset({"ann"}), "bot2": frozenset({"ann"})}
DUTIES = ("vendor.bank_changed", "payment.released", "case.requested", "case.approved", "invoice.approved")


@st.composite
def histories(draw: st.DrawFn, *, planted: bool) -> list[DutyAct]:
    """Acts of many people, vendors and days; where `planted`, with a toxic pair, a self-approval and a split."""
    count = draw(st.integers(0, 25))
    acts = [drawn_act(draw, f"r{number}") for number in range(count)]
    if planted:
        who, start = draw(st.sampled_from(PEOPLE)), draw(st.integers(0, 200))
        shift = draw(st.integers(-90, 90))
        acts += [
            act("p1", who, "vendor.bank_changed", day=start),
            act("p2", who, "payment.released", day=start + shift),
            act("p3", who, "case.requested", "case:C1", day=start),
            act("p4", who, "case.approved", "case:C1", day=start + shift),
            *(spend(f"p{5 + n}", draw(st.integers(800, 1000)), day=start + draw(st.integers(0, 30))) for n in range(3)),
        ]
    return draw(st.permutations(acts))


def drawn_act(draw: st.DrawFn, id: str) -> DutyAct:
    who = draw(st.sampled_from(PEOPLE))
    for_others = draw(st.frozensets(st.sampled_from(PEOPLE[:5]), max_size=1))
    return act(
        id,
        who,
        draw(st.sampled_from(DUTIES)),
        draw(st.sampled_from(("vendor:V1", "vendor:V2", "case:C1"))),
        draw(st.integers(0, 2000).map(lambda tenths: tenths / 10)),
        also=SPONSORS.get(who, frozenset()) | for_others,
        asked_by=draw(st.sampled_from(("rita", "rolf", None))),
        of=draw(st.none() | st.sampled_from(("C1", "C2"))),
        amount_minor=draw(st.none() | st.sampled_from((1, 799, 800, 900, 1000, 1001, -900))),
        currency=draw(st.sampled_from(("EUR", "USD"))),
    )


def toxic_by_trying(acts: list[DutyAct]) -> set[tuple[str, str, str, tuple[str, ...]]]:
    """Every ordered two acts, against every pair."""
    caught: set[tuple[str, str, str, tuple[str, ...]]] = set()
    for one, two in permutations(acts, 2):
        shared = sorted(person for person in PEOPLE if person in one.people and person in two.people)
        apart = (two.at.date() - one.at.date()) // timedelta(days=1)
        for rule in PAIRS:
            window = 10**6 if rule.within_days is None else rule.within_days
            if one.did == rule.first and two.did == rule.second and one.to == two.to and -window <= apart <= window:
                early, late = (one, two) if (one.at, one.id) < (two.at, two.id) else (two, one)
                if shared:
                    caught.add((rule.id, early.id, late.id, tuple(shared)))
    return caught


def splits_by_trying(rule: Splitting, acts: list[DutyAct]) -> set[str]:
    """Every set of `count` acts or more of one group, near the limit, within the window: its last act."""
    low = -(-LIMIT * rule.just_under_bps // 10_000)
    near = [
        item
        for item in acts
        if item.did == rule.duty and item.currency == "EUR" and low <= abs(item.amount_minor or 0) <= LIMIT
    ]
    caught: set[str] = set()
    for size in range(rule.count, len(near) + 1):
        for chosen in combinations(near, size):
            groups = {item.to if rule.same == "subject" else item.asked_by for item in chosen}
            first, *_, last = sorted(chosen, key=lambda item: (item.at, item.id))
            within = (last.at.date() - first.at.date()).days <= rule.within_days
            over = sum(abs(item.amount_minor or 0) for item in chosen) > LIMIT
            apart = len({item.of or item.id for item in chosen}) == size
            if len(groups) == 1 and groups != {None} and within and over and apart:
                caught.add(last.id)
    return caught


MANY = (pytest.mark.chaos, pytest.mark.timeout(300))
HISTORIES = pytest.mark.parametrize("tried", [60, pytest.param(1000, marks=MANY)])


@HISTORIES
@pytest.mark.parametrize("planted", [False, True])
def test_toxic_pairs_and_self_approvals_are_found_with_precision_and_recall_of_one(planted: bool, tried: int) -> None:
    seen = {"plants": 0, "clean": 0}

    @settings(max_examples=tried, deadline=None)
    @given(histories(planted=planted))
    def check(acts: list[DutyAct]) -> None:
        caught = {(f.rule, f.earlier.id, f.later.id, f.people) for f in toxic_in(rules(*PAIRS), acts)}
        assert caught == toxic_by_trying(acts)
        if planted:
            assert {("BANK", frozenset({"p1", "p2"})), ("SELF", frozenset({"p3", "p4"}))} <= {
                (rule, frozenset({early, late})) for rule, early, late, _ in caught
            }
        seen["plants" if caught else "clean"] += 1

    check()
    assert seen["plants"] > 0
    assert planted or seen["clean"] > 0


@HISTORIES
@pytest.mark.parametrize("planted", [False, True])
@pytest.mark.parametrize("same", ["subject", "requester"])
def test_splits_are_found_with_precision_and_recall_of_one(planted: bool, same: str, tried: int) -> None:
    rule = splitting(same=same)

    @settings(max_examples=tried, deadline=None)
    @given(histories(planted=planted))
    def check(acts: list[DutyAct]) -> None:
        caught = {found.acts[-1].id for found in splits_in(rule, acts, limit_minor=LIMIT, currency="EUR")}
        assert caught == splits_by_trying(rule, acts)
        assert not planted or caught

    check()


@given(histories(planted=True))
@settings(max_examples=50, deadline=None)
def test_what_is_refused_act_by_act_is_what_is_found_afterwards(acts: list[DutyAct]) -> None:
    ordered = sorted(acts, key=lambda item: (item.at, item.id))
    refused = [found for n, item in enumerate(ordered) for found in toxic_with(rules(*PAIRS), item, ordered[:n])]
    assert {(f.rule, f.earlier.id, f.later.id) for f in refused} == {
        (f.rule, f.earlier.id, f.later.id) for f in toxic_in(rules(*PAIRS), acts)
    }


def test_what_must_be_looked_at_beside_a_duty() -> None:
    both = DutyRules(duties="t", version="1", pairs=PAIRS[:1], splits=(splitting(),))
    assert both.partners("payment.released") == {"vendor.bank_changed"}
    assert both.partners("invoice.approved") == {"invoice.approved"}
    assert both.partners("order.created") == frozenset()
    assert (both.days_back("payment.released"), both.days_back("invoice.approved")) == (90, 30)
    assert rules(PAIRS[1]).days_back("case.approved") is None


def test_the_standard_rules_read_and_name_the_pairs_that_auditors_ask_for() -> None:
    standard = standard_duties()
    pairs = {(item.first, item.second, item.within_days) for item in standard.pairs}
    assert ("vendor.bank_changed", "payment.released", 90) in pairs
    assert ("vendor.created", "invoice.approved", 365) in pairs
    assert {item.same for item in standard.splits} == {"subject", "requester"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"pairs": (pair(), pair())},
        {"pairs": [pair().model_dump() | {"second": "vendor.bank_changed"}]},
        {"pairs": [pair().model_dump() | {"within_days": -1}]},
        {"splits": [splitting().model_dump() | {"count": 1}]},
        {"splits": [splitting().model_dump() | {"just_under_bps": 10_001}]},
        {"pairs": [pair().model_dump() | {"first": "anything"}]},
    ],
)
def test_rules_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DutyRules.model_validate({"duties": "t", "version": "1"} | wrong)


def test_rules_about_duties_that_cannot_be_read_say_where() -> None:
    with pytest.raises(RegisterInvalid, match="d: version"):
        read_duties("duties: x", name="d")
    with pytest.raises(RegisterInvalid, match="d: is not YAML"):
        read_duties("duties: x\nduties: y", name="d")
