"""An order is confirmed on the supplier's portal by a bot, or by a clerk where the bot cannot: once, by whom it may."""

from __future__ import annotations

from datetime import timedelta

import pytest

from graphs.processes.procure_to_pay import order_confirmation, portal_orders
from graphs.store.database import Database
from graphs.store.tables import Case
from graphs.tasks import Answer
from tests.support.people import populate
from tests.support.purchasing import ORDER, Purchasing, asked_of, key_of
from tools.browser.errors import LayoutUnknown, OutcomeUnseen, PageAway, Traces, told
from tools.errors import Permanent
from tools.limits import Breaker, TargetLimits
from tools.testing.portal.memory import PortalFault

CONFIRM = "portal.order.confirm"


@pytest.fixture
async def purchasing(database: Database) -> Purchasing:
    await populate(database)
    return Purchasing(database=database)


async def by_hand(purchasing: Purchasing, case: Case, *, number: str | None = None) -> Case:
    """Clara confirms it at the portal, unless she only says so, and answers."""
    task = await purchasing.task(case)
    if number is None:
        number = purchasing.portal.books.confirm(asked_of(task), reference=key_of(task)).number
    done = Answer(decision="approve", evidence={"confirmation_number": number})
    return await purchasing.answer(case, "clara", done)


def test_version_1_is_as_it_was_released() -> None:
    first, second = order_confirmation.released()
    assert (first.digest, second.version) == (portal_orders.definition().digest, 2)
    assert {step.name for step in second.steps} - {step.name for step in first.steps} == {"confirm_by_hand"}


async def test_the_bot_comes_first_and_nobody_is_asked(purchasing: Purchasing) -> None:
    case = await purchasing.start("order_confirmation", {"order": ORDER})
    [choice] = await purchasing.choices(case)
    assert (case.version, case.status, case.outcome) == (2, "done", case.outcome)
    assert (choice.performer, choice.outcome) == ("portal_bot", "done")
    assert [one["performer"] for one in choice.explained["considered"]] == ["portal_bot", "clerk"]


async def test_a_bot_that_is_switched_off_is_replaced_by_a_clerk_and_the_portal_is_read_back(
    purchasing: Purchasing,
) -> None:
    await purchasing.switch_off(CONFIRM)
    case = await purchasing.start("order_confirmation", {"order": ORDER})
    task = await purchasing.task(case)
    assert (case.status, task.step, task.role) == ("waiting", "confirm_by_hand", "ap_clerk")
    assert "open there over 4135.00 EUR" in (task.action or {})["arguments"]["what"]
    case = await by_hand(purchasing, case)
    (effect,) = await purchasing.effects(case)
    [made] = purchasing.portal.books.confirmations
    assert (case.status, case.outcome) == ("done", f"confirmed by hand as {made.number}")
    assert (effect.tool, effect.status, effect.idempotency_key) == ("by_hand", "confirmed", made.reference)
    assert (effect.result or {})["by"] == "acme-clara"


async def test_a_portal_that_is_left_alone_is_worked_by_a_clerk_and_read_back_later(purchasing: Purchasing) -> None:
    purchasing.limits = TargetLimits(breaker=Breaker(failures=1, cool_down=timedelta(hours=1)))
    purchasing.portal.faults.append(PortalFault(when="before", error=PageAway("no answer", tool=CONFIRM)))
    case = await purchasing.start("order_confirmation", {"order": ORDER})
    case = await purchasing.advance(case.id)
    task = await purchasing.task(case)
    assert (task.step, "breaker_open" in str(task.reasons)) == ("confirm_by_hand", True)
    case = await by_hand(purchasing, case)
    assert case.status == "running"
    purchasing.ahead = timedelta(hours=1, minutes=1)
    case = await purchasing.advance(case.id)
    assert (case.status, len(purchasing.portal.books.confirmations)) == ("done", 1)


async def test_an_unknown_outcome_is_asked_of_the_portal_and_never_done_by_a_clerk(purchasing: Purchasing) -> None:
    unseen = PortalFault(when="after", error=OutcomeUnseen("the click was made", tool=CONFIRM))
    purchasing.portal.faults.append(unseen)
    case = await purchasing.start("order_confirmation", {"order": ORDER})
    (effect,) = await purchasing.effects(case)
    assert (case.status, effect.status) == ("running", "unknown")
    case = await purchasing.advance(case.id)
    (effect,) = await purchasing.effects(case)
    assert (case.status, effect.tool, len(purchasing.portal.books.confirmations)) == ("done", CONFIRM, 1)
    assert {one.performer for one in await purchasing.choices(case)} == {"portal_bot"}


async def test_while_nobody_knows_not_even_a_bot_that_is_switched_off_is_replaced(purchasing: Purchasing) -> None:
    unseen = PortalFault(when="after", error=OutcomeUnseen("the click was made", tool=CONFIRM))
    purchasing.portal.faults.append(unseen)
    case = await purchasing.start("order_confirmation", {"order": ORDER})
    await purchasing.switch_off(CONFIRM)
    case = await purchasing.advance(case.id)
    assert [one.performer for one in await purchasing.choices(case)] == ["portal_bot"]
    assert len(purchasing.portal.books.confirmations) == 1
    assert await purchasing.open_tasks(case) == 0


async def test_what_a_bot_could_not_work_a_clerk_does_and_sees_its_evidence(purchasing: Purchasing) -> None:
    traces = Traces(bot="confirm order", step="fill in the form", evidence={"page": "ab" * 32})
    error = told(LayoutUnknown("no field for reference"), traces)
    purchasing.portal.faults.append(PortalFault(when="before", error=error))
    case = await purchasing.start("order_confirmation", {"order": ORDER})
    task = await purchasing.task(case)
    assert (case.status, task.step) == ("waiting", "confirm_by_hand")
    assert "step 'fill in the form': no field for reference" in str(task.reasons)
    assert f"page={'ab' * 32}" in str(task.reasons)
    case = await by_hand(purchasing, case)
    assert (case.status, len(purchasing.portal.books.confirmations)) == ("done", 1)


async def test_what_the_portal_says_about_the_order_is_for_a_person_to_decide_and_for_no_clerk_to_do(
    purchasing: Purchasing,
) -> None:
    refused = Permanent("the portal shows 4000.00 EUR", tool=CONFIRM, code="total_mismatch")
    purchasing.portal.faults.append(PortalFault(when="before", error=refused))
    case = await purchasing.start("order_confirmation", {"order": ORDER})
    assert (await purchasing.task(case)).step == "approve_confirmation"


async def test_where_neither_could_a_person_sees_why_and_nothing_was_confirmed(purchasing: Purchasing) -> None:
    purchasing.portal.faults.append(PortalFault(when="before", error=LayoutUnknown("no field", tool=CONFIRM)))
    case = await purchasing.start("order_confirmation", {"order": ORDER})
    case = await purchasing.answer(case, "clara", Answer(decision="reject", reason="the page does not load"))
    task = await purchasing.task(case)
    assert (task.step, task.role) == ("approve_confirmation", "approver")
    assert "the page does not load" in str(task.reasons)
    assert purchasing.portal.books.confirmations == []


async def test_a_clerk_who_only_says_so_is_found_out_by_reading_back(purchasing: Purchasing) -> None:
    await purchasing.switch_off(CONFIRM)
    case = await purchasing.start("order_confirmation", {"order": ORDER})
    case = await by_hand(purchasing, case, number="AB-99999")
    assert (case.status, await purchasing.incidents(case)) == ("incident", ["not_confirmed"])


async def test_another_offer_is_another_intention(purchasing: Purchasing) -> None:
    await purchasing.switch_off(CONFIRM)
    first = await purchasing.start("order_confirmation", {"order": ORDER})
    key = key_of(await purchasing.task(first))
    second = await purchasing.start("order_confirmation", {"order": "PO-2026-0002"})
    assert key_of(await purchasing.task(second)) != key
