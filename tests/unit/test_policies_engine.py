"""The engine is not believed: threads, forks, broken rulesets and hostile values end in a verdict."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from policies_samples import TODAY, numbered, pack, rule

from policies.compiler import check_columns, compile_point
from policies.engine import DurableRuleset
from policies.errors import EngineFault, PackInvalid
from policies.fact import FactValue
from policies.judgement import RuleBook
from policies.verdict import Verdict, VerdictKind

ROOT = Path(__file__).parents[2]


def assert_fault(verdict: Verdict, says: str) -> None:
    assert verdict.kind is VerdictKind.REVIEW
    assert verdict.findings == ()
    assert verdict.engine_fault is not None
    assert says in verdict.engine_fault


class LosesFirings(DurableRuleset):
    """A ruleset that loses what fires under this name."""

    lost = "+0when"

    def run(self, fact: str) -> set[str]:
        return super().run(fact) - {self.lost}


class FiresBoth(DurableRuleset):
    """A ruleset in which a condition and its complement hold."""

    def run(self, fact: str) -> set[str]:
        return super().run(fact) | {"+0when", "-0when"}


class Inverts(DurableRuleset):
    """A ruleset that answers the opposite."""

    def run(self, fact: str) -> set[str]:
        opposite = {"+": "-", "-": "+"}
        return {opposite[name[0]] + name[1:] for name in super().run(fact)}


class Breaks(DurableRuleset):
    """A ruleset that fails on every second run, counted over all rulesets."""

    runs = 0

    def run(self, fact: str) -> set[str]:
        Breaks.runs += 1
        if Breaks.runs % 2:
            raise EngineFault("error 303")
        return super().run(fact)


@pytest.mark.parametrize(
    ("broken", "says"),
    [(LosesFirings, "0 fired, not one"), (FiresBoth, "2 fired, not one"), (Inverts, "the shadow True")],
)
def test_a_wrong_answer_of_the_engine_is_a_fault(broken: type[DurableRuleset], says: str) -> None:
    book = RuleBook(pack(rule("a.total > 3", severity="warn")), open_ruleset=broken)
    assert_fault(book.judge("check", {"a.total": 4}, on=TODAY), says)


def test_a_ruleset_that_failed_is_abandoned_and_replaced() -> None:
    book = RuleBook(pack(rule("a.total > 3")), open_ruleset=Breaks)
    assert_fault(book.judge("check", {"a.total": 4}, on=TODAY), "error 303")
    assert book.judge("check", {"a.total": 4}, on=TODAY).findings
    assert book.abandoned_rulesets == 1


def test_a_hundred_rules_on_one_fact_all_fire() -> None:
    book = RuleBook(pack(*numbered(*[f"a.total > {number}" for number in range(99)])))
    verdict = book.judge("check", {"a.total": 1000}, on=TODAY)
    assert len(verdict.findings) == 99
    assert len(book.points["check"].rulesets) == 5


def test_a_definition_the_engine_refuses_is_a_fault() -> None:
    with pytest.raises(EngineFault, match="refuses the ruleset"):
        DurableRuleset("broken", '{"r": {"all": [{"m": {"$nonsense": 1')


def test_eight_threads_share_a_rule_book() -> None:
    book = RuleBook(pack(*numbered(*[f"a.total > {number}" for number in range(60)])))

    def count(total: int) -> int:
        verdict = book.judge("check", {"a.total": total}, on=TODAY)
        return -1 if verdict.engine_fault else len(verdict.findings)

    totals = [number % 61 for number in range(2400)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        assert list(pool.map(count, totals)) == totals
    assert book.abandoned_rulesets == 0


FORK = """
import os
from policies_samples import TODAY, pack, rule
from policies.judgement import RuleBook
book = RuleBook(pack(rule("a.total > 3")))
judge = lambda n: book.judge("check", {"a.total": n}, on=TODAY)
assert judge(4).findings
children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        right = all(bool(judge(n).findings) is (n > 3) and not judge(n).engine_fault for n in range(50))
        os._exit(0 if right else 1)
    children.append(child)
assert judge(4).findings and not judge(3).findings
assert all(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0 for child in children)
"""


def test_forked_children_judge_on_their_own() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORK],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'unit'}"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")


HOSTILE: list[tuple[dict[str, object], str]] = [
    ({"a.total": 2**63}, "out of range"),
    ({"a.total": -(2**62)}, "out of range"),
    ({"a.total": 10**30}, "out of range"),
    ({"a.total": 4.0}, "not float"),
    ({"a.total": float("nan")}, "not float"),
    ({"a.total": float("inf")}, "not float"),
    ({"a.total": True}, "not bool"),
    ({"a.total": "4"}, "not str"),
    ({"a.total": [4]}, "not list"),
    ({"a.flag": 1}, "true or false is needed"),
    ({"a.flag": "true"}, "true or false is needed"),
    ({"a.name": b"x"}, "a string is needed"),
    ({"a.name": "x" * 2049}, "longer than 2048"),
    ({"a.name": "x" * 65539}, "longer than 2048"),
    ({"a.name": "\ud800"}, "not valid Unicode"),
    ({"a.on": "2026-02-30"}, "not of the form"),
    ({"a.on": "20260101"}, "not of the form"),
    ({"a.on": "2026-W01-1"}, "not of the form"),
    ({"a.on": date(2026, 1, 1)}, "an ISO date is needed"),
    ({"c0": 1}, "knows no such field"),
    ({"sid": "1", "id": "1"}, "knows no such field"),
    ({"lrecxtx": 1000}, "knows no such field"),
    ({"$m": "c0"}, "knows no such field"),
    ({"p.limit": 10**9}, "knows no such field"),
    ({"a": {"total": 4}}, "knows no such field"),
    ({"\ud800": 1}, "knows no such field"),
    ({1: 1}, "knows no such field"),
]


@pytest.mark.parametrize(("facts", "says"), HOSTILE, ids=lambda value: ascii(value)[:40])
def test_a_hostile_value_is_never_allowed(facts: dict[str, FactValue], says: str) -> None:
    book = RuleBook(pack(rule("a.total > 3 or a.name == 'x' or a.flag or a.on > b.on", severity="warn")))
    assert_fault(book.judge("check", facts, on=TODAY), says)


@pytest.mark.parametrize(("total", "fires"), [(2**62 - 1, True), (2**53 + 1, True), (2**53, False)])
def test_large_integers_are_exact(total: int, fires: bool) -> None:
    book = RuleBook(pack(rule(f"a.total > {2**53}")))
    verdict = book.judge("check", {"a.total": total}, on=TODAY)
    assert (bool(verdict.findings), verdict.engine_fault) == (fires, None)


def test_a_product_that_leaves_the_exact_range_is_a_fault() -> None:
    book = RuleBook(pack(rule("a.total * 10000 > 5")))
    assert_fault(book.judge("check", {"a.total": 2**49}, on=TODAY), "(a.total * 10000): the result is out of range")


def test_two_spellings_of_one_letter_are_one_string() -> None:
    book = RuleBook(pack(rule("a.name != b.name")))
    verdict = book.judge("check", {"a.name": "Mü", "b.name": "Mu\u0308"}, on=TODAY)
    assert (verdict.findings, verdict.facts["b.name"]) == ((), "Mü")


@pytest.mark.parametrize("name", ["a\x00b", 'q"x', "a\\", "\u2028", "𝄞", "x" * 2048, "ß" * 2048])
def test_strings_are_compared_whole(name: str) -> None:
    book = RuleBook(pack(rule("a.name == b.name")))
    assert book.judge("check", {"a.name": name, "b.name": name}, on=TODAY).findings
    assert not book.judge("check", {"a.name": name, "b.name": name[:-1]}, on=TODAY).findings


def test_columns_that_the_engine_would_confuse_are_refused() -> None:
    with pytest.raises(PackInvalid, match="same hash"):
        check_columns(["lrecxtx", "total"], where="sample.check")


@pytest.mark.parametrize(("count", "refused"), [(236, False), (237, True)])
def test_a_point_has_at_most_240_columns(count: int, refused: bool) -> None:
    names = [f"c{number}" for number in range(count)]
    if refused:
        with pytest.raises(PackInvalid, match="240 columns"):
            check_columns(names, where="sample.check")
    else:
        check_columns(names, where="sample.check")


def test_every_column_is_sent_when_nothing_is_known() -> None:
    point = compile_point(pack(rule("a.total > 3 or a.name == 'x' or a.flag")), "check")
    unknown = dict.fromkeys(("a.total", "a.name", "a.flag"))
    assert point.messages(unknown) == ['{"id":"case","sid":"0","c0":0,"c1":"","c2":false}']


def test_a_text_that_is_no_unicode_is_a_fault_and_no_exception() -> None:
    book = RuleBook(pack(rule("a.name == 'x'")))
    verdict = book.judge("check", {"a.name": "\ud800"}, on=TODAY)
    assert verdict.kind is VerdictKind.REVIEW
    assert verdict.engine_fault
