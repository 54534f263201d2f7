"""The administration in a real Chromium, and signing in with an identity provider: people, roles, systems, keys.

All of it runs against `interlock serve` and `oidc-provider-mock`, each a process of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from graphs.store.embedded import EmbeddedPostgres
from tests.browser.console.pages import CONSOLE, look, violations
from tests.support.console import PASSWORD, Desk, Lab, desk_of
from tests.support.identity import free_port, mock_provider
from tests.support.served import served

pytestmark = CONSOLE
CALENDAR = Path(__file__).parents[3] / "docs" / "examples" / "calendar.yaml"
CLARA = {"sub": "clara-there", "preferred_username": "clara"}
TABS = ("Users", "Roles", "Teams", "Calendars", "Systems", "Workers", "Service accounts", "API keys")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder, port = tmp_path_factory.mktemp("admin"), free_port()
    secret, connectors = folder / "client-secret", folder / "connectors.yaml"
    secret.write_text("a secret\n")
    (folder / "drop").mkdir()
    connectors.write_text(
        "connectors:\n"
        f"  scanner: {{kind: file_drop, settings: {{folder: {folder / 'drop'}, process: procure_to_pay}}}}\n"
        f"  archive: {{kind: file_drop, settings: {{folder: {folder / 'gone'}, process: procure_to_pay}}}}\n"
    )
    with (
        mock_provider(CLARA) as issuer,
        served(
            folder / "data",
            port=str(port),
            public_url=f"http://127.0.0.1:{port}",
            oidc_issuer=issuer,
            oidc_client_id="interlock",
            oidc_client_secret=f"file:{secret}",
            oidc_title="Example ID",
            connectors=str(connectors),
        ) as server,
    ):
        found = Lab(server=server)
        furnish(found)
        yield found


def furnish(lab: Lab) -> None:
    """An administrator who is a person, a team, a calendar, a switch."""
    with lab.client("admin") as client:
        for path, body in (
            ("/accounts", {"login": "amira", "name": "Amira Admin", "email": "amira@example.com", "roles": ["admin"]}),
            ("/accounts", {"login": "eva", "name": "Eva Example", "roles": ["reviewer"]}),
            ("/api-keys", {"owner": "intake", "name": "nightly report"}),
        ):
            assert client.post(path, json=body).status_code == 201
        for path, body in (
            (
                "/teams/invoices",
                {"roles": ["approver"], "members": ["mara", "dario"], "lead": "dario", "reason": "a team"},
            ),
            ("/calendars", {"yaml": CALENDAR.read_text(), "reason": "our hours"}),
            ("/switches/process/procure_to_pay", {"off": True, "reason": "the ERP is being moved"}),
            ("/targets/erp/limits", {"max_concurrent": 4}),
        ):
            answer = client.put(path, json=body)
            assert answer.is_success, answer.text


def shown(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab).click()
    expect(page.get_by_role("tabpanel")).to_be_visible()
    expect(page.get_by_text("Loading")).to_have_count(0)


def test_every_tab_and_its_dialogs_pass_axe(lab: Lab, browser: Browser) -> None:
    found: dict[str, list[str]] = {}
    with desk_of(lab, browser) as desk:
        page = desk.page
        desk.goto("/sign-in?refused=identity_unknown")
        page.get_by_role("button", name="Sign in with Example ID").wait_for()
        found["sign in"] = look(page, "/sign-in", kept="sign-in-provider")
        desk.sign_in("amira", "/admin")
        for tab in TABS:
            shown(page, tab)
            if tab == "Calendars":
                page.get_by_role("list").last.get_by_role("listitem").nth(27).wait_for()
            if tab == "Systems":
                page.get_by_text("Kill switches").wait_for()
                page.get_by_role("table", name="").first.wait_for()
            found[tab] = look(page, "/admin")
        for tab, button, dialog, kept in (
            ("Users", "Invite somebody", "Invite somebody", ""),
            ("Users", "eva", "Eva Example", "admin-user"),
            ("Teams", "Add a team", "Add a team", ""),
            ("Calendars", "Edit", "Edit the calendar", "admin-calendar-edit"),
            ("Systems", "Switch something off", "Switch something off", ""),
            ("Service accounts", "Add a service", "Add a service", ""),
            ("Service accounts", "intake", "Document intake", "admin-service"),
            ("API keys", "Make a key", "Make a key", ""),
            ("API keys", "Replace nightly report", "Replace: nightly report", ""),
        ):
            shown(page, tab)
            page.get_by_role("button", name=button, exact=True).click()
            page.get_by_role("dialog", name=dialog).wait_for()
            if dialog == "Edit the calendar":
                page.get_by_role("dialog").get_by_role("listitem").nth(27).wait_for()
            if dialog == "Document intake":
                page.get_by_text("nightly report").wait_for()
            if dialog == "Eva Example":
                page.get_by_text("Signed in nowhere").wait_for()
            found[f"{tab}: {dialog}"] = look(page, "/admin", kept=kept)
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_have_count(0)
        assert {screen: wrong for screen, wrong in found.items() if wrong} == {}
        assert desk.unexpected("401 (Unauthorized)") == []


def test_somebody_is_invited_by_keyboard_alone_and_chooses_a_password(lab: Lab, browser: Browser) -> None:
    with desk_of(lab, browser) as desk, desk_of(lab, browser) as other:
        page, keys = desk.page, desk.page.keyboard
        desk.sign_in("amira", "/admin")
        page.get_by_role("button", name="Invite somebody").focus()
        keys.press("Enter")
        page.get_by_role("dialog", name="Invite somebody").wait_for()
        expect(page.get_by_label("Login")).to_be_focused()
        keys.type("zoe")
        keys.press("Tab")
        keys.type("Zoe Zander")
        keys.press("Tab")
        keys.press("Tab")
        keys.type("Review")
        page.get_by_role("option", name="Reviewer").wait_for()
        keys.press("ArrowDown")
        keys.press("Enter")
        keys.press("Escape")
        page.get_by_label("Login").focus()
        keys.press("Enter")
        page.get_by_role("dialog", name="Invitation for zoe").wait_for()
        link = page.locator("[data-secret]").inner_text()
        page.get_by_role("button", name="I have it").press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("[data-row=zoe]")).to_contain_text("Invited")
        other.page.goto(link)
        other.page.get_by_label("New password").fill(PASSWORD)
        other.page.get_by_role("button", name="Set the password and sign in").click()
        other.page.locator("main#main").wait_for()
        assert desk.unexpected("401 (Unauthorized)") == []


def test_who_is_kept_out_is_out_at_once_and_the_address_says_who_is_open(lab: Lab, browser: Browser) -> None:
    with desk_of(lab, browser) as desk, desk_of(lab, browser) as other:
        page = desk.page
        other.sign_in("mara")
        desk.sign_in("amira", "/admin?part=users&open=mara")
        page.get_by_role("dialog", name="Mara Manager").wait_for()
        page.get_by_role("button", name="Keep out").click()
        page.get_by_role("dialog", name="Keep out: Mara Manager").get_by_role("button", name="Keep out").click()
        expect(page.get_by_role("dialog", name="Mara Manager", exact=True).get_by_text("Kept out")).to_be_visible()
        other.page.reload()
        other.page.get_by_role("heading", name="Sign in").wait_for()
        page.get_by_role("button", name="Let in again").click()
        page.get_by_role("dialog", name="Let in again: Mara").get_by_role("button", name="Let in again").click()
        expect(page.get_by_role("dialog", name="Mara Manager", exact=True).get_by_text("Can sign in")).to_be_visible()


def test_a_key_is_shown_once_works_and_is_refused_once_revoked(lab: Lab, desk: Desk) -> None:
    page = desk.page
    desk.sign_in("amira", "/admin?part=keys")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_role("combobox", name="Acts as").click()
    page.get_by_role("option", name="Document intake").click()
    page.get_by_label("What for").fill("nightly import")
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("dialog", name="The key for nightly import").wait_for()
    key = page.locator("[data-secret]").inner_text()
    page.get_by_role("button", name="I have it").click()
    asked = {"url": f"{lab.server.url}/session", "headers": {"X-API-Key": key}, "timeout": 30}
    assert httpx.get(**asked).json()["login"] == "intake"
    page.get_by_role("button", name="Revoke nightly import").click()
    page.get_by_label("Why").fill("the import has ended")
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert httpx.get(**asked).status_code == 401
    page.get_by_label("Also revoked ones").check()
    expect(page.get_by_role("row", name=re.compile("nightly import"))).to_contain_text("Revoked")


def test_a_service_gets_a_key_which_is_replaced_by_keyboard_alone(lab: Lab, desk: Desk) -> None:
    page, keys = desk.page, desk.page.keyboard
    desk.sign_in("amira", "/admin?part=services")
    page.get_by_role("button", name="Add a service").press("Enter")
    dialog = page.get_by_role("dialog", name="Add a service")
    expect(dialog.get_by_label("Login")).to_be_focused()
    keys.type("warehouse")
    keys.press("Tab")
    keys.type("Warehouse")
    keys.press("Tab")
    keys.type("Integ")
    page.get_by_role("option", name="Integration").wait_for()
    keys.press("ArrowDown")
    keys.press("Enter")
    keys.press("Escape")
    dialog.get_by_label("Why").focus()
    keys.type("It books what comes in.")
    dialog.get_by_label("Login").focus()
    keys.press("Enter")
    service = page.get_by_role("dialog", name="Warehouse", exact=True)
    expect(service).to_contain_text("It has no key")
    service.get_by_role("button", name="Make a key").press("Enter")
    expect(page.get_by_label("What for")).to_be_focused()
    keys.type("receipts")
    keys.press("Enter")
    first = once(page, "receipts")
    assert who(lab, first) == "warehouse"
    service.get_by_role("button", name="Replace receipts").press("Enter")
    replacing = page.get_by_role("dialog", name="Replace: receipts")
    expect(replacing.get_by_label("Why")).to_be_focused()
    keys.type("It was in a mail.")
    replacing.get_by_label("The old one is good for").select_option("not a moment more")
    replacing.get_by_role("button", name="Replace").press("Enter")
    second = once(page, "receipts")
    assert (who(lab, first), who(lab, second)) == (None, "warehouse")
    expect(service.get_by_text(second[:16])).to_be_visible()
    expect(service.get_by_role("row", name=re.compile(first[:16]))).to_contain_text("Revoked")
    assert desk.unexpected("401 (Unauthorized)") == []


def once(page: Page, name: str) -> str:
    """The key that is shown now, and never again."""
    page.get_by_role("dialog", name=f"The key for {name}").wait_for()
    key = page.locator("[data-secret]").inner_text()
    page.get_by_role("button", name="I have it").press("Enter")
    return key


def who(lab: Lab, key: str) -> str | None:
    """Whom a key lets in."""
    answer = httpx.get(f"{lab.server.url}/session", headers={"X-API-Key": key}, timeout=30)
    return str(answer.json()["login"]) if answer.is_success else None


def test_what_needs_a_recent_password_asks_for_it_and_then_goes_on(lab: Lab, desk: Desk) -> None:
    page = desk.page
    desk.sign_in("amira", "/admin?part=users&open=eva")
    let_time_pass(lab)
    page.get_by_role("button", name="Change the roles").click()
    page.get_by_role("dialog", name="Change the roles: Eva Example").get_by_label("Why").fill("she audits, too")
    page.get_by_role("dialog", name="Change the roles").get_by_label("Roles").fill("Aud")
    page.get_by_role("option", name="Auditor").click()
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="Change the roles").get_by_role("button", name="Save").click()
    asking = page.get_by_role("dialog", name="Is it you?")
    asking.locator("input[type=password]").fill("the wrong one")
    asking.get_by_role("button", name="Go on").click()
    asking.get_by_role("alert").wait_for()
    assert violations(page) == []
    asking.locator("input[type=password]").fill(PASSWORD)
    asking.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("dialog", name="Eva Example", exact=True)).to_contain_text("auditor, reviewer")
    assert desk.unexpected("401 (Unauthorized)", "403 (Forbidden)") == []


def let_time_pass(lab: Lab) -> None:
    """As if everybody had given their password an hour ago."""
    database = EmbeddedPostgres.start(lab.server.folder / "postgres")
    with psycopg.connect(database.url("interlock"), autocommit=True) as connection:
        connection.execute("UPDATE account_sessions SET confirmed_at = confirmed_at - interval '1 hour'")


def test_an_auditor_sees_what_is_not_theirs_as_not_theirs(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("mara", "/admin")
    expect(page.get_by_role("link", name="Administration")).to_have_count(0)
    expect(page.get_by_role("tab", name="Users")).to_have_count(0)
    desk.goto("/admin?part=users")
    page.get_by_text("This is not for you").wait_for()


def test_an_invited_person_signs_in_with_the_provider_and_out_of_both(lab: Lab, desk: Desk) -> None:
    page = desk.page
    page.goto(f"{lab.server.url}/console/account#{lab.invite('clara')}")
    page.get_by_role("button", name="Sign in with Example ID").click()
    page.locator("input[name=sub]").fill("clara-there")
    page.get_by_role("button", name="Authorize").click()
    page.locator("main#main").wait_for()
    page.get_by_role("button", name="Clara Clerk").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.wait_for_url(re.compile("/oauth2/end_session"))
    desk.goto("/tasks")
    page.get_by_role("button", name="Sign in with Example ID").click()
    page.locator("input[name=sub]").fill("nobody-here")
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_role("alert")).to_contain_text("Nobody here is known by this identity")
    # The mock's own pages ask for an icon that is not there, and for a style sheet from elsewhere.
    assert desk.unexpected("401 (Unauthorized)", "404 (Not Found)", "ERR_NAME_NOT_RESOLVED") == []
