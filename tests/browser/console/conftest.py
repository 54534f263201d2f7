"""A served Interlock and a Chromium for each file of tests; a file that needs cases makes a `lab` of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from _pytest.runner import runtestprotocol
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


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Run a test of this folder once more where it fails: on a busy machine a key may come before its page is ready.

    What fails twice has failed. A second run is printed with the name of its test.
    """
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if any(report.failed and report.when == "call" for report in reports):
        print(f"\nonce more: {item.nodeid}")  # noqa: T201 - nobody else would know
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
