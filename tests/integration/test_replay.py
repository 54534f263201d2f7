"""Replay: what a new pack would have made of the verdicts that were given, and what it cannot say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from graphs.analysis import AnalysisDesk
from graphs.pack_refusals import ReplayUnsound
from graphs.replay import BATCH, Progress, Scope
from graphs.replay_report import Change, ReplayReport, UnknownInput
from graphs.tasks import Answer
from policies.packaged import pack_text
from tests.conftest import TestDatabase
from tests.support.accounts_payable import AccountsPayable
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.packs import FOUR_EYES, STRICTER
from tests.support.people import actor
from tests.support.rule_packs import RuleOwners
from tests.support.toy import PACK, toy_rulebook
from tools.clock import utc_now

APPROVE = Answer(decision="approve")
VERDICTS_A_CASE = 3
"""Of a straight case: its read, its check, its proposal."""
P2P = "procure_to_pay"


@pytest.fixture
async def owners(engine: Engine) -> RuleOwners:
    return await RuleOwners.of(engine.services, {"toy": PACK})


async def cases(engine: Engine, *amounts: int) -> list[str]:
    """One case for each amount, advanced until it rests."""
    ids = []
    for amount in amounts:
        engine.reader.amount = amount
        ids.append((await engine.advance((await engine.start()).case.id)).id)
    return ids


async def test_the_active_pack_gives_no_flips_and_every_byte_again(engine: Engine, owners: RuleOwners) -> None:
    await cases(engine, 0, 300, 700, 60_000, 200_000)
    report = await owners.try_out(PACK)
    assert (report.verdicts, report.cases, report.flipped, report.extra_tasks) == (14, 5, 0, 0)
    assert report.recomputed.model_dump() == {
        "identical": 14,
        "different": 0,
        "text_missing": 0,
        "first_different": (),
    }
    assert (report.against.number, report.against.digest) == (1, toy_rulebook().pack.digest)


async def test_a_stricter_pack_reports_exactly_the_planted_flips_with_their_money(
    engine: Engine, owners: RuleOwners
) -> None:
    ids = await cases(engine, 300, 400, 401, 700, 1_000, 1_001)
    report = await owners.try_out(STRICTER)
    planted = ids[2:5]
    assert [(flip.case, flip.before, flip.after) for flip in report.flips] == [
        (case_id, "allow", "review") for case_id in planted
    ]
    assert {flip.rules_after for flip in report.flips} == {("TOY-LIMIT",)}
    assert report.newly_reviewed == Change(verdicts=3, cases=3, money={"XXX": 401 + 700 + 1_000})
    assert (report.newly_blocked, report.newly_allowed) == (Change(), Change())
    assert report.amounts_from == {"note.amount": 3}
    assert (report.tasks_more, report.tasks_less) == (3, 0)


async def test_a_looser_pack_reports_what_nobody_would_be_asked_about(engine: Engine, owners: RuleOwners) -> None:
    await cases(engine, 1_000, 1_001, 200_000)
    report = await owners.try_out(PACK, parameters={"auto_limit": 1_001, "ceiling": 500_000})
    assert report.newly_allowed == Change(verdicts=1, cases=1, money={"XXX": 1_001})
    assert report.newly_reviewed == Change(verdicts=1, cases=1, money={"XXX": 200_000})
    assert (report.tasks_more, report.tasks_less) == (1, 1)


async def test_the_wait_is_an_estimate_from_past_tasks(engine: Engine, owners: RuleOwners) -> None:
    [asked] = await cases(engine, 60_000)
    engine.clock.ahead = timedelta(hours=2)
    await engine.answer(asked, "dora", APPROVE)
    await cases(engine, 700, 800)
    [wait] = (await owners.try_out(STRICTER)).waits
    assert (wait.step, wait.cases, wait.past_tasks) == ("approve", 2, 1)
    assert wait.median_seconds == pytest.approx(7_200, abs=30)


async def test_without_past_tasks_there_is_no_estimate(engine: Engine, owners: RuleOwners) -> None:
    await cases(engine, 700)
    [wait] = (await owners.try_out(STRICTER)).waits
    assert (wait.cases, wait.past_tasks, wait.median_seconds) == (1, 0, None)


async def test_a_second_person_is_more_work_without_a_flip(engine: Engine, owners: RuleOwners) -> None:
    await cases(engine, 60_000)
    report = await owners.try_out(FOUR_EYES)
    assert (report.flipped, report.tasks_more) == (0, 1)


NEW_FACT = PACK.replace(
    "  note.amount: {type: money, description: What is written}",
    "  note.amount: {type: money, description: What is written}\n"
    "  note.urgent: {type: bool, description: It cannot wait}",
)
URGENT = (
    NEW_FACT
    + """
  - id: TOY-URGENT
    at: [write]
    title: It cannot wait
    severity: {severity}
    when: {when}
    message: It cannot wait.
    source: {{regulation: Toy, clause: "9"}}
    examples:
      - {{expect: fires, given: {{note.urgent: true, note.amount: 1}}}}
      - {{expect: passes, given: {{note.urgent: false, note.amount: 1}}}}
"""
)


def urgent(severity: str, when: str = "note.urgent") -> str:
    head, tail = URGENT.split("  - id: TOY-URGENT")
    return head + "  - id: TOY-URGENT" + tail.format(severity=severity, when=when)


@pytest.mark.parametrize("when", ["note.urgent", "note.urgent and present(note.urgent)"])
async def test_a_fact_that_was_not_recorded_is_not_guessed(engine: Engine, owners: RuleOwners, when: str) -> None:
    await cases(engine, 300, 700)
    report = await owners.try_out(urgent("block", when))
    assert report.unknown_input == UnknownInput(verdicts=2, cases=2, fields={"note.urgent": 2})
    assert report.flipped == 0


BEHIND = urgent("review", "note.pressing").replace(
    "rules:",
    "derived:\n  note.pressing: {type: bool, value: note.urgent and note.amount > 0, description: Now}\nrules:",
    1,
)
FROM_A_DOCUMENT = (
    urgent("review", "source(note.amount) == 'document'")
    .replace("note.urgent: true, note.amount: 1", "note.amount: 1, source(note.amount): document")
    .replace("note.urgent: false, note.amount: 1", "note.amount: 1, source(note.amount): person")
)


@pytest.mark.parametrize(("text", "missing"), [(BEHIND, "note.urgent"), (FROM_A_DOCUMENT, "source(note.amount)")])
async def test_nor_is_one_that_a_derived_column_or_its_provenance_needs(
    engine: Engine, owners: RuleOwners, text: str, missing: str
) -> None:
    await cases(engine, 300)
    report = await owners.try_out(text)
    assert report.unknown_input == UnknownInput(verdicts=1, cases=1, fields={missing: 1})
    assert report.flipped == 0


async def test_what_is_blocked_anyway_is_known_in_spite_of_it(engine: Engine, owners: RuleOwners) -> None:
    await cases(engine, 300, 60_000)
    stricter = urgent("review").replace("value: 100000,", "value: 50000,")
    stricter = stricter.replace("{note.amount: 100000}", "{note.amount: 50000}")
    stricter = stricter.replace("{note.amount: 100001}", "{note.amount: 50001}")
    report = await owners.try_out(stricter)
    assert (report.newly_blocked.verdicts, report.unknown_input.verdicts) == (1, 1)


async def test_a_warning_about_an_unrecorded_fact_changes_nothing(engine: Engine, owners: RuleOwners) -> None:
    await cases(engine, 300, 60_000)
    report = await owners.try_out(urgent("warn"))
    assert (report.unknown_input.verdicts, report.flipped) == (0, 0)


async def test_what_was_erased_is_not_replayable(engine: Engine, owners: RuleOwners) -> None:
    [case_id, _] = await cases(engine, 700, 700)
    async with engine.database.unit_of_work("acme") as unit:
        for entry, values in await unit.audit_log.of_case(case_id):
            if "verdict" in values and entry.kind.endswith(".judged"):
                await unit.audit_log.erase("acme", entry.seq, "verdict")
    report = await owners.try_out(STRICTER)
    assert (report.erased, report.newly_reviewed.cases) == (2, 1)
    assert report.recomputed.different == 0


REWRITE = """
ALTER TABLE audit_values DISABLE TRIGGER erase_only;
UPDATE audit_values SET content = jsonb_set(content, '{verdict,kind}', '"deny"')
  WHERE content #>> '{verdict,point}' = 'write';
ALTER TABLE audit_values ENABLE TRIGGER erase_only;
"""


async def test_a_verdict_that_comes_out_otherwise_is_shown_and_nothing_is_activated_on_it(
    engine: Engine, owners: RuleOwners, own_database: TestDatabase
) -> None:
    await cases(engine, 700)
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute(REWRITE.encode())
    proposal = await owners.propose(STRICTER)
    report = await owners.replay(proposal)
    assert (report.recomputed.identical, report.recomputed.different) == (2, 1)
    with pytest.raises(ReplayUnsound, match="recorded verdicts come out otherwise"):
        await owners.approve(proposal)


async def test_a_rule_that_is_not_in_force_yet_is_named(engine: Engine, owners: RuleOwners) -> None:
    await cases(engine, 700)
    later = STRICTER.replace("    title: Large amount", "    title: Large amount\n    effective_from: 2099-01-01")
    report = await owners.try_out(later)
    assert (report.never_in_force, report.flipped) == (("TOY-LIMIT",), 0)


async def test_verdicts_of_earlier_rules_are_compared_with_the_rules_of_today(
    engine: Engine, owners: RuleOwners
) -> None:
    await cases(engine, 700)
    await owners.activate(STRICTER)
    await cases(engine, 700)
    report = await owners.try_out(STRICTER)
    assert (report.flipped, report.recomputed.identical, report.recomputed.different) == (0, 6, 0)
    assert report.against.number == 2


async def test_a_copy_for_analysis_counts_for_nothing(engine: Engine, owners: RuleOwners) -> None:
    await grant(engine.database, "emil", "case.steer")
    [origin] = await cases(engine, 700)
    emil = await actor(engine.database, "emil")
    copy = await AnalysisDesk(services=engine.services).fork(emil, origin, "what if", from_step="check")
    await engine.advance(copy.case.id)
    report = await owners.try_out(STRICTER)
    assert (report.cases, report.newly_reviewed.money) == (1, {"XXX": 700})


async def test_only_some_cases_and_only_since_a_day(engine: Engine, owners: RuleOwners) -> None:
    first, second = await cases(engine, 700, 800)
    today = utc_now().date()

    async def replayed(scope: Scope) -> ReplayReport:
        found = owners.desk.try_out(owners.owner, STRICTER, scope, parameters={})
        return [item async for item in found][-1]  # type: ignore[return-value]

    of_one = await replayed(Scope(cases=(second,)))
    assert ([flip.case for flip in of_one.flips], of_one.cases) == ([second], 1)
    assert (await replayed(Scope(since=today))).cases == 2
    assert (await replayed(Scope(since=today + timedelta(days=1)))).cases == 0
    assert first != second


async def test_a_long_replay_tells_how_far_it_is(engine: Engine, owners: RuleOwners) -> None:
    ids = await cases(engine, *[700] * 2)
    async with engine.database.unit_of_work("acme") as unit:
        judged = [
            e for i in ids for e, _ in await unit.audit_log.of_case(i) if e.kind.endswith(("judged", "read.done"))
        ]
    found = [item async for item in owners.desk.try_out(owners.owner, STRICTER, Scope(), parameters={})]
    assert len(judged) < BATCH
    assert isinstance(found[0], Progress)
    assert (found[0].verdicts, found[0].entry <= found[0].of) == (len(judged), True)


@pytest.mark.parametrize("batch", [1, 2, 7])
async def test_pages_neither_lose_nor_repeat_a_verdict(engine: Engine, owners: RuleOwners, batch: int) -> None:
    await cases(engine, 300, 700, 1_001)
    whole = await owners.try_out(STRICTER)
    paged = await replace(owners, desk=replace(owners.desk, batch=batch)).try_out(STRICTER)
    assert paged.model_copy(update={"made_at": whole.made_at}) == whole


async def test_procure_to_pay_gives_every_byte_again(engine: Engine) -> None:
    payable = AccountsPayable(database=engine.database, url=engine.url)
    owners = await RuleOwners.of(payable.services, {P2P: pack_text(P2P)})
    done = await payable.send("clean_hybrid")
    waiting = await payable.send("unknown_supplier")
    assert (done.status, waiting.status) == ("done", "waiting")
    same = await owners.try_out(pack_text(P2P))
    assert same.verdicts > 10
    assert (same.flipped, same.recomputed.identical, same.recomputed.different) == (0, same.verdicts, 0)
    asked = await owners.try_out(pack_text(P2P), parameters={"auto_limit": 1})
    assert {flip.case for flip in asked.flips} == {done.id}
    assert list(asked.newly_reviewed.money) == ["EUR"]
    assert asked.amounts_from == {"invoice.total": 1}
