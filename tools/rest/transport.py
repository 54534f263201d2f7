"""HTTP to one configured origin, and nowhere else: no redirects, no proxies, no address that was not meant.

A name may resolve to another address at each call, so the address is looked at and then used: what was checked is
what is connected to. Answers are read up to a limit, and as they are: a compressed one is refused.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Annotated, ClassVar

import httpx
from pydantic import AfterValidator

from tools.errors import Permanent, ToolError, Transient
from tools.secret import SecretMissing

CONNECT_SECONDS = 5.0
MAX_CONNECTIONS = 20
NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
NAT64 = IPv6Network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


class AddressRefused(Permanent):
    """The system's name stands for an address that may not be called."""

    code: ClassVar[str] = "address_refused"


def _origin(text: str) -> str:
    """An address without user, query and fragment. Raises `ValueError`."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError) as error:
        raise ValueError(f"no address: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("must begin with https:// (or http://) and name a host")
    if url.userinfo or url.query or url.fragment:
        raise ValueError("must have no user, query or fragment: credentials stand under `auth`, as references")
    return text.rstrip("/")


Origin = Annotated[str, AfterValidator(_origin)]
"""`https://host[:port][/path]`: every call goes below it."""


def may_be_called(address: Address, *, private: bool) -> bool:
    """Whether a call may go there: to the public Internet, and with `private` also to one's own network.

    Never to link-local addresses (where clouds keep their credentials), multicast or no address at all. An IPv4
    address within an IPv6 one counts as what it is.
    """
    inner = _embedded(address)
    if inner is not None:
        return may_be_called(inner, private=private)
    if address.is_loopback:  # `::1` is within a reserved block
        return private
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return False
    return private or address.is_global


def _embedded(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


async def resolved(host: str, port: int) -> list[Address]:
    """The addresses of `host`. Raises `httpx.ConnectError`."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise httpx.ConnectError(f"{host} has no address ({error})") from error
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


class PinnedTransport(httpx.AsyncBaseTransport):
    """Connects to an address that was looked at, under the name that was asked for."""

    def __init__(self, *, private: bool, resolve: Callable[..., object] = resolved) -> None:
        limits = httpx.Limits(max_connections=MAX_CONNECTIONS)
        self._inner = httpx.AsyncHTTPTransport(trust_env=False, limits=limits)
        self._private = private
        self._resolve = resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses: list[Address] = await self._resolve(url.host, port)  # type: ignore[misc]  # `resolved`, or a test's own
        # One address that may not be called refuses the name: whoever controls it could choose at each call.
        if not addresses or not all(may_be_called(address, private=self._private) for address in addresses):
            raise AddressRefused(
                f"{url.host} stands for an address that may not be called; set `private_addresses: true` if it is "
                "a system of your own network"
            )
        request.extensions = {**request.extensions, "sni_hostname": url.host}
        return await self._connected(request, url, addresses)

    async def _connected(self, request: httpx.Request, url: httpx.URL, addresses: list[Address]) -> httpx.Response:
        """The answer from the first address that lets us connect; where none does, nothing was sent."""
        for address in addresses[:-1]:
            request.url = url.copy_with(host=str(address))
            try:
                return await self._inner.handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        request.url = url.copy_with(host=str(addresses[-1]))
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the system answered, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class PinnedClient:
    """Calls one origin."""

    def __init__(
        self,
        origin: str,
        *,
        private_addresses: bool,
        headers: Callable[[], Mapping[str, str]],
        time_limit_seconds: float,
        max_answer_bytes: int,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`headers` is asked at each call for what shows who calls: a secret may change. Connects lazily."""
        self.origin = origin
        self._headers = headers
        self._time_limit_seconds = time_limit_seconds
        self._max_answer_bytes = max_answer_bytes
        self._http = httpx.AsyncClient(
            transport=transport or PinnedTransport(private=private_addresses),
            timeout=httpx.Timeout(time_limit_seconds, connect=min(CONNECT_SECONDS, time_limit_seconds)),
            follow_redirects=False,
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def call(
        self,
        method: str,
        path: str,
        *,
        no_answer: type[ToolError],
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to a call below the origin.

        Raises `Transient` where nothing was sent, `AddressRefused`, and `no_answer` where something may have happened.
        """
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {}), **self._identity()}
        if body is not None:
            sent["Content-Type"] = "application/json"
        try:
            async with asyncio.timeout(self._time_limit_seconds):
                request = self._http.build_request(
                    method, f"{self.origin}{path}", params=query, content=body, headers=sent
                )
                return await self._answer(request, no_answer)
        except NOTHING_SENT as error:
            raise self._unreachable(error) from error
        except (httpx.TransportError, TimeoutError) as error:
            raise no_answer(f"{method} {path}: {type(error).__name__} after sending", code="no_answer") from error

    def _identity(self) -> Mapping[str, str]:
        try:
            return self._headers()
        except SecretMissing as error:
            raise Transient(str(error), code="secret_missing") from error

    async def _answer(self, request: httpx.Request, no_answer: type[ToolError]) -> Answer:
        response = await self._http.send(request, stream=True)
        try:
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise no_answer("the answer is compressed, though that was not asked for", code="answer_unreadable")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > self._max_answer_bytes:
                    message = f"the answer has more than {self._max_answer_bytes} bytes"
                    raise no_answer(message, code="answer_too_large")
            return Answer(status=response.status_code, headers=response.headers, body=bytes(body))
        finally:
            await response.aclose()

    def _unreachable(self, error: httpx.HTTPError) -> Transient:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, ssl.SSLError):
            cause = cause.__cause__ or cause.__context__
        if cause is not None:
            return Transient(f"{self.origin}: no secure connection: {cause}", code="tls_refused")
        return Transient(f"{self.origin} cannot be reached: {error}", code="unreachable")
