"""The rules that are active when a verdict is given apply to it: in every worker, without a restart."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from graphs.errors import NotFound
from graphs.runtime.services import Services
from graphs.runtime.worker import Worker
from graphs.stocked import stock
from graphs.store.pack_tables import PackActivation, StoredPack
from graphs.store.tables import Case
from graphs.tasks import Answer
from policies.pack_file import read_pack
from tests.support.engine import Engine
from tests.support.packs import STRICTER
from tests.support.patience import eventually
from tests.support.people import populate
from tests.support.rule_packs import RuleOwners
from tests.support.toy import PACK, toy_rulebook
from tools.clock import utc_now
from tools.errors import Transient

BETWEEN = 700
"""Allowed by the usual rules, for a person by the stricter ones."""
APPROVE = Answer(decision="approve")


@pytest.fixture
async def owners(engine: Engine) -> RuleOwners:
    engine.reader.amount = BETWEEN
    return await RuleOwners.of(engine.services, {"toy": PACK})


async def digest_judged(engine: Engine, case_id: str) -> str:
    """The pack that gave the case's last verdict."""
    async with engine.database.unit_of_work("acme") as unit:
        entries = await unit.audit_log.of_case(case_id)
    return [values["verdict"]["pack_digest"] for entry, values in entries if entry.kind == "action.judged"][-1]


async def test_the_packaged_pack_is_the_first_activation_and_its_text_is_kept(owners: RuleOwners) -> None:
    packs, [first] = await owners.desk.listed(owners.owner)
    stored = await owners.desk.pack(owners.owner, first.digest)
    assert (first.number, first.approved_by, stored.yaml) == (1, "package", PACK)
    assert [pack.digest for pack in packs] == [toy_rulebook().pack.digest]


async def test_a_newer_release_replaces_nothing_by_itself(engine: Engine, owners: RuleOwners) -> None:
    await stock(engine.database, [(STRICTER, read_pack(STRICTER, name="toy"))], "acme", now=engine.clock())
    engine.rulebook = toy_rulebook(STRICTER)
    case = await engine.advance((await engine.start()).case.id)
    packs, activations = await owners.desk.listed(owners.owner)
    assert (case.status, await digest_judged(engine, case.id)) == ("done", toy_rulebook().pack.digest)
    assert (len(packs), len(activations)) == (2, 1)


async def test_what_is_activated_judges_the_next_case(engine: Engine, owners: RuleOwners) -> None:
    before = await engine.advance((await engine.start()).case.id)
    await owners.activate(STRICTER)
    after = await engine.advance((await engine.start()).case.id)
    assert (before.status, after.status) == ("done", "waiting")
    assert await digest_judged(engine, after.id) == read_pack(STRICTER, name="toy").digest


async def test_an_old_verdict_finds_its_rules_by_digest(engine: Engine, owners: RuleOwners) -> None:
    before = await engine.advance((await engine.start()).case.id)
    await owners.activate(STRICTER)
    async with engine.database.unit_of_work("acme") as unit:
        stored = await unit.packs.get(await digest_judged(engine, before.id))
        with pytest.raises(NotFound, match="no rule pack"):
            await unit.packs.get("0" * 64)
    assert stored.yaml == PACK


async def test_a_tenants_parameter_counts_and_is_recorded(engine: Engine, owners: RuleOwners) -> None:
    first = toy_rulebook().pack.digest
    await owners.activate(digest=first, parameters={"auto_limit": 699})
    at_699 = await engine.advance((await engine.start()).case.id)
    await owners.activate(digest=first, parameters={"auto_limit": 700})
    at_700 = await engine.advance((await engine.start()).case.id)
    assert (at_699.status, at_700.status) == ("waiting", "done")
    async with engine.database.unit_of_work("acme") as unit:
        entries = await unit.audit_log.of_case(at_700.id)
    [judged] = [values["verdict"] for entry, values in entries if entry.kind == "action.judged"]
    assert judged["parameters"] == {"auto_limit": 700, "ceiling": 100000}


async def test_an_activation_between_approval_and_effect_lapses_the_approval(
    engine: Engine, owners: RuleOwners
) -> None:
    engine.reader.amount = 60_000
    case_id = (await engine.start()).case.id
    await engine.advance(case_id)
    first = await engine.answer(case_id, "dora", APPROVE)
    engine.notebook.faults = [Transient("busy")]
    await engine.advance(case_id)
    await owners.activate(STRICTER)
    case = await engine.advance(case_id)
    second = await engine.task_of(case_id)
    assert (case.status, engine.notebook.written) == ("waiting", [])
    assert second.digest != first.digest
    assert "action.lapsed" in await engine.trail_of(case_id)


async def test_a_changed_parameter_lapses_the_approval_too(engine: Engine, owners: RuleOwners) -> None:
    engine.reader.amount = 60_000
    case_id = (await engine.start()).case.id
    await engine.advance(case_id)
    await engine.answer(case_id, "dora", APPROVE)
    engine.notebook.faults = [Transient("busy")]
    await engine.advance(case_id)
    await owners.activate(digest=toy_rulebook().pack.digest, parameters={"auto_limit": 999})
    assert (await engine.advance(case_id)).status == "waiting"
    assert engine.notebook.written == []


async def test_two_tenants_that_ask_at_once_are_both_answered(engine: Engine, owners: RuleOwners) -> None:
    await populate(engine.database, "bolt")
    shelf = engine.services.shelf
    found = await asyncio.gather(*(shelf.active(tenant, "toy", engine.clock()) for tenant in ("acme", "bolt", "acme")))
    assert [rules.number for rules in found] == [1, 0, 1]


async def test_only_cases_that_start_on_the_day_or_later_are_judged_by_it(engine: Engine, owners: RuleOwners) -> None:
    before = (await engine.start()).case.id
    tomorrow = utc_now().date() + timedelta(days=1)
    await owners.activate(STRICTER, cases_since=tomorrow)
    engine.clock.ahead = timedelta(days=1)
    on_the_day = (await engine.start()).case.id
    assert (await engine.advance(before)).status == "done"
    assert (await engine.advance(on_the_day)).status == "waiting"


async def test_an_activation_counts_from_its_instant(engine: Engine, owners: RuleOwners) -> None:
    await owners.activate(STRICTER, from_at=utc_now() + timedelta(hours=2))
    assert (await engine.advance((await engine.start()).case.id)).status == "done"
    engine.clock.ahead = timedelta(hours=2, seconds=1)
    assert (await engine.advance((await engine.start()).case.id)).status == "waiting"


async def test_a_running_worker_judges_by_it_within_two_seconds_while_cases_run(
    engine: Engine, owners: RuleOwners
) -> None:
    stricter = read_pack(STRICTER, name="toy").digest
    rested: list[str] = []
    services = engine.services  # not the desk's: as in another process, nothing tells it what was activated
    async with Worker(services=services, url=engine.url, execution=engine.execution).running():
        busy = [asyncio.create_task(keep_starting(engine, rested)) for _ in range(8)]
        await eventually(lambda: len(rested) >= len(busy), within_seconds=20)
        await owners.activate(STRICTER)
        await eventually(lambda: stricter in known_to(services), within_seconds=2)
        late = (await engine.start()).case.id
        assert (await engine.until(late, "waiting", "done")).status == "waiting"
        assert await digest_judged(engine, late) == stricter
        for task in busy:
            task.cancel()
        started = await asyncio.gather(*busy, return_exceptions=True)
    assert len(started) == 8
    assert (await engine.verification()).sound


def known_to(services: Services) -> set[str]:
    """The packs that the process knows to be in force for some case."""
    return {activation.digest for activation in services.admission.last_known.packs["acme", "toy"]}


async def keep_starting(engine: Engine, rested: list[str]) -> None:
    """One case after the other, each advanced by the worker until it rests."""
    while True:
        started: Case = (await engine.start()).case
        rested.append((await engine.until(started.id, "done", "waiting")).id)


async def activate_behind_the_desk(engine: Engine, yaml: str, digest: str) -> None:
    """As an earlier release has left it: it read the text into a form with that digest."""
    now = engine.clock()
    row = StoredPack(
        digest=digest,
        tenant="acme",
        pack="toy",
        version="1",
        yaml=yaml,
        canonical="{}",
        note="",
        stored_by="acme-sven",
        stored_at=now,
    )
    activation = PackActivation(
        tenant="acme",
        pack="toy",
        number=2,
        digest=digest,
        parameters={},
        proposed_by="acme-sven",
        approved_by="acme-berta",
        activated_at=now,
        from_at=now,
    )
    async with engine.database.unit_of_work("acme") as unit:
        await unit.packs.keep(row)
        assert await unit.packs.activate(activation)


async def test_a_release_that_reads_the_text_otherwise_keeps_it_under_its_own_digest_too(
    engine: Engine, owners: RuleOwners
) -> None:
    await activate_behind_the_desk(engine, STRICTER, "0" * 64)
    case = await engine.advance((await engine.start()).case.id)
    judged_by = await digest_judged(engine, case.id)
    assert (case.status, judged_by) == ("waiting", read_pack(STRICTER, name="toy").digest)
    async with engine.database.unit_of_work("acme") as unit:
        stored = await unit.packs.get(judged_by)
    assert (stored.yaml, stored.stored_by) == (STRICTER, "release")


async def test_active_rules_that_cannot_be_read_judge_nothing_and_no_others_do(
    engine: Engine, owners: RuleOwners
) -> None:
    await activate_behind_the_desk(engine, "pack: toy", "0" * 64)
    case = await engine.advance((await engine.start()).case.id)
    [incident] = await engine.incidents_of(case.id)
    assert (case.status, incident.code, engine.notebook.written) == ("incident", "rules_unusable", [])
