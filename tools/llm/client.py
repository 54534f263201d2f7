"""The wire to an OpenAI-compatible endpoint: bounded in time and size, without retries. Imports `openai`, alone.

Importing it takes seconds, so it is imported when a model is first asked: see `tools.llm.connecting`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

import httpx2
import openai
from pydantic import SecretStr

from tools.llm.endpoint import Endpoint
from tools.llm.fault import Broken, Busy, Fault, Garbled, Late, Lost, Oversized, Refused, Rejected, Shut, TooLong
from tools.secret import SecretMissing, SecretRef

MOST_BYTES = 1024 * 1024
"""Of one answer, headers not counted. An answer of 32,000 tokens with its probabilities is about half of it."""
NO_KEY = "none"
"""Sent where no key is configured: the protocol wants one, and servers without keys do not look at it."""
OVERSIZED = frozenset({"context_length_exceeded", "string_above_max_length"})
FILTERED = frozenset({"content_filter", "content_policy_violation"})
NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


HEADERS = frozenset(
    {"host", "connection", "authorization", "accept", "content-type", "content-length", "transfer-encoding"}
    | {"user-agent", "accept-encoding", "x-stainless-raw-response"}
)
"""All that is sent: neither what the environment says about another provider's account, nor about this machine."""


class BodyTooLong(openai.OpenAIError):
    """More bytes came than were allowed. `openai` hands its own kind of error on as it is."""


class BodyEncoded(openai.OpenAIError):
    """The body is compressed although that was not asked for: a small one could become a huge one."""


class BoundedStream(httpx2.AsyncByteStream):
    """A body that ends with an error once it is longer than `most` bytes."""

    def __init__(self, inner: httpx2.AsyncByteStream, *, most: int) -> None:
        """`inner` is the real one."""
        self._inner = inner
        self._left = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._left -= len(chunk)
            if self._left < 0:
                raise BodyTooLong
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


class BoundedHttp(openai.DefaultAsyncHttpxClient):
    """Follows no redirect, and reads no body, of an error neither, beyond `MOST_BYTES`."""

    async def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        options["follow_redirects"] = False
        for name in set(request.headers) - HEADERS:
            del request.headers[name]
        response = await super().send(request, stream=True, **options)
        try:
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise BodyEncoded
            response.stream = BoundedStream(cast("httpx2.AsyncByteStream", response.stream), most=MOST_BYTES)
            if not stream:
                await response.aread()
        except BaseException:
            await response.aclose()
            raise
        return response


class OpenAiClient:
    """An endpoint over `openai.AsyncOpenAI`, to be closed."""

    def __init__(self, endpoint: Endpoint, *, secret: Callable[[SecretRef], SecretStr]) -> None:
        """`secret` resolves the endpoint's key, at each call: a new key needs no restart."""

        async def key() -> str:
            return secret(endpoint.key).get_secret_value() if endpoint.key else NO_KEY

        self._client = openai.AsyncOpenAI(
            base_url=endpoint.base_url,
            api_key=key,
            max_retries=0,
            timeout=None,
            default_headers={"Accept-Encoding": "identity"},
            http_client=BoundedHttp(),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def complete(self, body: Mapping[str, Any], *, seconds: float) -> bytes:
        """The endpoint's whole answer to a chat request."""
        async with _faults(seconds):
            raw = await self._client.chat.completions.with_raw_response.create(**body)
            content: bytes = raw.http_response.content
            return content
        raise AssertionError("unreachable: the block returns or raises")

    async def pieces(self, body: Mapping[str, Any], *, seconds: float) -> AsyncIterator[str]:
        """The text of the answer, piece by piece."""
        async with _faults(seconds):
            stream = await self._client.chat.completions.create(**body, stream=True)
            async with stream:
                async for chunk in stream:
                    piece = chunk.choices[0].delta.content if chunk.choices else None
                    if isinstance(piece, str) and piece:
                        yield piece

    async def embed(self, body: Mapping[str, Any], *, seconds: float) -> bytes:
        """The endpoint's whole answer to a request for embeddings."""
        async with _faults(seconds):
            raw = await self._client.embeddings.with_raw_response.create(**body)
            content: bytes = raw.http_response.content
            return content
        raise AssertionError("unreachable: the block returns or raises")

    async def models(self, *, seconds: float) -> frozenset[str]:
        """Names of the models that the endpoint lists; none where it has no list."""
        try:
            async with _faults(seconds):
                page = await self._client.models.list()
                return frozenset(model.id for model in page.data)
        except Rejected:
            return frozenset()
        raise AssertionError("unreachable: the block returns or raises")


@asynccontextmanager
async def _faults(seconds: float) -> AsyncGenerator[None]:
    """What a request fails with, as a `Fault`; it is ended after `seconds`."""
    try:
        async with asyncio.timeout(max(seconds, 0)):
            yield
    except (TimeoutError, openai.APITimeoutError):
        raise Late(f"no answer within {seconds:.3g} s") from None
    except BodyTooLong:
        raise TooLong(f"the answer is longer than {MOST_BYTES} bytes; the rest was not read") from None
    except BodyEncoded:
        raise Garbled("the answer is compressed, which was not asked for") from None
    except openai.APIStatusError as error:
        raise fault_of(error, now=datetime.now(UTC)) from None
    except openai.APIConnectionError as error:
        raise Lost(f"the endpoint cannot be reached, or broke off ({_named(error)})") from None
    except SecretMissing as error:
        raise Shut(str(error)) from None
    except (openai.OpenAIError, httpx2.HTTPError, ValueError, AttributeError, TypeError, LookupError) as error:
        # A stream can hold anything, and the library reads it without a check.
        raise Garbled(f"what came is no answer of the protocol ({type(error).__name__})") from None


def _named(error: openai.APIConnectionError) -> str:
    return type(error.__cause__ or error).__name__


def fault_of(error: openai.APIStatusError, *, now: datetime) -> Fault:
    """What a status other than 2xx means. A server's own words are left out: they may repeat a key or a prompt."""
    status = error.status_code
    said, wait = f"HTTP {status}", wait_seconds(error.response.headers, now=now)
    named = _named_fault(error.code or "", said)
    if named is not None:
        return named
    if status == 429 or (status == 503 and wait is not None):
        return Busy(f"the endpoint asks to be left alone ({said})", wait_seconds=wait)
    if status in (401, 403):
        return Shut(f"the endpoint refuses the key ({said}): see INTERLOCK_LLM_API_KEY")
    if status == 404 or status < 400:
        where = "INTERLOCK_LLM_BASE_URL and INTERLOCK_LLM_MODEL"
        return Shut(f"the endpoint has no such model or address ({said}): see {where}")
    if status == 408:
        return Late(f"the endpoint gave up waiting ({said})")
    if status >= 500:
        return Broken(f"the endpoint failed ({said})", status=status)
    message = f"the endpoint does not understand the request ({said})"
    return Rejected(message, status=status, parameter=error.param or "")


def _named_fault(code: str, said: str) -> Fault | None:
    """What the protocol has a name for, whatever the status."""
    if code in NO_MONEY:
        return Shut(f"the endpoint's account has no money left ({said}, {code}): see to it there")
    if code in OVERSIZED:
        return Oversized(f"the material is longer than the model takes ({said}, {code}): give the question less of it")
    if code in FILTERED:
        return Refused(f"a content filter of the endpoint stopped the question ({said}, {code})")
    return None


def wait_seconds(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """How long `Retry-After` asks to wait, None where it says nothing that can be understood."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text):
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now.timestamp())
