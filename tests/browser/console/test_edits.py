"""An approval with edits in a real Chromium: what they make of the proposed action is shown before it is approved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.console.pages import CONSOLE, violations
from tests.support.console import Desk, Lab, lab_in
from tests.support.patience import wait_until

pytestmark = CONSOLE


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_in(tmp_path_factory.mktemp("console")) as found:
        for name, case in found.send("no_order").items():
            found.tasks[name] = found.task_of(case)
        yield found


def test_an_approver_names_another_account_and_approves_in_one_answer_by_keyboard(desk: Desk) -> None:
    page, keys, case = desk.page, desk.page.keyboard, desk.lab.tasks["no_order"]["case"]
    with desk.lab.client("clara") as clara:
        for given in ({"decision": "correct", "set": {"gl_account": "5.1.3"}}, {"decision": "approve"}):
            address = f"/tasks/{desk.lab.task_of(case, login='clara')['id']}"
            answer = clara.post(f"{address}/answer", json={**given, "digest": clara.get(address).json()["digest"]})
            assert answer.is_success, answer.text
    task = desk.lab.task_of(case)
    desk.sign_in("dario", f"/tasks/{task['id']}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Approve the invoice")
    keys.press("e")
    account = page.get_by_label("Expense account of lines without an order")
    expect(account).to_be_focused()
    keys.press("Control+a")
    keys.type("5.2.1")
    proposal = page.get_by_role("region", name="What is proposed")
    expect(proposal.locator("del")).to_contain_text("5.1.3")
    expect(proposal.locator("ins")).to_contain_text("5.2.1")
    assert violations(page) == []
    keys.press("Escape")
    page.get_by_role("heading", level=1).focus()
    expect(page.get_by_role("button", name="Approve with these edits")).to_be_enabled()
    keys.press("a")
    page.get_by_role("dialog").wait_for()
    keys.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    with desk.lab.client("dario") as dario:
        wait_until(
            lambda: dario.get(f"/cases/{case}").json()["status"] == "done",
            within_seconds=40,
            otherwise=lambda: f"case {case} is not done",
            pause_seconds=0.2,
        )
    assert desk.unexpected("401 (Unauthorized)") == []
