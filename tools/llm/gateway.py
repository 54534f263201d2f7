"""The gateway: a question with its material goes in, samples of a typed answer come out, within a budget."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import structlog

from tools.connector import Health
from tools.llm.answer import Reading, read_answer
from tools.llm.cassette import (
    CassetteEntryMissing,
    Recorder,
    RecordingChannel,
    ReplayChannel,
    read_cassette,
    request_digest,
)
from tools.llm.channel import Channel, LiveChannel
from tools.llm.chat import Chat, Completion
from tools.llm.connecting import Connect, Connection, connecting
from tools.llm.endpoint import Endpoint, Prices
from tools.llm.errors import ModelAnswerInvalid, ModelFailed
from tools.llm.fault import Fault, Garbled
from tools.llm.health import endpoint_health, replay_health
from tools.llm.line import Surroundings
from tools.llm.meter import Meter
from tools.llm.question import AskArguments, Question, Reply, Sample
from tools.llm.rendering import rendered, repairing

AT_ONCE = 4
SHARE_OF_THE_FIRST = 0.5
"""How much of its time a question may spend on the model of first choice, where there is a second."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One sample with how it came about; `error` is why it holds no answer."""

    sample: Sample
    completion: Completion | None = None
    error: ModelFailed | None = None
    outage: bool = False


class Gateway:
    """Models behind one endpoint, or a cassette of their answers."""

    def __init__(
        self,
        channels: Sequence[Channel],
        *,
        prices: Prices | None = None,
        surroundings: Surroundings | None = None,
        connection: Connection | None = None,
    ) -> None:
        """`channels`: the model of first choice, and what is asked when it is out."""
        self._channels = tuple(channels)
        self._prices = prices
        self._surroundings = surroundings or Surroundings()
        self._connection = connection

    @property
    def model(self) -> str:
        """The name of the model of first choice."""
        return self._channels[0].model

    async def check(self) -> Health:
        """Whether the endpoint answers and has the models. Asks no model, costs nothing, never raises."""
        if self._connection is None:
            return replay_health(self._channels[0].origin, self.model)
        return await endpoint_health(self._connection)

    async def ask(self, question: Question, arguments: AskArguments) -> Reply:
        """As many samples as are asked for. Raises a `ModelFailed` if none of them is an answer.

        All samples are of one model. The first goes alone: what is wrong with the endpoint it finds out for all.
        """
        meter = Meter(arguments.budget, prices=self._prices, monotonic=self._surroundings.monotonic)
        drawn: list[Drawn] = []
        for number, channel in enumerate(self._channels):
            last = number == len(self._channels) - 1
            meter.allow_time(1.0 if last else SHARE_OF_THE_FIRST)
            drawn = await _Asking(question, arguments, channel, meter).samples()
            missing = next((one.error for one in drawn if isinstance(one.error, CassetteEntryMissing)), None)
            if missing is not None:  # as a failed sample it would only lower the agreement, in silence
                raise missing
            if any(one.error is None for one in drawn):
                return _reply(drawn, channel, arguments, meter, fallback=number > 0)
            if not last and drawn[0].outage:
                log.warning("model.out", model=channel.model, asked_instead=self._channels[number + 1].model)
            else:
                break
        failed = drawn[0].error
        if failed is None:
            raise AssertionError("unreachable: a sample without an error is an answer")
        failed.usage = meter.usage
        raise failed


def _reply(drawn: Sequence[Drawn], channel: Channel, arguments: AskArguments, meter: Meter, *, fallback: bool) -> Reply:
    answered = [one.completion for one in drawn if one.error is None and one.completion is not None]
    return Reply(
        samples=tuple(one.sample for one in drawn),
        model=channel.model,
        prompt=arguments.prompt,
        prompt_digest=arguments.prompt_digest,
        capability=answered[0].capability,
        origin="scripted" if any(one.scripted for one in answered) else channel.origin,
        fallback=fallback,
        usage=meter.usage,
    )


class _Asking:
    """One question to one model."""

    def __init__(self, question: Question, arguments: AskArguments, channel: Channel, meter: Meter) -> None:
        self._question = question
        self._arguments = arguments
        self._channel = channel
        self._meter = meter
        self._chat = rendered(question, arguments)

    async def samples(self) -> list[Drawn]:
        """The first sample, and unless the model is out all others, some at once."""
        first = await self._sample(0)
        if first.outage:
            return [first]
        slots = asyncio.Semaphore(AT_ONCE)

        async def within_a_slot(number: int) -> Drawn:
            async with slots:
                return await self._sample(number)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(within_a_slot(number)) for number in range(1, self._arguments.samples)]
        return [first, *(task.result() for task in tasks)]

    async def _sample(self, number: int) -> Drawn:
        try:
            return await self._repaired(number)
        except Fault as fault:
            error = fault.failure(fault.message)
            return Drawn(sample=Sample(failure=error.reason), error=error, outage=fault.outage)
        except ModelFailed as error:
            return Drawn(sample=Sample(failure=error.reason), error=error)

    async def _repaired(self, number: int) -> Drawn:
        """The answer to the question, or to the one repair round."""
        completion, reading = await self._round(self._chat, number, repair=False)
        if reading.answer is None:
            self._meter.repaired()
            wrong = completion.content if completion else ""
            chat = repairing(self._chat, wrong, reading.problems)
            completion, reading = await self._round(chat, number, repair=True)
        if completion is None or reading.answer is None:
            error = ModelAnswerInvalid(
                f"the model gave no answer in the schema, also when asked again: {reading.reason}"
            )
            return Drawn(sample=Sample(failure=error.reason), error=error)
        sample = Sample(answer=reading.answer, likelihood_bps=completion.likelihood_bps)
        return Drawn(sample=sample, completion=completion)

    async def _round(self, chat: Chat, number: int, *, repair: bool) -> tuple[Completion | None, Reading]:
        name = request_digest(self._arguments, model=self._channel.model, sample=number, repair=repair)
        try:
            completion = await self._channel.answer(chat, self._meter, digest=name)
        except Garbled as fault:
            return None, Reading(problems=(fault.message,), reason=fault.message)
        if completion.problem:
            return completion, Reading(problems=(completion.problem,), reason=completion.problem)
        return completion, read_answer(self._question, completion.content)


@asynccontextmanager
async def open_gateway(
    endpoint: Endpoint, *, connect: Connect | None = None, surroundings: Surroundings | None = None
) -> AsyncGenerator[Gateway]:
    """A gateway to an endpoint, closed afterwards. Nothing is imported and nobody is called before it is asked."""
    async with _connected(endpoint, connect) as connection:
        yield _live(connection, surroundings or Surroundings())


@asynccontextmanager
async def open_recording(
    endpoint: Endpoint,
    file: Path,
    *,
    connect: Connect | None = None,
    surroundings: Surroundings | None = None,
    today: date | None = None,
    recorder: Recorder | None = None,
) -> AsyncGenerator[Gateway]:
    """A gateway to an endpoint that keeps every answer in `file`. Raises `CassetteUnreadable`.

    `recorder` is the file's, where something else is recorded in it too.
    """
    kept = recorder or recorder_of(file, model=endpoint.model, fallback_model=endpoint.fallback_model, today=today)
    async with _connected(endpoint, connect) as connection:
        yield _live(connection, surroundings or Surroundings(), kept)


def recorder_of(file: Path, *, model: str, fallback_model: str | None = None, today: date | None = None) -> Recorder:
    """What writes the cassette `file`, of which there may be one only. Raises `CassetteUnreadable`."""
    return Recorder(file, model=model, fallback_model=fallback_model, today=lambda: today or datetime.now(UTC).date())


def replaying(file: Path, *, prices: Prices | None = None) -> Gateway:
    """A gateway that answers from a cassette and never uses the network. Raises `CassetteUnreadable`."""
    cassette = read_cassette(file)
    models = [model for model in (cassette.model, cassette.fallback_model) if model]
    return Gateway([ReplayChannel(cassette, model=model) for model in models], prices=prices)


@asynccontextmanager
async def _connected(endpoint: Endpoint, connect: Connect | None) -> AsyncGenerator[Connection]:
    connection = Connection(endpoint, connect or connecting())
    try:
        yield connection
    finally:
        await connection.aclose()


def _live(connection: Connection, surroundings: Surroundings, recorder: Recorder | None = None) -> Gateway:
    endpoint = connection.endpoint
    live = [LiveChannel(connection, model=model, surroundings=surroundings) for model in endpoint.models]
    channels = [RecordingChannel(channel, recorder) for channel in live] if recorder else live
    return Gateway(channels, prices=endpoint.prices, surroundings=surroundings, connection=connection)
