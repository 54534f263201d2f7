"""The console as people meet it: a served Interlock with sample invoices, and a Chromium that works in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

from tests.support.patience import wait_until
from tests.support.served import Served, served
from tools.browser.chromium import find_chromium
from tools.testing.invoices.samples import make_samples

PASSWORD = "four lilac otters hum"
PATIENCE_SECONDS = 40
SWITCHES = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")


@dataclass(slots=True, kw_only=True)
class Lab:
    """A server of its own, and calls to it as its first users."""

    server: Served
    passwords: set[str] = field(default_factory=set)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def client(self, login: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.server.key(login)}"}
        return httpx.Client(base_url=self.server.url, headers=headers, timeout=30)

    def send(self, *names: str) -> dict[str, str]:
        """Send samples in; their cases' ids by name."""
        samples = {sample.name: sample for sample in make_samples(7, date.today())}  # noqa: DTZ011 - as the server's
        found: dict[str, str] = {}
        with self.client("intake") as client:
            for name in names:
                sample = samples[name]
                answer = client.post(
                    "/cases",
                    files={"document": (sample.file_name, sample.content, sample.media_type)},
                    data={"process": "procure_to_pay", "channel": sample.channel, "sender": sample.sender},
                )
                assert answer.is_success, answer.text
                found[name] = answer.json()["case"]["id"]
        return found

    def task_of(self, case_id: str, *, login: str = "dario") -> dict[str, Any]:
        """The case's unanswered task, as soon as there is one."""
        with self.client(login) as client:
            found: list[dict[str, Any]] = []

            def asked() -> bool:
                found[:] = client.get("/tasks", params={"case": case_id}).json()["tasks"]
                return bool(found)

            wait_until(
                asked,
                within_seconds=PATIENCE_SECONDS,
                otherwise=lambda: f"no task of case {case_id} within {PATIENCE_SECONDS} s",
                pause_seconds=0.1,
            )
        return found[0]

    def invite(self, login: str) -> str:
        """The token of an invitation."""
        with self.client("admin") as client:
            answer = client.post(f"/accounts/{login}/invite")
        assert answer.is_success, answer.text
        return str(answer.json()["token"])

    def with_password(self, login: str) -> None:
        """The person can sign in."""
        if login in self.passwords:
            return
        body = {"token": self.invite(login), "new_password": PASSWORD}
        answer = httpx.post(f"{self.server.url}/account/redeem", json=body, timeout=30)
        assert answer.is_success, answer.text
        self.passwords.add(login)


@dataclass(slots=True, kw_only=True)
class Desk:
    """A page of the console, and what went wrong on it."""

    lab: Lab
    page: Page
    context: BrowserContext
    wrong: list[str] = field(default_factory=list)
    password: str = PASSWORD

    def goto(self, path: str) -> None:
        """Open an address of the console."""
        self.page.goto(f"{self.lab.server.url}/console{path}")

    def sign_in(self, login: str, path: str = "/tasks") -> None:
        """Sign in by hand, as everybody does, and come to the screen."""
        self.lab.with_password(login)
        self.goto(path)
        self.page.get_by_label("Login").fill(login)
        self.page.locator('input[name="password"]').fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.locator("main#main").wait_for()

    def heard(self, message: ConsoleMessage) -> None:
        """Keep what is an error."""
        if message.type == "error":
            self.wrong.append(message.text)

    def unexpected(self, *expected: str) -> list[str]:
        """The errors of the page but those that hold one of these texts."""
        return [text for text in self.wrong if not any(known in text for known in expected)]


@contextmanager
def lab_in(folder: Path, **settings: str) -> Iterator[Lab]:
    """A served Interlock with an undo window that a test can use."""
    with served(folder, **{"undo_seconds": "15", "public_url": "http://127.0.0.1"} | settings) as server:
        yield Lab(server=server)


def launched(playwright: Playwright) -> Browser:
    """The system's Chromium."""
    return playwright.chromium.launch(executable_path=str(find_chromium()), args=list(SWITCHES))


@contextmanager
def desk_of(lab: Lab, browser: Browser, **options: Any) -> Iterator[Desk]:
    """A browser of its own: nothing of another test is in it."""
    context = browser.new_context(
        viewport={"width": 1360, "height": 860}, reduced_motion="reduce", locale="en-GB", **options
    )
    page = context.new_page()
    desk = Desk(lab=lab, page=page, context=context)
    page.on("console", lambda message: desk.heard(message))
    page.on("pageerror", lambda error: desk.wrong.append(str(error)))
    page.set_default_timeout(15_000)
    try:
        yield desk
    finally:
        context.close()
