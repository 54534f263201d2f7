"""Every page of the console is looked at: by axe in light and dark, and in German and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.browser.console.screens import SCREENS
from tests.conftest import ROOT

CONSOLE = ROOT / "api" / "console" / "src"
TESTS = ROOT / "tests" / "browser" / "console"
ROUTE = re.compile(r"createRoute\(\{[^}]*?\bpath: \"([^\"]+)\"", re.DOTALL)
LOOK = re.compile(r"\blook\(\s*page, \"([^\"]+)\"")
PART = re.compile(r"^export const (TABS|PARTS) = \[([^\]]+)\]", re.MULTILINE)
OWN = {"/sign-in", "/forgotten", "/account", "/links"}
"""Outside the shell, or passed through: their German and their shape are a form of one field."""


def routes() -> set[str]:
    """The paths that the router knows, as they are declared."""
    found = {path for source in CONSOLE.rglob("*.ts*") for path in ROUTE.findall(source.read_text(encoding="utf-8"))}
    assert len(found) > 20
    return found


def test_axe_looks_at_every_route() -> None:
    looked = {route for test in TESTS.glob("test_*.py") for route in LOOK.findall(test.read_text(encoding="utf-8"))}
    assert routes() - looked == set(), "a page that axe has never seen: `look(page, route)` in its feature's test"
    assert looked - routes() == set(), "a look at a page that there is not"


def test_every_screen_is_read_in_german_and_on_paper() -> None:
    assert routes() - OWN - {screen.route for screen in SCREENS} == set(), "a line is missing in `SCREENS`"


def parts() -> Iterator[tuple[str, str]]:
    """Each part of a screen that has an address of its own, with the feature it belongs to."""
    for source in sorted(CONSOLE.rglob("*.ts")):
        for _, names in PART.findall(source.read_text(encoding="utf-8")):
            for name in re.findall(r'"([a-z-]+)"', names)[1:]:
                yield source.relative_to(CONSOLE).parts[0], name


@pytest.mark.parametrize(("feature", "part"), list(parts()))
def test_a_part_with_an_address_is_read_in_german_and_on_paper(feature: str, part: str) -> None:
    addresses = [screen.address for screen in SCREENS if screen.address.startswith(f"/{feature}")]
    assert any(address.endswith(f"={part}") for address in addresses)
