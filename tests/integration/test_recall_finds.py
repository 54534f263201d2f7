"""Recall finds every decision that was made with what is named, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from graphs.audit import AuditRecord
from graphs.errors import PermissionMissing
from graphs.recall.desk import RecallDesk
from graphs.recall.errors import RecallTargetInvalid
from graphs.recall.target import RecallTarget
from graphs.store.people import Actor
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.packs import STRICTER
from tests.support.people import actor, populate
from tests.support.rule_packs import RuleOwners
from tests.support.toy import PACK, toy_rulebook
from tools.build import Build

THIRD = STRICTER.replace('version: "2"', 'version: "3"').replace("value: 400,", "value: 500,")
THIRD = THIRD.replace("399}", "499}").replace("400}", "500}").replace("401}", "501}")
MODELS = ("small", "large", "large-2")
PROMPTS = (("gl_coding", 1), ("gl_coding", 2), ("gl_coding", 11), ("supplier_mail", 1))
RULES = ("TOY-LIMIT", "TOY-LIMIT-2", "TOY-CEILING")
BUILDS = (("erp", "1.0"), ("erp", "1.1"), ("mail", "1.0"))


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    await grant(engine.database, "sven", "decision.recall", "case.suspend")
    return await actor(engine.database, "sven")


@dataclass(frozen=True, kw_only=True)
class Planted:
    """An entry of a made-up history, and all that it can be found by."""

    record: AuditRecord
    made_with: frozenset[str]


def verdict(pack: str, version: str, digest: str, fired: Sequence[str], unknown: Sequence[str]) -> dict[str, Any]:
    """A verdict as far as it is looked at."""
    return {
        "kind": "review" if fired or unknown else "allow",
        "pack": pack,
        "pack_version": version,
        "pack_digest": digest,
        "findings": [{"rule": rule, "facts": {"pack": "toy", "rule": "TOY-OTHER"}} for rule in fired],
        "indeterminate": [{"rule": rule, "missing": []} for rule in unknown],
        "engine_fault": None,
    }


def judged(chance: random.Random) -> tuple[dict[str, Any], set[str]]:
    """A verdict of one of three versions of two packs, and what it was made with."""
    pack, version = chance.choice(("toy", "toys")), chance.choice("123")
    digest = f"{pack}{version}".encode().hex().ljust(64, "0")
    rules = chance.sample(RULES, chance.randint(0, 3))
    cut = chance.randint(0, len(rules))
    named = {f"rule {pack}/{rule}" for rule in rules} | {f"rule {pack}/{rule}@{version}" for rule in rules}
    named |= {f"rule {pack}/{rule}@{digest[:12]}" for rule in rules} | {f"pack {pack}@{version}"}
    return verdict(pack, version, digest, rules[:cut], rules[cut:]), named


def called(chance: random.Random) -> tuple[dict[str, Any], set[str]]:
    """A call of a read, with or without a configured connector."""
    found, named = judged(chance)
    name, build = chance.choice(BUILDS)
    if chance.random() < 0.3:
        return {"verdict": found, "action": {}, "result": {"connector": {"name": "erp", "build": "9"}}}, named
    connector = {"name": name, "kind": "rest", "build": build}
    return {"verdict": found, "connector": connector}, named | {f"connector {name}", f"connector {name}@{build}"}


def entry(chance: random.Random, case_id: str, number: int) -> Planted:
    """An entry of any kind."""
    values: dict[str, Any] = {"reason": "model small, prompt gl_coding@1"}
    named: set[str] = set()
    kind = chance.choice(("action.judged", "decision.judged", "read.done", "agent.decided", "effect.sent", "other"))
    match kind:
        case "action.judged" | "decision.judged" | "effect.sent":
            values["verdict"], named = judged(chance)
        case "read.done":
            calls = [called(chance) for _ in range(chance.randint(0, 3))]
            values["calls"] = [call for call, _ in calls]
            named = set[str]().union(*(found for _, found in calls))
        case "agent.decided":
            model, (prompt, version) = chance.choice(MODELS), chance.choice(PROMPTS)
            status = chance.choice(("answered", "answered", "not_asked", "unavailable", "failed", "withheld"))
            said = {"status": status, "model": model if status == "answered" else None, "choice": "small"}
            values["decision"] = {**said, "prompt": f"{prompt}@{version}", "prompt_digest": "ab" * 32}
            named = {f"prompt {prompt}@{version}", f"model {model}"} if status == "answered" else set()
    record = AuditRecord(kind=kind, actor="worker", case_id=case_id, step=f"step_{number}", values=values)
    return Planted(record=record, made_with=frozenset(named))


@pytest.mark.parametrize("seed", range(4))
async def test_recall_finds_all_of_a_random_history_and_nothing_else(engine: Engine, sven: Actor, seed: int) -> None:
    chance = random.Random(seed)
    cases = [(await engine.start()).case.id for _ in range(3)]
    history = [entry(chance, chance.choice(cases), number) for number in range(150)]
    await populate(engine.database, "bolt")
    async with engine.database.unit_of_work("acme") as unit:
        for planted in history:
            unit.record("acme", planted.record)
    desk = RecallDesk(services=engine.services)
    everything = sorted(set[str]().union(*(planted.made_with for planted in history)))
    for named in everything:
        what, _, text = named.partition(" ")
        target = RecallTarget.read({"pack": "rule"}.get(what, what), text)  # type: ignore[arg-type]  # one of the four
        found = await desk.find(sven, target)
        expected = {planted.record.step for planted in history if named in planted.made_with}
        assert {decision.step for decision in found.decisions} == expected, named
        assert found.total == len(expected)


async def test_a_bad_version_of_three_is_found_whole(engine: Engine, sven: Actor) -> None:
    owners = await RuleOwners.of(engine.services, {"toy": PACK})
    made: dict[str, list[str]] = {}
    for version, text in (("1", None), ("2", STRICTER), ("3", THIRD)):
        if text is not None:
            await owners.activate(text)
        for amount in (300, 450, 700, 60_000):
            engine.reader.amount = amount
            made.setdefault(version, []).append((await engine.advance((await engine.start()).case.id)).id)
    desk = RecallDesk(services=engine.services)
    bad = await desk.find(sven, RecallTarget.read("rule", "toy/TOY-LIMIT@2"))
    assert [(one.case_id, one.step, one.outcome) for one in bad.decisions] == [
        (case_id, "propose", "review") for case_id in made["2"][1:]
    ]
    by_pack = await desk.find(sven, RecallTarget.read("rule", "toy@2"))
    assert {one.case_id for one in by_pack.decisions} == set(made["2"])
    assert sorted({one.step for one in by_pack.decisions}) == ["check", "look_up", "propose"]
    by_digest = await desk.find(sven, RecallTarget.read("rule", f"toy@{toy_rulebook(STRICTER).pack.digest[:12]}"))
    assert by_digest.decisions == by_pack.decisions
    assert [version for version, _, _ in by_pack.versions] == ["1", "2", "3"]


async def test_another_tenant_finds_nothing_of_it(engine: Engine, sven: Actor) -> None:
    await populate(engine.database, "bolt")
    await grant(engine.database, "sven", "decision.recall", tenant="bolt")
    await engine.asking()
    desk = RecallDesk(services=engine.services)
    target = RecallTarget.read("rule", "toy/TOY-LIMIT")
    assert (await desk.find(sven, target)).total == 1
    other = await actor(engine.database, "sven", "bolt")
    assert (await desk.find(other, target)).total == 0


async def test_a_copy_for_analysis_decided_nothing(engine: Engine, sven: Actor) -> None:
    case = await engine.asking()
    async with engine.database.unit_of_work("acme") as unit:
        await unit.cases.change(case.id, epoch=case.epoch, summary={"analysis_of": "another"})
    found = await RecallDesk(services=engine.services).find(sven, RecallTarget.read("rule", "toy/TOY-LIMIT"))
    assert found.total == 0


async def test_without_the_right_nobody_looks(engine: Engine) -> None:
    clara = await actor(engine.database, "clara")
    with pytest.raises(PermissionMissing, match=r"decision\.recall"):
        await RecallDesk(services=engine.services).find(clara, RecallTarget.read("model", "m"))


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("rule", "toy"),
        ("rule", "toy/A/B@1"),
        ("rule", ""),
        ("rule", "toy/TOY-LIMIT@"),
        ("prompt", "gl_coding"),
        ("prompt", "gl_coding@one"),
        ("connector", "a b"),
        ("model", ""),
        ("model", "a model"),
    ],
)
def test_what_names_nothing_is_refused(what: Any, text: str) -> None:
    with pytest.raises(RecallTargetInvalid, match=what):
        RecallTarget.read(what, text)


async def test_calls_of_one_build_of_a_connector_are_found(engine: Engine, sven: Actor) -> None:
    plain = (await engine.advance((await engine.start()).case.id)).id
    ids = []
    for build in ("1.0", "1.1"):
        for tool in (engine.reader, engine.notebook):
            tool.build = Build(name="erp", kind="rest", build=build)  # type: ignore[attr-defined]  # as when configured
        ids.append((await engine.advance((await engine.start()).case.id)).id)
    desk = RecallDesk(services=engine.services)
    every = await desk.find(sven, RecallTarget.read("connector", "erp"))
    bad = await desk.find(sven, RecallTarget.read("connector", "erp@1.1"))
    assert plain not in {one.case_id for one in every.decisions}
    assert [one.case_id for one in every.decisions] == [case_id for case_id in ids for _ in range(3)]
    found = [(one.case_id, one.step, one.kind) for one in bad.decisions]
    assert sorted(found, key=lambda one: one[2] != "read.done") == [
        (ids[1], "look_up", "read.done"),
        (ids[1], "write", "effect.sent"),
        (ids[1], "write", "effect.confirmed"),
    ]
