"""The operator console in a real Chromium: signing in, the queue, a task, and everything by keyboard.

All of it runs against `interlock serve` with real cases; nothing is answered by the test instead of the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Response, expect

from tests.browser.console.pages import CONSOLE, look, picture, violations
from tests.support.console import Desk, Lab, desk_of, lab_in

pytestmark = CONSOLE
SAMPLES = ("over_automatic_limit", "price_variance", "page_mismatch", "partial_receipt", "no_order", "over_billed")
NOT_FOR_CLARA = "over_four_eyes_limit"
FIRST_LOAD_BYTES = 200 * 1024
QUEUE_BYTES = 280 * 1024
"""Of JavaScript as it is sent: for the first page, and until the queue can be worked in."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_in(tmp_path_factory.mktemp("console")) as found:
        cases = found.send(*SAMPLES, NOT_FOR_CLARA)
        for name, case in cases.items():
            found.tasks[name] = found.task_of(case)
        yield found


def sent(answers: list[Response]) -> int:
    """Bytes of the answers' bodies on the wire, each file once."""
    sizes = {answer.url: int(answer.headers.get("content-length", "0")) for answer in answers}
    return sum(sizes.values())


def opened(desk: Desk, name: str) -> str:
    """The task of a sample is on the screen, its page drawn; the task's id."""
    task = desk.lab.tasks[name]
    desk.goto(f"/tasks/{task['id']}")
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text(task["title"])
    return str(task["id"])


def test_every_screen_passes_axe(lab: Lab, browser: Browser) -> None:
    with desk_of(lab, browser) as desk:
        page = desk.page
        desk.goto("/sign-in")
        page.get_by_label("Login").wait_for()
        found = {"sign in": look(page, "/sign-in", kept="sign-in")}
        desk.sign_in("dario", "/tasks?tab=team")
        page.get_by_role("listitem").first.wait_for()
        expect(page.locator("[data-live=live]")).to_be_visible()
        found["queue"] = look(page, "/tasks")
        page.keyboard.press("Control+k")
        page.get_by_role("dialog", name="Find a screen").wait_for()
        found["palette"] = look(page, "/tasks")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        opened(desk, "page_mismatch")
        page.locator("[data-field=invoice_number]").wait_for()
        page.get_by_label("Net amount").focus()
        found["review"] = look(page, "/tasks/$taskId")
        page.get_by_role("heading", level=1).focus()
        page.keyboard.press("r")
        page.get_by_role("dialog").wait_for()
        found["dialog"] = look(page, "/tasks/$taskId")
        assert {screen: wrong for screen, wrong in found.items() if wrong} == {}
        assert desk.unexpected("401 (Unauthorized)") == []


def test_a_reviewer_approves_by_keyboard_alone(desk: Desk) -> None:
    page, keys = desk.page, desk.page.keyboard
    desk.lab.with_password("dario")
    desk.goto("/tasks")
    page.get_by_label("Login").wait_for()
    keys.type("dario")
    keys.press("Tab")
    keys.type(desk.password)
    keys.press("Enter")
    page.get_by_role("listitem").first.wait_for()
    task = opened(desk, "over_automatic_limit")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_visible()
    keys.press("a")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("erp.invoice.draft is called")
    expect(dialog.get_by_role("button", name="Approve")).to_be_focused()
    keys.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("This task has its answer.")).to_be_visible()
    with desk.lab.client("dario") as client:
        assert client.get(f"/tasks/{task}").json()["decision"] == "approve"
    assert desk.unexpected("401 (Unauthorized)") == []


def test_a_field_is_corrected_by_keyboard_and_its_box_is_shown(desk: Desk) -> None:
    page, keys = desk.page, desk.page.keyboard
    desk.sign_in("clara")
    task = opened(desk, "page_mismatch")
    keys.press("c")
    expect(page.get_by_role("button", name="Take this task")).to_have_count(0)
    keys.press("e")
    expect(page.get_by_label("Net amount")).to_be_focused()
    keys.press("Control+a")
    keys.type("4965.00")
    expect(page.locator("del").first).to_have_text("4596.00")
    page.get_by_role("button", name=re.compile("more fields")).press("Enter")
    page.get_by_label("Invoice number").focus()
    expect(page.locator("[data-field=invoice_number][data-present]")).to_have_count(1)
    keys.press("Escape")
    page.get_by_role("heading", level=1).focus()
    keys.press("s")
    page.get_by_role("dialog").wait_for()
    keys.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    with desk.lab.client("clara") as client:
        answered = client.get(f"/tasks/{task}").json()
    assert (answered["decision"], answered["answer"]["set"]) == ("correct", {"net_total": "4965.00"})
    assert desk.unexpected("401 (Unauthorized)") == []


def test_a_rejection_needs_its_reason(desk: Desk) -> None:
    page, keys = desk.page, desk.page.keyboard
    desk.sign_in("clara")
    task = opened(desk, "partial_receipt")
    expect(page.get_by_role("button", name="Reject")).to_be_visible()
    page.get_by_role("button", name="Reject").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    keys.press("Escape")
    expect(page.get_by_role("button", name="Reject")).to_be_focused()
    keys.press("r")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    keys.press("Control+Enter")
    expect(dialog.get_by_role("button", name="Reject")).to_be_disabled()
    keys.type("Only half of it was delivered.")
    keys.press("Control+Enter")
    expect(dialog).to_have_count(0)
    with desk.lab.client("clara") as client:
        answered = client.get(f"/tasks/{task}").json()
    assert (answered["decision"], answered["answer"]["reason"]) == ("reject", "Only half of it was delivered.")


def test_a_dialog_that_is_closed_gives_the_focus_back(desk: Desk) -> None:
    page, keys = desk.page, desk.page.keyboard
    desk.sign_in("clara")
    opened(desk, NOT_FOR_CLARA)
    dialog = page.get_by_role("dialog")
    account = page.get_by_role("button", name="Clara Clerk")
    account.press("Enter")
    page.get_by_role("menuitem", name="Settings").press("Enter")
    dialog.wait_for()
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    expect(account).to_be_focused()
    shortcuts = page.get_by_role("button", name="Keyboard shortcuts")
    shortcuts.press("Enter")
    dialog.wait_for()
    dialog.get_by_role("button").first.press("Enter")
    expect(dialog).to_have_count(0)
    expect(shortcuts).to_be_focused()


def test_nothing_is_offered_that_the_server_would_refuse(desk: Desk) -> None:
    desk.sign_in("clara")
    opened(desk, NOT_FOR_CLARA)
    bar = desk.page.get_by_role("region", name="Your answer")
    expect(bar).to_contain_text("You may look, but not answer")
    expect(bar.get_by_role("button")).to_have_count(0)


def test_a_session_that_is_over_loses_no_text(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("clara")
    opened(desk, "no_order")
    page.get_by_role("tab", name="Notes and questions").click()
    note = page.get_by_label("Note", exact=True)
    note.fill("The supplier sends the order number by Friday.")
    with desk.lab.client("admin") as client:
        assert client.post("/accounts/clara/end-sessions").is_success
    page.get_by_role("button", name="Leave the note").click()
    dialog = page.get_by_role("dialog", name="Your session is over")
    dialog.locator("input[type=password]").fill(desk.password)
    dialog.get_by_role("button", name="Sign in and go on").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("The supplier sends the order number by Friday.")).to_be_visible()
    expect(note).to_have_value("")
    assert desk.unexpected("401 (Unauthorized)") == []


def test_what_comes_in_waits_behind_a_pill_and_moves_no_row(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("clara")
    page.get_by_role("listitem").first.wait_for()
    expect(page.locator("[data-live=live]")).to_be_visible()
    before = page.get_by_role("listitem").count()
    desk.lab.send("hidden_instruction")
    pill = page.get_by_role("button", name="1 new task")
    pill.wait_for(timeout=40_000)
    assert page.get_by_role("listitem").count() == before
    pill.click()
    expect(page.get_by_role("listitem")).to_have_count(before + 1)


def test_many_are_decided_with_a_count_a_reason_and_what_became_of_each(desk: Desk) -> None:
    page, keys = desk.page, desk.page.keyboard
    desk.sign_in("clara", "/tasks?words=exception")
    page.get_by_role("listitem").first.wait_for()
    for _ in range(2):
        keys.press("j")
        keys.press("x")
    keys.press("b")
    dialog = page.get_by_role("dialog", name="Decide about 2 tasks")
    dialog.get_by_text("Reject", exact=True).click()
    dialog.get_by_label("Reason").fill("Sent twice by the supplier.")
    asked = look(page, "/tasks")
    dialog.get_by_role("button", name="Reject 2 tasks").click()
    expect(dialog.get_by_role("status")).to_have_text("2 accepted, 0 refused")
    expect(dialog.get_by_role("row")).to_have_count(3)
    assert (asked, look(page, "/tasks")) == ([], [])


def test_an_invitation_and_another_language(desk: Desk) -> None:
    page = desk.page
    token = desk.lab.invite("mara")
    desk.goto(f"/account#{token}")
    page.locator("input[type=password]").fill("short")
    assert token not in page.url
    page.locator("input[type=password]").fill("nine quiet lanterns drift")
    page.get_by_role("button", name="Set the password and sign in").click()
    page.get_by_role("heading", name="Work queue").wait_for()
    page.get_by_role("button", name="Mara Manager").click()
    page.get_by_role("menuitem", name="Settings").click()
    page.get_by_role("dialog").get_by_label("Language").click()
    page.get_by_role("option", name="Deutsch").click()
    expect(page.get_by_role("heading", name="Arbeitsvorrat")).to_be_attached()
    assert page.locator("html").get_attribute("lang") == "de"
    assert violations(page) == []
    picture(page, "settings-de")


def test_single_letters_can_be_switched_off(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("clara")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
    page.keyboard.press("Escape")
    page.evaluate("localStorage.setItem('interlock.preferences', JSON.stringify({letters: false}))")
    page.reload()
    page.get_by_role("heading", name="Work queue").wait_for()
    page.keyboard.press("?")
    page.keyboard.press("Control+k")
    page.get_by_role("dialog", name="Find a screen").wait_for()
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_have_count(0)


def test_the_first_screen_loads_little_and_runs_no_inline_script(desk: Desk) -> None:
    page = desk.page
    loaded: list[Response] = []
    page.on("response", lambda answer: loaded.append(answer) if answer.url.endswith(".js") else None)
    desk.goto("/sign-in")
    page.get_by_label("Login").wait_for()
    assert 0 < sent(loaded) <= FIRST_LOAD_BYTES
    desk.sign_in("clara")
    page.get_by_role("listitem").first.wait_for()
    assert sent(loaded) <= QUEUE_BYTES
    assert {answer.headers.get("content-encoding") for answer in loaded if "/assets/index" in answer.url} == {"gzip"}
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
    assert page.evaluate("window.ran") is None


def test_whoever_signs_out_leaves_nothing_for_the_next_one_at_the_desk(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("clara")
    page.get_by_role("listitem").first.wait_for()
    page.evaluate("window.stays = 1")
    page.get_by_role("button", name="Clara Clerk").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.get_by_label("Login").wait_for()
    assert page.evaluate("window.stays") is None
    desk.goto("/tasks")
    page.get_by_label("Login").wait_for()
    assert desk.unexpected("401 (Unauthorized)") == []
