"""A channel to one model: found out how it is asked, retried within reason, left alone when it keeps failing."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from tools.limits import Breaker
from tools.llm.breaker import CircuitBreaker
from tools.llm.capability import FORM_REFUSED, LADDER, Wire, request_body, wire_name
from tools.llm.chat import Chat, Completion
from tools.llm.completion import read_completion, seems_an_object
from tools.llm.connecting import Connection
from tools.llm.fault import Broken, Busy, Fault, Late, Rejected, Shut, Spent
from tools.llm.meter import Meter, Share, estimated_tokens
from tools.llm.question import Capability, Origin

ATTEMPTS = 3
ATTEMPTS_AFTER_LATE = 2
"""An endpoint that was late once is slow rather than unlucky."""
ATTEMPTS_OF_A_FORM = 2
"""While it is found out how a model is asked: a form that is refused for good is not asked for more often."""
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


class Channel(Protocol):
    """One model, however it is reached."""

    @property
    def model(self) -> str:
        """Its name."""
        ...

    @property
    def origin(self) -> Origin:
        """Where its answers come from, if they do not say otherwise."""
        ...

    async def answer(self, chat: Chat, meter: Meter, *, digest: str) -> Completion:
        """What the model answers; `digest` names the request in a cassette. Raises a `Fault`."""
        ...


class LiveChannel:
    """One model of an endpoint.

    Which form it can be asked in is found out with the first question itself, and forgotten once it is refused.
    """

    origin: Origin = "live"

    def __init__(
        self, connection: Connection, *, model: str, surroundings: Surroundings, breaker: Breaker = BREAKER
    ) -> None:
        """Nothing is known of the model yet."""
        endpoint = connection.endpoint
        self.model = model
        self._connection = connection
        self._surroundings = surroundings
        self.breaker = CircuitBreaker(breaker, model=model, monotonic=surroundings.monotonic)
        self.wire = Wire(model=model, answer_tokens=endpoint.answer_tokens, logprobs=endpoint.logprobs)

    async def answer(self, chat: Chat, meter: Meter, *, digest: str) -> Completion:  # noqa: ARG002
        """What the model answers, after retries."""
        known = self.wire.capability
        if known is None:
            return await self._found_out(chat, meter)
        try:
            return await self._patiently(chat, meter, known, attempts=ATTEMPTS)
        except Rejected:
            return await self._found_out(chat, meter)

    async def _found_out(self, chat: Chat, meter: Meter) -> Completion:
        """Ask in one form after the other, and remember the first that works."""
        refusals: list[str] = []
        accepted: Completion | None = None
        for capability in LADDER:
            try:
                completion = await self._patiently(chat, meter, capability, attempts=ATTEMPTS_OF_A_FORM)
            except Fault as fault:
                if not is_about_the_form(fault):
                    raise
                refusals.append(f"{capability}: {fault.message}")
                continue
            accepted = accepted or completion
            if seems_an_object(completion):
                return self._remembered(completion)
        if accepted is None:
            raise Shut(f"the model {self.model} can be asked in no form: {'; '.join(refusals)}")
        return self._remembered(accepted)

    def _remembered(self, completion: Completion) -> Completion:
        self.wire = self.wire.with_capability(completion.capability)
        log.info("model.capability_found", model=self.model, capability=completion.capability)
        return completion

    async def _patiently(self, chat: Chat, meter: Meter, capability: Capability, *, attempts: int) -> Completion:
        """Ask, and ask again while that may help and the time allows it."""
        for attempt in range(1, attempts + 1):
            try:
                return await self._once(chat, meter, capability)
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

    async def _once(self, chat: Chat, meter: Meter, capability: Capability) -> Completion:
        """One request, and another without each parameter that the endpoint says it refuses."""
        while True:
            try:
                return await self._sent(chat, meter, capability)
            except Rejected as fault:
                lesser = self.wire.without(fault.parameter)
                if lesser is None:
                    raise
                self.wire = lesser

    async def _sent(self, chat: Chat, meter: Meter, capability: Capability) -> Completion:
        body = request_body(chat, self.wire, capability)
        client = await self._connection.client()
        tokens_in = sum(estimated_tokens(sent["content"]) + ENVELOPE_TOKENS for sent in body["messages"])
        self.breaker.admit()
        try:
            share = meter.reserve(tokens_in=tokens_in, tokens_out=self.wire.answer_tokens)
        except Spent:
            self.breaker.ended()
            raise
        limit = self._connection.endpoint.time_limit.total_seconds()
        seconds = min(limit, meter.seconds_left)
        try:
            content = await client.complete(body, seconds=seconds)
            completion = read_completion(content, name=wire_name(chat.name), capability=capability)
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
        tokens_in_counted, tokens_out = completion.tokens_in, completion.tokens_out
        meter.settle(share, tokens_in=tokens_in_counted, tokens_out=tokens_out, answered=completion.content)
        return completion

    def _failed(self, fault: Fault, meter: Meter, share: Share) -> None:
        if fault.outage and not isinstance(fault, Busy):
            self.breaker.failed(fault.message)
        else:
            self.breaker.answered()
        if fault.spent:
            meter.settle(share, tokens_in=None, tokens_out=None)
        else:
            meter.release(share)


def is_about_the_form(fault: Fault) -> bool:
    """Whether another form of the same request may be understood."""
    return isinstance(fault, Rejected) or (isinstance(fault, Broken) and fault.status in FORM_REFUSED)
