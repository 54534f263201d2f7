"""Activating a rule pack: two people, a replay that counts, limits that hold, one winner."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from graphs.errors import AnswerOutdated, DutiesConflict, Invalid, NotFound, PermissionMissing
from graphs.pack_desk import NewProposal, PackDesk
from graphs.pack_limits import NewLimits
from graphs.pack_refusals import (
    ActivatedMeanwhile,
    LimitsMissing,
    NotAPerson,
    OutsideLimits,
    ProposalClosed,
    ReplayMissing,
    ReplayOutdated,
    ReplayUnsound,
)
from graphs.trial import PackRefused, TrialFailed, TrialLimits
from tests.conftest import TestDatabase
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.packs import STRICTER
from tests.support.people import actor, populate
from tests.support.rule_packs import WIDE, RuleOwners
from tests.support.toy import PACK, toy_rulebook

FIRST = toy_rulebook().pack.digest
LOOSER = (
    PACK.replace('version: "1"', 'version: "3"')
    .replace("value: 1000,", "value: 2000,")
    .replace("{note.amount: 999}", "{note.amount: 1999}")
    .replace("{note.amount: 1000}", "{note.amount: 2000}")
    .replace("{note.amount: 1001}", "{note.amount: 2001}")
)


@pytest.fixture
async def owners(engine: Engine) -> RuleOwners:
    return await RuleOwners.of(engine.services, {"toy": PACK})


async def cases(engine: Engine, *amounts: int) -> None:
    """One case for each amount, advanced until it rests."""
    for amount in amounts:
        engine.reader.amount = amount
        await engine.advance((await engine.start()).case.id)


async def test_two_people_activate_and_everything_is_on_record(engine: Engine, owners: RuleOwners) -> None:
    activation = await owners.activate(STRICTER)
    assert (activation.number, activation.proposed_by, activation.approved_by) == (2, "acme-sven", "acme-berta")
    with psycopg.connect(engine.url) as connection:
        connection.execute("SELECT set_config('app.tenants', '{acme}', false)")
        rows = connection.execute("SELECT kind, actor FROM audit_entries WHERE kind LIKE 'pack.%' ORDER BY seq")
        assert rows.fetchall() == [
            ("pack.activated", "package"),
            ("pack.limits_set", "acme-sven"),
            ("pack.proposed", "acme-sven"),
            ("pack.replayed", "acme-sven"),
            ("pack.activated", "acme-berta"),
        ]
    assert (await engine.verification()).sound


async def test_who_proposed_cannot_approve(owners: RuleOwners) -> None:
    proposal = await owners.propose(STRICTER)
    await owners.replay(proposal)
    with pytest.raises(DutiesConflict, match="second person"):
        await owners.approve(proposal, owners.owner)


async def test_a_service_neither_proposes_nor_approves(engine: Engine, owners: RuleOwners) -> None:
    await grant(engine.database, "intake", "policies.propose", "policies.activate", "policies.limits")
    intake = await actor(engine.database, "intake")
    proposal = await owners.propose(STRICTER)
    await owners.replay(proposal)
    with pytest.raises(NotAPerson, match="Intake is a service"):
        await owners.approve(proposal, intake)
    with pytest.raises(NotAPerson):
        await owners.desk.propose(intake, NewProposal(reason="x"), yaml=STRICTER)
    with pytest.raises(NotAPerson):
        await owners.desk.set_limits(intake, "toy", WIDE)


async def test_nobody_does_it_without_the_right(engine: Engine, owners: RuleOwners) -> None:
    clara = await actor(engine.database, "clara")
    proposal = await owners.propose(STRICTER)
    with pytest.raises(PermissionMissing, match=r"policies\.propose"):
        await owners.desk.propose(clara, NewProposal(reason="x"), yaml=STRICTER)
    with pytest.raises(PermissionMissing, match=r"policies\.activate"):
        await owners.approve(proposal, clara)
    with pytest.raises(PermissionMissing, match=r"policies\.limits"):
        await owners.desk.set_limits(clara, "toy", WIDE)
    with pytest.raises(PermissionMissing, match=r"policies\.activate"):
        await owners.desk.withdraw(clara, proposal.id, reason="x")


async def test_without_a_replay_nothing_is_activated(owners: RuleOwners) -> None:
    proposal = await owners.propose(STRICTER)
    with pytest.raises(ReplayMissing):
        await owners.approve(proposal)


async def test_without_limits_nothing_is_replayed_or_activated(engine: Engine) -> None:
    owners = await RuleOwners.of(engine.services, {"toy": PACK}, limits=None)
    proposal = await owners.propose(STRICTER)
    with pytest.raises(LimitsMissing, match="set limits for toy"):
        await owners.replay(proposal)
    with pytest.raises(LimitsMissing):
        await owners.approve(proposal)


async def test_what_was_not_seen_is_not_approved(owners: RuleOwners) -> None:
    proposal = await owners.propose(STRICTER)
    await owners.replay(proposal)
    seen = await owners.newest_replay(proposal)
    assert seen is not None
    await owners.replay(proposal)
    for pack, report in ((FIRST, seen.report_digest), (proposal.digest, seen.report_digest), (proposal.digest, "0")):
        with pytest.raises(AnswerOutdated):
            await owners.desk.approve(owners.second, proposal.id, pack_digest=pack, report_digest=report)


@pytest.mark.parametrize(
    ("limits", "text", "amounts", "why"),
    [
        (replace(WIDE, extra_tasks_bps=4_999), STRICTER, (700, 300), "1 extra tasks of 2 cases, 49.99 % are allowed"),
        (replace(WIDE, newly_allowed_bps=4_999), LOOSER, (1_700, 300), "1 newly allowed cases of 2"),
        (replace(WIDE, money_allowed={"XXX": 1_699}), LOOSER, (1_700,), "17.00 XXX newly allowed, 16.99 XXX are"),
        (replace(WIDE, money_allowed={"EUR": 9_999}), LOOSER, (1_700,), "17.00 XXX newly allowed, 0.00 XXX are"),
    ],
)
async def test_outside_the_limits_nothing_is_activated(
    engine: Engine, limits: NewLimits, text: str, amounts: tuple[int, ...], why: str
) -> None:
    owners = await RuleOwners.of(engine.services, {"toy": PACK}, limits=limits)
    await cases(engine, *amounts)
    proposal = await owners.propose(text)
    await owners.replay(proposal)
    with pytest.raises(OutsideLimits, match=why):
        await owners.approve(proposal)


@pytest.mark.parametrize(
    ("limits", "text", "amounts"),
    [
        (replace(WIDE, extra_tasks_bps=5_000), STRICTER, (700, 300)),
        (replace(WIDE, newly_allowed_bps=5_000, money_allowed={"XXX": 1_700}), LOOSER, (1_700, 300)),
    ],
)
async def test_exactly_at_the_limits_it_is(
    engine: Engine, limits: NewLimits, text: str, amounts: tuple[int, ...]
) -> None:
    owners = await RuleOwners.of(engine.services, {"toy": PACK}, limits=limits)
    await cases(engine, *amounts)
    assert (await owners.activate(text)).number == 2


@pytest.mark.parametrize(
    ("late", "counts"), [(timedelta(hours=23, minutes=59), True), (timedelta(hours=24, minutes=1), False)]
)
async def test_a_report_counts_until_verdicts_are_a_day_younger(
    engine: Engine, owners: RuleOwners, late: timedelta, counts: bool
) -> None:
    proposal = await owners.propose(STRICTER)
    await owners.replay(proposal)
    engine.clock.ahead = late
    await cases(engine, 300)
    if counts:
        assert (await owners.approve(proposal)).number == 2
        return
    with pytest.raises(ReplayOutdated, match="24 hours"):
        await owners.approve(proposal)


async def test_a_report_against_other_rules_does_not_count(owners: RuleOwners) -> None:
    proposal = await owners.propose(STRICTER)
    await owners.replay(proposal)
    await owners.activate(LOOSER)
    with pytest.raises(ReplayOutdated, match="against activation 1, now it is 2"):
        await owners.approve(proposal)
    await owners.replay(proposal)
    assert (await owners.approve(proposal)).number == 3


async def test_a_report_of_a_shorter_window_does_not_count(owners: RuleOwners) -> None:
    proposal = await owners.propose(STRICTER)
    await owners.replay(proposal)
    await owners.desk.set_limits(owners.owner, "toy", replace(WIDE, window_days=91))
    with pytest.raises(ReplayOutdated, match="of 90 days, the limits ask for 91"):
        await owners.approve(proposal)


async def test_of_two_approvals_at_once_one_wins(engine: Engine, owners: RuleOwners) -> None:
    await grant(engine.database, "dora", "policies.activate", "case.read")
    dora = await actor(engine.database, "dora")
    proposal = await owners.propose(STRICTER)
    await owners.replay(proposal)
    results = await asyncio.gather(owners.approve(proposal), owners.approve(proposal, dora), return_exceptions=True)
    _, activations = await owners.desk.listed(owners.owner)
    assert [type(result) for result in results].count(ProposalClosed) == 1
    assert [activation.number for activation in activations] == [2, 1]


async def test_of_two_proposals_approved_at_once_one_wins(owners: RuleOwners) -> None:
    proposals = [await owners.propose(text) for text in (STRICTER, LOOSER)]
    for proposal in proposals:
        await owners.replay(proposal)
    results = await asyncio.gather(*map(owners.approve, proposals), return_exceptions=True)
    refused = [result for result in results if isinstance(result, ActivatedMeanwhile | ReplayOutdated)]
    _, activations = await owners.desk.listed(owners.owner)
    assert (len(refused), [activation.number for activation in activations]) == (1, [2, 1])


async def test_going_back_is_an_activation_by_two_people(owners: RuleOwners) -> None:
    await owners.activate(STRICTER)
    back = await owners.activate(digest=FIRST)
    assert (back.number, back.digest) == (3, FIRST)


async def test_a_withdrawn_proposal_is_not_activated(owners: RuleOwners) -> None:
    proposal = await owners.propose(STRICTER)
    await owners.replay(proposal)
    withdrawn = await owners.desk.withdraw(owners.owner, proposal.id, reason="a mistake")
    assert (withdrawn.status, withdrawn.decided_by) == ("withdrawn", "acme-sven")
    with pytest.raises(ProposalClosed, match="withdrawn"):
        await owners.approve(proposal)
    with pytest.raises(ProposalClosed):
        await owners.desk.withdraw(owners.second, proposal.id, reason="again")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("pack: toy", "version: Field required"),
        (STRICTER.replace("note.amount > p.auto_limit", "note.amount > p.unknown"), "p.unknown"),
        (
            STRICTER.replace("expect: fires, given: {note.amount: 401}", "expect: fires, given: {note.amount: 400}"),
            "example",
        ),
        (STRICTER.replace("pack: toy", "pack: other"), "no process is judged by"),
    ],
)
async def test_a_pack_that_cannot_be_used_is_refused_by_name(owners: RuleOwners, text: str, why: str) -> None:
    with pytest.raises((PackRefused, Invalid), match=why):
        await owners.propose(text)
    assert await owners.desk.proposals(owners.owner) == []


@pytest.mark.parametrize(
    ("parameters", "why"),
    [({"no_limit": 1}, "the pack has none of that name"), ({"auto_limit": "1"}, "an exact integer is needed")],
)
async def test_a_parameter_that_the_pack_does_not_take_is_refused(
    owners: RuleOwners, parameters: dict[str, int | str], why: str
) -> None:
    with pytest.raises(PackRefused, match=why):
        await owners.propose(STRICTER, parameters=parameters)


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import time; time.sleep(60)", "took longer than 0.5 s and was stopped"),
        ("while True: pass", "took longer than 0.5 s and was stopped"),
        ("import os; os.kill(os.getpid(), 11)", "ended the process with SIGSEGV"),
        ("import os; os._exit(3)", "ended the process with exit code 3"),
    ],
)
async def test_a_pack_that_ends_or_holds_up_its_trial_is_refused_and_the_server_lives(
    engine: Engine, owners: RuleOwners, program: str, why: str
) -> None:
    desk = PackDesk(
        services=engine.services,
        trial_command=(sys.executable, "-c", program),
        trial_limits=TrialLimits(time=timedelta(seconds=0.5)),
    )
    with pytest.raises(TrialFailed, match=why):
        await desk.propose(owners.owner, NewProposal(reason="x"), yaml=STRICTER)
    assert await desk.proposals(owners.owner) == []


async def test_a_pack_that_breaks_on_recorded_facts_is_not_activated(engine: Engine, owners: RuleOwners) -> None:
    await cases(engine, 700)
    without = STRICTER.replace("note.amount", "note.total")
    proposal = await owners.propose(without)
    report = await owners.replay(proposal)
    assert report.new_faults > 0
    with pytest.raises(ReplayUnsound, match="the pack knows no such field"):
        await owners.approve(proposal)


async def test_limits_that_cannot_be_meant_are_refused(owners: RuleOwners) -> None:
    for wrong in (
        replace(WIDE, newly_allowed_bps=-1),
        replace(WIDE, newly_blocked_bps=10_001),
        replace(WIDE, window_days=0),
        replace(WIDE, money_allowed={"eur": 1}),
        replace(WIDE, money_allowed={"EUR": -1}),
    ):
        with pytest.raises(Invalid):
            await owners.desk.set_limits(owners.owner, "toy", wrong)
    with pytest.raises(NotFound):
        await owners.desk.set_limits(owners.owner, "tyo", WIDE)


async def test_another_tenant_has_rules_of_its_own(engine: Engine, owners: RuleOwners) -> None:
    await populate(engine.database, "bolt")
    await owners.activate(STRICTER)
    await grant(engine.database, "sven", "policies.propose", tenant="bolt")
    of_bolt = await actor(engine.database, "sven", tenant="bolt")
    assert await owners.desk.listed(of_bolt) == ([], [])
    rules = await engine.services.shelf.active("bolt", "toy", engine.clock())
    assert rules.book.pack.digest == FIRST


@pytest.mark.parametrize("table", ["rule_packs", "pack_replays", "pack_activations"])
async def test_what_was_activated_cannot_be_rewritten(
    owners: RuleOwners, own_database: TestDatabase, table: str
) -> None:
    await owners.activate(STRICTER)
    with psycopg.connect(own_database.owner_url) as owner, pytest.raises(psycopg.Error, match="append-only"):
        owner.execute(f"UPDATE {table} SET tenant = tenant".encode())
    with psycopg.connect(own_database.app_url) as app, pytest.raises(psycopg.Error, match="permission denied"):
        app.execute(f"DELETE FROM {table}".encode())
