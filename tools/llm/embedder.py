"""The embedder: texts to one model, within a budget; or a cassette of what it has answered.

There is no second model: vectors of two models cannot be compared.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from policies.canonical import digest
from tools.connector import Health
from tools.llm.cassette import CassetteEntryMissing, CassetteText, Entry, Recorder, read_cassette
from tools.llm.chat import ChatClient
from tools.llm.connecting import Connect, Connection, connecting
from tools.llm.embedding import EmbedArguments, Embedded, Vectors, read_vectors, usable
from tools.llm.endpoint import Endpoint, Prices
from tools.llm.errors import ModelFailed
from tools.llm.fault import KINDS, Fault, Garbled, Spent
from tools.llm.health import endpoint_health, replay_health
from tools.llm.line import ENVELOPE_TOKENS, Line, Surroundings
from tools.llm.meter import Meter, estimated_tokens
from tools.llm.question import Origin


class VectorSource(Protocol):
    """One model, however it is reached."""

    @property
    def model(self) -> str:
        """Its name."""
        ...

    @property
    def origin(self) -> Origin:
        """Where its vectors come from, if they do not say otherwise."""
        ...

    async def vectors(self, texts: Sequence[str], meter: Meter) -> Vectors:
        """A vector for each text. Raises a `Fault`."""
        ...


class LiveVectors:
    """The model of an endpoint, retried within reason, left alone when it keeps failing."""

    origin: Origin = "live"

    def __init__(self, connection: Connection, *, surroundings: Surroundings) -> None:
        """Nothing is connected yet."""
        self.model = connection.endpoint.model
        self._line = Line(connection, model=self.model, surroundings=surroundings, operation="embeddings")

    async def vectors(self, texts: Sequence[str], meter: Meter) -> Vectors:
        """A vector for each text, after retries."""
        body = {"model": self.model, "input": list(texts), "encoding_format": "float"}
        tokens_in = sum(estimated_tokens(text) + ENVELOPE_TOKENS for text in texts)

        async def request(client: ChatClient, seconds: float) -> Vectors:
            content = await client.embed(body, seconds=seconds)
            return read_vectors(content, texts=len(texts))

        return await self._line.patiently(
            lambda: self._line.sent(request, meter, tokens_in=tokens_in, tokens_out=0), meter
        )


def text_digest(text: str, *, model: str) -> str:
    """The name of a text in a cassette, and of its vector wherever it is kept."""
    return digest({"embedding_of": text, "model": model})


class ReplayVectors:
    """Vectors from a cassette alone."""

    def __init__(self, cassette: CassetteText, *, model: str) -> None:
        """`model` is the one whose vectors are wanted; the cassette may hold answers of others beside them."""
        self.model = model
        self.origin: Origin = cassette.origin
        self._entries = cassette.entries

    async def vectors(self, texts: Sequence[str], meter: Meter) -> Vectors:
        """The recorded vectors, or the recorded fault. Raises `CassetteEntryMissing`."""
        entries = [self._entry(text) for text in texts]
        tokens = sum(entry.tokens_in or 0 for entry in entries)
        share = meter.reserve(tokens_in=tokens, tokens_out=0)
        fault = next((entry.fault for entry in entries if entry.fault), None)
        if fault is not None:
            meter.release(share)
            raise KINDS.get(fault, Fault)(f"the cassette holds a failure here ({fault})")
        meter.settle(share, tokens_in=tokens, tokens_out=0)
        vectors = tuple(_kept(entry) for entry in entries)
        return Vectors(vectors=vectors, tokens_in=tokens, scripted=self.origin == "scripted")

    def _entry(self, text: str) -> Entry:
        entry = self._entries.get(text_digest(text, model=self.model))
        if entry is None:
            raise CassetteEntryMissing(f"the cassette has no embedding of this text by {self.model}: record it anew")
        return entry


def _kept(entry: Entry) -> tuple[float, ...]:
    """Raises `Garbled`."""
    try:
        found = tuple(float(number) for number in json.loads(entry.content))
    except (ValueError, TypeError):
        raise Garbled("the cassette holds no embedding here") from None
    if not usable(found):
        raise Garbled("the cassette holds an embedding without a direction")
    return found


class RecordingVectors:
    """Vectors that are kept, each under its text, and faults as well."""

    def __init__(self, source: VectorSource, recorder: Recorder) -> None:
        """`source` is asked."""
        self.model = source.model
        self.origin: Origin = source.origin
        self._source = source
        self._recorder = recorder

    async def vectors(self, texts: Sequence[str], meter: Meter) -> Vectors:
        """What the source gives, once it is in the file."""
        try:
            found = await self._source.vectors(texts, meter)
        except Spent:
            raise
        except Fault as fault:
            for text in texts:
                entry = Entry(fault=fault.kind)
                await self._recorder.keep(text_digest(text, model=self.model), entry, scripted=False)
            raise
        for text, vector in zip(texts, found.vectors, strict=True):
            entry = Entry(content=json.dumps(vector), tokens_in=estimated_tokens(text))
            await self._recorder.keep(text_digest(text, model=self.model), entry, scripted=found.scripted)
        return found


class Embedder:
    """One model's embeddings, within the budget of each call."""

    def __init__(
        self,
        source: VectorSource,
        *,
        prices: Prices | None = None,
        surroundings: Surroundings | None = None,
        connection: Connection | None = None,
    ) -> None:
        """`prices` are those of the model."""
        self._source = source
        self._prices = prices
        self._surroundings = surroundings or Surroundings()
        self._connection = connection

    @property
    def model(self) -> str:
        """The name of the model."""
        return self._source.model

    async def check(self) -> Health:
        """Whether the endpoint answers and has the model. Asks no model, costs nothing, never raises."""
        if self._connection is None:
            return replay_health(self._source.origin, self.model)
        return await endpoint_health(self._connection)

    async def embed(self, arguments: EmbedArguments) -> Embedded:
        """A vector for each text. Raises a `ModelFailed`, with what was used all the same."""
        meter = Meter(arguments.budget, prices=self._prices, monotonic=self._surroundings.monotonic)
        try:
            found = await self._source.vectors(arguments.texts, meter)
        except Fault as fault:
            raise fault.failure(fault.message, usage=meter.usage) from None
        except ModelFailed as error:
            error.usage = meter.usage
            raise
        origin: Origin = "scripted" if found.scripted else self._source.origin
        return Embedded(vectors=found.vectors, model=self.model, origin=origin, usage=meter.usage)


@asynccontextmanager
async def open_embedder(
    endpoint: Endpoint,
    *,
    connect: Connect | None = None,
    surroundings: Surroundings | None = None,
    recorder: Recorder | None = None,
) -> AsyncGenerator[Embedder]:
    """An embedder of an endpoint, closed afterwards. Nothing is imported and nobody is called before it is asked."""
    connection = Connection(endpoint, connect or connecting())
    around = surroundings or Surroundings()
    live = LiveVectors(connection, surroundings=around)
    source: VectorSource = RecordingVectors(live, recorder) if recorder else live
    try:
        yield Embedder(source, prices=endpoint.prices, surroundings=around, connection=connection)
    finally:
        await connection.aclose()


def replaying_embedder(file: Path, *, model: str, prices: Prices | None = None) -> Embedder:
    """An embedder that answers from a cassette and never uses the network. Raises `CassetteUnreadable`."""
    return Embedder(ReplayVectors(read_cassette(file), model=model), prices=prices)
