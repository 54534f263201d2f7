"""Random facts: within their types, near what the rules compare with, the same for the same seed."""

from __future__ import annotations

import random
from datetime import date

import pytest

from graphs.smoke_run import random_facts, smoke_run
from policies.boundary_table import check_examples
from policies.engine import DurableRuleset
from policies.errors import EngineFault
from policies.expression import Kind
from policies.judgement import RuleBook
from policies.pack_file import read_pack
from policies.packaged import rule_book
from tests.support.toy import PACK


class Broken(DurableRuleset):
    """An engine that loses a firing when an amount is exactly at the limit."""

    def run(self, fact: str) -> set[str]:
        fired = super().run(fact)
        return set() if "1000" in fact else fired


def test_facts_have_their_types_and_are_sometimes_unknown() -> None:
    pack = rule_book("procure_to_pay").pack
    kinds = {Kind.INT: int, Kind.BOOL: bool, Kind.STR: str, Kind.DATE: str}
    for point in pack.points:
        given = list(random_facts(pack, point, random.Random(1), rounds=50))
        for facts in given:
            assert all(type(v) is kinds[pack.kinds[n]] for n, v in facts.items() if v is not None)
        assert any(value is None for facts in given for value in facts.values())


def test_the_same_seed_gives_the_same_facts() -> None:
    pack = rule_book("procure_to_pay").pack
    first, again, other = (list(random_facts(pack, "match", random.Random(seed), rounds=20)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_values_at_the_edge_of_a_rule_are_tried() -> None:
    pack = read_pack(PACK, name="toy")
    tried = {facts["note.amount"] for facts in random_facts(pack, "write", random.Random(3), rounds=400)}
    assert {999, 1000, 1001, 99_999, 100_000, 100_001} <= tried


def test_an_engine_that_loses_a_firing_is_found() -> None:
    book = RuleBook(read_pack(PACK, name="toy"), open_ruleset=Broken)
    with pytest.raises(EngineFault, match="its complement"):
        smoke_run(book, seed=1, rounds=200)


def test_a_sound_pack_passes() -> None:
    book = RuleBook(read_pack(PACK, name="toy"))
    assert smoke_run(book, seed=1, rounds=10) == 30
    assert check_examples(book) == 9
    assert book.judge("write", {"note.amount": 1}, on=date(2026, 1, 1)).engine_fault is None
