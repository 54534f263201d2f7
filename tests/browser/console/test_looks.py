"""Looks at the console that no feature's own test takes: what is left for axe, every screen in German, and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.console.pages import CONSOLE, KEEP, SCHEMES, look, picture
from tests.browser.console.reading import cut_off, untranslated
from tests.browser.console.screens import SCREENS, Screen
from tests.support.console import Desk, Lab, desk_of
from tests.support.lively import LOGIN, Lively, lively

pytestmark = CONSOLE
GERMAN = "localStorage.setItem('interlock.preferences', JSON.stringify({language: 'de'}))"
SETTLED = (
    "() => document.querySelector('main') && !document.querySelector('main [data-loading], main [aria-busy=true]')"
)
WIDTHS = {"queue": (1280, 1024, 768)}
PAINTED_MS = 700
PAPER = 703
"""CSS pixels of the width of an A4 page between its margins."""
LEARNT: dict[str, Any] = {
    "id": "00000000000000aa",
    "pack": "procure_to_pay",
    "process": "procure_to_pay",
    "step": "approve_invoice",
    "rule": "P2P-AUTH-01",
    "decision": "approve",
    "corrected": {},
    "predicate": "invoice.total <= 900000 and invoice.vendor == 'V7'",
    "cases": [f"case {number}" for number in range(14)],
    "told_apart": 6,
    "contradicted_at_most_bps": 1926,
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lively]:
    with lively(tmp_path_factory.mktemp("console")) as found:
        yield found


@pytest.fixture(scope="module")
def lab(shown: Lively) -> Lab:
    return shown.lab


def opened(page: Page, screen: Screen, shown: Lively) -> None:
    """The screen is there with its data, without loading the console anew."""
    page.evaluate("address => history.pushState({}, '', `/console${address}`)", screen.of(shown))
    page.locator(screen.ready).first.wait_for()
    page.wait_for_function(SETTLED)


def test_what_no_feature_looks_at_passes_axe(shown: Lively, desk: Desk) -> None:
    page, found = desk.page, dict[str, list[str]]()
    page.on("dialog", lambda asked: asked.accept())
    # What people always decide alike shows in weeks; the list of it is looked at today.
    learnt = {"suggestions": [LEARNT | {"digest": shown.pack}]}
    page.route("**/policies/suggestions", lambda route: route.fulfill(json=learnt))
    desk.goto("/forgotten")
    page.get_by_role("heading", level=1).wait_for()
    found["forgotten"] = look(page, "/forgotten")
    desk.goto("/account#an-old-token")
    page.locator("input[type=password]").wait_for()
    found["account"] = look(page, "/account")
    desk.sign_in(LOGIN, "/policies?show=suggestions")
    page.get_by_role("button", name="Look at the change").wait_for()
    found["suggestions"] = look(page, "/policies")
    desk.goto(f"/policies/packs/{shown.pack}?part=text")
    page.get_by_text("version:").first.wait_for()
    found["text"] = look(page, "/policies/packs/$digest")
    desk.goto(f"/policies/propose?from={shown.pack}")
    editor = page.get_by_label("Text of the rule pack")
    editor.focus()
    page.keyboard.type("# A remark.\n")
    page.locator("ins").first.wait_for()
    page.locator("summary").first.click()
    found["propose"] = look(page, "/policies/propose", kept="propose")
    page.get_by_role("button", name="Propose …").click()
    page.get_by_role("dialog").wait_for()
    found["propose: dialog"] = look(page, "/policies/propose")
    desk.goto(f"/policies/proposals/{shown.proposal}")
    for button in ("Set limits", "Approve and activate", "Withdraw"):
        page.get_by_role("button", name=button).first.click()
        page.get_by_role("dialog").wait_for()
        found[f"proposal: {button}"] = look(page, "/policies/proposals/$proposalId")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    desk.goto("/links")
    page.get_by_role("heading").first.wait_for()
    found["links"] = look(page, "/links")
    desk.goto("/")
    page.get_by_role("button", name="I look after it").first.click()
    page.get_by_role("dialog").wait_for()
    found["acknowledge"] = look(page, "/")
    page.keyboard.press("Escape")
    desk.goto("/approvals?part=stand-ins")
    for button in ("Let somebody answer in my place …", "Note an absence …"):
        page.get_by_role("button", name=button).click()
        page.get_by_role("dialog").wait_for()
        found[f"approvals: {button}"] = look(page, "/approvals")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    desk.goto("/tasks")
    page.get_by_role("listitem").first.wait_for()
    page.get_by_role("button", name="Olga Owner").click()
    page.get_by_role("menuitem", name="Settings").click()
    page.get_by_role("dialog").wait_for()
    found["settings"] = look(page, "/tasks")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    found["help"] = look(page, "/tasks")
    assert {screen: wrong for screen, wrong in found.items() if wrong} == {}
    assert desk.unexpected("401 (Unauthorized)") == []


def test_every_screen_is_read_whole_in_german_and_on_paper(shown: Lively, desk: Desk) -> None:
    page, found = desk.page, dict[str, list[str]]()
    desk.sign_in(LOGIN, "/evals")
    page.evaluate(GERMAN)
    page.reload()
    page.get_by_role("heading", name="Bewertungen").wait_for()
    for screen in SCREENS:
        opened(page, screen, shown)
        wrong = [f"in English: {text}" for text in untranslated(page)]
        for width in WIDTHS.get(screen.name, (1280, 1024)):
            page.set_viewport_size({"width": width, "height": 860})
            wrong += [f"{width}: {one}" for one in cut_off(page)]
        wrong += on_paper(page)
        page.set_viewport_size({"width": 1280, "height": 860})
        if wrong:
            found[screen.name] = wrong
    assert not found, "\n".join(f"{name}: {one}" for name, wrong in found.items() for one in wrong)
    assert desk.unexpected("401 (Unauthorized)") == []


LAID_OUT = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Charts hear of their new width between two frames."""


def on_paper(page: Page) -> list[str]:
    """What prints that is only pressed, and what is cut off on an A4 page."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 1000})
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.evaluate(LAID_OUT)
    wrong = [f"on paper: {one}" for one in cut_off(page, paper=True)]
    if page.locator("header, nav.mantine-AppShell-navbar, aside").filter(visible=True).count():
        wrong.append("the navigation is printed")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    return wrong


def pages_of(page: Page, path: Path) -> list[str]:
    """The text of each page of what the browser prints; with INTERLOCK_KEEP_SCREENS it stays as a picture, too."""
    path.write_bytes(page.pdf(prefer_css_page_size=True, format="A4", path=None))
    with pypdfium2.PdfDocument(path) as document:
        if KEEP:
            for number, sheet in enumerate(document):
                sheet.render(scale=1.3).to_pil().save(path.with_suffix(f".{number}.png"))
        return [sheet.get_textpage().get_text_range() for sheet in document]


def letters(text: str) -> str:
    """Without blanks and hyphens: an id is broken over lines at those it has."""
    return "".join(character for character in text if character.isalnum())


def test_a_case_and_the_trail_are_printed_whole_in_ink(shown: Lively, desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    case = shown.lab.tasks["over_automatic_limit"]["case"]
    page.emulate_media(color_scheme="dark")
    desk.sign_in(LOGIN, f"/cases/{case}")
    page.get_by_role("button", name="Print").wait_for()
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    page.keyboard.press("Control+p")
    page.wait_for_function("() => window.printed")
    sheets = pages_of(page, tmp_path / "case.pdf")
    whole = " ".join(" ".join(sheets).split())
    for part in ("Case file", case, "Timeline", "Rules", "Agents", "Data", "Amount is over the limit for automatic"):
        assert part in whole
    for pressed in ("Loading", "Work queue", "Suspend", "Ctrl K"):
        assert pressed not in whole
    assert page.locator("html").get_attribute("data-mantine-color-scheme") == "dark"
    desk.goto("/audit")
    row = page.locator("tr[data-entry]").filter(has=page.get_by_role("link")).first
    row.focus()
    page.keyboard.press("Enter")
    page.get_by_text("Hash of the entry before").wait_for()
    sheets = pages_of(page, tmp_path / "audit.pdf")
    assert len(sheets) > 1
    assert all("Who" in sheet and "Step" in sheet for sheet in sheets), "the head of the table stands on every page"
    whole = " ".join(sheets)
    case = str(row.get_by_role("link").get_attribute("href")).rpartition("/")[2]
    assert letters(case) in letters(whole), "whoever reads it on paper has the whole id"
    assert "Verify the trail" not in whole
    assert desk.unexpected("401 (Unauthorized)") == []


@pytest.mark.skipif(not KEEP, reason="only where pictures are to be kept: INTERLOCK_KEEP_SCREENS=1")
def test_every_screen_is_kept_as_whoever_may_do_everything_sees_it(shown: Lively, browser: Browser) -> None:
    with desk_of(shown.lab, browser) as desk:
        page = desk.page
        desk.sign_in(LOGIN, "/evals")
        for screen in SCREENS:
            if not screen.kept:
                continue
            opened(page, screen, shown)
            page.wait_for_timeout(PAINTED_MS)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                picture(page, f"{screen.kept}-{scheme}")
            page.emulate_media(color_scheme="light")
