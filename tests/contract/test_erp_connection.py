"""What a lost or slow connection means: a read may be repeated, a write that was sent must be asked about."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Literal
from urllib.parse import urlsplit

import psycopg
import pytest

from graphs.store.embedded import EmbeddedPostgres
from tests.support.erp import Served
from tools.erp.port import DraftInvoice, DraftLine, Erp
from tools.erp.sandbox_server import RunningTryton
from tools.erp.tryton import TrytonErp
from tools.erp.tryton_rpc import TrytonSession
from tools.errors import Ambiguous, Permanent, Transient

WRITE_MARKS = {"tryton": b"account.invoice.create", "remote": b"POST /draft_invoice"}
READ_MARKS = {"tryton": b"purchase.purchase.search_read", "remote": b"POST /read_order"}
SHORT_SECONDS = 4.0


class FaultyLine:
    """A way to a target that delivers the request bearing `mark` and swallows or cuts off its answer."""

    def __init__(self, url: str, *, mark: bytes, fault: Literal["mute", "cut"]) -> None:
        self._target = urlsplit(url)
        self._mark = mark
        self._fault = fault
        self._spoiled = False
        self._relays: set[asyncio.Task[None]] = set()

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its opening to its end."""
        relay = asyncio.current_task()
        assert relay is not None
        self._relays.add(relay)
        far_reader, far_writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        answers = asyncio.create_task(self._answer(far_reader, writer))
        try:
            while data := await reader.read(65536):
                self._spoiled = self._spoiled or self._mark in data
                far_writer.write(data)
        finally:
            far_writer.close()
            answers.cancel()
            writer.close()

    async def _answer(self, far_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await far_reader.read(65536):
            if not self._spoiled:
                writer.write(data)
            elif self._fault == "cut":
                break
        writer.close()

    async def end(self) -> None:
        """Close what is still open."""
        for relay in self._relays:
            relay.cancel()
        await asyncio.wait(self._relays)


@asynccontextmanager
async def faulty_line(url: str, *, mark: bytes, fault: Literal["mute", "cut"]) -> AsyncIterator[str]:
    """The address of a faulty line to `url`."""
    line = FaultyLine(url, mark=mark, fault=fault)
    server = await asyncio.start_server(line.relay, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await line.end()


async def some_draft(erp: Erp) -> DraftInvoice:
    """A draft without a purchase order."""
    supplier = await erp.find_supplier(vat_id="DE284519377")
    assert supplier is not None
    line = DraftLine(description="Tea", quantity=Decimal(1), unit_price=Decimal("4.20"), tax_rate=Decimal("0.19"))
    return DraftInvoice(
        supplier_id=supplier.supplier_id,
        reference=f"INV-{uuid.uuid4().hex[:12]}",
        invoice_date=date(2026, 7, 1),
        currency="EUR",
        lines=(line,),
    )


@pytest.mark.parametrize(("fault", "call_timeout_seconds"), [("cut", 20.0), ("mute", SHORT_SECONDS)])
async def test_a_write_without_an_answer_is_ambiguous_and_found_by_asking(
    served: Served, fault: Literal["mute", "cut"], call_timeout_seconds: float
) -> None:
    direct, key = served.client(), f"draft-{uuid.uuid4().hex}"
    draft = await some_draft(direct)
    async with faulty_line(served.url, mark=WRITE_MARKS[served.kind], fault=fault) as url:
        spoiled = served.client(url, call_timeout_seconds=call_timeout_seconds)
        with pytest.raises(Ambiguous) as unknown:
            await spoiled.draft_invoice(draft, key=key)
        await spoiled.aclose()
    found = await direct.find_invoice_by_key(key)
    await direct.aclose()
    assert unknown.value.reason == "no_answer"
    assert found is not None
    assert found.reference == draft.reference


@pytest.mark.parametrize(("fault", "call_timeout_seconds"), [("cut", 20.0), ("mute", SHORT_SECONDS)])
async def test_a_read_without_an_answer_may_be_repeated(
    served: Served, fault: Literal["mute", "cut"], call_timeout_seconds: float
) -> None:
    async with faulty_line(served.url, mark=READ_MARKS[served.kind], fault=fault) as url:
        spoiled = served.client(url, call_timeout_seconds=call_timeout_seconds)
        with pytest.raises(Transient) as lost:
            await spoiled.read_order("PO-2026-0001")
        await spoiled.aclose()
    assert lost.value.reason == "no_answer"


async def test_an_erp_that_is_not_there_is_transient_for_writes_too(served: Served) -> None:
    direct = served.client()
    draft = await some_draft(direct)
    await direct.aclose()
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    nobody = served.client(f"http://127.0.0.1:{port}")
    with pytest.raises(Transient) as unreachable:
        await nobody.draft_invoice(draft, key="never-sent")
    await nobody.aclose()
    assert unreachable.value.reason == "unreachable"


@pytest.mark.tryton
async def test_an_expired_session_is_renewed_without_anybody_noticing(
    tryton: RunningTryton, sandbox_server: EmbeddedPostgres
) -> None:
    erp = Served(kind="tryton", url=tryton.url, tryton=tryton).client()
    before = await erp.read_order("PO-2026-0001")
    with psycopg.connect(sandbox_server.url(tryton.database)) as connection:
        connection.execute("DELETE FROM ir_session")
    after = await erp.read_order("PO-2026-0001")
    await erp.aclose()
    assert after == before


@pytest.mark.tryton
async def test_a_wrong_password_is_refused_by_name(tryton: RunningTryton) -> None:
    session = TrytonSession(tryton.url, database=tryton.database, user=tryton.user, password="not it")
    erp = TrytonErp(session)
    with pytest.raises(Permanent) as refusal:
        await erp.read_order("PO-2026-0001")
    await erp.aclose()
    assert refusal.value.reason == "login_refused"
    assert "not it" not in str(refusal.value)


@pytest.mark.tryton
async def test_a_dangling_reference_is_refused_and_the_error_is_short(tryton: RunningTryton) -> None:
    session = TrytonSession(tryton.url, database=tryton.database, user=tryton.user, password=tryton.password)
    values = {"type": "in", "party": 999999, "company": 1, "currency": 1, "invoice_address": 999999, "account": 1}
    with pytest.raises(Permanent) as refusal:
        await session.write("model.account.invoice.create", [values])
    await session.aclose()
    assert refusal.value.reason == "refused_by_erp"
    assert len(str(refusal.value)) < 600


@pytest.mark.tryton
async def test_the_service_user_may_not_touch_bank_accounts_or_prices(tryton: RunningTryton) -> None:
    session = TrytonSession(tryton.url, database=tryton.database, user=tryton.user, password=tryton.password)
    with pytest.raises(Permanent):
        await session.write("model.bank.account.number.write", [1], {"number": "DE89370400440532013000"})
    with pytest.raises(Permanent):
        await session.write(
            "model.bank.account.create", [{"numbers": [["create", [{"type": "other", "number": "1"}]]]}]
        )
    with pytest.raises(Permanent):
        await session.write("model.product.template.write", [1], {"list_price": Decimal(1)})
    await session.aclose()
