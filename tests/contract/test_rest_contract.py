"""Operations of an OpenAPI document as tools, held against a service with a document of its own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from policies.action import EffectKind
from tests.support.job_process import never
from tools.connector import ConnectorContext, Standing
from tools.errors import Ambiguous, Permanent, Transient
from tools.port import OutcomeLookup, Tool
from tools.resilience import call_once
from tools.rest.connector import RestConnector, RestSettings
from tools.rest.transport import PinnedClient
from tools.testing.rest_service import Behaviour, Books, rest_app

TOKEN = "the token of the orders"
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
OPERATIONS: dict[str, Any] = {
    "placeOrder": {"tool": "orders.place", "effect": "write", "idempotency_header": "Idempotency-Key"},
    "readOrder": {"tool": "orders.read"},
    "enterInvoice": {
        "effect": "write",
        "key_field": "reference",
        "lookup": {"operation": "findInvoices", "parameter": "reference", "items": "items", "field": "reference"},
    },
    "writeNote": {"effect": "irreversible"},
}
ORDER = {"customer": "Nordlicht", "lines": [{"sku": "AB-123", "quantity": 2, "unit_price": "0.10"}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The service, and the connector that was made from its document."""

    books: Books
    connector: RestConnector
    tools: dict[str, Tool]

    async def call(self, tool: str, *, key: str = "key-1", **arguments: Any) -> dict[str, Any]:
        """As the engine calls it."""
        return await call_once(self.tools[tool], arguments, key=key)

    async def find(self, tool: str, *, key: str) -> dict[str, Any] | None:
        found = self.tools[tool]
        return await found.find_by_key(found.arguments.model_construct(), key=key)


def context(folder: Path, *, token: str = TOKEN) -> ConnectorContext:
    return ConnectorContext(
        tenant="acme", folder=folder, load=never, store=never, clock=lambda: NOW, secret=lambda _: SecretStr(token)
    )


@cache
def document() -> str:
    """What the service says of itself."""
    return json.dumps(rest_app(Books(), token=TOKEN).openapi())


def settings(folder: Path, **changes: Any) -> RestSettings:
    """Settings on the document that the service gives out itself."""
    (folder / "orders.json").write_text(document())
    given: dict[str, Any] = {
        "document": "orders.json",
        "origin": "https://orders.test",
        "auth": {"scheme": "bearer", "token": "env:ORDERS_TOKEN"},
        "check_operation": "getHealth",
        "time_limit_seconds": 5,
        "max_answer_bytes": 100_000,
        "operations": OPERATIONS,
    }
    return RestSettings.model_validate({**given, **changes}, context={"folder": folder})


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> RestSettings:
    """The settings, held against the document once."""
    return settings(tmp_path_factory.mktemp("orders"))


def opened(checked: RestSettings, books: Books, *, token: str = TOKEN, seconds: float = 5.0) -> RestConnector:
    client = PinnedClient(
        checked.origin,
        private_addresses=False,
        headers=lambda: {"Authorization": f"Bearer {token}"},
        time_limit_seconds=seconds,
        max_answer_bytes=checked.max_answer_bytes,
        transport=httpx.ASGITransport(rest_app(books, token=TOKEN), raise_app_exceptions=False),
    )
    return RestConnector("orders", checked, context(Path()), client=client)


@pytest.fixture
async def orders(checked: RestSettings) -> AsyncIterator[Orders]:
    books = Books()
    connector = opened(checked, books)
    yield Orders(books=books, connector=connector, tools={tool.name: tool for tool in connector.tools()})
    await connector.client.aclose()


def test_operations_become_tools_of_the_kinds_that_were_said(checked: RestSettings) -> None:
    found = {tool.name: (tool.effect_kind, tool.outcome_lookup) for tool in opened(checked, Books()).tools()}
    assert found == {
        "orders.place": (EffectKind.WRITE, OutcomeLookup.DEDUPES),
        "orders.read": (EffectKind.READ, OutcomeLookup.NEITHER),
        "orders.enterInvoice": (EffectKind.WRITE, OutcomeLookup.ASKABLE),
        "orders.writeNote": (EffectKind.IRREVERSIBLE, OutcomeLookup.NEITHER),
    }


async def test_a_write_and_a_read_of_what_it_wrote(orders: Orders) -> None:
    placed = await orders.call("orders.place", body=ORDER)
    assert placed["status"] == 200
    number = placed["answer"]["number"]
    read = await orders.call("orders.read", number=number, verbose=True)
    assert read["answer"]["lines"][0]["unit_price"] == "0.1"


async def test_a_decimal_is_sent_as_the_number_it_is(orders: Orders) -> None:
    lines = [{"sku": "AB-123", "quantity": 1, "unit_price": "1234567890123.45"}]
    await orders.call("orders.place", body={**ORDER, "lines": lines})
    assert b'"unit_price":1234567890123.45' in orders.books.bodies[-1]


async def test_the_same_key_is_the_same_order(orders: Orders) -> None:
    first = await orders.call("orders.place", body=ORDER)
    assert await orders.call("orders.place", body=ORDER) == first
    assert len(orders.books.orders) == 1


async def test_the_key_is_written_where_it_can_be_found(orders: Orders) -> None:
    made = await orders.call("orders.enterInvoice", key="key-7", body={"amount": "12.50"})
    assert made["answer"]["reference"] == "key-7"
    assert await orders.find("orders.enterInvoice", key="key-7") == made
    assert await orders.find("orders.enterInvoice", key="key") is None


async def test_what_can_neither_be_deduped_nor_found_is_not_found(orders: Orders) -> None:
    await orders.call("orders.writeNote", body={"text": "once"})
    assert await orders.find("orders.writeNote", key="key-1") is None


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {**ORDER, "customer": ""},
        {**ORDER, "lines": []},
        {**ORDER, "surprise": 1},
        {**ORDER, "express": "yes"},
        {**ORDER, "lines": [{"sku": "x", "quantity": 1, "unit_price": "1"}]},
        {**ORDER, "lines": [{"sku": "AB-123", "quantity": 0, "unit_price": "1"}]},
        {**ORDER, "lines": [{"sku": "AB-123", "quantity": "1", "unit_price": "1"}]},
        {**ORDER, "lines": [{"sku": "AB-123", "quantity": 1, "unit_price": "NaN"}]},
    ],
)
async def test_arguments_that_do_not_fit_the_document_are_never_sent(orders: Orders, body: Any) -> None:
    with pytest.raises(Permanent) as refused:
        await orders.call("orders.place", **({"body": body} if body is not None else {}))
    assert refused.value.reason == "invalid_arguments"
    assert orders.books.bodies == []


@pytest.mark.parametrize("number", ["../invoices", "a/b", "%2e%2e", "O-1?x=1", "O-1#x"])
async def test_a_path_argument_stays_one_segment(orders: Orders, number: str) -> None:
    with pytest.raises(Permanent, match="404"):
        await orders.call("orders.read", number=number)
    assert all(target.startswith("/orders/") for target in orders.books.targets)


@pytest.mark.parametrize("number", ["..", ".", ""])
async def test_a_path_argument_that_would_change_the_path_is_never_sent(orders: Orders, number: str) -> None:
    with pytest.raises(Permanent):
        await orders.call("orders.read", number=number)
    assert orders.books.targets == []


@pytest.mark.parametrize(
    ("behaviour", "write", "read", "code"),
    [
        (Behaviour.HUGE, Ambiguous, Transient, "answer_too_large"),
        (Behaviour.NO_JSON, Ambiguous, Permanent, "answer_invalid"),
        (Behaviour.OTHER_SHAPE, Ambiguous, Permanent, "answer_invalid"),
        (Behaviour.COMPRESSED, Ambiguous, Transient, "answer_unreadable"),
        (Behaviour.FAILS_AFTERWARDS, Ambiguous, Transient, "server_error"),
        (Behaviour.BUSY, Transient, Transient, "too_many_requests"),
        (Behaviour.MOVED, Permanent, Permanent, "redirected"),
        (Behaviour.SEE_OTHER, Ambiguous, Permanent, "redirected"),
    ],
)
async def test_what_goes_wrong_is_told_by_what_may_be_done_about_it(
    orders: Orders, behaviour: Behaviour, write: type[Exception], read: type[Exception], code: str
) -> None:
    await orders.call("orders.place", body=ORDER)
    orders.books.behaviour = behaviour
    with pytest.raises(write) as written:
        await orders.call("orders.place", key="key-2", body=ORDER)
    with pytest.raises(read) as asked:
        await orders.call("orders.read", number="O-1")
    assert written.value.reason == asked.value.reason == code  # type: ignore[attr-defined]  # a ToolError


async def test_a_key_that_is_being_worked_on_is_unclear_and_a_conflict_without_a_key_is_a_no(orders: Orders) -> None:
    orders.books.behaviour = Behaviour.UNDER_WAY
    with pytest.raises(Ambiguous) as under_way:
        await orders.call("orders.place", body=ORDER)
    assert under_way.value.reason == "in_progress"
    with pytest.raises(Permanent, match="409"):
        await orders.call("orders.writeNote", body={"text": "once"})


def test_a_search_by_post_may_be_said_to_read(tmp_path: Path) -> None:
    searching = settings(tmp_path, operations={"writeNote": {"effect": "read"}})
    [tool] = RestConnector("orders", searching, context(tmp_path)).tools()
    assert tool.effect_kind is EffectKind.READ


async def test_a_busy_system_says_when_to_ask_again(orders: Orders) -> None:
    orders.books.behaviour = Behaviour.BUSY
    with pytest.raises(Transient) as busy:
        await orders.call("orders.place", body=ORDER)
    assert busy.value.ask_at == NOW + timedelta(minutes=2)


async def test_a_write_without_an_answer_in_time_is_unclear(checked: RestSettings) -> None:
    books = Books(behaviour=Behaviour.SLOW)
    connector = opened(checked, books, seconds=0.2)
    place = next(tool for tool in connector.tools() if tool.name == "orders.place")
    with pytest.raises(Ambiguous) as unclear:
        await call_once(place, {"body": ORDER}, key="key-1")
    assert (unclear.value.reason, len(books.orders)) == ("no_answer", 1)
    await connector.client.aclose()


async def test_a_system_that_lets_us_in_is_well(orders: Orders) -> None:
    assert (await orders.connector.check()).standing is Standing.OK


async def test_wrong_credentials_are_said_in_plain_words_without_them(checked: RestSettings) -> None:
    connector = opened(checked, Books(), token="another token")
    health = await connector.check()
    assert (health.standing, health.problem) == (Standing.DOWN, "HTTP 401: send the token")
    assert "credentials" in health.remedy
    await connector.client.aclose()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"operations": {"placeOrdre": {}}}, "no operation has the id 'placeOrdre'"),
        ({"operations": {"placeOrder": {}}}, "operations.placeOrder: POST may change things"),
        ({"operations": {"readOrder": {"effect": "write"}}}, "operations.readOrder: GET only reads"),
        ({"operations": {"placeOrder": {"effect": "read", "idempotency_header": "K"}}}, "needs no key"),
        ({"operations": {"placeOrder": {"effect": "write", "key_field": "note"}}}, "key_field and lookup belong"),
        (
            {"operations": {**OPERATIONS, "enterInvoice": {**OPERATIONS["enterInvoice"], "key_field": "x"}}},
            "no field 'x'",
        ),
        (
            {
                "operations": {
                    "enterInvoice": {
                        **OPERATIONS["enterInvoice"],
                        "lookup": {**OPERATIONS["enterInvoice"]["lookup"], "operation": "writeNote"},
                    }
                }
            },
            "must only read",
        ),
        ({"check_operation": "readOrder"}, "must only read, and need no arguments"),
        ({"origin": "http://orders.test"}, "must be https://"),
        ({"origin": "https://user:password@orders.test"}, "no user"),
        ({"document": "absent.json"}, "cannot be read"),
    ],
)
def test_settings_that_do_not_fit_the_document_are_refused_at_the_start(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        settings(tmp_path, **changes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "no OpenAPI 3.0 or 3.1 document"),
        ('{"openapi": "2.0"}', "no OpenAPI 3.0 or 3.1 document"),
        ('{"openapi": "3.1.0", "paths": {}}', "breaks the OpenAPI specification"),
        ('{"openapi": "3.1.0", "a": 1, "a": 2}', "neither JSON nor YAML"),
        ("openapi: 3.1.0\nx: &a [*a]", "neither JSON nor YAML"),
        ('{"openapi": "3.1.0", "x": {"$ref": "https://evil.test/schema"}}', "only references into the document"),
        ('{"openapi": "3.1.0", "x": {"$ref": "/etc/passwd"}}', "only references into the document"),
    ],
)
def test_a_document_that_is_none_or_leads_outside_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(ValueError, match=said):
        settings(tmp_path, document="other.json")
