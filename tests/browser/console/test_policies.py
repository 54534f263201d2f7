"""The policies screen: rules in plain words beside their source, and a change that two people make."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from policies.packaged import pack_text
from tests.browser.console.pages import CONSOLE, look
from tests.support.console import Desk, Lab, desk_of, lab_in

pytestmark = CONSOLE
PACK = "procure_to_pay"
TRIED_MS = 40_000
"""A pack is tried in a process of its own before it is replayed."""
SAMPLES = ("clean_ubl", "over_automatic_limit")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_in(tmp_path_factory.mktemp("console")) as found:
        cases = found.send(*SAMPLES)
        found.tasks["over_automatic_limit"] = found.task_of(cases["over_automatic_limit"])
        found.tasks["clean_ubl"] = {"case": cases["clean_ubl"]}
        yield found


def line_of(text: str, beginning: str) -> int:
    """The first line of the pack's text that begins so, counted from 0."""
    return next(number for number, line in enumerate(text.splitlines()) if line.startswith(beginning))


def go_to_line(page: Page, number: int) -> None:
    page.keyboard.press("Control+Home")
    for _ in range(number):
        page.keyboard.press("ArrowDown")


def proposed(lab: Lab) -> str:
    """A proposal: the one of another test, or one that is made now."""
    with lab.client("dario") as client:
        known = client.get("/policies/proposals").json()["proposals"]
        if not known:
            digest = next(p for p in client.get("/policies/packs").json()["packs"] if p["pack"] == PACK)["digest"]
            body = {"digest": digest, "parameters": {"auto_limit": 100}, "reason": "Too many slip through."}
            known = [client.post("/policies/proposals", json=body).json()]
    return str(known[0]["id"])


def test_a_rule_owner_proposes_and_replays_and_a_second_person_activates_by_keyboard(
    lab: Lab, browser: Browser
) -> None:
    text = pack_text(PACK)
    with desk_of(lab, browser) as desk:
        page, keys = desk.page, desk.page.keyboard
        desk.sign_in("dario")
        keys.press("g")
        keys.press("p")
        page.get_by_role("link", name=PACK).press("Enter")
        page.get_by_role("heading", level=1, name=re.compile(PACK)).wait_for()
        page.get_by_role("button", name="Tool is not on the list").first.wait_for()
        keys.press("e")
        editor = page.get_by_label("Text of the rule pack")
        editor.wait_for()
        page.get_by_role("heading", name="Propose a change").wait_for()
        keys.press("e")
        expect(editor).to_be_focused()
        go_to_line(page, line_of(text, "version:"))
        keys.press("End")
        keys.type("1")
        expect(page.locator("ins")).to_have_text("version: 2026.12.01")
        page.locator("summary").press("Enter")
        page.get_by_role("row", name="auto_limit").get_by_role("textbox").focus()
        keys.type("100")
        keys.press("Control+Enter")
        expect(page.get_by_role("region", name="What it would have done")).to_contain_text(
            "Newly reviewed1 case", timeout=TRIED_MS
        )
        keys.press("Escape")
        keys.press("p")
        dialog = page.get_by_role("dialog", name="Propose this change?")
        expect(dialog.get_by_label("Reason")).to_be_focused()
        keys.type("Too many slip through unseen.")
        keys.press("Control+Enter")
        page.get_by_role("heading", level=1, name=f"{PACK} 2026.12.01").wait_for()
        address = page.url
        page.get_by_role("button", name="Set limits").press("Enter")
        page.get_by_label("Additional tasks, at most (%)").focus()
        keys.press("Control+a")
        keys.type("500")
        keys.press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.get_by_role("button", name="Replay it").wait_for()
        keys.press("r")
        expect(page.get_by_role("region", name="What it would have done")).to_contain_text(
            "Newly reviewed1 case", timeout=TRIED_MS
        )
        bar = page.get_by_role("region", name="What you can do")
        expect(bar).to_contain_text("a second person must approve it")
        expect(bar.get_by_role("button", name="Approve and activate")).to_have_count(0)
        assert desk.unexpected("401 (Unauthorized)") == []
    with desk_of(lab, browser) as desk:
        page, keys = desk.page, desk.page.keyboard
        desk.sign_in("mara", "/policies?show=proposals")
        page.get_by_role("link", name=f"{PACK} 2026.12.01").press("Enter")
        assert page.url == address
        page.get_by_role("button", name="Approve and activate").wait_for()
        keys.press("a")
        dialog = page.get_by_role("dialog", name="Activate this rule pack?")
        expect(dialog).to_contain_text("1 of 2 cases would come out otherwise")
        expect(dialog.get_by_role("button", name="Approve and activate")).to_be_focused()
        keys.press("Enter")
        expect(page.locator("main")).to_contain_text("activated by Mara Manager")
        with lab.client("mara") as client:
            newest = client.get("/policies/packs").json()["activations"]
        active = next(one for one in newest if one["pack"] == PACK)
        assert (active["number"], active["proposed_by"], active["approved_by"]) == (2, "main-dario", "main-mara")
        assert desk.unexpected("401 (Unauthorized)") == []


def test_every_screen_passes_axe(lab: Lab, browser: Browser) -> None:
    with desk_of(lab, browser) as desk:
        page, found = desk.page, {}
        desk.sign_in("dario", "/policies")
        page.get_by_role("link", name=PACK).wait_for()
        found["policies"] = look(page, "/policies")
        page.get_by_role("link", name=PACK).click()
        page.get_by_role("button", name="Tool is not on the list").first.wait_for()
        page.get_by_label("Search the rules").fill("four eyes")
        page.locator("[data-marked]").first.wait_for()
        found["pack"] = look(page, "/policies/packs/$digest")
        page.get_by_role("link", name="Thresholds and tables").click()
        page.get_by_role("heading", name="Tables").wait_for()
        found["values"] = look(page, "/policies/packs/$digest")
        page.get_by_role("button", name="Test a case").click()
        case = lab.tasks["over_automatic_limit"]["case"]
        page.get_by_role("dialog").get_by_label("Case").fill(case)
        page.get_by_role("button", name="See what would change").click()
        expect(page.get_by_role("dialog")).to_contain_text("were judged again", timeout=TRIED_MS)
        found["try"] = look(page, "/policies/packs/$digest")
        page.keyboard.press("Escape")
        desk.goto(f"/policies/proposals/{proposed(lab)}")
        page.get_by_role("region", name="What it changes").or_(page.get_by_text("activated by")).first.wait_for()
        found["proposal"] = look(page, "/policies/proposals/$proposalId")
        assert {screen: wrong for screen, wrong in found.items() if wrong} == {}
        assert desk.unexpected("401 (Unauthorized)") == []


def test_rules_are_moved_through_by_keyboard_and_the_source_follows(desk: Desk) -> None:
    page, keys = desk.page, desk.page.keyboard
    with desk.lab.client("clara") as client:
        packs = client.get("/policies/packs").json()["packs"]
    digest = next(one["digest"] for one in packs if one["pack"] == "bank_change")
    desk.sign_in("clara", f"/policies/packs/{digest}")
    page.get_by_role("button", name="Tool is not on the list").wait_for()
    keys.press("j")
    keys.press("j")
    marked = page.locator("[data-marked]").first
    expect(marked).to_contain_text("- id: BC-ASK-01")
    keys.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Next rule")
    keys.press("Escape")
    expect(page.get_by_role("button", name="Propose a change")).to_have_count(0)
    keys.press("e")
    expect(page.get_by_role("heading", level=1)).to_contain_text("bank_change")
