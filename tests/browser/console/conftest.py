"""A served Interlock and a Chromium for each file of tests; a file that needs cases makes a `lab` of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.support.console import Desk, Lab, desk_of, lab_in, launched

expect.set_options(timeout=20_000)
"""What is expected comes at once on an idle machine, and later on one that does something else besides."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server that nothing was sent to yet."""
    with lab_in(tmp_path_factory.mktemp("console")) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole session: what drives it keeps a loop running, beside which no asynchronous test can run."""
    with sync_playwright() as playwright:
        running = launched(playwright)
        yield running
        running.close()


@pytest.fixture
def desk(lab: Lab, browser: Browser) -> Iterator[Desk]:
    """A page that nobody has signed in on."""
    with desk_of(lab, browser) as found:
        yield found
