"""The sums of a replay: what is certain in spite of unrecorded facts, who is asked, whose money is counted once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.replay_report import Change
from graphs.replay_tally import BLOCKED, REVIEWED, Tally, Uncertain, certain_kind, people
from graphs.store.verdict_log import JudgedEntry
from policies.canonical import canonical_json
from policies.verdict import Severity
from tests.support.packs import STRICTER
from tests.support.toy import PACK, toy_rulebook

NOW = datetime(2026, 11, 28, tzinfo=UTC)
REVIEW = {"rule": "R", "severity": "review"}
BLOCK = {"rule": "B", "severity": "block"}
USUAL, STRICT = toy_rulebook(PACK), toy_rulebook(STRICTER)


def entry(case_id: str, seq: int = 1) -> JudgedEntry:
    return JudgedEntry(
        seq=seq,
        at=NOW,
        case_id=case_id,
        step="propose",
        process="toy",
        version=1,
        started_at=NOW,
        verdicts=(),
        erased=False,
    )


def verdict(**parts: Any) -> dict[str, Any]:
    usual = {"kind": "allow", "findings": [], "indeterminate": [], "obligations": [], "met": [], "engine_fault": None}
    return usual | parts


def uncertain(severity: Severity, rule: str = "U") -> dict[str, Uncertain]:
    return {rule: Uncertain(severity=severity, missing=("a.b",))}


@pytest.mark.parametrize(
    ("judged", "doubt", "kind"),
    [
        (verdict(), {}, "allow"),
        (verdict(kind="review", indeterminate=[{"rule": "U"}]), uncertain(Severity.REVIEW), None),
        (verdict(kind="review", findings=[REVIEW], indeterminate=[{"rule": "U"}]), uncertain(Severity.BLOCK), None),
        (verdict(kind="deny", findings=[BLOCK]), uncertain(Severity.REVIEW), "deny"),
        (verdict(kind="deny", findings=[BLOCK]), uncertain(Severity.BLOCK, "B"), None),
        (verdict(kind="review", indeterminate=[{"rule": "U"}]), uncertain(Severity.WARN), "allow"),
        (verdict(kind="review", indeterminate=[{"rule": "U"}, {"rule": "V"}]), uncertain(Severity.WARN), "review"),
        (verdict(kind="review", findings=[REVIEW]), uncertain(Severity.WARN), "review"),
        (verdict(kind="review", obligations=["four_eyes"]), uncertain(Severity.WARN), "review"),
        (verdict(obligations=["call"], met=["call"]), uncertain(Severity.WARN), "allow"),
        (verdict(kind="review", engine_fault="no"), uncertain(Severity.BLOCK), "review"),
    ],
)
def test_only_what_does_not_hang_on_unrecorded_facts_is_certain(
    judged: dict[str, Any], doubt: dict[str, Uncertain], kind: str | None
) -> None:
    assert certain_kind(judged, doubt) == kind


@pytest.mark.parametrize(
    ("kind", "obligations", "met", "deny_asks", "asked"),
    [
        ("allow", [], [], True, 0),
        ("review", [], [], True, 1),
        ("review", ["four_eyes"], [], True, 2),
        ("review", ["four_eyes"], ["four_eyes"], True, 1),
        ("deny", [], [], True, 1),
        ("deny", ["four_eyes"], [], True, 1),
        ("deny", [], [], False, 0),
    ],
)
def test_how_many_people_a_verdict_asks(
    kind: str, obligations: list[str], met: list[str], deny_asks: bool, asked: int
) -> None:
    assert people(verdict(obligations=obligations, met=met), kind, deny_asks=deny_asks) == asked


def tallied(amounts: list[int]) -> Tally:
    """Each amount is a case of its own, judged by the usual rules and by the stricter ones."""
    tally = Tally(pack=STRICT.pack, deny_asks=lambda _: False)
    for number, amount in enumerate(amounts):
        before, after = (
            json.loads(canonical_json(book.judge("write", {"note.amount": amount}, on=NOW.date())))
            for book in (USUAL, STRICT)
        )
        tally.add(entry(f"case-{number}", number), before, after)
    return tally


@given(st.lists(st.integers(0, 2_000), max_size=30))
def test_the_flips_are_those_between_the_two_limits_with_their_money(amounts: list[int]) -> None:
    tally = tallied(amounts)
    between = [amount for amount in amounts if 400 < amount <= 1_000]
    money = {"XXX": sum(between)} if between else {}
    assert tally.change(REVIEWED) == Change(verdicts=len(between), cases=len(between), money=money)
    assert tally.change(BLOCKED) == Change()
    assert (tally.cases, tally.tasks) == (len(amounts), (len(between), 0))


def test_a_case_that_flips_twice_counts_its_money_and_its_task_once() -> None:
    tally = Tally(pack=STRICT.pack, deny_asks=lambda _: False)
    before, after = (
        json.loads(canonical_json(book.judge("write", {"note.amount": 700}, on=NOW.date()))) for book in (USUAL, STRICT)
    )
    tally.add(entry("case", 1), before, after)
    tally.add(entry("case", 2), before, after)
    assert tally.change(REVIEWED) == Change(verdicts=2, cases=1, money={"XXX": 700})
    assert tally.tasks == (1, 0)
