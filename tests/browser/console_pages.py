"""How a page of the console is looked at: by axe, by its errors, and as a picture."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page

SCREENS = Path(__file__).parents[2] / "docs" / "screens"
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"],
    }
}


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it is, each with the first place of it."""
    found: dict[str, Any] = Axe().run(page, options=RULES).response
    assert len(found["passes"]) > 20, "axe has looked at nothing"
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]} (of {len(one['nodes'])})" for one in found["violations"]]


def kept(page: Page, name: str) -> int:
    """Keep the page as a picture of the documentation; its size in bytes."""
    shown = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    reduced = shown.quantize(colors=256, dither=Image.Dither.NONE)
    SCREENS.mkdir(parents=True, exist_ok=True)
    path = SCREENS / f"{name}.png"
    reduced.save(path, optimize=True)
    return path.stat().st_size
