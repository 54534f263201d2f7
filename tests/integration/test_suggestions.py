"""What reviewers always decide alike is suggested as a rule: with its predicate, its replay, and never by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graphs.errors import Invalid, NotFound, PermissionMissing
from graphs.suggestions.desk import Suggestion, SuggestionDesk
from policies.judgement import RuleBook
from policies.pack import Outcome
from policies.pack_file import read_pack
from policies.verdict import VerdictKind
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.reviewed import VENDORS, Reviewed, planted, record
from tests.support.rule_packs import RuleOwners
from tests.support.toy import toy_rulebook

EXACT = "note.amount <= 50000 and note.vendor == 'V7'"


@pytest.fixture
async def owners(engine: Engine) -> RuleOwners:
    engine.rulebook = toy_rulebook(VENDORS)
    return await RuleOwners.of(engine.services, {"toy": VENDORS})


@pytest.fixture
def desk(engine: Engine, owners: RuleOwners) -> SuggestionDesk:
    return SuggestionDesk(services=engine.services)


async def exact(desk: SuggestionDesk, owners: RuleOwners, *, least: int = 10) -> Suggestion | None:
    """The suggestion with the planted predicate, if it is made."""
    found = await desk.listed(owners.owner, least=least)
    return next((one for one in found if one.predicate.text == EXACT), None)


async def test_a_planted_pattern_becomes_a_rule_by_two_people(
    engine: Engine, owners: RuleOwners, desk: SuggestionDesk
) -> None:
    await record(engine, planted(1, alike=60))
    [first, *_] = await desk.listed(owners.owner)
    assert (first.predicate.text, first.label.decision, len(first.cases)) == (EXACT, "approve", 60)
    assert (first.asked.rule, first.asked.step, first.bound_bps) == ("TOY-LIMIT", "approve", 488)
    shown = await desk.show(owners.owner, first.id)
    assert shown.candidate is not None, shown.why_not
    changed = next(rule for rule in shown.candidate.pack.rules if rule.id == "TOY-LIMIT")
    assert changed.when == f"(note.amount > p.auto_limit) and not ({EXACT})"
    assert shown.candidate.findings == ()
    assert "a comment that stays" in shown.candidate.yaml
    report = await owners.try_out(shown.candidate.yaml)
    assert (report.newly_allowed.cases, report.newly_blocked.cases, report.newly_reviewed.cases) == (60, 0, 0)
    assert (await desk.listed(owners.owner))[0].id == first.id, "nothing is active yet"
    await owners.activate(shown.candidate.yaml)
    assert first.id not in {one.id for one in await desk.listed(owners.owner)}


async def test_the_table_of_the_rule_watches_over_the_bound(
    engine: Engine, owners: RuleOwners, desk: SuggestionDesk
) -> None:
    await record(engine, planted(2, alike=40, of=90))
    first = await exact(desk, owners)
    assert first is not None
    candidate = (await desk.show(owners.owner, first.id)).candidate
    assert candidate is not None
    rule = next(rule for rule in candidate.pack.rules if rule.id == "TOY-LIMIT")
    at_the_bound = {
        (example.expect, example.given["note.amount"], example.given["note.vendor"])
        for example in rule.examples
        if "note.vendor" in example.given
    }
    assert (Outcome.PASSES, 49_990, "V7") in at_the_bound
    assert (Outcome.FIRES, 50_001, "V7") in at_the_bound
    assert (Outcome.FIRES, 49_990, "another") in at_the_bound


async def test_what_is_always_rejected_is_suggested_as_a_block(
    engine: Engine, owners: RuleOwners, desk: SuggestionDesk
) -> None:
    await record(engine, planted(3, alike=50, of=100, decision="reject"))
    first = await exact(desk, owners)
    assert first is not None
    assert first.label.decision == "reject"
    candidate = (await desk.show(owners.owner, first.id)).candidate
    assert candidate is not None
    book, on = RuleBook(read_pack(candidate.yaml, name="toy")), engine.clock().date()
    like = {"note.amount": 20_000, "note.vendor": "V7", "note.urgent": False}
    assert book.judge("write", like, on=on).kind is VerdictKind.DENY
    assert book.judge("write", {**like, "note.vendor": "V1"}, on=on).kind is VerdictKind.REVIEW
    assert book.judge("write", {**like, "note.amount": 900}, on=on).kind is VerdictKind.ALLOW
    report = await owners.try_out(candidate.yaml)
    assert (report.newly_blocked.cases, report.newly_allowed.cases) == (50, 0)


async def test_one_contradicting_amount_is_enough_against_it(
    engine: Engine, owners: RuleOwners, desk: SuggestionDesk
) -> None:
    answers = planted(4, alike=60, of=110)
    like = next(one for one in answers if one.facts["note.vendor"] == "V7" and one.decision == "approve")
    await record(engine, [*answers, replace(like, facts={**like.facts, "note.amount": 25_000}, decision="reject")])
    approvals = [one for one in await desk.listed(owners.owner) if one.label.decision == "approve"]
    assert [one.predicate.text for one in approvals if "V7" in one.predicate.text] == []


async def test_below_the_support_nothing_is_suggested(engine: Engine, owners: RuleOwners, desk: SuggestionDesk) -> None:
    await record(engine, planted(5, alike=9, of=60))
    assert await exact(desk, owners) is None
    few = await exact(desk, owners, least=9)
    assert few is not None
    assert len(few.cases) == 9


async def test_the_same_correction_again_and_again_is_shown_without_a_rule(
    engine: Engine, owners: RuleOwners, desk: SuggestionDesk
) -> None:
    like = {"note.vendor": "V9", "note.urgent": True}
    corrected = [
        Reviewed(facts={**like, "note.amount": 1_500 + 8_000 * n}, decision="correct", corrected={"amount": "10"})
        for n in range(12)
    ]
    await record(engine, [*corrected, *planted(6, alike=20, of=80)])
    found = next(one for one in await desk.listed(owners.owner) if one.label.decision == "correct")
    assert (found.predicate.text, found.label.corrected) == ("note.vendor == 'V9'", (("amount", "10"),))
    shown = await desk.show(owners.owner, found.id)
    assert shown.candidate is None
    assert "corrects nothing" in shown.why_not


async def test_a_rules_own_example_stands_against_a_suggestion(engine: Engine, owners: RuleOwners) -> None:
    firm = VENDORS.replace(
        "      - {expect: fires, given: {note.amount: 1001}}",
        "      - {expect: fires, given: {note.amount: 1001, note.vendor: V7}}",
    ).replace('version: "1"', 'version: "2"')
    await owners.activate(firm)
    await record(engine, planted(7, alike=60, of=110), book=toy_rulebook(firm))
    desk = SuggestionDesk(services=engine.services)
    [first, *_] = await desk.listed(owners.owner)
    shown = await desk.show(owners.owner, first.id)
    assert shown.candidate is None
    assert "example 3 of the rule" in shown.why_not


async def test_only_who_may_propose_rules_sees_suggestions(engine: Engine, desk: SuggestionDesk) -> None:
    with pytest.raises(PermissionMissing, match=r"policies\.propose"):
        await desk.listed(await actor(engine.database, "clara"))


async def test_a_suggestion_that_is_not_there_says_so(owners: RuleOwners, desk: SuggestionDesk) -> None:
    with pytest.raises(NotFound, match="contradicted"):
        await desk.show(owners.owner, "0" * 16)
    with pytest.raises(Invalid, match="fewer than 3"):
        await desk.listed(owners.owner, least=2)
