"""The console when the connection breaks: it says so, comes back by itself, and shows what happened meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.console.pages import CONSOLE
from tests.support.console import PATIENCE_SECONDS, Desk, Lab, lab_in

pytestmark = CONSOLE
LOST = ("401 (Unauthorized)", "ERR_CONNECTION", "ERR_INCOMPLETE_CHUNKED", "ERR_EMPTY_RESPONSE", "ERR_INTERNET", "503")
PATIENCE_MS = PATIENCE_SECONDS * 1000


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_in(tmp_path_factory.mktemp("console")) as found:
        for name, case in found.send("price_variance", "partial_receipt").items():
            found.tasks[name] = found.task_of(case)
        yield found


def test_who_is_offline_is_told_and_comes_back_by_themselves(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("clara")
    expect(page.locator("[data-live=live]")).to_be_visible()
    desk.context.set_offline(True)
    expect(page.locator("[data-live=offline]")).to_be_visible()
    expect(page.get_by_text("You are offline. What you see may be old; nothing can be sent.")).to_be_visible()
    desk.context.set_offline(False)
    expect(page.locator("[data-live=live]")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("You are offline")).to_have_count(0)
    assert desk.unexpected(*LOST) == []


def test_the_stream_survives_a_restart_and_shows_what_happened_meanwhile(lab: Lab, desk: Desk) -> None:
    page, task = desk.page, lab.tasks["price_variance"]
    desk.sign_in("dario", "/tasks?tab=team")
    row = page.get_by_role("listitem").filter(has_text=task["title"])
    expect(row).to_contain_text("for Clara Clerk")
    expect(page.locator("[data-live=live]")).to_be_visible()
    lab.server.stop()
    expect(page.locator("[data-live=live]")).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.get_by_role("status").filter(has_text="▲")).to_be_visible()
    lab.server.start_again()
    with lab.client("clara") as client:
        claimed = client.post(f"/tasks/{task['id']}/claim")
    assert claimed.is_success, claimed.text
    expect(page.locator("[data-live=live]")).to_be_visible(timeout=PATIENCE_MS)
    expect(row).to_contain_text("taken by Clara Clerk", timeout=PATIENCE_MS)
    assert desk.unexpected(*LOST) == []
