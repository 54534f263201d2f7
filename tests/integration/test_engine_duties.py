"""Duties over time: what somebody did in one case decides what they may do in another."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from graphs.analysis import AnalysisDesk
from graphs.duties import Claimed
from graphs.erasure import ErasureDesk, ErasureRequest
from graphs.errors import DutiesConflict
from graphs.process import ProcessDefinition
from graphs.store.database import Database
from graphs.store.writer import Change
from graphs.tasks import Answer
from policies.duties import DutyAct, DutyRules, Splitting
from tests.conftest import TestDatabase
from tests.support.api import grant
from tests.support.canary import CANARY, places_in_tables
from tests.support.dutiful import (
    BANK_CHANGE,
    INVOICE,
    PAYMENT,
    SIGNED_CHANGE,
    SIGNED_PAYMENT,
    acts,
    add_agent,
    allow_role,
    asked,
    dutiful,
    let,
)
from tests.support.engine import Engine
from tests.support.packs import FOUR_EYES
from tests.support.people import actor
from tests.support.toy import toy_definition, toy_rulebook
from tools.errors import Ambiguous, Permanent, Transient

APPROVE = Answer(decision="approve")


AUTOMATIC = Splitting(
    id="AUTO",
    title="Payments just under what nobody is asked about",
    duty="payment.released",
    same="subject",
    just_under_bps=8000,
    count=3,
    within_days=30,
    limits={"EUR": 1000},
    regulation="R",
    clause="c",
)


async def status_of(engine: Engine, definition: ProcessDefinition, subject: str = "V1", *, amount: int) -> str:
    return (await engine.case(await asked(engine, definition, subject, amount=amount))).status


async def changed_bank(engine: Engine, subject: str = "V1", *, login: str = "berta") -> str:
    """A bank change that Clara asked for and `login` approved."""
    case_id = await asked(engine, BANK_CHANGE, subject)
    await engine.answer(case_id, login, APPROVE)
    assert (await engine.advance(case_id)).status == "done"
    return case_id


async def test_an_effect_is_done_by_who_asked_and_who_approved(engine: Engine) -> None:
    case_id = await changed_bank(engine)
    done = [(act.who, act.duty, act.subject, act.case_id, act.withdrawn_at) for act in await acts(engine)]
    assert done == [
        ("acme-clara", "vendor.bank_changed", "vendor:V1", case_id, None),
        ("acme-berta", "vendor.bank_changed", "vendor:V1", case_id, None),
    ]
    async with engine.database.unit_of_work("acme") as unit:
        entries = await unit.audit_log.of_case(case_id)
    [sent] = [values for entry, values in entries if entry.kind == "effect.sent"]
    assert [act["who"] for act in sent["duties"]] == ["acme-clara", "acme-berta"]


async def test_who_changed_a_bank_account_does_not_release_its_payment(engine: Engine) -> None:
    await changed_bank(engine)
    [_, earlier] = await acts(engine)
    payment = await asked(engine, PAYMENT, login="dora")
    with pytest.raises(DutiesConflict) as refused:
        await engine.answer(payment, "berta", APPROVE)
    for shown in ("Berta", "vendor.bank_changed", "vendor:V1", earlier.id, "SOD-BANK", "vendor maintainer ≠ payer"):
        assert shown in str(refused.value)
    with pytest.raises(DutiesConflict):
        await engine.desk.claim(await actor(engine.database, "berta"), (await engine.task_of(payment)).id)
    await engine.answer(payment, "emil", APPROVE)
    assert (await engine.advance(payment)).status == "done"


async def test_another_vendors_payment_is_no_conflict(engine: Engine) -> None:
    await changed_bank(engine, "V2")
    payment = await asked(engine, PAYMENT, login="dora")
    await engine.answer(payment, "berta", APPROVE)
    assert (await engine.advance(payment)).status == "done"


@pytest.mark.parametrize(("days", "refused"), [(89, True), (90, True), (91, False)])
async def test_the_window_ends_after_its_last_day(engine: Engine, days: int, refused: bool) -> None:
    await changed_bank(engine)
    engine.clock.ahead = timedelta(days=days)
    payment = await asked(engine, PAYMENT, login="dora")
    if refused:
        with pytest.raises(DutiesConflict):
            await engine.answer(payment, "berta", APPROVE)
    else:
        await engine.answer(payment, "berta", APPROVE)
        assert (await engine.advance(payment)).status == "done"


async def test_who_released_a_payment_does_not_change_the_account_afterwards(engine: Engine) -> None:
    payment = await asked(engine, SIGNED_PAYMENT)
    await engine.answer(payment, "berta", APPROVE)
    engine.definitions = ()
    change = await asked(engine, BANK_CHANGE, login="dora")
    with pytest.raises(DutiesConflict, match=r"payment\.released"):
        await engine.answer(change, "berta", APPROVE)


async def test_a_task_is_not_given_to_who_may_not_approve_it(engine: Engine) -> None:
    payment = await asked(engine, PAYMENT, "V9", login="intake")
    first = (await engine.task_of(payment)).assignee_id
    assert first is not None
    await engine.answer(payment, "sven", Answer(decision="reject", reason="no"))
    engine.definitions = ()
    await changed_bank(engine, login=first.removeprefix("acme-"))
    engine.clock.ahead = timedelta(days=1)
    second = (await engine.task_of(await asked(engine, PAYMENT, login="intake"))).assignee_id
    assert second not in (None, first)


async def test_who_asks_for_a_payment_to_an_account_they_changed_stops_at_an_incident(engine: Engine) -> None:
    await changed_bank(engine)
    payment = await asked(engine, PAYMENT, login="clara")
    await engine.answer(payment, "emil", APPROVE)
    case = await engine.advance(payment)
    [incident] = await engine.incidents_of(payment)
    assert (case.status, incident.code, len(engine.notebook.written)) == ("incident", "segregation_of_duties", 1)
    assert "Clara did vendor.bank_changed" in incident.message


async def test_what_runs_straight_through_is_checked_before_its_effect(engine: Engine) -> None:
    await changed_bank(engine)
    payment = await asked(engine, PAYMENT, login="clara", amount=500)
    assert (await engine.case(payment)).status == "incident"
    assert len(engine.notebook.written) == 1


async def test_of_two_effects_that_one_person_approved_before_either_happened_one_happens(engine: Engine) -> None:
    change = await asked(engine, BANK_CHANGE)
    payment = await asked(engine, PAYMENT, login="dora")
    await engine.answer(change, "berta", APPROVE)
    await engine.answer(payment, "berta", APPROVE)
    assert (await engine.advance(change)).status == "done"
    assert (await engine.advance(payment)).status == "incident"
    [incident] = await engine.incidents_of(payment)
    assert (incident.code, "Berta did vendor.bank_changed" in incident.message) == ("segregation_of_duties", True)
    assert len(engine.notebook.written) == 1


async def test_of_two_answers_at_once_only_one_is_given(engine: Engine) -> None:
    change = await asked(engine, SIGNED_CHANGE)
    payment = await asked(engine, SIGNED_PAYMENT)
    both = await asyncio.gather(
        engine.answer(change, "berta", APPROVE), engine.answer(payment, "berta", APPROVE), return_exceptions=True
    )
    assert [type(one).__name__ for one in both if isinstance(one, BaseException)] == ["DutiesConflict"]
    assert [act.who for act in await acts(engine)] == ["acme-berta"]


async def test_of_two_processes_that_saw_the_same_only_one_adds_its_act(
    engine: Engine, own_database: TestDatabase
) -> None:
    case_id = (await engine.start()).case.id
    databases = [Database(own_database.app_url, clock=engine.clock) for _ in range(2)]

    def adding(number: int, seen: int) -> Change:
        act = DutyAct(id=f"{seen}-{number}", who="acme-dora", did="payment.released", to="vendor:V1", at=engine.clock())
        change = Change("acme")
        Claimed(acts=[(act, seen)]).add_to(change, case_id=case_id, step="write")
        return change

    for added in range(10):
        seen = (await acts(engine))[-1].seq if added else 0
        assert seen is not None
        both = await asyncio.gather(
            *(database.writer.commit(adding(number, seen)) for number, database in enumerate(databases)),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in both) == ["DutiesMoved", "NoneType"]
        assert len(await acts(engine)) == added + 1
    for database in databases:
        await database.close()


async def test_what_a_copy_for_analysis_is_asked_does_no_duty(engine: Engine) -> None:
    case_id = await asked(engine, SIGNED_PAYMENT)
    await grant(engine.database, "sven", "case.steer")
    assert (await engine.task_of(case_id)).duties is not None
    sven = await actor(engine.database, "sven")
    copied = await AnalysisDesk(services=engine.services).fork(sven, case_id, "what if", from_step="check")
    await engine.advance(copied.case.id, times=2)
    assert (await engine.task_of(copied.case.id)).duties is None


async def test_a_subject_is_erased_with_its_acts(engine: Engine, own_database: TestDatabase) -> None:
    case_id = await asked(engine, INVOICE, CANARY)
    await engine.answer(case_id, "berta", APPROVE)
    await engine.advance(case_id)
    assert "duty_acts" in places_in_tables(own_database, CANARY)
    await grant(engine.database, "sven", "retention.erase")
    desk, sven = ErasureDesk(services=engine.services), await actor(engine.database, "sven")
    request = ErasureRequest(value=CANARY)
    await desk.erase(sven, request, reason="Art. 17", confirmed=(await desk.plan(sven, request)).digest)
    assert places_in_tables(own_database, CANARY) == []
    assert (await engine.verification()).sound


def test_a_duty_is_part_of_what_a_definition_declares() -> None:
    assert PAYMENT.digest != toy_definition(version=2).digest
    assert dutiful(2).digest == toy_definition(version=2).digest
    assert len({PAYMENT.digest, dutiful(2, review="payment.released").digest, dutiful(2, effect="a.b").digest}) == 3


async def test_different_people_do_duties_to_one_subject_at_once(engine: Engine) -> None:
    change = await asked(engine, SIGNED_CHANGE)
    payment = await asked(engine, SIGNED_PAYMENT)
    await asyncio.gather(engine.answer(change, "berta", APPROVE), engine.answer(payment, "emil", APPROVE))
    assert sorted(act.who for act in await acts(engine)) == ["acme-berta", "acme-emil"]


async def test_what_the_target_refused_was_not_done(engine: Engine) -> None:
    engine.notebook.faults = [Permanent("no", tool="toy.write")]
    change = await asked(engine, BANK_CHANGE)
    await engine.answer(change, "berta", APPROVE)
    assert (await engine.advance(change)).status == "waiting"
    assert {act.withdrawn_at is None for act in await acts(engine)} == {False}
    payment = await asked(engine, PAYMENT, login="dora")
    await engine.answer(payment, "berta", APPROVE)
    assert (await engine.advance(payment)).status == "done"


async def test_what_may_have_happened_counts_as_done(engine: Engine) -> None:
    engine.notebook.faults = [Ambiguous("who knows", tool="toy.write")]
    change = await asked(engine, BANK_CHANGE)
    await engine.answer(change, "berta", APPROVE)
    await engine.advance(change)
    payment = await asked(engine, PAYMENT, login="dora")
    with pytest.raises(DutiesConflict):
        await engine.answer(payment, "berta", APPROVE)


async def test_what_is_tried_again_is_one_act(engine: Engine) -> None:
    engine.notebook.faults = [Transient("busy", tool="toy.write")]
    change = await asked(engine, BANK_CHANGE)
    await engine.answer(change, "berta", APPROVE)
    await engine.advance(change, times=2)
    done = await acts(engine)
    assert [(act.who, act.withdrawn_at) for act in done] == [("acme-clara", None), ("acme-berta", None)]


async def test_a_duty_to_nobody_known_is_not_approved_but_can_be_rejected(engine: Engine) -> None:
    case_id = await asked(engine, INVOICE, "?")
    with pytest.raises(DutiesConflict, match="not known"):
        await engine.answer(case_id, "berta", APPROVE)
    berta = await actor(engine.database, "berta")
    await engine.desk.claim(berta, (await engine.task_of(case_id)).id)
    await engine.answer(case_id, "berta", Answer(decision="reject", reason="which vendor?"))
    assert (await engine.advance(case_id)).status == "rejected"


async def test_three_invoices_just_under_a_limit_need_a_limit_of_their_sum(engine: Engine) -> None:
    engine.definitions = ()
    for number in range(2):
        case_id = await asked(engine, INVOICE, amount=45_000, login="dora" if number else "clara")
        assert (await engine.task_of(case_id)).assignee_id == "acme-anton"
        await engine.answer(case_id, "anton", APPROVE)
    third = await asked(engine, INVOICE, amount=45_000, login="clara")
    assert (await engine.task_of(third)).assignee_id == "acme-berta"
    with pytest.raises(DutiesConflict, match=r"135000 together .*SPLIT-VENDOR"):
        await engine.answer(third, "anton", APPROVE)
    await engine.answer(third, "berta", APPROVE)
    assert (await engine.advance(third)).status == "done"


@pytest.mark.parametrize(("amount", "refused"), [(39_999, False), (40_000, True), (50_000, True)])
async def test_just_under_begins_at_the_share_of_the_limit(engine: Engine, amount: int, refused: bool) -> None:
    engine.definitions = ()
    cases = [await asked(engine, INVOICE, amount=amount) for _ in range(3)]
    for case_id in cases[:2]:
        await engine.answer(case_id, "anton", APPROVE)
    if refused:
        with pytest.raises(DutiesConflict, match="SPLIT"):
            await engine.answer(cases[2], "anton", APPROVE)
    else:
        await engine.answer(cases[2], "anton", APPROVE)


async def test_one_persons_requests_over_many_vendors_are_added_up(engine: Engine) -> None:
    engine.definitions = ()
    for number in range(2):
        case_id = await asked(engine, INVOICE, f"V{number}", amount=45_000)
        await engine.answer(case_id, "anton", APPROVE)
    third = await asked(engine, INVOICE, "V3", amount=45_000)
    with pytest.raises(DutiesConflict, match=r"3 of Clara .*SPLIT-REQUESTER"):
        await engine.answer(third, "anton", APPROVE)


async def test_an_invoice_that_two_people_approve_is_added_up_once(engine: Engine) -> None:
    engine.definitions, engine.rulebook = (), toy_rulebook(FOUR_EYES)
    first = await asked(engine, INVOICE, amount=45_000)
    await engine.answer(first, "anton", APPROVE)
    await engine.advance(first)
    await engine.answer(first, "berta", APPROVE)
    done = [(act.who, act.amount_minor, act.currency, act.asked_by) for act in await acts(engine)]
    assert done == [("acme-anton", 45_000, "EUR", "acme-clara"), ("acme-berta", 45_000, "EUR", "acme-clara")]
    second = await asked(engine, INVOICE, amount=45_000)
    await engine.answer(second, "anton", APPROVE)


@pytest.mark.parametrize(("amounts", "asked_at"), [((900, 900, 900), 2), ((799, 900, 900), 3), ((1000, 1000, 1000), 2)])
async def test_what_nobody_is_asked_about_is_added_up_before_anybody_is(
    engine: Engine, amounts: tuple[int, ...], asked_at: int
) -> None:
    engine.duty_rules = DutyRules(duties="t", version="1", splits=(AUTOMATIC,))
    statuses = [await status_of(engine, PAYMENT, amount=amount) for amount in amounts]
    assert statuses == ["done" if place < asked_at else "waiting" for place in range(3)]
    assert len(engine.notebook.written) == asked_at


async def test_a_split_that_nobody_would_be_asked_about_needs_authority_over_its_sum(engine: Engine) -> None:
    rule = AUTOMATIC.model_copy(update={"limits": {"EUR": 1000}, "count": 2})
    engine.duty_rules = DutyRules(duties="t", version="1", splits=(rule,))
    await allow_role(engine.database, "clerk", 1_799)
    first, second = [await asked(engine, PAYMENT, amount=900, login="intake") for _ in range(2)]
    task = await engine.task_of(second)
    assert (await engine.case(first)).status == "done"
    assert (task.required_limit_minor, [reason["rule"] for reason in task.reasons]) == (1_800, ["AUTO"])
    await engine.answer(second, "anton", APPROVE)
    assert (await engine.advance(second)).status == "done"
    assert len(engine.notebook.written) == 2


async def test_another_vendors_payments_are_not_added_up(engine: Engine) -> None:
    engine.duty_rules = DutyRules(duties="t", version="1", splits=(AUTOMATIC,))
    assert {await status_of(engine, PAYMENT, f"V{number}", amount=900) for number in range(4)} == {"done"}


async def test_an_agents_bank_change_counts_for_its_sponsor(engine: Engine) -> None:
    await add_agent(engine.database, sponsor="berta", limit=100_000_000)
    change = await asked(engine, BANK_CHANGE, login="bot", amount=500)
    assert (await engine.case(change)).status == "done"
    payment = await asked(engine, PAYMENT, login="dora")
    with pytest.raises(DutiesConflict, match=r"Berta did vendor\.bank_changed"):
        await engine.answer(payment, "berta", APPROVE)


async def test_a_delegates_act_counts_for_the_giver(engine: Engine) -> None:
    await let(engine.database, "berta", "dora", on=engine.clock().date())
    change = await asked(engine, BANK_CHANGE)
    await engine.answer(change, "dora", Answer(decision="approve", in_place_of="berta"))
    assert (await engine.advance(change)).status == "done"
    payment = await asked(engine, PAYMENT, login="intake")
    for login in ("dora", "berta"):
        with pytest.raises(DutiesConflict, match=f"{login.title()} did|Berta, Dora did"):
            await engine.answer(payment, login, APPROVE)


async def test_a_process_without_duties_leaves_no_act_and_asks_for_none(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    assert (await engine.task_of(case_id)).duties is None
    await engine.answer(case_id, "berta", APPROVE)
    assert (await engine.advance(case_id)).status == "done"
    assert await acts(engine) == []
