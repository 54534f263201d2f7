"""The process map and the analytics in a real Chromium: figures of real cases, and everything by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.console.pages import CONSOLE, look
from tests.support.console import PATIENCE_SECONDS, Desk, Lab, desk_of, lab_in
from tests.support.patience import wait_until

pytestmark = CONSOLE
WAITING = ("over_automatic_limit", "price_variance", "partial_receipt", "no_order", "over_billed")


def process_of(lab: Lab) -> str:
    """The newest version of procure-to-pay."""
    with lab.client("dario") as client:
        found = client.get("/processes").json()["processes"]
    versions = [one["version"] for one in found if one["name"] == "procure_to_pay"]
    return f"procure_to_pay@{max(versions)}"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Cases that wait for people, one of them answered, and all of it counted."""
    with lab_in(tmp_path_factory.mktemp("console")) as found:
        cases = found.send(*WAITING)
        tasks = {name: found.task_of(case) for name, case in cases.items()}
        task = tasks["over_automatic_limit"]
        with found.client("dario") as client:
            shown = client.get(f"/tasks/{task['id']}")
            answer = client.post(
                f"/tasks/{task['id']}/answer",
                json={"decision": "reject", "reason": "ordered by nobody"},
                headers={"If-Match": shown.headers["etag"]} if "etag" in shown.headers else {},
            )
            assert answer.is_success, answer.text

            def ended() -> bool:
                shown = client.get("/analytics/processes/procure_to_pay").json()
                return shown["behind"] == 0 and sum(shown["outcomes"].values()) == 1

            wait_until(
                ended,
                within_seconds=PATIENCE_SECONDS,
                otherwise=lambda: str(client.get("/analytics/processes/procure_to_pay").json()["outcomes"]),
                pause_seconds=0.2,
            )
        yield found


def test_every_screen_passes_axe(lab: Lab, browser: Browser) -> None:
    reference = process_of(lab)
    with desk_of(lab, browser) as desk:
        page = desk.page
        desk.sign_in("dario", f"/map?process={reference}")
        page.locator("[data-step]").first.wait_for()
        page.get_by_role("heading", name="Where cases wait").wait_for()
        found = {"map": look(page, "/map")}
        page.get_by_text("Table", exact=True).click()
        page.get_by_role("table").wait_for()
        found["map as a table"] = look(page, "/map")
        desk.goto(f"/map?process={reference}&compare=procure_to_pay@1&heat=frequency")
        page.locator("[data-difference]").first.wait_for()
        found["versions"] = look(page, "/map")
        desk.goto("/analytics?process=procure_to_pay&days=7")
        page.locator("canvas").first.wait_for()
        found["analytics"] = look(page, "/analytics")
        assert {screen: wrong for screen, wrong in found.items() if wrong} == {}
        assert desk.unexpected("401 (Unauthorized)") == []


def test_an_operator_finds_the_bottleneck_by_keyboard_alone(desk: Desk) -> None:
    page, keys = desk.page, desk.page.keyboard
    desk.sign_in("dario", "/tasks")
    page.get_by_role("heading", level=1).wait_for()
    keys.press("g")
    keys.press("m")
    page.get_by_role("combobox", name="Process").wait_for()
    page.get_by_role("combobox", name="Process").select_option(process_of(desk.lab))
    worst = page.get_by_role("region", name="Where cases wait").get_by_role("button").first
    worst.wait_for()
    page.get_by_role("heading", level=1).click()
    keys.press("b")
    expect(worst).to_be_focused()
    keys.press("Enter")
    page.wait_for_url(re.compile(r"/console/cases\?process=procure_to_pay&step=\w+"))


def test_the_graph_is_one_stop_and_arrows_go_from_step_to_step(desk: Desk) -> None:
    page, keys = desk.page, desk.page.keyboard
    desk.sign_in("dario", f"/map?process={process_of(desk.lab)}")
    steps = page.locator("[data-step]")
    steps.first.wait_for()
    assert page.locator("[data-step][tabindex='0']").count() == 1
    page.locator("[data-step][tabindex='0']").focus()
    first = page.evaluate("document.activeElement.dataset.step")
    keys.press("ArrowDown")
    second = page.evaluate("document.activeElement.dataset.step")
    assert second not in (None, first)
    keys.press("End")
    last = page.locator(":focus")
    expect(last).to_be_in_viewport()
    keys.press("Home")
    assert page.evaluate("document.activeElement.dataset.step") == first
    waiting = page.locator("[data-step][aria-label*='cases here now'], [data-step][aria-label*='1 case here now']")
    assert waiting.count() >= 1
    keys.press("h")
    expect(page).to_have_url(re.compile("heat=frequency"))
    keys.press("t")
    expect(page.get_by_role("table")).to_be_visible()


def test_figures_are_shown_as_a_table_and_handed_out(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("dario", "/analytics?process=procure_to_pay&days=7")
    chart = page.get_by_role("img", name=re.compile(r"Started: .* at most 5"))
    expect(chart).to_be_visible()
    page.get_by_role("radiogroup", name="Show Throughput a day as").get_by_text("Table", exact=True).click()
    part = page.get_by_role("region", name="Throughput a day")
    part.get_by_role("button", name="Export").click()
    with page.expect_download() as handed:
        page.get_by_role("menuitem", name="CSV").click()
    text = handed.value.path().read_text(encoding="utf-8")
    assert text.splitlines()[0] == "Day,Ended,Started"
    assert text.splitlines()[-1].endswith(",1,5")


def test_somebody_who_may_not_see_figures_is_not_led_to_them(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("clara", "/analytics")
    expect(page.get_by_role("heading", name="This is not for you")).to_be_visible()
    expect(page.get_by_role("navigation", name="Screens").get_by_role("link", name="Process map")).to_have_count(0)
