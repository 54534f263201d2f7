"""What bots make of a portal that is slow, strange, shut, forgetful or gone, and of a browser that dies under them."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.async_api import Error

from tests.browser.conftest import PASSWORD, TODAY, Desk
from tests.support.patience import eventually
from tools.browser.browser import marked
from tools.browser.errors import (
    DownloadTooLarge,
    Evidenced,
    LayoutUnknown,
    LoginRefused,
    OutcomeUnseen,
    PageAway,
)
from tools.browser.evidence import redacted
from tools.browser.portal import ConfirmOrder
from tools.connector import Standing
from tools.errors import ToolError

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

KEY = "interlock-0123456789abcdef0123456789abcdef"
ASKED = ConfirmOrder(
    order_number="PO-2026-0001", deliver_on=TODAY + timedelta(days=20), net_total=Decimal("4135.00"), currency="EUR"
)
PATIENT = 10.0


def where(error: ToolError) -> tuple[str, set[str]]:
    """The step that a failure names, and the kinds of evidence that were kept of it."""
    assert isinstance(error, Evidenced)
    assert error.traces is not None
    assert all(sha256 in error.message for sha256 in error.traces.evidence.values())
    return error.traces.step, set(error.traces.evidence)


@pytest.mark.parametrize("layout", [pytest.param("compact", marks=pytest.mark.chaos), "german"])
async def test_another_layout_is_worked_by_its_own_words(desk: Desk, layout: str) -> None:
    desk.conditions.layout = layout  # type: ignore[assignment]
    portal, twin = desk.connector.portal, desk.portal.books
    assert await portal.read_order("PO-2026-0001") == twin.orders["PO-2026-0001"]
    made = await portal.confirm_order(ASKED, key=KEY)
    assert twin.confirmations == [made]
    assert await portal.find_confirmation(KEY) == made
    listed = await portal.list_invoices(TODAY - timedelta(days=3))
    assert list(listed) == twin.issued_since(TODAY - timedelta(days=3))
    assert await portal.download_invoice(listed[0].number) == twin.invoices[listed[0].number].file


async def test_a_layout_that_nobody_taught_the_bot_is_named_and_nothing_is_clicked(desk: Desk) -> None:
    desk.conditions.layout = "strange"
    with pytest.raises(LayoutUnknown) as failed:
        await desk.connector.portal.confirm_order(ASKED, key=KEY)
    assert where(failed.value) == ("search", {"page", "screenshot", "trace"})
    assert "confirm order, step 'search': no link for orders" in failed.value.message
    assert desk.portal.books.confirmations == []
    assert not any(request.startswith("POST /orders") for request in desk.portal.requests)


async def test_evidence_holds_the_page_and_no_secret(desk: Desk) -> None:
    desk.conditions.layout = "strange"
    with pytest.raises(LayoutUnknown):
        await desk.connector.portal.list_orders("")
    kept = {name.rpartition(".")[2]: content for name, content in desk.originals.kept.values()}
    members = {
        name: archive.read(name)
        for archive in [zipfile.ZipFile(io.BytesIO(kept["zip"]))]
        for name in archive.namelist()
    }
    everything = b"".join([kept["txt"], *members.values()])
    assert b"Things" in kept["txt"]
    assert b"/orders" in everything
    assert kept["png"].startswith(b"\x89PNG")
    sessions = [name.encode() for name in desk.portal.sessions]
    assert len(sessions) == 1
    assert [secret for secret in [PASSWORD.encode(), *sessions] if secret in everything] == []
    assert redacted(everything, [PASSWORD]) == everything


async def test_a_failure_is_told_also_where_its_evidence_cannot_be_kept(desk: Desk) -> None:
    desk.conditions.layout, desk.originals.full = "strange", True
    try:
        with pytest.raises(LayoutUnknown) as failed:
            await desk.connector.portal.list_orders("")
    finally:
        desk.originals.full = False
    assert failed.value.traces.evidence == {}


async def test_a_wrong_password_is_said_once_and_kept_nowhere(desk: Desk) -> None:
    desk.portal.password = "another"
    try:
        with pytest.raises(LoginRefused) as failed:
            await desk.connector.portal.list_orders("")
    finally:
        desk.portal.password = PASSWORD
    assert where(failed.value) == ("sign in", {"page", "screenshot"})
    assert "User name or password is wrong" in failed.value.message
    assert desk.portal.requests.count("POST /sign-in") == 1
    assert PASSWORD not in failed.value.message
    assert all(PASSWORD.encode() not in content for _, content in desk.originals.kept.values())


async def test_a_session_that_ends_on_the_way_is_signed_in_again(desk: Desk) -> None:
    desk.conditions.session_requests = 3
    reading = asyncio.create_task(desk.connector.portal.read_delivery("PO-2026-0001"))
    await eventually(lambda: desk.portal.requests.count("GET /sign-in") == 2, within_seconds=PATIENT * 2)
    desk.conditions.session_requests = None
    assert await reading is not None
    assert desk.portal.requests.count("POST /sign-in") >= 2


@pytest.mark.chaos
async def test_a_session_that_ends_again_and_again_is_a_page_that_is_away(desk: Desk) -> None:
    desk.conditions.session_requests = 1
    with pytest.raises(PageAway) as failed:
        await desk.connector.portal.list_orders("")
    assert failed.value.reason == "session_expired"


async def test_a_session_that_ends_with_the_click_leaves_an_unknown_outcome(desk: Desk) -> None:
    desk.conditions.expires_at_confirmation = True
    with pytest.raises(OutcomeUnseen) as failed:
        await desk.connector.portal.confirm_order(ASKED, key=KEY)
    assert failed.value.traces is not None
    assert failed.value.traces.step == "confirm"
    assert desk.portal.requests.count("POST /orders/PO-2026-0001/confirm") == 1
    assert await desk.connector.portal.find_confirmation(KEY) is None


async def test_an_answer_that_does_not_come_is_looked_for_and_never_clicked_again(desk: Desk) -> None:
    hasty = await desk.opened(patience_seconds=2.0)
    desk.conditions.hold_after = 4.0
    with pytest.raises(OutcomeUnseen) as failed:
        await hasty.portal.confirm_order(ASKED, key=KEY)
    assert where(failed.value) == ("confirm", {"page", "screenshot", "trace"})
    found = await desk.connector.portal.find_confirmation(KEY)
    assert found is not None
    assert desk.portal.books.confirmations == [found]
    assert desk.portal.requests.count("POST /orders/PO-2026-0001/confirm") == 1


@pytest.mark.chaos
async def test_a_slow_portal_is_waited_for_within_patience(desk: Desk) -> None:
    desk.conditions.slow_seconds = 0.4
    assert await desk.connector.portal.list_orders("0016") != ()
    desk.conditions.slow_seconds = 3.0
    hasty = await desk.opened(patience_seconds=0.5)
    with pytest.raises(PageAway) as failed:
        await hasty.portal.list_orders("")
    assert failed.value.reason == "page_late"


async def test_maintenance_is_waited_out_and_the_check_says_so(desk: Desk) -> None:
    desk.conditions.maintenance = True
    with pytest.raises(PageAway) as failed:
        await desk.connector.portal.list_orders("")
    assert failed.value.reason == "maintenance"
    health = await desk.connector.check()
    assert health.standing is Standing.DOWN
    assert "503" in health.problem
    assert "portal is up" in health.remedy
    desk.conditions.maintenance = False
    assert (await desk.connector.check()).standing is Standing.OK


async def test_a_file_over_the_limit_is_not_kept(desk: Desk) -> None:
    small = await desk.opened(download_limit=1000)
    with pytest.raises(DownloadTooLarge):
        await small.portal.download_invoice("NB-2026-2222")
    assert not any(name.endswith(".pdf") for name, _ in desk.originals.kept.values())


async def test_a_browser_that_is_killed_is_replaced_by_the_next_run(desk: Desk) -> None:
    desk.conditions.slow_seconds = 1.5
    browser = desk.connector.portal.bots.browser
    await desk.connector.check()
    starts = browser.starts
    desk.portal.requests.clear()
    reading = asyncio.create_task(desk.connector.portal.list_orders(""))
    await eventually(lambda: "GET /orders" in desk.portal.requests, within_seconds=PATIENT * 2)
    for pid in marked(browser.marker):
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(PageAway):
        await reading
    desk.conditions.slow_seconds = 0.0
    assert len(await desk.connector.portal.list_orders("")) == 4
    assert browser.starts == starts + 1


@pytest.mark.chaos
async def test_a_browser_that_dies_with_the_click_leaves_an_unknown_outcome(desk: Desk) -> None:
    desk.conditions.hold_after = 2.0
    browser = desk.connector.portal.bots.browser
    confirming = asyncio.create_task(desk.connector.portal.confirm_order(ASKED, key=KEY))
    await eventually(lambda: desk.portal.books.confirmations, within_seconds=PATIENT * 3)
    for pid in marked(browser.marker):
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(OutcomeUnseen):
        await confirming
    assert await desk.connector.portal.find_confirmation(KEY) == desk.portal.books.confirmations[0]


@pytest.mark.chaos
async def test_a_browser_that_hangs_is_ended_and_replaced(desk: Desk) -> None:
    hasty = await desk.opened(patience_seconds=2.0, call_seconds=6.0)
    desk.conditions.slow_seconds = 0.5
    browser = hasty.portal.bots.browser
    await desk.connector.check()
    hung = marked(browser.marker)
    desk.portal.requests.clear()
    reading = asyncio.create_task(hasty.portal.list_orders(""))
    await eventually(lambda: desk.portal.requests, within_seconds=PATIENT * 2)
    for pid in hung:
        os.kill(pid, signal.SIGSTOP)
    with pytest.raises(PageAway):
        await reading
    desk.conditions.slow_seconds = 0.0
    assert len(await desk.connector.portal.list_orders("")) == 4
    assert not set(hung) & set(marked(browser.marker))


@pytest.mark.chaos
async def test_runs_at_once_do_not_know_of_each_other(desk: Desk) -> None:
    first, second = await asyncio.gather(*(desk.connector.portal.list_orders(text) for text in ("0001", "0002")))
    assert [order.number for order in (*first, *second)] == ["PO-2026-0001", "PO-2026-0002"]
    assert len(desk.portal.sessions) == 2


@asynccontextmanager
async def stranger(answer: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Another site on loopback, and what was asked of it."""
    asked: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()


async def test_nothing_but_the_portal_is_reached_by_page_or_by_redirect(desk: Desk) -> None:
    async with stranger(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as (elsewhere, asked):
        page = f'<html lang="en"><img src="{elsewhere}/pixel.png"><p role="status">here</p></html>'.encode()
        shown = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(page) + page
        away = f"HTTP/1.1 302 Found\r\nLocation: {elsewhere}/away\r\nContent-Length: 0\r\n\r\n".encode()
        browser = desk.connector.portal.bots.browser
        async with stranger(shown) as (inside, seen), browser.context(inside) as context:
            tab = await context.new_page()
            await tab.goto(inside)
            assert await tab.get_by_role("status").inner_text() == "here"
            with pytest.raises(Error, match="ERR_"):
                await tab.goto(elsewhere)
        async with stranger(away) as (leading, led), browser.context(leading) as context:
            tab = await context.new_page()
            with pytest.raises(Error, match="ERR_"):
                await tab.goto(leading)
        assert (len(seen) > 0, len(led) > 0, asked) == (True, True, [])
