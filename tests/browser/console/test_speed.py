"""How quick the console is with 10,000 cases: measured and printed, `pytest -n 0 -s -m chaos` on this file.

Nothing here fails for being slow: on a machine with other work that would be no fault of the console.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Page, Response

from tests.browser.console.pages import CONSOLE
from tests.browser.console.test_cases import MANY, SCROLL, owner_url
from tests.support.console import Desk, Lab, lab_in
from tests.support.many_cases import fill_cases

pytestmark = [*CONSOLE, pytest.mark.chaos]
ROUNDS = 5
SCREENS = {"sign-in": "/sign-in", "home": "/", "queue": "/tasks", "cases": "/cases"}
WATCH = """
window.seen = {lcp: 0, events: []};
new PerformanceObserver((list) => { for (const one of list.getEntries()) window.seen.lcp = one.startTime; })
  .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (one.interactionId) window.seen.events.push([one.name, one.duration]);
}).observe({type: 'event', durationThreshold: 16, buffered: true});
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_in(tmp_path_factory.mktemp("console")) as found:
        for case in found.send("price_variance", "no_order").values():
            found.task_of(case)
        with found.client("admin") as admin:
            tenant = admin.get("/cases", params={"limit": 1}).json()["cases"][0]["created_by"].removesuffix("-intake")
        people = {"user": f"{tenant}-intake", "assignee": f"{tenant}-clara"}
        fill_cases(owner_url(found), MANY, tenant=tenant, process="procure_to_pay", halted=False, **people)
        yield found


def painted(desk: Desk, path: str) -> float:
    """Milliseconds from the start of the load to the largest contentful paint."""
    desk.goto(path)
    desk.page.wait_for_timeout(1_500)
    return float(desk.page.evaluate("window.seen.lcp"))


def slowest(page: Page) -> list[Any]:
    """The slowest interaction since the page was loaded: its event, and milliseconds to the next paint."""
    page.wait_for_timeout(500)
    events: list[list[Any]] = page.evaluate("window.seen.events")
    return max(events, key=lambda one: one[1], default=["none above 16 ms", 16])


def test_the_console_is_measured(desk: Desk) -> None:
    page, keys = desk.page, desk.page.keyboard
    page.add_init_script(WATCH)
    loaded: list[Response] = []
    page.on("response", lambda answer: loaded.append(answer) if answer.url.endswith(".js") else None)
    desk.goto("/sign-in")
    page.get_by_label("Login").wait_for()
    first = sum({answer.url: int(answer.headers.get("content-length", "0")) for answer in loaded}.values())
    desk.sign_in("dario", "/cases")
    paints = {name: round(median(painted(desk, path) for _ in range(ROUNDS))) for name, path in SCREENS.items()}
    page.locator("tbody tr[data-row]").first.wait_for()
    for key in ("j", "j", "k", "x", "x"):
        keys.press(key)
    page.get_by_role("columnheader").nth(2).get_by_role("button").click()
    keys.press("Control+k")
    page.get_by_role("dialog").wait_for()
    keys.type("deadlines")
    keys.press("Escape")
    event, milliseconds = slowest(page)
    page.evaluate("document.querySelector('table').parentElement.setAttribute('data-scroller', '')")
    scrolled = page.evaluate(SCROLL, "[data-scroller]")
    found = {
        "first_load_js_gz_bytes": first,
        "largest_contentful_paint_ms": paints,
        "interaction_to_next_paint_ms": milliseconds,
        "slowest_interaction": event,
        "scroll_fps": scrolled["fps"],
        "rows_drawn": scrolled["most"],
    }
    print(json.dumps(found))  # noqa: T201 - what was asked for
    assert first > 0
    assert all(value > 0 for value in paints.values())
    assert 0 < scrolled["most"] < MANY
