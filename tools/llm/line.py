"""A line to one model of an endpoint: each request has its share of the budget, its time, and the breaker's consent."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

import structlog

from tools.limits import Breaker
from tools.llm.breaker import CircuitBreaker
from tools.llm.chat import ChatClient
from tools.llm.connecting import Connection
from tools.llm.fault import Busy, Fault, Late, Spent
from tools.llm.meter import Meter, Share, estimated_tokens
from tools.telemetry import tracing
from tools.telemetry.metrics import MODEL_COST, MODEL_REQUESTS, MODEL_SECONDS, MODEL_TOKENS
from tools.telemetry.tracing import Span, SpanKind

ATTEMPTS = 3
ATTEMPTS_AFTER_LATE = 2
"""An endpoint that was late once is slow rather than unlucky."""
FIRST_PAUSE_SECONDS = 0.5
PAUSE_GROWTH = 4
ENVELOPE_TOKENS = 16
"""What the protocol itself adds to a message, about."""
BREAKER = Breaker(failures=5, cool_down=timedelta(seconds=30))

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Time and chance."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    """From 0 to 1, for the length of pauses."""


class Received(Protocol):
    """What came of a request, as far as it is counted; None where the endpoint did not count."""

    @property
    def content(self) -> str: ...
    @property
    def tokens_in(self) -> int | None: ...
    @property
    def tokens_out(self) -> int | None: ...
    @property
    def model(self) -> str: ...


Came = TypeVar("Came", bound=Received)
Result = TypeVar("Result")
Request = Callable[[ChatClient, float], Awaitable[Came]]
"""Sends one request within so many seconds, and reads its answer. Raises a `Fault`."""


class Line:
    """One model of an endpoint."""

    def __init__(
        self,
        connection: Connection,
        *,
        model: str,
        surroundings: Surroundings,
        operation: str = "chat",
        breaker: Breaker = BREAKER,
    ) -> None:
        """The breaker is closed. `operation` is what traces call a request."""
        self.model = model
        self._operation = operation
        self._connection = connection
        self._surroundings = surroundings
        self.breaker = CircuitBreaker(breaker, model=model, monotonic=surroundings.monotonic)

    async def patiently(
        self, once: Callable[[], Awaitable[Result]], meter: Meter, *, attempts: int = ATTEMPTS
    ) -> Result:
        """What `once` gives, tried again while that may help and the time allows it. Raises its last `Fault`."""
        for attempt in range(1, attempts + 1):
            try:
                return await once()
            except Fault as fault:
                most = min(attempts, ATTEMPTS_AFTER_LATE) if isinstance(fault, Late) else attempts
                pause = self._pause(fault, attempt)
                if not fault.again or attempt >= most or pause >= meter.seconds_left:
                    raise
                log.info("model.asked_again", model=self.model, fault=fault.kind, after_seconds=round(pause, 2))
            await self._surroundings.sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _pause(self, fault: Fault, attempt: int) -> float:
        if isinstance(fault, Busy) and fault.wait_seconds is not None:
            return fault.wait_seconds
        grown: int = PAUSE_GROWTH ** (attempt - 1)
        return FIRST_PAUSE_SECONDS * grown * (0.5 + self._surroundings.chance())

    async def sent(self, request: Request[Came], meter: Meter, *, tokens_in: int, tokens_out: int) -> Came:
        """What one request gives; at most so many tokens are reserved for it. Raises a `Fault`."""
        client = await self._connection.client()
        self.breaker.admit()
        try:
            share = meter.reserve(tokens_in=tokens_in, tokens_out=tokens_out)
        except Spent:
            self.breaker.ended()
            raise
        limit = self._connection.endpoint.time_limit.total_seconds()
        seconds = min(limit, meter.seconds_left)
        try:
            came = await self._told(request, client, seconds, share)
        except Fault as fault:
            self._failed(fault, meter, share)
            if isinstance(fault, Late) and seconds < limit and meter.last_of_the_time:
                raise Spent("the question has used up its time while the model was answering") from fault
            raise
        except BaseException:
            self.breaker.ended()
            meter.release(share)
            raise
        self.breaker.answered()
        meter.settle(share, tokens_in=came.tokens_in, tokens_out=came.tokens_out, answered=came.content)
        return came

    async def _told(self, request: Request[Came], client: ChatClient, seconds: float, share: Share) -> Came:
        """Send the request, and tell metrics and traces of it: never what is asked or answered."""
        began = time.perf_counter()
        result = "ended"
        with self._span() as span:
            try:
                came = await request(client, seconds)
                result = "answered"
            except Fault as fault:
                result = fault.kind
                span.failed(fault.kind)
                raise
            finally:
                MODEL_REQUESTS.of(self.model, result).inc()
                MODEL_SECONDS.of(self.model).observe(time.perf_counter() - began)
            self._count(came, share, span)
            return came

    def _span(self) -> AbstractContextManager[Span]:
        return tracing.span(
            f"{self._operation} {self.model}",
            kind=SpanKind.CLIENT,
            attributes={
                "gen_ai.operation.name": self._operation,
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": self.model,
                "server.address": urlsplit(self._connection.endpoint.base_url).hostname or "",
            },
        )

    def _count(self, came: Received, share: Share, span: Span) -> None:
        tokens_in = share.tokens_in if came.tokens_in is None else came.tokens_in
        tokens_out = estimated_tokens(came.content) if came.tokens_out is None else came.tokens_out
        span.put("gen_ai.usage.input_tokens", tokens_in)
        span.put("gen_ai.usage.output_tokens", tokens_out)
        if came.model:
            span.put("gen_ai.response.model", came.model)
        MODEL_TOKENS.of(self.model, "in").inc(tokens_in)
        MODEL_TOKENS.of(self.model, "out").inc(tokens_out)
        prices = self._connection.endpoint.prices
        if prices is not None:
            MODEL_COST.of(self.model).inc(prices.cost(tokens_in=tokens_in, tokens_out=tokens_out))

    def _failed(self, fault: Fault, meter: Meter, share: Share) -> None:
        if fault.outage and not isinstance(fault, Busy):
            self.breaker.failed(fault.message)
        else:
            self.breaker.answered()
        if fault.spent:
            meter.settle(share, tokens_in=None, tokens_out=None)
        else:
            meter.release(share)
