"""The undo window in a real Chromium: what was approved and cannot be taken back waits some seconds.

The irreversible is a posting that the ERP warns of: somebody else entered the same invoice while ours was drafted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.console.pages import CONSOLE, picture, violations
from tests.support.console import PATIENCE_SECONDS, Desk, Lab, desk_of, lab_in
from tests.support.patience import wait_until
from tests.support.served_erp import after_drafting, enter_the_same, served_erp
from tools.testing.erp import MemoryErp
from tools.testing.erp_service import erp_app

pytestmark = CONSOLE
SAMPLES = ("clean_ubl", "clean_cii", "clean_service", "clean_french", "clean_hybrid")
"""One for each approval, and two for a test that runs once more."""
WINDOW_SECONDS = "12"


@pytest.fixture(scope="module")
def erp() -> MemoryErp:
    """An ERP in which somebody enters each invoice once more as soon as Interlock has drafted it."""
    erp = MemoryErp.from_seed(today=datetime.now(UTC).date())
    after_drafting(erp, lambda: enter_the_same(erp))
    return erp


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, erp: MemoryErp) -> Iterator[Lab]:
    """Cases that wait for whoever may acknowledge what the ERP warns of."""
    folder = tmp_path_factory.mktemp("console")
    with (
        served_erp(erp_app(erp)) as url,
        lab_in(folder, erp="memory", erp_url=url, workers="1", undo_seconds=WINDOW_SECONDS) as found,
    ):
        cases = found.send(*SAMPLES)
        found.tasks |= {name: found.task_of(case) for name, case in cases.items()}
        yield found


def postings(erp: MemoryErp) -> int:
    """How often the ERP carried out a posting."""
    return len(erp.executed("post_invoice"))


def approve(page: Page) -> None:
    """Approve the task on the screen, by keyboard."""
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_enabled()
    page.keyboard.press("a")
    page.get_by_role("dialog", name="Approve?").wait_for()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)


def shown_task(desk: Desk) -> dict[str, Any]:
    """The task on the screen, as the server has it."""
    with desk.lab.client("dario") as client:
        found: dict[str, Any] = client.get(f"/tasks/{urlsplit(desk.page.url).path.rpartition('/')[2]}").json()
    return found


def case_now(lab: Lab, task: dict[str, Any]) -> dict[str, Any]:
    """The task's case, as the server has it."""
    with lab.client("dario") as client:
        found: dict[str, Any] = client.get(f"/cases/{task['case']}").json()
    return found


def sent_postings(case: dict[str, Any]) -> list[str]:
    """How each posting of a case stands in the ledger."""
    return [effect["status"] for effect in case["effects"] if effect["tool"] == "erp.invoice.post"]


def trail(lab: Lab, task: dict[str, Any]) -> list[str]:
    """The kinds of what is on record of the task's case."""
    with lab.client("dario") as client:
        entries = client.get(f"/cases/{task['case']}/audit").json()["entries"]
    return [entry["kind"] for entry in entries]


def test_an_approval_is_undone_from_the_next_task_and_another_is_carried_out_once_its_window_is_over(
    desk: Desk, erp: MemoryErp
) -> None:
    page, lab, keys = desk.page, desk.lab, desk.page.keyboard
    _, taken_back = lab.tasks.popitem()
    before = len(erp.executed("post_invoice"))
    desk.sign_in("dario", f"/tasks/{taken_back['id']}")
    approve(page)
    bar = page.get_by_role("region", name="You may still undo this")
    expect(bar).to_contain_text("Then erp.invoice.post is called")
    expect(page.get_by_role("button", name="Take this task")).to_have_count(0)
    keys.press("n")
    page.wait_for_url(lambda url: taken_back["id"] not in url)
    earlier = page.get_by_role("region", name="Approved just now")
    expect(earlier).to_contain_text(taken_back["title"])
    keys.press("u")
    expect(earlier).to_have_count(0)
    expect(page.get_by_text("Undone: the task is asked again").first).to_be_visible()
    carried_out = shown_task(desk)
    approve(page)
    expect(bar.get_by_role("timer")).to_contain_text("The case goes on in")
    assert sent_postings(case_now(lab, carried_out)) != ["confirmed"], "nothing is done within the window"
    wait_until(
        lambda: case_now(lab, carried_out)["status"] == "done",
        within_seconds=PATIENCE_SECONDS,
        otherwise=lambda: f"not carried out: {trail(lab, carried_out)}",
        pause_seconds=0.2,
    )
    assert sent_postings(case_now(lab, carried_out)) == ["confirmed"]
    assert "confirmed" not in sent_postings(case_now(lab, taken_back))
    assert len(erp.executed("post_invoice")) == before + 1
    assert lab.task_of(taken_back["case"])["id"] == taken_back["id"]
    assert "task.answer_undone" in trail(lab, taken_back)
    assert "task.answer_undone" not in trail(lab, carried_out)
    assert desk.unexpected("401 (Unauthorized)") == []


def test_the_countdown_passes_axe_in_light_and_in_dark_and_is_undone_there(lab: Lab, browser: Browser) -> None:
    _, task = lab.tasks.popitem()
    found = {}
    for scheme in ("light", "dark"):
        with desk_of(lab, browser, color_scheme=scheme) as desk:
            desk.sign_in("dario", f"/tasks/{task['id']}")
            approve(desk.page)
            bar = desk.page.get_by_role("region", name="You may still undo this")
            bar.get_by_role("button", name="Undo").wait_for()
            picture(desk.page, f"undo-{scheme}")
            found[scheme] = violations(desk.page)
            desk.page.keyboard.press("u")
            expect(bar).to_have_count(0)
            expect(desk.page.get_by_role("button", name="Approve", exact=True)).to_be_enabled()
            assert desk.unexpected("401 (Unauthorized)") == []
    assert found == {"light": [], "dark": []}
