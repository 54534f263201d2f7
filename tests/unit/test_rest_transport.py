"""Where calls may go, and what a status means."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import Ambiguous, Permanent, ToolError, Transient
from tools.rest.exact_json import exact_json
from tools.rest.status import refusal, retry_at
from tools.rest.transport import (
    Address,
    AddressRefused,
    Answer,
    PinnedClient,
    PinnedTransport,
    may_be_called,
    resolved,
)
from tools.secret import SecretMissing

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"]
OWN = [
    "127.0.0.1",
    "10.0.0.8",
    "192.168.1.1",
    "172.16.0.1",
    "::1",
    "fd00::1",
    "::ffff:10.0.0.8",
    "64:ff9b::a00:8",
    "2002:a00:8::",
]
NEVER = ["169.254.169.254", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "::ffff:169.254.169.254", "240.0.0.1"]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_called(address: str) -> None:
    assert may_be_called(ip_address(address), private=False)


@pytest.mark.parametrize("address", OWN)
def test_an_address_of_the_own_network_only_where_that_is_said(address: str) -> None:
    assert [may_be_called(ip_address(address), private=private) for private in (False, True)] == [False, True]


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_called(address: str) -> None:
    assert not may_be_called(ip_address(address), private=True)


@given(st.ip_addresses())
def test_without_the_permission_only_public_addresses_are_called(address: Address) -> None:
    assert not may_be_called(address, private=False) or address.is_global or address.version == 6


def client(transport: httpx.AsyncBaseTransport, *, private: bool = False) -> PinnedClient:
    return PinnedClient(
        "http://orders.test",
        private_addresses=private,
        headers=dict,
        time_limit_seconds=5,
        max_answer_bytes=1_000,
        transport=transport,
    )


async def test_a_name_with_one_forbidden_address_is_not_called() -> None:
    async def both(host: str, port: int) -> list[Address]:
        return [ip_address("93.184.216.34"), ip_address("127.0.0.1")]

    calls = client(PinnedTransport(private=False, resolve=both))
    with pytest.raises(AddressRefused, match="private_addresses"):
        await calls.call("POST", "/orders", body=b"{}", no_answer=Ambiguous)
    await calls.aclose()


async def test_localhost_is_refused_unless_it_is_said() -> None:
    calls = client(PinnedTransport(private=False))
    calls.origin = "http://localhost:9"
    with pytest.raises(AddressRefused):
        await calls.call("GET", "/", no_answer=Transient)
    await calls.aclose()


async def test_a_port_that_nobody_listens_on_is_unreachable_and_nothing_happened() -> None:
    calls = client(PinnedTransport(private=True), private=True)
    calls.origin = "http://127.0.0.1:9"
    with pytest.raises(Transient) as unreachable:
        await calls.call("POST", "/", body=b"{}", no_answer=Ambiguous)
    assert unreachable.value.reason == "unreachable"
    await calls.aclose()


async def test_the_call_goes_to_an_address_that_was_looked_at_under_the_name_that_was_asked_for() -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    async def two(host: str, port: int) -> list[Address]:
        return [ip_address("127.0.0.3"), ip_address("127.0.0.1")]

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        calls = client(PinnedTransport(private=True, resolve=two), private=True)
        calls.origin = f"http://orders.test:{port}"
        found = await calls.call("GET", "/orders", no_answer=Transient)
        await calls.aclose()
    assert (found.status, found.body) == (200, b"{}")
    assert f"Host: orders.test:{port}\r\n".encode() in heard[0]


async def test_a_name_that_does_not_exist_is_unreachable() -> None:
    with pytest.raises(httpx.ConnectError):
        await resolved("nobody.invalid", 443)


async def test_a_missing_secret_is_told_before_anything_is_sent() -> None:
    def headers() -> dict[str, str]:
        raise SecretMissing("env:TOKEN: the variable is not set")

    calls = PinnedClient(
        "http://orders.test", private_addresses=True, headers=headers, time_limit_seconds=5, max_answer_bytes=10
    )
    with pytest.raises(Transient, match="env:TOKEN") as missing:
        await calls.call("POST", "/", no_answer=Ambiguous)
    assert missing.value.reason == "secret_missing"
    await calls.aclose()


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    return Answer(status=status, headers=httpx.Headers(headers), body=body)


@pytest.mark.parametrize(
    ("status", "write", "read"),
    [
        (200, None, None),
        (204, None, None),
        (301, Ambiguous, Permanent),
        (303, Ambiguous, Permanent),
        (307, Permanent, Permanent),
        (308, Permanent, Permanent),
        (400, Permanent, Permanent),
        (401, Transient, Transient),
        (403, Permanent, Permanent),
        (404, Permanent, Permanent),
        (408, Ambiguous, Transient),
        (409, Permanent, Permanent),
        (422, Permanent, Permanent),
        (425, Transient, Transient),
        (429, Transient, Transient),
        (500, Ambiguous, Transient),
        (502, Ambiguous, Transient),
        (503, Ambiguous, Transient),
        (504, Ambiguous, Transient),
        (599, Ambiguous, Transient),
    ],
)
def test_a_status_says_whether_something_happened(
    status: int, write: type[ToolError] | None, read: type[ToolError] | None
) -> None:
    found = [refusal(answer(status), reads=reads, now=NOW) for reads in (False, True)]
    assert [type(error) if error else None for error in found] == [write, read]


def test_a_refusal_tells_the_first_words_of_the_system_and_no_control_characters() -> None:
    found = refusal(answer(422, b'{"detail": "no\\u001b[31m such\\u0000 thing"}'), reads=True, now=NOW)
    assert found is not None
    assert found.message == "HTTP 422: no[31m such thing"


@pytest.mark.parametrize(
    ("said", "instant"),
    [
        ("120", NOW + timedelta(minutes=2)),
        ("999999999", NOW + timedelta(hours=1)),
        ("Wed, 01 Jul 2026 12:00:30 GMT", NOW + timedelta(seconds=30)),
        ("Wed, 01 Jul 2020 12:00:30 GMT", NOW),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_when_to_ask_again_is_read_within_reason(said: str, instant: datetime | None) -> None:
    assert retry_at(answer(429, b"", **{"Retry-After": said}), now=NOW) == instant


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_a_decimal_is_written_as_the_number_it_is(value: object) -> None:
    assert exact_json({"n": [value]}) == f'{{"n":[{value:f}]}}'
