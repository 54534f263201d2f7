"""How a page of the console is looked at: by axe, by its errors, and as a picture."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page

from api.console_files import ConsoleFiles

CONSOLE = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not ConsoleFiles.read().built, reason="the console is not built: `make console`"),
]
"""Marks of every test file that opens the console."""
KEEP = os.environ.get("INTERLOCK_KEEP_SCREENS") == "1"
DARK = {f"{name}-dark" for name in ("home", "queue", "review", "case", "map", "analytics")}
PICTURE_BYTES = 150 * 1024
SETTLED_MS = 700
SCREENS = Path(__file__).parents[3] / "docs" / "screens"
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"],
    },
    # Of what passes only the name of its rule: the nodes of a large page are a megabyte that nobody reads.
    "resultTypes": ["violations"],
}
OF_COLOURS = {**RULES, "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
SCHEMES: Mapping[Literal["light", "dark"], Mapping[str, Any]] = {"light": RULES, "dark": OF_COLOURS}
"""What axe is asked in each: of the same page in the dark only what can fail there that the light has not."""


def violations(page: Page, rules: Mapping[str, Any] = RULES) -> list[str]:
    """What axe finds on the page as it is, each with the first place of it.

    What it finds is looked at a second time: a button that is about to be enabled is paler for a moment.
    """
    found = _violations(page, rules)
    if found:
        page.wait_for_timeout(SETTLED_MS)
        found = _violations(page, rules)
    return found


def is_at(url: str, route: str) -> bool:
    """Whether a page's address is one of that route."""
    path = re.sub(r"\\\$\w+", "[^/]+", re.escape(route)).rstrip("/")
    return re.search(rf"/console{path}/?([?#]|$)", url) is not None


def look(page: Page, route: str, *, kept: str = "") -> list[str]:
    """What axe finds on the open page of that route, in light and in dark; with a name, both are kept as pictures.

    The scheme changes under the open page, as it does when a system turns dark in the evening: nothing is loaded
    twice. Which routes are looked at is read from the tests' source (`tests/architecture/test_console_looks.py`).
    """
    assert is_at(page.url, route), f"{page.url} is no page of {route}"
    found: list[str] = []
    for scheme, rules in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        page.locator(f"html[data-mantine-color-scheme={scheme}]").wait_for(state="attached")
        found += [f"{scheme}: {one}" for one in violations(page, rules)]
        if kept:
            picture(page, f"{kept}-{scheme}")
    page.emulate_media(color_scheme="light")
    return found


def _violations(page: Page, rules: Mapping[str, Any]) -> list[str]:
    axe = Axe("0") if page.evaluate("'axe' in window") else Axe()  # half a megabyte, read once a page
    found: dict[str, Any] = axe.run(page, options=dict(rules)).response
    assert len(found["passes"]) > (20 if rules is RULES else 0), "axe has looked at nothing"
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]} (of {len(one['nodes'])})" for one in found["violations"]]


def picture(page: Page, name: str) -> None:
    """Keep the page as a picture of the documentation, where that is asked for; in the dark only a few."""
    if not KEEP or (name.endswith("-dark") and name not in DARK):
        return
    shown = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    reduced = shown.quantize(colors=256, dither=Image.Dither.NONE)
    SCREENS.mkdir(parents=True, exist_ok=True)
    path = SCREENS / f"{name}.png"
    reduced.save(path, optimize=True)
    assert path.stat().st_size <= PICTURE_BYTES
