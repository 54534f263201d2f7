"""The audit screen: the trail is searched, verified, and handed out in a form that proves itself elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.console.pages import CONSOLE, look
from tests.conftest import ROOT
from tests.support.console import Desk, Lab, desk_of, lab_in

pytestmark = CONSOLE
SAMPLE = "over_automatic_limit"
BROKEN = """
names => names.filter(name => {
  const text = document.createRange();
  return [...name.textContent.matchAll(/\\S+/g)].some(word => {
    text.setStart(name.firstChild, word.index);
    text.setEnd(name.firstChild, word.index + word[0].length);
    return text.getClientRects().length > 1;
  });
}).map(name => name.textContent)
"""
"""The names of which a word stands on two lines."""
VERIFIER = ROOT / "graphs" / "verifier.py"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_in(tmp_path_factory.mktemp("console")) as found:
        for name, case in found.send(SAMPLE).items():
            found.tasks[name] = found.task_of(case)
        yield found


def test_the_screen_and_its_dialog_pass_axe(lab: Lab, browser: Browser) -> None:
    with desk_of(lab, browser) as desk:
        page, found = desk.page, {}
        desk.sign_in("dario", "/audit")
        rows = page.locator("tr[data-entry]")
        rows.first.wait_for()
        page.get_by_role("button", name="Verify the trail").click()
        expect(page.locator("[data-sound=true]")).to_contain_text("The trail is sound")
        rows.nth(1).focus()
        page.keyboard.press("Enter")
        page.get_by_text("Hash of the entry before").wait_for()
        found["audit"] = look(page, "/audit")
        page.get_by_role("button", name="Export a dossier").click()
        page.get_by_role("dialog").wait_for()
        found["dossier"] = look(page, "/audit")
        assert {screen: wrong for screen, wrong in found.items() if wrong} == {}
        assert desk.unexpected("401 (Unauthorized)") == []


def test_an_auditor_finds_verifies_exports_and_proves_a_case_by_keyboard(desk: Desk, tmp_path: Path) -> None:
    page, keys = desk.page, desk.page.keyboard
    case = desk.lab.tasks[SAMPLE]["case"]
    desk.sign_in("dario")
    keys.press("g")
    keys.press("u")
    rows = page.locator("tr[data-entry]")
    rows.first.wait_for()
    keys.press("/")
    keys.type("invoice_number")
    expect(page).to_have_url(re.compile("words=invoice_number"))
    keys.press("Escape")
    expect(page.get_by_label("Words in its values")).not_to_be_focused()
    expect(page.get_by_label("Words in its values")).to_have_value("invoice_number")
    expect(rows.filter(has_text="Session started")).to_have_count(0)
    expect(page.get_by_text("The whole trail was looked through.")).to_be_visible()
    keys.press("j")
    keys.press("Enter")
    expect(page.locator("tr[data-open]")).to_have_count(1)
    page.get_by_role("button", name="Only this case").press("Enter")
    expect(page).to_have_url(re.compile(f"case={case}"))
    expect(page).to_have_url(re.compile("words=invoice_number"))
    page.get_by_label("Words in its values").focus()
    keys.press("Control+a")
    keys.press("Delete")
    expect(page).not_to_have_url(re.compile("words="))
    expect(page).to_have_url(re.compile(f"case={case}"))
    keys.press("Escape")
    keys.press("v")
    expect(page.locator("[data-sound=true]")).to_contain_text("The trail is sound")
    page.get_by_role("button", name="Export a dossier").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Id of the case")).to_have_value(case)
    expect(dialog.get_by_role("button", name="Make the dossier")).to_be_focused()
    with page.expect_download() as saved:
        keys.press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("was saved")
    with page.expect_download() as key:
        dialog.get_by_role("button", name="Save the key").press("Enter")
    with page.expect_download() as checkpoint:
        dialog.get_by_role("button", name="Save the newest checkpoint").press("Enter")
    saved.value.save_as(tmp_path / "dossier.zip")
    key.value.save_as(tmp_path / "key.txt")
    checkpoint.value.save_as(tmp_path / "newest.checkpoint")
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Export a dossier")).to_be_focused()
    assert saved.value.suggested_filename == f"dossier-{case}.zip"
    with zipfile.ZipFile(tmp_path / "dossier.zip") as archive:
        archive.extractall(tmp_path / "dossier")
    proven = verified(tmp_path)
    assert (proven.returncode, proven.stdout.splitlines()[0]) == (0, "sound"), proven.stdout
    events = tmp_path / "dossier" / "events.jsonl"
    events.write_text(events.read_text().replace("main-intake", "main-nobody"))
    assert verified(tmp_path).returncode == 1
    assert desk.unexpected("401 (Unauthorized)") == []


@pytest.mark.parametrize("width", [1360, 700])
def test_an_opened_entry_is_read_across_and_no_word_of_it_is_broken(desk: Desk, width: int) -> None:
    """An order's lines lie five names deep: they are a table where there is room, and each its own lines elsewhere."""
    page = desk.page
    desk.sign_in("dario", f"/audit?case={desk.lab.tasks[SAMPLE]['case']}")
    page.set_viewport_size({"width": width, "height": 860})
    page.locator("tr[data-entry]").filter(has_text="read_order").get_by_role("button").first.press("Enter")
    opened = page.locator("tr[id^=entry-]")
    expect(opened.get_by_text("Data › Purchasing › Order", exact=True)).to_be_visible()
    expect(opened.get_by_text("PO-2026-0020/1")).to_be_visible()
    expect(opened.get_by_text("as under Update › Data › Purchasing", exact=True)).to_be_visible()
    expect(opened.get_by_role("columnheader", name="Unit price")).to_have_count(1 if width == 1360 else 0)
    assert opened.locator("dt").evaluate_all(BROKEN) == []
    assert opened.evaluate("row => row.scrollWidth - row.clientWidth") == 0
    assert desk.unexpected("401 (Unauthorized)") == []


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    """The offline verifier as a program of its own, with the key and checkpoint that were saved."""
    command = [sys.executable, str(VERIFIER), "dossier", "--key", "key.txt", "--checkpoint", "newest.checkpoint"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_what_happens_meanwhile_waits_behind_a_pill(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("dario", "/audit")
    first = page.locator("tr[data-entry]").first
    first.wait_for()
    expect(page.locator("[data-live=live]")).to_be_visible()
    before = first.get_attribute("data-entry")
    with desk.lab.client("dario") as client:
        assert client.get(f"/cases/{desk.lab.tasks[SAMPLE]['case']}/dossier").is_success
    pill = page.get_by_role("button", name="1 new entry")
    pill.wait_for()
    assert first.get_attribute("data-entry") == before
    pill.click()
    expect(first).to_contain_text("Dossier exported")


def test_who_may_not_read_the_trail_is_not_led_to_it(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("clara", "/audit")
    expect(page.get_by_role("heading", name="This is not for you")).to_be_visible()
    expect(page.get_by_role("navigation", name="Screens").get_by_role("link", name="Audit")).to_have_count(0)
    assert httpx.get(f"{desk.lab.server.url}/audit/entries", timeout=10).status_code == 401
