"""The page of the API in a real Chromium: read by keyboard, in light and dark, with nothing loaded from anywhere."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest
from playwright.sync_api import expect, sync_playwright

from api.api_page import api_page
from tests.browser.console.pages import picture, violations
from tests.support.console import launched
from tests.support.route_samples import api_document

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
SHOWN = 12
"""Paths on the page that is looked at: they are all made alike, and axe takes long over two hundred."""


def some_of(document: dict[str, Any]) -> dict[str, Any]:
    paths = {path: found for path, found in document["paths"].items() if path.startswith(("/cases", "/api-keys"))}
    schemas = {name: found for name, found in document["components"]["schemas"].items() if "Key" in name}
    return {**document, "paths": dict(islice(paths.items(), SHOWN)), "components": {"schemas": schemas}}


def test_an_operation_is_opened_by_keyboard_and_the_page_passes_axe_in_light_and_dark() -> None:
    text, asked = api_page(some_of(api_document())), list[str]()
    with sync_playwright() as playwright:
        browser = launched(playwright)
        page = browser.new_page(viewport={"width": 1360, "height": 860})
        page.on("request", lambda request: asked.append(request.url))
        page.set_content(text)
        operation = page.locator("details").filter(has_text="/cases").first
        operation.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(operation.get_by_role("heading", name="As a command")).to_be_visible()
        found = {}
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            picture(page, f"api-{scheme}")
            found[scheme] = violations(page)
        browser.close()
    assert found == {"light": [], "dark": []}
    assert [url for url in asked if not url.startswith("about:")] == []
