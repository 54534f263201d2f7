"""Home, deadlines and approvals in the console: what is late, who was told, who may say yes, and who stands in.

All of it runs against `interlock serve`, with real cases, real clocks and a ladder that really tells people.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.console.pages import CONSOLE, look
from tests.support.console import PATIENCE_SECONDS, Desk, Lab, desk_of, lab_in
from tests.support.deadlines import always
from tests.support.lively import LEVELS
from tests.support.patience import wait_until

pytestmark = CONSOLE
SAMPLES = ("over_automatic_limit", "over_four_eyes_limit", "price_variance", "partial_receipt", "no_order")
AMOUNT = "over_automatic_limit"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Cases with clocks; the supervisor was told of those that wait for an approval."""
    with lab_in(tmp_path_factory.mktemp("console")) as found:
        with found.client("admin") as client:
            for path, yaml in (("/calendars", always()), ("/service-levels", LEVELS)):
                answer = client.put(path, json={"yaml": yaml, "reason": "agreed"})
                assert answer.is_success, answer.text
        for name, case in found.send(*SAMPLES).items():
            found.tasks[name] = found.task_of(case)
        given(found, AMOUNT, "dario")
        told(found, 2)
        yield found


def given(lab: Lab, name: str, login: str) -> None:
    """The task of that sample is this person's, whoever has it."""
    task = f"/tasks/{lab.tasks[name]['id']}"
    with lab.client("dario") as client:
        if client.get(task).json()["assignee"]["id"] != f"main-{login}":
            client.post(f"{task}/reassign", json={"to": login, "reason": "time for it"}).raise_for_status()


def chosen(page: Page, field: Locator, name: str) -> None:
    """Choose a person by keyboard: by the beginning of the name, once nobody else is left."""
    field.focus()
    page.keyboard.type(name.partition(" ")[0])
    expect(page.get_by_role("option")).to_have_text([name])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def told(lab: Lab, number: int) -> None:
    """So many escalations wait for Dario."""

    def waiting() -> int:
        with lab.client("dario") as client:
            return len(client.get("/escalations", params={"mine": True}).json()["escalations"])

    wait_until(
        lambda: waiting() == number,
        within_seconds=PATIENCE_SECONDS,
        otherwise=lambda: f"{waiting()} escalations instead of {number}",
        pause_seconds=0.5,
    )


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def test_every_screen_passes_axe(lab: Lab, browser: Browser) -> None:
    with desk_of(lab, browser) as desk:
        page = desk.page
        desk.sign_in("dario", "/")
        region(page, "Escalations told to you").wait_for()
        found = {"home": look(page, "/")}
        desk.goto("/sla?days=1")
        page.locator("tr[data-row]").first.wait_for()
        found["deadlines"] = look(page, "/sla")
        desk.goto("/sla?view=escalations")
        page.get_by_role("button", name="I look after it").first.wait_for()
        found["escalations"] = look(page, "/sla")
        desk.goto(f"/sla/{lab.tasks[AMOUNT]['case']}")
        page.get_by_text("First word").wait_for()
        found["clocks"] = look(page, "/sla/$about")
        page.get_by_role("button", name="Pause …").first.click()
        page.get_by_role("dialog").wait_for()
        found["pause"] = look(page, "/sla/$about")
        desk.goto("/approvals")
        page.locator("[data-approval]").first.wait_for()
        found["approvals"] = look(page, "/approvals")
        desk.goto("/approvals?part=limits")
        region(page, "Who may approve how much").wait_for()
        found["limits"] = look(page, "/approvals")
        desk.goto("/approvals?part=stand-ins")
        page.get_by_role("button", name="Let somebody answer in my place").click()
        page.get_by_role("dialog").wait_for()
        found["stand-ins"] = look(page, "/approvals")
        assert {screen: wrong for screen, wrong in found.items() if wrong} == {}
        assert desk.unexpected("401 (Unauthorized)") == []


def test_a_manager_sees_an_escalation_acknowledges_it_and_reassigns_the_task(lab: Lab, desk: Desk) -> None:
    page, keys = desk.page, desk.page.keyboard
    desk.sign_in("dario", "/")
    task = lab.tasks[AMOUNT]
    row = region(page, "Escalations told to you").get_by_role("listitem").last
    link = row.get_by_role("link")
    about = str(link.get_attribute("href")).rpartition("/")[2]
    row.get_by_role("button", name="I look after it").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").focus()
    keys.type("I give it to Mara.")
    keys.press("Control+Enter")
    expect(dialog).to_have_count(0)
    expect(region(page, "Escalations told to you").get_by_role("listitem")).to_have_count(1)
    desk.goto(f"/sla/{about}")
    expect(page.get_by_text("Dario Director looks after it since")).to_be_visible()
    desk.goto(f"/sla/{task['id']}")
    page.get_by_role("link", name="Open the task").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(task["title"])
    page.get_by_role("button", name="Hand on").press("Enter")
    page.get_by_role("menuitem", name="Give to somebody for good").press("Enter")
    chosen(page, dialog.get_by_role("combobox", name="To whom"), "Mara Manager")
    dialog.get_by_label("Reason").focus()
    keys.type("You know the supplier.")
    keys.press("Control+Enter")
    expect(dialog).to_have_count(0)
    with lab.client("dario") as client:
        assert client.get(f"/tasks/{task['id']}").json()["assignee"]["name"] == "Mara Manager"
    assert desk.unexpected("401 (Unauthorized)") == []


def test_what_was_given_for_good_is_delegated_back_by_keyboard(lab: Lab, desk: Desk) -> None:
    page = desk.page
    given(lab, AMOUNT, "mara")
    desk.sign_in("mara", f"/tasks/{lab.tasks[AMOUNT]['id']}")
    page.get_by_role("button", name="Hand on").press("Enter")
    page.get_by_role("menuitem", name="Delegate").press("Enter")
    dialog = page.get_by_role("dialog")
    chosen(page, dialog.get_by_role("combobox", name="To whom"), "Dario Director")
    dialog.get_by_role("button", name="Delegate").press("Enter")
    expect(dialog).to_have_count(0)
    with lab.client("mara") as client:
        found = client.get(f"/tasks/{lab.tasks[AMOUNT]['id']}").json()
    assert (found["assignee"]["name"], found["delegated_by"]["name"]) == ("Dario Director", "Mara Manager")


def test_a_colleague_is_asked_and_a_task_escalated_by_keyboard(lab: Lab, desk: Desk) -> None:
    page, keys = desk.page, desk.page.keyboard
    task = lab.tasks["price_variance"]["id"]
    desk.sign_in("clara", f"/tasks/{task}")
    page.get_by_role("tab", name="Notes and questions").press("Enter")
    chosen(page, page.get_by_role("combobox", name="To whom"), "Dario Director")
    page.get_by_role("textbox", name="Question").focus()
    keys.type("Was the price agreed by phone?")
    page.get_by_role("button", name="Ask", exact=True).press("Enter")
    expect(page.get_by_text("Clara Clerk asked Dario Director")).to_be_visible()
    page.get_by_role("button", name="Hand on").press("Enter")
    page.get_by_role("menuitem", name="Escalate").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    keys.type("More than I may say.")
    keys.press("Control+Enter")
    expect(dialog).to_have_count(0)
    with lab.client("clara") as client:
        assert client.get(f"/tasks/{task}").json()["assignee"]["name"] == "Dario Director"
        [question] = client.get(f"/tasks/{task}/questions").json()["questions"]
    assert question["text"] == "Was the price agreed by phone?"
    assert desk.unexpected("401 (Unauthorized)") == []


TAKEN = """
async (name) => {
  const button = [...document.querySelectorAll('main button')].find((one) => one.textContent.startsWith(name));
  button.focus();
  button.click();
  await Promise.resolve();
  const menu = document.activeElement.getAttribute('role');
  const item = [...document.querySelectorAll('[role=menuitem]')].at(-1);
  item.focus();
  for (let turn = 0; turn < 3; turn += 1) await new Promise((go) => setTimeout(go));
  return [menu, document.activeElement === item];
}
"""
"""Opens a menu and goes on to its last item at once, before the page has had a moment; who has the focus then, and
whether the item still has it once the page has had some."""


def test_a_menu_has_the_focus_when_it_opens_and_takes_it_from_nobody_later(lab: Lab, desk: Desk) -> None:
    page = desk.page
    desk.sign_in("clara", f"/tasks/{lab.tasks['partial_receipt']['id']}")
    page.get_by_role("button", name="Hand on").wait_for()
    assert page.evaluate(TAKEN, "Hand on") == ["menu", True]
    page.keyboard.press("Tab")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(page.get_by_role("button", name="Next task", exact=True)).to_be_focused()
    page.get_by_role("button", name="Hand on").press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Hand on")).to_be_focused()
    assert page.url.endswith(lab.tasks["partial_receipt"]["id"])


def test_a_clock_is_paused_and_goes_on_and_says_how_it_came_about(lab: Lab, desk: Desk) -> None:
    page, keys = desk.page, desk.page.keyboard
    task = lab.tasks["no_order"]["id"]
    desk.sign_in("dario", f"/sla/{task}")
    clock = page.locator("[data-clock]")
    expect(clock).to_contain_text("Target: 20 h of working time.")
    for move, state in (("Pause …", "paused"), ("Resume …", "running")):
        clock.get_by_role("button", name=move).press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_label("Note")).to_be_focused()
        keys.type("The supplier was asked.")
        keys.press("Control+Enter")
        expect(dialog).to_have_count(0)
        expect(page.locator(f"[data-clock={state}]")).to_have_count(1)
    expect(clock).to_contain_text("Supplier: from")
    assert desk.unexpected("401 (Unauthorized)") == []


def test_who_may_not_approve_reads_why_and_is_offered_nothing_else(lab: Lab, desk: Desk) -> None:
    page = desk.page
    desk.sign_in("mara", "/approvals?part=team")
    card = page.locator("article", has_text=lab.tasks["over_four_eyes_limit"]["title"]).first
    expect(card).to_contain_text("You may not approve")
    expect(card).to_contain_text("Needs authority for €57,715.00 – yours: €10,000.00")
    expect(card).to_contain_text("Not by Document intake")
    expect(card.get_by_role("link", name="Look at it and decide")).to_have_count(0)
    desk.goto("/sla/" + lab.tasks["no_order"]["id"])
    page.locator("[data-clock]").wait_for()
    expect(page.locator("[data-clock]").get_by_role("button")).to_have_count(0)


def test_somebody_stands_in_until_it_is_ended(lab: Lab, desk: Desk) -> None:
    page = desk.page
    desk.sign_in("mara", "/approvals?part=stand-ins")
    page.get_by_role("button", name="Let somebody answer in my place").press("Enter")
    dialog = page.get_by_role("dialog")
    who = dialog.get_by_role("combobox", name="Who")
    expect(who).to_be_focused()
    chosen(page, who, "Dario Director")
    dialog.get_by_label("Last day").fill(str(date.today() + timedelta(days=7)))  # noqa: DTZ011 - as the page's
    dialog.get_by_role("button", name="Let them").press("Enter")
    expect(dialog).to_have_count(0)
    given = region(page, "Who may answer in whose place")
    expect(given).to_contain_text("Dario Director may answer in your place")
    given.get_by_role("button", name="End it").press("Enter")
    dialog.get_by_role("button", name="End it").press("Enter")
    expect(given).to_contain_text("You have let nobody answer in your place")
    with lab.client("mara") as client:
        assert client.get("/delegations").json()["delegations"] == []
    assert desk.unexpected("401 (Unauthorized)") == []


def test_home_tells_what_happened_since_the_last_visit(lab: Lab, desk: Desk) -> None:
    page = desk.page
    desk.sign_in("dario", "/")
    news = region(page, "Since your last visit")
    expect(news).to_contain_text("This is your first visit with this browser")
    page.evaluate(
        """() => { const key = Object.keys(localStorage).find((name) => name.startsWith('interlock.visit.'));
                   const kept = JSON.parse(localStorage.getItem(key)); kept.last.at = '2026-01-01T08:00:00Z';
                   kept.last.seq = 0; localStorage.setItem(key, JSON.stringify(kept)); }"""
    )
    page.reload()
    expect(news).to_contain_text(f"{len(SAMPLES)} cases started")
    news.get_by_role("button", name="I have seen it").press("Enter")
    expect(news).to_contain_text("Nothing has happened since")
    assert desk.unexpected("401 (Unauthorized)") == []
