"""Everything that goes wrong at a model's endpoint, over real HTTP: requests are bounded, and the error has a name."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.model import BLUE, COLOUR, RED, arguments, scripted
from tools.llm.client import MOST_BYTES
from tools.llm.errors import (
    ModelAnswerInvalid,
    ModelBusy,
    ModelFailed,
    ModelRefused,
    ModelTimedOut,
    ModelUnavailable,
)
from tools.llm.question import Budget
from tools.testing.model_play import FAULTS, Answer, Calls, Raw, Refusal, Reset, Silence, Status, in_turn

WITHIN_SECONDS = 20
RIGHT = Answer(content=RED)

EXPECTED: dict[str, tuple[type[ModelFailed], int]] = {
    "time_out": (ModelTimedOut, 2),
    "drip": (ModelTimedOut, 2),
    "busy": (ModelBusy, 2),
    "broken": (ModelUnavailable, 5),
    "reset": (ModelUnavailable, 2),
    "refusal": (ModelRefused, 1),
    "content_filter": (ModelRefused, 1),
    "empty": (ModelAnswerInvalid, 4),
    "garbage": (ModelAnswerInvalid, 2),
    "invalid_json": (ModelAnswerInvalid, 4),
    "wrong_schema": (ModelAnswerInvalid, 2),
    "unknown_tool": (ModelAnswerInvalid, 4),
    "nan_confidence": (ModelAnswerInvalid, 2),
    "huge": (ModelAnswerInvalid, 2),
}
"""The error, and how many requests there are for it at most, while it is still found out how the model is asked."""


def test_every_fault_is_expected() -> None:
    assert set(EXPECTED) == set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_that_stays_ends_in_a_named_error_after_few_requests(name: str) -> None:
    error, most = EXPECTED[name]
    async with scripted(in_turn(FAULTS[name])) as asking, asyncio.timeout(WITHIN_SECONDS):
        with pytest.raises(error) as caught:
            await asking.gateway.ask(COLOUR, arguments())
        assert type(caught.value) is error
        assert asking.requests == most == caught.value.usage.calls
        assert sum(asking.clock.pauses) <= 5


@pytest.mark.parametrize("name", ["time_out", "drip", "busy", "broken", "reset"])
async def test_a_fault_that_passes_is_waited_out(name: str) -> None:
    async with scripted(in_turn(RIGHT, FAULTS[name], RIGHT)) as asking:
        await asking.gateway.ask(COLOUR, arguments())
        reply = await asking.gateway.ask(COLOUR, arguments())
        assert reply.samples[0].answer == RED
        assert reply.usage.calls == 2
        assert len(asking.clock.pauses) == 1


async def test_a_refusal_is_not_asked_again() -> None:
    async with scripted(in_turn(Refusal(), RIGHT)) as asking:
        with pytest.raises(ModelRefused):
            await asking.gateway.ask(COLOUR, arguments())
        assert asking.requests == 1


async def test_retry_after_is_kept_to_the_second() -> None:
    async with scripted(in_turn(Status(status=429, headers={"Retry-After": "7"}), RIGHT)) as asking:
        await asking.gateway.ask(COLOUR, arguments())
        assert asking.clock.pauses == [7.0]


@pytest.mark.parametrize(("wait", "asked_again"), [(8, True), (9, True), (10, False), (3600, False)])
async def test_retry_after_beyond_the_budget_is_not_waited_for(wait: int, asked_again: bool) -> None:
    busy = Status(status=429, headers={"Retry-After": str(wait)})
    async with scripted(in_turn(busy, RIGHT)) as asking:
        asked = asking.gateway.ask(COLOUR, arguments(budget=Budget(seconds=10)))
        if asked_again:
            assert (await asked).samples[0].answer == RED
        else:
            with pytest.raises(ModelBusy):
                await asked
        assert asking.requests == 1 + asked_again


async def test_a_503_that_says_when_to_come_back_is_busy_and_not_broken() -> None:
    async with scripted(in_turn(Status(status=503, headers={"Retry-After": "2"}), RIGHT)) as asking:
        await asking.gateway.ask(COLOUR, arguments())
        assert asking.clock.pauses == [2.0]


@pytest.mark.parametrize(
    "status",
    [Status(status=401), Status(status=403), Status(status=404), Status(status=429, code="insufficient_quota")],
    ids=lambda status: f"{status.status} {status.code}",
)
async def test_what_nobody_can_wait_out_is_tried_once(status: Status) -> None:
    async with scripted(in_turn(status)) as asking:
        with pytest.raises(ModelUnavailable):
            await asking.gateway.ask(COLOUR, arguments())
        assert asking.requests == 1


async def test_a_redirect_is_not_followed() -> None:
    async with scripted(in_turn(RIGHT)) as elsewhere:
        to = {"Location": f"{elsewhere.endpoint.base_url}/chat/completions"}
        async with scripted(in_turn(Status(status=307, headers=to))) as asking:
            with pytest.raises(ModelUnavailable):
                await asking.gateway.ask(COLOUR, arguments())
        assert elsewhere.requests == 0


async def test_material_that_is_too_long_is_said_to_be_and_not_tried_in_other_forms() -> None:
    async with scripted(in_turn(Status(status=400, code="context_length_exceeded"))) as asking:
        with pytest.raises(ModelFailed, match="longer than the model takes"):
            await asking.gateway.ask(COLOUR, arguments())
        assert asking.requests == 1


async def test_nobody_listening_is_unavailable() -> None:
    async with scripted(in_turn(RIGHT), base_url="http://127.0.0.1:9/v1") as asking:
        with pytest.raises(ModelUnavailable, match="cannot be reached"):
            await asking.gateway.ask(COLOUR, arguments())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"choices": []}',
        b'{"choices": [{"message": null}]}',
        b'{"choices": [{"message": {"content": 7}}]}',
        b'{"choices": [{"message": {"content": "{}"}, "logprobs": {"content": [{"logprob": NaN}]}}]}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
    ids=lambda body: repr(body[:30]),
)
async def test_what_is_no_completion_is_an_invalid_answer(body: bytes) -> None:
    async with scripted(in_turn(Raw(body=body))) as asking:
        with pytest.raises(ModelAnswerInvalid):
            await asking.gateway.ask(COLOUR, arguments())
        assert asking.requests == 2


async def test_a_compressed_answer_is_not_unpacked() -> None:
    async with scripted(in_turn(Raw(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}))) as asking:
        with pytest.raises(ModelAnswerInvalid):
            await asking.gateway.ask(COLOUR, arguments())


async def test_the_body_of_an_error_is_bounded_too() -> None:
    async with scripted(in_turn(Status(status=500, message="x" * (2 * MOST_BYTES)))) as asking:
        with pytest.raises(ModelAnswerInvalid, match="the rest was not read"):
            await asking.gateway.ask(COLOUR, arguments())


async def test_a_wrong_answer_is_repaired_once_and_the_model_is_told_what_was_wrong() -> None:
    async with scripted(in_turn(Answer(content={"choice": "pink", "reason": "it is"}), RIGHT)) as asking:
        reply = await asking.gateway.ask(COLOUR, arguments())
        assert reply.samples[0].answer == RED
        assert (reply.usage.calls, reply.usage.repairs) == (2, 1)
        shown, told = asking.model.asked[1].body["messages"][-2:]
        assert "pink" in shown["content"]
        assert "choice: Input should be 'red', 'green' or 'blue'" in told["content"]


async def test_a_second_wrong_answer_is_not_repaired_again() -> None:
    async with scripted(in_turn(RIGHT, Answer(content={}), Answer(content={}), RIGHT)) as asking:
        await asking.gateway.ask(COLOUR, arguments())
        with pytest.raises(ModelAnswerInvalid, match="reason: missing"):
            await asking.gateway.ask(COLOUR, arguments())
        assert asking.requests == 3


@pytest.mark.parametrize(
    "play",
    [
        Answer(content=RED, finish_reason="length"),
        Calls(calls=[("colour", '{"reason": "x", "choice": "red"}'), ("colour", '{"reason": "x", "choice": "red"}')]),
        Calls(calls=[("colour", '{"reason": "x", "choice": "red"}'), ("pay_invoice", "{}")]),
    ],
    ids=["cut off", "two answers", "an extra tool"],
)
async def test_half_an_answer_and_more_than_one_are_none(play: Answer | Calls) -> None:
    async with scripted(in_turn(play)) as asking:
        with pytest.raises(ModelAnswerInvalid):
            await asking.gateway.ask(COLOUR, arguments())


async def test_failed_samples_stay_in_the_reply() -> None:
    plays = in_turn(RIGHT, Answer(content=BLUE), Refusal(), Reset(), Reset(), Reset())
    async with scripted(plays) as asking:
        reply = await asking.gateway.ask(COLOUR, arguments(samples=4))
        told = sorted(sample.failure or str((sample.answer or {})["choice"]) for sample in reply.samples)
        assert told == ["blue", "model_refused", "model_unavailable", "red"]


async def test_the_first_sample_goes_alone_and_at_most_four_follow_at_once() -> None:
    async with scripted(in_turn(Answer(content=RED, after_seconds=0.05))) as asking:
        await asking.gateway.ask(COLOUR, arguments(samples=12))
        assert asking.model.at_once[:2] == [1, 1]
        assert max(asking.model.at_once) == 4


async def test_an_endpoint_that_is_out_is_asked_for_one_sample_only() -> None:
    async with scripted(in_turn(Silence())) as asking:
        with pytest.raises(ModelTimedOut):
            await asking.gateway.ask(COLOUR, arguments(samples=15))
        assert asking.requests == 2
