"""A channel to one model: found out how it is asked, retried within reason, left alone when it keeps failing."""

from __future__ import annotations

from typing import Protocol

import structlog

from tools.llm.capability import FORM_REFUSED, LADDER, Wire, request_body, wire_name
from tools.llm.chat import Chat, ChatClient, Completion
from tools.llm.completion import read_completion, seems_an_object
from tools.llm.connecting import Connection
from tools.llm.fault import Broken, Fault, Rejected, Shut
from tools.llm.line import ATTEMPTS, ENVELOPE_TOKENS, Line, Surroundings
from tools.llm.meter import Meter, estimated_tokens
from tools.llm.question import Capability, Origin

ATTEMPTS_OF_A_FORM = 2
"""While it is found out how a model is asked: a form that is refused for good is not asked for more often."""

log = structlog.get_logger(__name__)


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

    def __init__(self, connection: Connection, *, model: str, surroundings: Surroundings) -> None:
        """Nothing is known of the model yet."""
        endpoint = connection.endpoint
        self.model = model
        self._line = Line(connection, model=model, surroundings=surroundings)
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
        return await self._line.patiently(lambda: self._once(chat, meter, capability), meter, attempts=attempts)

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
        tokens_in = sum(estimated_tokens(sent["content"]) + ENVELOPE_TOKENS for sent in body["messages"])

        async def request(client: ChatClient, seconds: float) -> Completion:
            content = await client.complete(body, seconds=seconds)
            return read_completion(content, name=wire_name(chat.name), capability=capability)

        return await self._line.sent(request, meter, tokens_in=tokens_in, tokens_out=self.wire.answer_tokens)


def is_about_the_form(fault: Fault) -> bool:
    """Whether another form of the same request may be understood."""
    return isinstance(fault, Rejected) or (isinstance(fault, Broken) and fault.status in FORM_REFUSED)
