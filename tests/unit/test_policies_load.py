"""The engine under load: many tasks of one loop, and memory that does not grow with the number of verdicts."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from policies_samples import TODAY, numbered, pack

from policies.judgement import RuleBook
from policies.verdict import VerdictKind

ROOT = Path(__file__).parents[2]
EVALUATIONS = int(os.environ.get("INTERLOCK_RULES_EVALUATIONS", "20000"))
"""`make chaos` runs 200,000."""
GROWTH_KIB = 2048


async def test_two_thousand_tasks_share_a_rule_book() -> None:
    book = RuleBook(pack(*numbered(*[f"a.total > {number}" for number in range(20)])))
    randomness = random.Random(7)

    async def count(total: int) -> int:
        await asyncio.sleep(randomness.random() / 50)
        verdict = book.judge("check", {"a.total": total}, on=TODAY)
        await asyncio.sleep(0)
        return -1 if verdict.engine_fault else len(verdict.findings)

    totals = [number % 21 for number in range(2000)]
    assert await asyncio.gather(*map(count, totals)) == totals
    assert book.abandoned_rulesets == 0


RUN = """
import random, resource, sys
from policies_samples import TODAY, numbered, pack
from policies.judgement import RuleBook

CONDITIONS = ("a.total > b.total", "a.total * 3 - b.total > p.limit", "a.name in ['', 'u'] or a.flag", "a.on > b.on",
              "missing(a.count) or a.count < 2", "not a.flag and a.total == b.total")
def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() // 1024
def facts(randomness):
    number = lambda: randomness.choice([None, randomness.randint(-9, 9), randomness.randint(-2**40, 2**40)])
    day = lambda: randomness.choice([None, "2026-01-01", "2026-02-02"])
    name = lambda: randomness.choice([None, "", "u", str(randomness.random())])
    flag = lambda: randomness.choice([None, True, False])
    return {"a.total": number(), "b.total": number(), "a.count": number(), "a.on": day(), "b.on": day(),
            "a.name": name(), "a.flag": flag()}
randomness, book, faults = random.Random(11), RuleBook(pack(*numbered(*CONDITIONS))), 0
evaluations = int(sys.argv[1])
for number in range(evaluations):
    faults += book.judge("check", facts(randomness), on=TODAY).engine_fault is not None
    if number == evaluations // 10:
        before = resident()
print(faults, resident() - before)
"""


@pytest.mark.timeout(300)
def test_random_evaluations_leave_memory_flat_and_no_fault() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN, str(EVALUATIONS)],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'unit'}"},
        capture_output=True,
        text=True,
        timeout=280,
        check=True,
    )
    faults, grown = map(int, run.stdout.split())
    assert faults == 0
    assert grown < GROWTH_KIB, f"{grown} KiB more after {EVALUATIONS} evaluations"


def test_what_is_judged_at_once_does_not_mix() -> None:
    book = RuleBook(pack(*numbered("a.name == b.name")))
    answers = {
        (one, other): book.judge("check", {"a.name": one, "b.name": other}, on=TODAY).kind is VerdictKind.ALLOW
        for one in "abc"
        for other in "abc"
    }
    assert {pair for pair, allowed in answers.items() if not allowed} == {("a", "a"), ("b", "b"), ("c", "c")}
