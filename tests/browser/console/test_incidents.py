"""Incidents in the console: thirty cases of one cause, an order that does not help, one that does, each by keyboard.

All of it runs against `interlock serve` and an ERP over HTTP that really refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.console.pages import CONSOLE, look, picture
from tests.support.breaking_erp import BreakingErp, breaking_erp
from tests.support.console import PATIENCE_SECONDS, Desk, Lab, desk_of, lab_in
from tests.support.lively import bank_changes
from tests.support.patience import wait_until

pytestmark = CONSOLE
MANY = 30
TABS = 60


@pytest.fixture(scope="module")
def erp() -> Iterator[BreakingErp]:
    with breaking_erp() as found:
        yield found


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, erp: BreakingErp) -> Iterator[Lab]:
    """Thirty requests came in while the ERP refused everything."""
    with lab_in(tmp_path_factory.mktemp("console"), erp_url=erp.url) as found:
        erp.broken.set()
        bank_changes(found, MANY)
        reached(found, MANY)
        yield found


def group(lab: Lab) -> dict[str, Any]:
    """The cause of this file's incidents; empty until there is one."""
    with lab.client("dario") as client:
        groups = client.get("/incidents/groups").json()["groups"]
    return groups[0] if groups else {}


def open_now(lab: Lab) -> int:
    """How many incidents of the cause are open: a test before may have closed one."""
    return int(group(lab)["open"])


def reached(lab: Lab, open_ones: int) -> None:
    """So many incidents are open."""
    wait_until(
        lambda: group(lab).get("open") == open_ones,
        within_seconds=PATIENCE_SECONDS,
        otherwise=lambda: f"{group(lab)} instead of {open_ones} open incidents",
        pause_seconds=0.2,
    )


def tab_to(page: Page, name: str | re.Pattern[str]) -> None:
    """Press Tab until the button of that name has the focus."""
    button = page.get_by_role("button", name=name)
    expect(button.first).to_be_visible()
    for _ in range(TABS):
        if button.first.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {name}")


def opened_by_keyboard(desk: Desk) -> Page:
    """From the first screen to the cause, without the mouse."""
    page, keys = desk.page, desk.page.keyboard
    page.get_by_role("heading", level=1).wait_for()
    keys.press("g")
    keys.press("i")
    page.locator("tr[data-row]").first.wait_for()
    keys.press("j")
    expect(page.locator("tr[data-row]").first).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("the fiscal year is closed")
    return page


def test_every_screen_passes_axe(lab: Lab, browser: Browser) -> None:
    with desk_of(lab, browser) as desk:
        page, keys = desk.page, desk.page.keyboard
        desk.sign_in("dario", "/incidents")
        page.locator("tr[data-row]").first.wait_for()
        found = {"causes": look(page, "/incidents")}
        opened_by_keyboard(desk)
        expect(page.get_by_role("button", name=f"Try all again ({MANY})")).to_be_visible()
        keys.press("j")
        keys.press("Enter")
        expect(page.get_by_role("region", name="Incident", exact=True)).to_contain_text("Nothing was sent anywhere")
        found["cause"] = look(page, "/incidents/$fingerprint")
        page.get_by_role("button", name=f"Try all again ({MANY})").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill("The year is open again.")
        dialog.get_by_role("button", name="See what would happen").click()
        expect(dialog.get_by_role("status")).to_contain_text(f"Of {MANY} incidents. Nothing was changed.")
        found["dialog"] = look(page, "/incidents/$fingerprint", kept="incident-order")
        assert {screen: wrong for screen, wrong in found.items() if wrong} == {}
        assert desk.unexpected("401 (Unauthorized)") == []


def test_one_incident_is_dealt_with_alone_and_its_case_is_cancelled(lab: Lab, desk: Desk) -> None:
    page, before = desk.page, open_now(lab)
    desk.sign_in("dario", "/")
    opened_by_keyboard(desk)
    page.locator("tr[data-row]").first.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="Incident", exact=True)
    offered = panel.get_by_role("button")
    expect(offered).to_have_text(
        ["Try again", "Correct data …", "Send to another step …", "Skip the step …", "Cancel the case …"]
    )
    panel.get_by_role("button", name="Cancel the case").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Cancel the case")).to_be_disabled()
    page.keyboard.type("The supplier has withdrawn it.")
    page.keyboard.press("Control+Enter")
    expect(dialog).to_have_count(0)
    reached(lab, before - 1)
    expect(page.get_by_text(f"{before - 1} open")).to_be_visible()
    assert desk.unexpected("401 (Unauthorized)") == []


def test_nothing_is_offered_that_the_server_would_refuse(desk: Desk) -> None:
    desk.sign_in("clara", "/")
    page = opened_by_keyboard(desk)
    expect(page.get_by_role("region", name="Mend the cause")).to_contain_text("Not now: Clara Clerk may not do this")
    expect(page.get_by_role("button", name=re.compile("Try all again"))).to_have_count(0)
    page.locator("tr[data-row]").first.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="Incident", exact=True)
    expect(panel).to_contain_text("Not now")
    expect(panel.get_by_role("button")).to_have_count(0)


def retried(desk: Desk, reason: str) -> None:
    """Order by keyboard alone that all are tried again."""
    page, keys = desk.page, desk.page.keyboard
    desk.sign_in("dario", "/")
    opened_by_keyboard(desk)
    tab_to(page, re.compile("Try all again"))
    keys.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    keys.type(reason)
    keys.press("Control+Enter")
    expect(dialog).to_have_count(0)


def test_an_order_that_does_not_help_is_stopped_and_says_so(lab: Lab, desk: Desk) -> None:
    before = open_now(lab)
    retried(desk, "Perhaps it was a moment's failure.")
    order = desk.page.get_by_role("region", name="How far the order is")
    expect(order).to_contain_text("3 of the first 3 failed again", timeout=PATIENCE_SECONDS * 1000)
    expect(order).to_contain_text("the fiscal year is closed (year_closed)")
    reached(lab, before)


def test_thirty_incidents_are_retried_by_keyboard_until_all_have_moved_on(
    lab: Lab, erp: BreakingErp, desk: Desk
) -> None:
    open_ones = open_now(lab)
    erp.broken.clear()
    retried(desk, "The year is open again.")
    page = desk.page
    done = page.get_by_text(f"{open_ones} of {open_ones} went through", exact=True)
    expect(done).to_be_visible(timeout=PATIENCE_SECONDS * 1000)
    expect(page.get_by_text("0 open")).to_be_visible()
    picture(page, "incident-order-done-light")
    reached(lab, 0)
    with lab.client("dario") as client:
        waiting = client.get("/cases", params={"status": "waiting", "limit": 200}).json()["cases"]
        [newest, *_] = client.get("/operations").json()["operations"]
    assert len([case for case in waiting if case["process"].startswith("bank_change")]) == open_ones
    assert (newest["status"], newest["done"], newest["reason"]) == ("done", open_ones, "The year is open again.")
    assert desk.unexpected("401 (Unauthorized)") == []
