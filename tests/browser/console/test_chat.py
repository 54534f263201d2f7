"""The chat in a real Chromium: beside a screen and as its own, by keyboard, live, and within the asker's rights."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.console.pages import CONSOLE, look
from tests.support.console import Desk, Lab, desk_of, lab_in

pytestmark = CONSOLE
WAITS = "partial_receipt"
SAMPLES = (WAITS, "over_automatic_limit", "price_variance", "no_order")
QUESTION = "Which invoices wait for a receipt, and who has them?"
SIGNED_OUT = "401 (Unauthorized)"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_in(tmp_path_factory.mktemp("console")) as found:
        for name, case in found.send(*SAMPLES).items():
            found.tasks[name] = found.task_of(case)
        yield found


def asked(page: Page, text: str) -> Locator:
    """Type it and press Enter; the newest question with its answer, once that is there."""
    box = page.get_by_role("combobox", name="Your question")
    expect(box).to_be_focused()
    before = page.get_by_role("article").count()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    newest = page.get_by_role("article").nth(before)
    newest.wait_for()
    expect(newest.get_by_text("Answering …")).to_have_count(0)
    return newest


def test_the_chat_passes_axe_in_every_state(lab: Lab, browser: Browser) -> None:
    with desk_of(lab, browser) as desk:
        page = desk.page
        desk.sign_in("dario", "/chat")
        page.get_by_role("button", name="Your tasks").wait_for()
        found = {"empty": look(page, "/chat")}
        expect(asked(page, QUESTION).get_by_role("table")).to_contain_text("Resolve match")
        asked(page, f"/suspend {lab.tasks[WAITS]['case']}").get_by_role("button", name="Confirm").wait_for()
        found["answer and card"] = look(page, "/chat/$conversationId")
        asked(page, "how many cases are at each step").get_by_role("figure").wait_for()
        page.keyboard.type("/ca")
        page.get_by_role("option").first.wait_for()
        page.keyboard.press("ArrowDown")
        found["chart and completions"] = look(page, "/chat/$conversationId", kept="chat-completion")
        desk.goto(f"/tasks/{lab.tasks[WAITS]['id']}")
        page.get_by_role("heading", level=1).wait_for()
        page.keyboard.press("Control+j")
        asked(page, "why does this wait?").get_by_text("It waits for").wait_for()
        found["panel"] = look(page, "/tasks/$taskId", kept="chat-panel")
        assert {screen: wrong for screen, wrong in found.items() if wrong} == {}
        assert desk.unexpected(SIGNED_OUT) == []


def test_an_operator_asks_confirms_and_finds_it_in_the_audit_by_keyboard_alone(desk: Desk) -> None:
    page, keys = desk.page, desk.page.keyboard
    case = desk.lab.tasks[WAITS]["case"]
    desk.sign_in("dario", "/tasks?tab=team")
    page.get_by_role("listitem").first.wait_for()
    keys.press("Control+j")
    answer = asked(page, QUESTION)
    expect(answer.get_by_label("The query that was run")).to_have_text(
        "/cases process:procure_to_pay about:insufficient_goods_receipt"
    )
    expect(answer.locator("tbody tr[data-row]")).to_have_count(1)
    expect(answer.get_by_role("table")).to_contain_text("Clara Clerk")
    card = asked(page, f"/suspend {case}").get_by_role("region", name="Proposed: Suspend")
    expect(card).to_contain_text("No worker advances the case until it is resumed")
    with desk.lab.client("dario") as client:
        assert client.get(f"/cases/{case}").json()["status"] == "waiting"
    expect(card.get_by_role("button", name="Confirm")).to_be_disabled()
    for _ in range(12):
        keys.press("Shift+Tab")
        if card.get_by_label("Reason").evaluate("field => field === document.activeElement"):
            break
    keys.type("The supplier delivers the rest on Friday.")
    keys.press("Control+Enter")
    expect(card.get_by_text("Done, in your name")).to_be_visible()
    keys.press("Tab")
    expect(card.get_by_role("button", name="Find it in the audit trail")).to_be_focused()
    keys.press("Enter")
    trail = page.get_by_role("article", name=f"/trail {case}")
    expect(trail.get_by_role("table")).to_contain_text("steering.ordered")
    expect(trail.locator("tbody tr[data-row]").first).to_contain_text("Dario Director")
    with desk.lab.client("dario") as client:
        assert client.get(f"/cases/{case}").json()["status"] == "suspended"
        entries = client.get(f"/cases/{case}/audit").json()["entries"]
    assert [one["values"]["reason"] for one in entries if one["kind"] == "steering.ordered"] == [
        "The supplier delivers the rest on Friday."
    ]
    keys.press("Escape")
    expect(page.get_by_role("complementary", name="Chat")).to_have_count(0)
    assert desk.unexpected(SIGNED_OUT) == []


def test_completions_are_taken_by_keyboard(desk: Desk) -> None:
    page, keys = desk.page, desk.page.keyboard
    desk.sign_in("dario", "/chat")
    box = page.get_by_role("combobox", name="Your question")
    expect(box).to_be_focused()
    keys.type("/task")
    page.get_by_role("option", name="/tasks").wait_for()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(box).to_have_value("/tasks ")
    keys.type("person:cl")
    page.get_by_role("option", name="/tasks person:clara").wait_for()
    keys.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_contain_text("Clara Clerk")
    keys.press("Tab")
    expect(box).to_have_value("/tasks person:clara")
    keys.press("Enter")
    expect(page.get_by_role("article").get_by_role("table")).to_contain_text("Clara Clerk")


def test_a_conversation_has_its_link_is_kept_and_can_be_deleted(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("mara", "/chat")
    asked(page, "what is overdue?")
    page.wait_for_url("**/console/chat/*-*")
    page.reload()
    turn = page.get_by_role("article", name="what is overdue?")
    turn.get_by_role("button", name="Show the answer as of now").click()
    expect(turn.get_by_text("There is none.")).to_be_visible()
    history = page.get_by_role("navigation", name="Earlier conversations")
    history.get_by_role("button", name="Export, Delete: what is overdue?").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Markdown").click()
    assert "/cases overdue" in download.value.path().read_text()
    history.get_by_role("button", name="Export, Delete: what is overdue?").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(history.get_by_text("None yet")).to_be_visible()
    assert desk.unexpected(SIGNED_OUT) == []


def test_what_somebody_may_not_do_is_not_proposed(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("clara", "/chat")
    answer = asked(page, f"/cancel {desk.lab.tasks['no_order']['case']}")
    expect(answer).to_contain_text("This is not proposed: Clara Clerk may not do this")
    expect(answer.get_by_role("button", name="Confirm")).to_have_count(0)


def test_an_answer_follows_what_happens(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("mara", "/chat")
    expect(page.locator("[data-live=live]")).to_be_visible()
    rows = asked(page, "/cases").locator("tbody tr[data-row]")
    rows.first.wait_for()
    before = rows.count()
    desk.lab.send("page_mismatch")
    expect(rows).to_have_count(before + 1, timeout=40_000)
