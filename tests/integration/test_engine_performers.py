"""Performers: one is chosen before the verdict, another takes over only where nothing happened, and it happens once."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from graphs.errors import DutiesConflict
from graphs.routing.performers.chosen import chosen_of
from graphs.runtime.run import view_of
from graphs.state import CaseView, folded
from graphs.steps import AgentStep, Performer, ProposeStep, Reader, ReadStep
from graphs.store.admission import Switches
from graphs.store.admission_tables import Switch
from graphs.store.performer_tables import PerformerChoice
from graphs.store.performers import Performers
from graphs.store.tables import Case, Task
from graphs.tasks import Answer
from tests.support.advised import SCOUT
from tests.support.api import caller, grant
from tests.support.case_desk import cancel, retry, skip
from tests.support.engine import Engine
from tests.support.performing import (
    AGENT,
    API,
    BOT,
    LIMIT,
    PERSON,
    Book,
    Channel,
    Door,
    begun,
    driven,
    keys_of,
    nothing_asked,
    performing_definition,
    performing_rulebook,
    with_an_agent,
)
from tests.support.toy import look_up, process
from tools.by_hand import ByHand
from tools.limits import Breaker, TargetLimits
from tools.port import OutcomeLookup


@pytest.fixture
def book() -> Book:
    """What was really written."""
    return Book()


@pytest.fixture
def api(book: Book) -> Channel:
    """The preferred channel."""
    return Channel(name="toy.api", book=book)


@pytest.fixture
def bot(book: Book) -> Channel:
    """The next one."""
    return Channel(name="toy.bot", book=book)


@pytest.fixture
def office(engine: Engine, api: Channel, bot: Channel) -> Engine:
    """The engine with a process whose writing an API, a bot or a person does."""
    engine.definitions = (performing_definition(),)
    engine.more_tools = (api, bot, ByHand())
    return engine


def use(office: Engine, *performers: Performer, **more: Any) -> None:
    """Another list of performers."""
    office.definitions = (performing_definition(*performers, **more),)


async def choices_of(office: Engine, case_id: str) -> Sequence[PerformerChoice]:
    async with office.database.unit_of_work("acme") as unit:
        return await Performers(unit.session).of_case(case_id)


async def started(office: Engine, *, times: int = 1) -> Case:
    return await office.advance((await office.start()).case.id, times=times)


async def test_the_first_performer_does_it_and_the_choice_is_on_record(office: Engine, book: Book) -> None:
    case = await started(office)
    [choice] = await choices_of(office, case.id)
    assert (case.status, [channel for _, channel in book.lines]) == ("done", ["toy.api"])
    assert (choice.performer, choice.kind, choice.outcome) == ("api", "api", "done")
    assert [one["performer"] for one in choice.explained["considered"]] == ["api", "bot", "person"]
    assert choice.took is not None


async def test_the_choice_is_audited_with_the_verdict(office: Engine) -> None:
    case = await started(office)
    async with office.database.unit_of_work("acme") as unit:
        [judged] = [values for entry, values in await unit.audit_log.of_case(case.id) if entry.kind == "action.judged"]
    assert judged["performer"] == "api"
    assert judged["choice"]["because"] == "preferred to all others"
    assert judged["action"]["tool"] == "toy.api"


async def test_a_declared_refusal_falls_over_by_a_new_proposal(office: Engine, api: Channel, book: Book) -> None:
    api.doors = ["not_supported"]
    case = await started(office)
    effect = await office.effect_of(case.id)
    assert (case.status, [channel for _, channel in book.lines]) == ("done", ["toy.bot"])
    assert (effect.tool, effect.status, effect.sends) == ("toy.bot", "confirmed", 2)
    assert [name for name, _ in await office.steps_of(case.id)] == [
        "look_up", "propose", "write", "propose", "write", "done",
    ]  # fmt: skip
    trail = await office.trail_of(case.id)
    assert trail.count("action.judged") == 2
    assert trail.count("performer.failed") == 1


async def test_an_undeclared_refusal_is_for_a_person_and_nobody_takes_over(
    office: Engine, api: Channel, bot: Channel
) -> None:
    api.doors = ["closed"]
    case = await started(office)
    task = await office.task_of(case.id)
    assert (case.status, bot.calls) == ("waiting", 0)
    assert task.reasons[-1]["rule"] == "period_closed"


@pytest.mark.parametrize(("busy", "written_by"), [(1, "toy.api"), (2, "toy.bot")])
async def test_a_channel_that_stays_busy_is_given_its_attempts_and_no_more(
    office: Engine, api: Channel, book: Book, busy: int, written_by: str
) -> None:
    api.doors = ["busy"] * busy
    case = await started(office, times=2)
    assert (case.status, [channel for _, channel in book.lines]) == ("done", [written_by])


@pytest.mark.parametrize("door", ["lost", "silent", "killed_before", "killed_after"])
@pytest.mark.parametrize("lookup", [OutcomeLookup.ASKABLE, OutcomeLookup.DEDUPES, OutcomeLookup.NEITHER])
async def test_while_it_may_have_happened_nobody_else_acts(
    office: Engine, api: Channel, bot: Channel, book: Book, door: Door, lookup: OutcomeLookup
) -> None:
    api.outcome_lookup, api.doors = lookup, [door, "busy", "busy", "busy"]
    api.time_limit = timedelta(hours=1)  # longer than this test, on however busy a machine
    case = await begun(office)
    for _ in range(3):
        await office.advance(case.id)
    assert bot.calls == 0
    assert len(book.lines) <= 1
    assert (await office.effect_of(case.id)).tool == "toy.api"


async def test_once_the_target_says_it_has_not_happened_the_next_may_act(
    office: Engine, api: Channel, book: Book
) -> None:
    api.doors = ["silent", "not_supported"]
    case = await started(office)
    await office.let_effects_age(LIMIT)
    case = await office.advance(case.id)
    assert (case.status, [channel for _, channel in book.lines]) == ("done", ["toy.bot"])


async def test_a_target_that_enforces_keys_and_refuses_the_second_call_is_no_proof(
    office: Engine, api: Channel, bot: Channel
) -> None:
    api.outcome_lookup, api.doors = OutcomeLookup.DEDUPES, ["lost", "not_supported"]
    case = await started(office, times=2)
    task = await office.task_of(case.id)
    assert (bot.calls, task.step, (await office.effect_of(case.id)).status) == (0, "hand", "unknown")
    await office.answer(case.id, "berta", Answer(decision="approve", evidence={"reference": "A-1"}))
    assert (await office.advance(case.id)).status == "done"


async def test_of_a_blind_target_a_person_says_that_it_has_not_happened_and_the_next_acts(
    office: Engine, api: Channel, book: Book
) -> None:
    api.outcome_lookup, api.doors = OutcomeLookup.NEITHER, ["silent"]
    case = await started(office, times=2)
    task = await office.task_of(case.id)
    assert task.question.startswith("Nobody knows whether toy.api has happened")
    await office.answer(case.id, "berta", Answer(decision="reject", reason="it is not in the book"))
    case = await office.advance(case.id)
    assert (case.status, [channel for _, channel in book.lines]) == ("done", ["toy.bot"])


async def test_of_a_blind_target_a_person_says_that_it_has_happened_and_that_is_the_effect(
    office: Engine, api: Channel, bot: Channel
) -> None:
    api.outcome_lookup, api.doors = OutcomeLookup.NEITHER, ["lost"]
    case = await started(office, times=2)
    await office.answer(case.id, "berta", Answer(decision="approve", evidence={"reference": "line 7"}))
    case = await office.advance(case.id)
    effect = await office.effect_of(case.id)
    assert (case.status, bot.calls, effect.status, effect.tool) == ("done", 0, "confirmed", "toy.api")
    assert effect.result is not None
    assert (effect.result["reference"], effect.result["by"]) == ("line 7", "acme-berta")


async def test_an_open_breaker_takes_the_next_performer(office: Engine, api: Channel, book: Book) -> None:
    api.limits = TargetLimits(breaker=Breaker(failures=1, cool_down=timedelta(hours=1)))
    api.doors = ["busy", "busy"]
    first = await started(office, times=2)
    second = await started(office)
    assert (first.status, second.status) == ("done", "done")
    assert ([channel for _, channel in book.lines], api.calls) == (["toy.bot", "toy.bot"], 1)
    [choice] = await choices_of(office, second.id)
    assert "its breaker is open until" in choice.explained["considered"][0]["why"]


async def test_a_tool_that_is_switched_off_is_not_chosen(office: Engine, book: Book) -> None:
    row = Switch(
        tenant="acme",
        scope="tool",
        name="toy.api",
        off=True,
        reason="a bad release",
        set_by="acme-sven",
        since=office.clock(),
    )
    async with office.database.unit_of_work("acme") as unit:
        await Switches(unit.session).set(row)
    case = await started(office)
    assert (case.status, [channel for _, channel in book.lines]) == ("done", ["toy.bot"])


async def test_what_the_rules_forbid_to_one_performer_another_does(office: Engine, book: Book) -> None:
    office.rulebook = performing_rulebook()
    case = await started(office)
    [choice] = await choices_of(office, case.id)
    assert (case.status, [channel for _, channel in book.lines]) == ("done", ["toy.bot"])
    assert choice.explained["considered"][0]["why"] == "the rules forbid it: TOY-BOT"


async def test_what_the_data_speaks_against_is_not_chosen(office: Engine) -> None:
    use(office, BOT, API)
    office.reader.amount = 9
    case = await started(office)
    assert (await office.effect_of(case.id)).tool == "toy.api"


async def test_nobody_left_is_for_a_person_with_every_reason(office: Engine, api: Channel, bot: Channel) -> None:
    use(office, API, BOT)
    api.doors, bot.doors = ["not_supported"], ["not_supported"]
    case = await started(office)
    task = await office.task_of(case.id)
    assert (case.status, task.step) == ("waiting", "approve")
    # The last has nobody behind it, so its own refusal is shown.
    assert task.reasons[-1]["rule"] == "not_supported"
    await office.answer(case.id, "berta", Answer(decision="correct", set={"amount": "400"}))
    case = await office.advance(case.id)
    assert (case.status, (await office.effect_of(case.id)).tool) == ("done", "toy.api")


async def test_an_approval_is_bound_to_the_performer_and_lapses_when_another_takes_over(
    office: Engine, api: Channel, book: Book
) -> None:
    case = await office.asking()
    await office.answer(case.id, "berta", Answer(decision="approve"))
    api.doors = ["not_supported"]
    case = await office.advance(case.id)
    task = await office.task_of(case.id)
    assert (case.status, task.step, book.lines) == ("waiting", "approve", [])
    assert task.action is not None
    assert task.action["tool"] == "toy.bot"
    await office.answer(case.id, "dora", Answer(decision="approve"))
    assert (await office.advance(case.id)).status == "done"
    assert [channel for _, channel in book.lines] == ["toy.bot"]


async def test_who_a_person_approved_stays_although_another_would_be_preferred_now(
    office: Engine, api: Channel, book: Book
) -> None:
    office.more_tools = (office.more_tools[1], office.more_tools[2])
    case = await office.asking()
    office.more_tools = (api, *office.more_tools)
    await office.answer(case.id, "berta", Answer(decision="approve"))
    assert (await office.advance(case.id)).status == "done"
    assert [channel for _, channel in book.lines] == ["toy.bot"]


async def handed(office: Engine) -> tuple[Case, Task]:
    """A case that a person is to do by hand."""
    use(office, PERSON, API)
    case = await started(office)
    return case, await office.task_of(case.id)


async def test_work_by_hand_is_an_effect_that_says_who_did_it(office: Engine, api: Channel) -> None:
    case, task = await handed(office)
    effect = await office.effect_of(case.id)
    assert (case.status, task.step, effect.status, effect.tool) == ("waiting", "hand", "sent", "by_hand")
    assert (task.form["evidence_required"], task.form["choices"]) == (["reference"], ["approve", "reject"])
    await office.answer(case.id, "berta", Answer(decision="approve", evidence={"reference": "book 4, line 2"}))
    case = await office.advance(case.id)
    effect = await office.effect_of(case.id)
    assert (case.status, effect.status, api.calls) == ("done", "confirmed", 0)
    assert effect.result is not None
    assert (effect.result["reference"], effect.result["by"]) == ("book 4, line 2", "acme-berta")
    async with office.database.unit_of_work("acme") as unit:
        said = [entry for entry, _ in await unit.audit_log.of_case(case.id) if entry.kind == "effect.confirmed"]
    assert [entry.actor for entry in said] == ["acme-berta"]


async def test_work_that_a_person_did_not_do_is_done_by_the_next(office: Engine, book: Book) -> None:
    case, _ = await handed(office)
    await office.answer(case.id, "berta", Answer(decision="reject", reason="the book is locked"))
    case = await office.advance(case.id)
    assert (case.status, [channel for _, channel in book.lines]) == ("done", ["toy.api"])
    first, _ = await choices_of(office, case.id)
    assert (first.outcome, first.detail) == ("failed", "Berta: the book is locked (not_done)")


async def test_who_approved_does_not_do_it_by_hand(office: Engine) -> None:
    use(office, PERSON)
    case = await office.asking()
    await office.answer(case.id, "berta", Answer(decision="approve"))
    case = await office.advance(case.id)
    task = await office.task_of(case.id)
    assert (task.step, task.excluded) == ("hand", ["acme-berta", "acme-clara"])
    with pytest.raises(DutiesConflict):
        await office.answer(case.id, "berta", Answer(decision="approve", evidence={"reference": "1"}))


async def test_a_retry_from_the_proposal_asks_whether_it_was_done_before_anybody_else_acts(
    office: Engine, api: Channel
) -> None:
    await grant(office.database, "sven", "case.steer")
    case, _ = await handed(office)
    await retry(office, case.id, "propose")
    await office.advance(case.id, times=2)
    task = await office.task_of(case.id)
    assert (task.step, api.calls) == ("hand", 0)
    assert task.question.startswith("Nobody knows whether by_hand has happened")


async def test_a_cancellation_does_not_end_before_a_person_says_what_came_of_work_by_hand(office: Engine) -> None:
    await grant(office.database, "sven", "case.cancel", "case.steer")
    case, _ = await handed(office)
    assert (await cancel(office, case.id)).status == "compensating"
    assert (await office.advance(case.id)).status == "incident"
    await skip(office, case.id, "write")
    assert (await office.advance(case.id)).status == "cancelled"


async def test_performers_are_shown_with_how_they_stand_and_how_one_was_chosen(office: Engine, api: Channel) -> None:
    api.doors = ["not_supported"]
    case = await started(office)
    async with caller(office, "clara") as clara:
        listed = (await clara.get("/processes/toy/performers")).json()
        shown = (await clara.get(f"/cases/{case.id}")).json()["performers"]
        unknown = await clara.get("/processes/nothing/performers")
    [step] = listed["steps"]
    assert (listed["process"], step["step"], step["would_be"]) == ("toy@1", "propose", "api")
    assert [(one["performer"], one["able"]) for one in step["performers"]] == [
        ("api", True), ("bot", True), ("person", True),
    ]  # fmt: skip
    assert [(one["performer"], one["outcome"]) for one in shown] == [("api", "failed"), ("bot", "done")]
    assert shown[0]["detail"] == "not in this channel (not_supported)"
    assert shown[1]["considered"][0]["why"] == "not in this channel (not_supported)"
    assert unknown.status_code == 422


async def test_an_agent_that_has_not_answered_drafts_nothing(office: Engine, book: Book) -> None:
    office.definitions = (with_an_agent(AGENT, API),)
    case = await started(office)
    [choice] = await choices_of(office, case.id)
    assert (case.status, [channel for _, channel in book.lines]) == ("done", ["toy.api"])
    assert choice.explained["considered"][0]["why"] == "the agent step ask has no answer"


@pytest.mark.parametrize(("blind", "chosen"), [(False, "toy.bot"), (True, "toy.api")])
async def test_what_an_agent_drafts_a_person_approves_and_a_blind_answer_drafts_nothing(
    office: Engine, book: Book, blind: bool, chosen: str
) -> None:
    async def answered(case: CaseView, reader: Reader) -> Mapping[str, Any]:
        decision = {"status": "answered", "blind": blind, "choice": "fine"}
        return {**await look_up(case, reader), "decisions": {"earlier": decision}}

    performer = replace(AGENT, drafted_by="earlier")
    ask = AgentStep(name="earlier", stage="intake", asks=SCOUT, question=nothing_asked, next="propose")
    first, proposal, *rest = performing_definition().steps
    assert isinstance(first, ReadStep)
    assert isinstance(proposal, ProposeStep)
    # The answer is put there by the read; the agent step is only one that could have left it.
    proposal = replace(proposal, performers=(performer, API), deny="earlier")
    definition = process("Performing", replace(first, run=answered), proposal, *rest, ask)
    office.definitions = (definition,)
    case = await started(office)
    if not blind:
        task = await office.task_of(case.id)
        assert (task.step, book.lines) == ("approve", [])
        await office.answer(case.id, "berta", Answer(decision="approve"))
        case = await office.advance(case.id)
    assert (case.status, [channel for _, channel in book.lines]) == ("done", [chosen])


DOORS: tuple[Door, ...] = (
    "ok", "busy", "not_supported", "closed", "lost", "silent", "killed_before", "killed_after",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_fails_it_happens_at_most_once_and_never_ends_in_silence(
    office: Engine, api: Channel, bot: Channel, book: Book, seed: int
) -> None:
    dice = random.Random(seed)
    for _ in range(6):
        order = dice.sample([API, BOT, PERSON], k=dice.choice([2, 3]))
        use(office, *order)
        for channel in (api, bot):
            channel.doors = [dice.choice(DOORS) for _ in range(dice.randrange(4))]
            channel.outcome_lookup = dice.choice(list(OutcomeLookup))
        case = await driven(office, book, dice)
        written = [channel for key, channel in book.lines if key in await keys_of(office, case.id)]
        assert len(written) <= 1
        assert case.status in ("done", "rejected", "waiting", "incident")
        if case.status == "done":
            assert len(written) == 1


async def test_the_choice_is_part_of_the_case_and_so_replayed(office: Engine, api: Channel) -> None:
    api.doors = ["not_supported"]
    case = await started(office)
    async with office.database.unit_of_work("acme") as unit:
        updates: list[Mapping[str, Any]] = [step.update for step in await unit.journal.of_case(case.id) if step.update]
    chosen = chosen_of(view_of(case, folded(updates)), "propose")
    assert chosen is not None
    assert (chosen.performer, list(chosen.failed)) == ("bot", ["api"])
