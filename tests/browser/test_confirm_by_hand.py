"""The bot is switched off at a real portal: a clerk confirms there by hand, and the case goes on in Chromium."""

from __future__ import annotations

import pytest

from graphs.store.database import Database
from graphs.tasks import Answer
from tests.browser.conftest import TODAY, Desk
from tests.conftest import TestDatabase
from tests.support.people import populate
from tests.support.purchasing import ORDER, Purchasing, asked_of, key_of
from tools.clock import utc_now
from tools.testing.erp import MemoryErp

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_clerk_confirms_at_the_portal_by_hand_and_the_bot_reads_it_back(
    desk: Desk, own_database: TestDatabase
) -> None:
    database = Database(own_database.app_url, clock=utc_now)
    try:
        await populate(database)
        erp = MemoryErp.from_seed(today=TODAY)
        purchasing = Purchasing(database=database, erp=erp, bots=desk.connector.portal)
        await purchasing.switch_off("portal.order.confirm")
        case = await purchasing.start("order_confirmation", {"order": ORDER})
        task = await purchasing.task(case)
        assert (task.step, desk.portal.books.confirmations) == ("confirm_by_hand", [])
        # Clara's own browser: the same form, filled in without Interlock.
        made = await desk.connector.portal.confirm_order(asked_of(task), key=key_of(task))
        answer = Answer(decision="approve", evidence={"confirmation_number": made.number})
        case = await purchasing.answer(case, "clara", answer)
        (effect,) = await purchasing.effects(case)
        assert (case.status, case.outcome) == ("done", f"confirmed by hand as {made.number}")
        assert (effect.tool, desk.portal.books.confirmations) == ("by_hand", [made])
    finally:
        await database.close()
